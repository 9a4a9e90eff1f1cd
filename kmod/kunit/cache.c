// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: caches
 */
#include <linux/cpu.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../refusal.h"
#include "../debug/shadow.h"
#include "../debug/verify.h"
#include "crew.h"
#include "famine.h"
#include "helper.h"

static const struct create_case {
	const char *name;
	unsigned int size;
	unsigned int align;
	unsigned long flags;
	const char *what;
	const char *why;
} bad_cases[] = {
	{ NULL, 64, 0, 0, "no name", "name is NULL: allowed is any text" },
	{ "", 64, 0, 0, "empty name", "name is empty: allowed is any text" },
	{ "bad", 0, 0, 0, "size 0", "size 0: allowed is 1 to " },
	{ "bad", KMALLOC_MAX_SIZE + 1, 0, 0, "beyond kmalloc",
	  ": allowed is 1 to " },
	{ "bad", UINT_MAX, 0, 0, "size wraps",
	  "size 4294967295: allowed is 1 to " },
	{ "bad", 64, 3, 0, "align 3",
	  "align 3: allowed is 0, or a power of two up to 4096" },
	{ "bad", 64, 24, 0, "align 24",
	  "align 24: allowed is 0, or a power of two up to 4096" },
	{ "bad", 64, 2 * PAGE_SIZE, 0, "align beyond a page",
	  "align 8192: allowed is 0, or a power of two up to 4096" },
	{ "bad", 64, 0, 16, "flag",
	  "flags 0x10: allowed are ARENA_CACHE_SHARED 0x1, _DEBUG 0x2, _RECLAIMABLE 0x4" },
	{ "bad", 64, 0, ARENA_CACHE_SHARED | ARENA_CACHE_DEBUG,
	  "shared and debug",
	  "flags 0x3: ARENA_CACHE_SHARED excludes _DEBUG and _TYPESAFE_BY_RCU" },
	{ "bad", 513, 0, ARENA_CACHE_SHARED, "shared and large",
	  "size 513: allowed is 1 to 512 with ARENA_CACHE_SHARED" },
	{ "bad", 64, 0, ~0UL, "all flags",
	  "flags 0xffffffffffffffff: allowed are ARENA_CACHE_SHARED" },
};

KUNIT_ARRAY_PARAM_DESC(bad, bad_cases, what);

static void create_refuses(struct kunit *test)
{
	const struct create_case *row = test->param_value;
	char why[AC_REFUSAL_WHY] = "";

	KUNIT_EXPECT_TRUE(test, ac_refusal_find(row->name, row->size, row->align,
						row->flags, why));
	KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(why, row->why), "%s", why);
	/* Not cut. */
	KUNIT_EXPECT_LT(test, strlen(why), AC_REFUSAL_WHY - 1);
	KUNIT_EXPECT_NULL(test, arena_cache_create(row->name, row->size,
						   row->align, row->flags,
						   NULL));
}

static const struct create_case good_cases[] = {
	{ "", 1, 0, 0, "1 byte" },
	{ "", 7, 1, 0, "7 bytes, align 1" },
	{ "", 8, 8, 0, "8 bytes" },
	{ "", 9, 16, 0, "9 bytes, align 16" },
	{ "", 24, 8, 0, "24 bytes" },
	{ "", 40, 64, 0, "40 bytes, align 64" },
	{ "", 100, 32, 0, "100 bytes, align 32" },
	{ "", 128, 0, 0, "128 bytes" },
	{ "", 129, 128, 0, "129 bytes, align 128" },
	{ "", 200, 256, 0, "200 bytes, align 256" },
	{ "", 500, 0, 0, "500 bytes" },
	{ "", 1, 512, 0, "1 byte, align 512" },
	{ "", 512, 512, 0, "512 bytes" },
	{ "", 24, 1024, 0, "24 bytes, align 1024" },
	{ "", 24, PAGE_SIZE, 0, "24 bytes, align 4096" },
	{ "", 385, 256, 0, "385 bytes, align 256" },
	{ "", 513, 0, 0, "513 bytes" },
	{ "", 1024, 0, 0, "1024 bytes" },
	{ "", 4096, 0, 0, "4096 bytes" },
	{ "", 8192, 0, 0, "8192 bytes" },
	{ "", 100000, 64, 0, "100000 bytes" },
};

KUNIT_ARRAY_PARAM_DESC(good, good_cases, what);

/* Blocks are aligned, do not overlap and can be written to their last byte. */
static void sizes_and_alignments(struct kunit *test)
{
	const struct create_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_cache(test, row->size, row->align, NULL);
	unsigned int align = max(row->align, 8U), i;
	bool large = ALIGN(row->size, align) > ARENA_CACHE_MAX_BLOCK;
	char *block[70];

	if (is_power_of_2(row->size) && !large)
		align = max(align, row->size);
	KUNIT_EXPECT_EQ(test, arena_cache_size(c), row->size);
	for (i = 0; i < ARRAY_SIZE(block); i++) {
		block[i] = ac_kunit_alloc(test, c);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)block[i], align));
		KUNIT_EXPECT_EQ(test, ac_arena_owns(block[i]), !large);
		memset(block[i], i + 1, row->size);
	}
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), ARRAY_SIZE(block));
	for (i = 0; i < ARRAY_SIZE(block); i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(block[i], i + 1, row->size));
		arena_cache_free(c, block[i]);
	}
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
}

static void every_size(struct kunit *test)
{
	unsigned int size, cases = 0;
	struct arena_cache *c;
	void *p;

	for (size = 1; size <= 513; size++, cases++) {
		c = ac_kunit_create(test, "every_size", size, 0, NULL);
		p = arena_cache_zalloc(c, GFP_KERNEL);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		KUNIT_EXPECT_EQ(test, ac_arena_owns(p), size <= 512);
		arena_cache_free(c, p);
		arena_cache_destroy(c);
	}
	KUNIT_EXPECT_EQ(test, cases, 513);
}

static void destroying_null_is_fine(struct kunit *test)
{
	arena_cache_destroy(NULL);
}

/* --- constructors --- */

#define BUILT	0x0b1ec7ed0b1ec7edUL

struct object {
	unsigned long built;
	unsigned long state;
	unsigned long unused[6];
};

static u8 ctor_calls[PAGE_SIZE / sizeof(struct object)];
static unsigned int ctor_total;

static void build(void *p)
{
	struct object *object = p;

	object->built = BUILT;
	object->state = 0;
	ctor_calls[offset_in_page(p) / sizeof(*object)]++;
	ctor_total++;
}

static void forget_ctor_calls(void)
{
	memset(ctor_calls, 0, sizeof(ctor_calls));
	ctor_total = 0;
}

static void ctor_runs_once_per_block(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, sizeof(struct object), 0,
					       build);
	struct object *object[64];
	unsigned int i, round;

	ac_kunit_pin(test, 0);
	forget_ctor_calls();
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++) {
			object[i] = ac_kunit_alloc(test, c);
			KUNIT_EXPECT_EQ(test, object[i]->built, BUILT);
			KUNIT_EXPECT_EQ(test, object[i]->state, round);
			object[i]->state++;
		}
		for (i = 0; i < 64; i++)
			arena_cache_free(c, object[i]);
	}
	KUNIT_EXPECT_EQ(test, ctor_total, 64);
	KUNIT_EXPECT_NULL(test, memchr_inv(ctor_calls, 1, sizeof(ctor_calls)));
}

static void ctor_runs_again_for_a_pool_retaken(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, sizeof(struct object), 0,
					       build);
	struct object *object;

	forget_ctor_calls();
	object = ac_kunit_alloc(test, c);
	object->state = 5;
	arena_cache_free(c, object);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	KUNIT_EXPECT_EQ(test, ctor_total, 64);
	object = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_EQ(test, ctor_total, 128);
	KUNIT_EXPECT_EQ(test, object->state, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(ctor_calls, 2, sizeof(ctor_calls)));
	arena_cache_free(c, object);
}

static void zeroing_spares_constructed_blocks(struct kunit *test)
{
	struct arena_cache *plain = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache *built = ac_kunit_cache(test, 64, 0, build);
	struct object *object[2];
	unsigned int i;
	void *p[100];

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(plain, GFP_KERNEL, 100, p),
			100);
	for (i = 0; i < 100; i++)
		memset(p[i], 0xff, 64);
	arena_cache_free_bulk(plain, 100, p);
	for (i = 0; i < 100; i++) {
		p[i] = arena_cache_zalloc(plain, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], 0, 64));
		memset(p[i], 0xff, 64);
	}
	arena_cache_free_bulk(plain, 100, p);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(plain, GFP_KERNEL |
						     __GFP_ZERO, 100, p), 100);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], 0, 64));
	arena_cache_free_bulk(plain, 100, p);
	/* One block from the pool, one from the magazine. */
	for (i = 0; i < 2; i++) {
		object[i] = arena_cache_alloc(built, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, object[i]);
		KUNIT_EXPECT_EQ(test, object[i]->built, BUILT);
	}
	arena_cache_free(built, object[0]);
	arena_cache_free(built, object[1]);
}

/* --- bulk --- */

/* magazines * c->rounds + pools * c->capacity + blocks */
static const struct bulk_case {
	unsigned int magazines;
	unsigned int pools;
	int blocks;
	const char *name;
} bulk_cases[] = {
	{ 0, 0, 0, "0" }, { 0, 0, 1, "1" }, { 0, 0, 2, "2" },
	{ 1, 0, -1, "rounds - 1" }, { 1, 0, 0, "rounds" },
	{ 1, 0, 1, "rounds + 1" }, { 2, 0, -1, "2 rounds - 1" },
	{ 2, 0, 0, "2 rounds" }, { 2, 0, 1, "2 rounds + 1" },
	{ 0, 1, -1, "capacity - 1" }, { 0, 1, 0, "capacity" },
	{ 0, 1, 1, "capacity + 1" }, { 0, 0, 250, "250" },
	{ 0, 0, 1000, "1000" }, { 0, 0, 3000, "3000" },
};

KUNIT_ARRAY_PARAM_DESC(bulk, bulk_cases, name);

static void mark(void **p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		*(unsigned long *)p[i] = i + 1;
}

static void expect_marks(struct kunit *test, void **p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, *(unsigned long *)p[i], i + 1);
}

static void bulk(struct kunit *test)
{
	const struct bulk_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int nr = row->magazines * c->rounds +
			  row->pools * c->capacity + row->blocks;
	void **p = ac_kunit_zalloc(test, (2 * nr + 1) * sizeof(*p));
	unsigned int round, i;

	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr,
							     p), nr);
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), nr);
		mark(p, nr);
		expect_marks(test, p, nr);
		ac_kunit_assert_clean(test);
		/* Every other entry is NULL, the last one included. */
		for (i = nr; i--;) {
			p[2 * i] = p[i];
			p[2 * i + 1] = NULL;
		}
		arena_cache_free_bulk(c, 2 * nr, p);
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
		ac_kunit_assert_clean(test);
	}
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
}

static void bulk_and_single_mix(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 40, 0, NULL);
	unsigned int nr, i;
	void *p[130];

	for (nr = 0; nr <= ARRAY_SIZE(p); nr++) {
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_ATOMIC, nr,
							     p), nr);
		mark(p, nr);
		expect_marks(test, p, nr);
		for (i = 0; i < nr / 3; i++)
			arena_cache_free(c, p[i]);
		arena_cache_free_bulk(c, nr - i, p + i);
		KUNIT_ASSERT_EQ(test, ac_cache_live(c), 0);
	}
	ac_kunit_assert_clean(test);
}

static void bulk_of_large_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 1000, 0, NULL);
	void *p[50];

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 50, p), 50);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 50);
	mark(p, 50);
	expect_marks(test, p, 50);
	arena_cache_free(c, p[3]);
	p[3] = NULL;
	arena_cache_free_bulk(c, 50, p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

/* --- without arenas --- */

/*
 * Without arenas, blocks of a named cache come from kmalloc(), which promises neither
 * alignment to 64 bytes nor a constructor.
 */
static void raw_blocks_are_like_others(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, sizeof(struct object), 64,
					       build);
	unsigned long raw = ac_stat_read(AC_STAT_RAW_ARENA);
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	struct object *object[200];
	unsigned int i;

	ac_kunit_famine_start(test);
	ac_kunit_pin(test, 0);
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		object[i] = arena_cache_alloc(c, AC_KUNIT_FAMINE_GFP);
		KUNIT_ASSERT_NOT_NULL(test, object[i]);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)object[i], 64));
		KUNIT_EXPECT_EQ(test, object[i]->built, BUILT);
		KUNIT_EXPECT_FALSE(test, ac_arena_owns(object[i]));
		memset(object[i]->unused, i, sizeof(object[i]->unused));
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_ARENA, raw, 200);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 200);
	ac_kunit_assert_clean(test);
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(object[i]->unused, i,
						   sizeof(object[i]->unused)));
		arena_cache_free(c, object[i]);
	}
	/* They are in magazines now, and are handed out again as they are. */
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
	object[0] = arena_cache_alloc(c, AC_KUNIT_FAMINE_GFP);
	KUNIT_EXPECT_EQ(test, object[0]->built, BUILT);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_ARENA, raw, 200);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 199);
	ac_kunit_famine_end(test);
	arena_cache_free(c, object[0]);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 200);
}

static void raw_and_arena_blocks_mix(struct kunit *test)
{
	static const unsigned int sizes[] = { 8, 24, 200, 256, 512 };
	struct arena_cache *c[5];
	void *p[5][20];
	unsigned int i, k;

	for (i = 0; i < 5; i++)
		c[i] = ac_kunit_cache(test, sizes[i], 0, NULL);
	ac_kunit_famine_start(test);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test,
				arena_cache_alloc_bulk(c[i],
						       AC_KUNIT_FAMINE_GFP,
						       10, p[i]), 10);
	}
	ac_kunit_famine_end(test);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, arena_cache_alloc_bulk(c[i], GFP_KERNEL,
							     10, p[i] + 10), 10);
	for (i = 0; i < 5; i++) {
		for (k = 0; k < 20; k++) {
			KUNIT_EXPECT_EQ(test, ac_arena_owns(p[i][k]),
					k >= 10);
			if (is_power_of_2(sizes[i]))
				KUNIT_EXPECT_TRUE(test,
						  IS_ALIGNED((uintptr_t)p[i][k],
							     sizes[i]));
			memset(p[i][k], k, sizes[i]);
		}
		KUNIT_EXPECT_EQ(test, ac_cache_live(c[i]), 20);
		for (k = 0; k < 10; k++)
			swap(p[i][2 * k % 20], p[i][19 - k]);
		arena_cache_free_bulk(c[i], 20, p[i]);
		KUNIT_EXPECT_EQ(test, ac_cache_live(c[i]), 0);
	}
	ac_kunit_assert_clean(test);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, arena_cache_shrink(c[i]), 0);
}

/* The bulk gets an arena's blocks and five raw ones, then none, and undoes it all. */
static void failing_bulk_leaves_nothing(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 512, 0, NULL);
	unsigned int nr = 64 * c->capacity + 10;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p)), *held;
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	int got;

	ac_kunit_trim(test);
	held = ac_kunit_alloc(test, c);
	ac_kunit_famine_worsen(test, 5);
	got = arena_cache_alloc_bulk(c, GFP_KERNEL, nr, p);
	ac_kunit_famine_end(test);
	KUNIT_ASSERT_EQ(test, got, 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, held);
	arena_cache_shrink(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 5);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
}

/* The bulk is larger than the machine's memory. */
static void failing_bulk_of_large_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, SZ_1M, 0, NULL);
	size_t nr = (totalram_pages() >> (20 - PAGE_SHIFT)) + 1;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	const gfp_t gfp = __GFP_NOWARN | __GFP_NOMEMALLOC;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "KASAN holds freed memory back");
	KUNIT_EXPECT_EQ(test, arena_cache_alloc_bulk(c, gfp, nr, p), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	/* The cache works as before. */
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 8, p), 8);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 8);
	arena_cache_free_bulk(c, 8, p);
}

/* --- bad frees --- */

enum bad_pointer { INTERIOR, FOREIGN, OTHER_CACHE, FREE_POOL, TWICE };

static const struct bad_free_case {
	enum bad_pointer kind;
	enum ac_stat stat;
	const char *name;
} bad_free_cases[] = {
	{ INTERIOR, AC_STAT_BAD_INTERIOR, "inside a block" },
	{ FOREIGN, AC_STAT_BAD_FOREIGN, "of kmalloc" },
	{ OTHER_CACHE, AC_STAT_BAD_CACHE, "of another cache" },
	{ FREE_POOL, AC_STAT_BAD_CACHE, "of a free pool" },
	{ TWICE, AC_STAT_BAD_DOUBLE, "twice" },
};

KUNIT_ARRAY_PARAM_DESC(bad_free, bad_free_cases, name);

static unsigned long all_refused(void)
{
	return ac_stat_read(AC_STAT_BAD_FOREIGN) +
	       ac_stat_read(AC_STAT_BAD_CACHE) +
	       ac_stat_read(AC_STAT_BAD_INTERIOR) +
	       ac_stat_read(AC_STAT_BAD_DOUBLE);
}

/* Magazines take any pointer on trust; a flush checks each. */
static void bad_frees_are_refused(struct kunit *test)
{
	const struct bad_free_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache *other = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long refused = all_refused(), was = ac_stat_read(row->stat);
	void *stray = kunit_kzalloc(test, 256, GFP_KERNEL);
	void *p[20], *theirs = arena_cache_alloc(other, GFP_KERNEL);
	unsigned int i;
	void *bad[] = {
		[INTERIOR] = NULL, [FOREIGN] = stray, [OTHER_CACHE] = theirs,
		[FREE_POOL] = NULL, [TWICE] = NULL,
	};

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 20, p), 20);
	mark(p, 20);
	bad[INTERIOR] = p[1] + 8;
	bad[FREE_POOL] = ac_kunit_free_page(test, p[1]);
	bad[TWICE] = p[0];
	arena_cache_free(c, p[0]);
	arena_cache_free(c, bad[row->kind]);
	arena_cache_shrink(c);
	AC_KUNIT_EXPECT_EVENTS(test, row->stat, was, 1);
	KUNIT_EXPECT_EQ(test, all_refused() - refused, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 19);
	KUNIT_EXPECT_EQ(test, ac_cache_live(other), 1);
	ac_shadow_open(p[0], 64);
	/* The free block has its mark, too, unless the kernel zeroes it. */
	for (i = want_init_on_free(); i < 20; i++)
		KUNIT_EXPECT_EQ(test, *(unsigned long *)p[i], i + 1);
	ac_kunit_assert_clean(test);
	arena_cache_free_bulk(c, 19, p + 1);
	arena_cache_free(other, theirs);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(other), 0);
	KUNIT_EXPECT_EQ(test, all_refused() - refused, 1);
}

static void verify_sees_a_double_free(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long doubles = ac_stat_read(AC_STAT_BAD_DOUBLE);
	struct ac_verify v;
	void *p[2];

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 2, p), 2);
	arena_cache_free(c, p[0]);
	ac_kunit_assert_clean(test);
	arena_cache_free(c, p[0]);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	KUNIT_EXPECT_EQ(test, v.bad_blocks, 1);
	/* A check changes nothing. */
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	arena_cache_shrink(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, doubles, 1);
	ac_kunit_assert_clean(test);
	arena_cache_free(c, p[1]);
}

static void verify_sees_broken_pools(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_verify v;
	struct ac_pool *pool;
	void *p = ac_kunit_take_block(test, c);

	pool = ac_kunit_pool_of(p);
	pool->nr_free--;
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	KUNIT_EXPECT_NE(test, v.bad_pools, 0);
	pool->nr_free++;
	ac_arena_of(p)->free ^= BIT_ULL(63);
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	KUNIT_EXPECT_NE(test, v.bad_arenas, 0);
	ac_arena_of(p)->free ^= BIT_ULL(63);
	ac_depot_of(c, raw_smp_processor_id())->full.nr++;
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	KUNIT_EXPECT_NE(test, v.bad_magazines, 0);
	ac_depot_of(c, raw_smp_processor_id())->full.nr--;
	ac_kunit_assert_clean(test);
	ac_pool_put(c, 1, &p);
}

/* A block of 8 bytes is freed to a cache of 512; the next 8 are another caller's. */
static void blocks_of_others_are_not_zeroed(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_CACHE);
	struct arena_cache *small = ac_kunit_cache(test, 8, 0, NULL);
	struct arena_cache *c = ac_kunit_cache(test, 512, 0, NULL);
	u64 *p[2], *q, *low, *high;

	arena_cache_free(c, arena_cache_alloc(c, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(small, GFP_KERNEL, 2,
						     (void **)p), 2);
	low = min(p[0], p[1]);
	high = max(p[0], p[1]);
	*high = 0x1122334455667788;
	arena_cache_free(c, low);
	q = arena_cache_zalloc(c, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, q, low);
	KUNIT_EXPECT_EQ(test, *high, 0x1122334455667788);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, bad, 1);
	arena_cache_free(c, q);
	arena_cache_free(small, low);
	arena_cache_free(small, high);
}

/* When a magazine is exchanged, the block that comes to the top is checked. */
static void blocks_of_others_are_seen_in_exchanges(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_CACHE);
	struct arena_cache *small = ac_kunit_cache(test, 8, 0, NULL);
	struct arena_cache *c = ac_kunit_cache(test, 512, 0, NULL);
	void *p = arena_cache_alloc(small, GFP_KERNEL);
	void *q = arena_cache_alloc(c, GFP_KERNEL), *r;
	struct arena_cache_cpu *cpu;

	arena_cache_free(c, p);
	preempt_disable();
	cpu = this_cpu_ptr(c->cpu);
	swap(cpu->top, cpu->prev);
	preempt_enable();
	r = arena_cache_alloc(c, GFP_KERNEL);
	KUNIT_EXPECT_PTR_NE(test, r, p);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, bad, 1);
	arena_cache_free(c, q);
	arena_cache_free(c, r);
	arena_cache_free(small, p);
}

/* --- the end of a cache --- */

static void destroy_with_live_blocks(struct kunit *test)
{
	struct arena_cache *c, *next;
	void *p[100], *q;

	ac_kunit_trim(test);
	c = ac_kunit_create(test, "defunct", 64, 0, NULL);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 100, p),
			100);
	mark(p, 100);
	arena_cache_destroy(c);
	KUNIT_EXPECT_TRUE(test, c->defunct);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 100);
	/* Another cache of that size does not get them. */
	next = ac_kunit_cache(test, 64, 0, NULL);
	q = arena_cache_zalloc(next, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	expect_marks(test, p, 100);
	ac_kunit_assert_clean(test);
	arena_free(p[0]);
	arena_cache_free(c, p[1]);
	arena_cache_free_bulk(c, 97, p + 2);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	/* Without its last block the cache may go at any time. */
	arena_cache_free(c, p[99]);
	ac_kunit_assert_clean(test);
	ac_cache_reap();
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("defunct"));
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(next), 1);
	arena_cache_free(next, q);
}

static void shrink_tells_if_memory_is_left(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	void *p;

	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	p = arena_cache_alloc(c, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 1);
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
}

/* After each of many calls, against a count of the test's own. */
static void live_is_exact(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 48, 0, NULL);
	void **held = ac_kunit_zalloc(test, 2000 * sizeof(void *));
	unsigned int i, k, nr = 0;
	struct rnd_state rnd;

	ac_kunit_seed(test, &rnd);
	for (i = 0; i < AC_KUNIT_ROUNDS(20000); i++) {
		if (nr < 2000 && prandom_u32_state(&rnd) % 1000 < 1000 - nr / 2) {
			held[nr] = arena_cache_alloc(c, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, held[nr++]);
		} else {
			k = prandom_u32_state(&rnd) % nr--;
			arena_cache_free(c, held[k]);
			held[k] = held[nr];
		}
		KUNIT_ASSERT_EQ(test, ac_cache_live(c), nr);
	}
	arena_cache_free_bulk(c, nr, held);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

/* --- NUMA --- */

static void alloc_on_a_node_that_cannot_be(struct kunit *test)
{
	static const int nodes[] = { NUMA_NO_NODE, MAX_NUMNODES, INT_MAX };
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		p = arena_cache_alloc_node(c, GFP_KERNEL, nodes[i]);
		KUNIT_EXPECT_NOT_NULL(test, p);
		arena_cache_free(c, p);
	}
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static void alloc_on_nodes(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache *large = ac_kunit_cache(test, 2048, 0, NULL);
	void *p[200], *q;
	unsigned int i;
	int node;

	for_each_node_state(node, N_MEMORY) {
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = arena_cache_alloc_node(c, GFP_KERNEL |
						      __GFP_THISNODE, node);
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
			KUNIT_EXPECT_EQ(test, ac_kunit_node_of(p[i]), node);
			KUNIT_EXPECT_EQ(test, ac_arena_of(p[i])->node, node);
		}
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), 200);
		ac_kunit_assert_clean(test);
		/* They go into this CPU's magazines, whatever their node. */
		arena_cache_free_bulk(c, ARRAY_SIZE(p), p);
		q = arena_cache_alloc_node(large, GFP_KERNEL | __GFP_THISNODE,
					   node);
		KUNIT_ASSERT_NOT_NULL(test, q);
		KUNIT_EXPECT_EQ(test, ac_kunit_node_of(q), node);
		arena_cache_free(large, q);
	}
	q = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 64));
	arena_cache_free(c, q);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
}

static void blocks_of_other_nodes_go_home(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	int far = ac_kunit_far_node(test), here = numa_mem_id();
	void *p[61], *q;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = arena_cache_alloc_node(c, GFP_KERNEL, far);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
	}
	arena_cache_free_bulk(c, ARRAY_SIZE(p), p);
	/* The magazine has blocks of the far node alone. */
	q = arena_cache_alloc_node(c, GFP_KERNEL, here);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_EQ(test, ac_kunit_node_of(q), here);
	ac_kunit_assert_clean(test);
	arena_cache_free(c, q);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
}

/* --- CPU hotplug --- */

static void fill_magazines(struct ac_kunit_thread *thread)
{
	struct arena_cache *c = thread->arg;
	void *p[200];

	if (thread->cpu != 1)
		return;
	ac_kunit_check(thread, arena_cache_alloc_bulk(c, GFP_KERNEL, 200, p) ==
		       200, "no memory");
	arena_cache_free_bulk(c, 200, p);
}

#ifdef CONFIG_HOTPLUG_CPU
static int cpu_goes(unsigned int cpu)
{
	return remove_cpu(cpu);
}

static int cpu_comes(unsigned int cpu)
{
	return add_cpu(cpu);
}
#else
static int cpu_goes(unsigned int cpu)
{
	return -EOPNOTSUPP;
}

static int cpu_comes(unsigned int cpu)
{
	return -EOPNOTSUPP;
}
#endif

static void a_dead_cpu_returns_its_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, 1);
	unsigned long cached, depot;
	void *p;

	if (!IS_ENABLED(CONFIG_HOTPLUG_CPU))
		kunit_skip(test, "kernel without CPU hotplug");
	if (num_online_cpus() < 2 || !cpu_online(1))
		kunit_skip(test, "CPU 1 is not online");
	ac_kunit_crew_run(test, 2, fill_magazines, c);
	cached = ac_magazine_cached(c);
	depot = ac_depot_of(c, 1)->full.nr * c->rounds;
	KUNIT_EXPECT_GT(test, cached, depot);
	p = arena_cache_alloc(c, GFP_KERNEL);
	KUNIT_ASSERT_EQ(test, cpu_goes(1), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	KUNIT_EXPECT_LE(test, ac_magazine_cached(c), depot + 2 * c->rounds);
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 1);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 1);
	KUNIT_EXPECT_EQ(test, cpu_comes(1), 0);
	ac_kunit_crew_run(test, 2, fill_magazines, c);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	KUNIT_EXPECT_FALSE(test, cpu->seq & 1);
	ac_kunit_assert_clean(test);
	arena_cache_free(c, p);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(create_refuses, bad_gen_params),
	KUNIT_CASE_PARAM(sizes_and_alignments, good_gen_params),
	KUNIT_CASE(every_size),
	KUNIT_CASE(destroying_null_is_fine),
	KUNIT_CASE(ctor_runs_once_per_block),
	KUNIT_CASE(ctor_runs_again_for_a_pool_retaken),
	KUNIT_CASE(zeroing_spares_constructed_blocks),
	KUNIT_CASE_PARAM(bulk, bulk_gen_params),
	KUNIT_CASE(bulk_and_single_mix),
	KUNIT_CASE(bulk_of_large_blocks),
	KUNIT_CASE(raw_blocks_are_like_others),
	KUNIT_CASE(raw_and_arena_blocks_mix),
	KUNIT_CASE(failing_bulk_leaves_nothing),
	KUNIT_CASE(failing_bulk_of_large_blocks),
	KUNIT_CASE_PARAM(bad_frees_are_refused, bad_free_gen_params),
	KUNIT_CASE(verify_sees_a_double_free),
	KUNIT_CASE(verify_sees_broken_pools),
	KUNIT_CASE(blocks_of_others_are_not_zeroed),
	KUNIT_CASE(blocks_of_others_are_seen_in_exchanges),
	KUNIT_CASE(destroy_with_live_blocks),
	KUNIT_CASE(shrink_tells_if_memory_is_left),
	KUNIT_CASE(live_is_exact),
	KUNIT_CASE(alloc_on_nodes),
	KUNIT_CASE(alloc_on_a_node_that_cannot_be),
	KUNIT_CASE(blocks_of_other_nodes_go_home),
	KUNIT_CASE(a_dead_cpu_returns_its_blocks),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_cache",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
