// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: bugs of callers, in caches that do not look for them
 *
 * A cache without debugging sees fewer bugs, and later. But no bug derails the allocator:
 * afterwards every invariant holds, and no block has two owners. The one exception is
 * double_free_in_a_magazine().
 */
#include <linux/slab.h>

#include "../cache.h"
#include "../debug/verify.h"
#include "../recall.h"
#include "helper.h"

#define SIZE	64
#define NR	200

/* Gets more blocks than a magazine and a pool have; none must come twice. */
static void expect_single_owners(struct kunit *test, struct arena_cache *c)
{
	unsigned long **p = ac_kunit_zalloc(test, NR * sizeof(*p));
	unsigned long i, shared = 0;

	for (i = 0; i < NR; i++) {
		p[i] = ac_kunit_alloc(test, c);
		*p[i] = i;
	}
	for (i = 0; i < NR; i++)
		shared += *p[i] != i;
	KUNIT_EXPECT_EQ(test, shared, 0);
	for (i = 0; i < NR; i++)
		arena_cache_free(c, p[i]);
	ac_recall_all(&c, 1);
	ac_kunit_assert_clean(test);
}

static const struct write_case {
	const char *what;
	int at;
	unsigned int nr;
	bool free;
} write_cases[] = {
	{ "1 past the end", SIZE, 1 },
	{ "64 past the end", SIZE, 64 },
	{ "1 before the start", -1, 1 },
	{ "64 before the start", -64, 64 },
	{ "free: first word", 0, 8, true },
	{ "free: in the middle", 30, 1, true },
	{ "free: last byte", SIZE - 1, 1, true },
	{ "free: all of it", 0, SIZE, true },
	{ "free: 64 past the end", SIZE, 64, true },
};

KUNIT_ARRAY_PARAM_DESC(write, write_cases, what);

/* Writes to a block in a magazine, then to the same block in its pool. */
static void write_derails_nothing(struct kunit *test)
{
	const struct write_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_cache(test, SIZE, 0, NULL);
	u8 *low, *p, *high;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "KASAN sees it");
	low = ac_kunit_alloc(test, c);
	p = ac_kunit_alloc(test, c);
	high = ac_kunit_alloc(test, c);
	if (row->free)
		arena_cache_free(c, p);
	memset(p + row->at, 0x5a, row->nr);
	if (!row->free)
		arena_cache_free(c, p);
	ac_recall_all(&c, 1);
	memset(p + row->at, 0xa5, row->nr);
	arena_cache_free(c, low);
	arena_cache_free(c, high);
	expect_single_owners(test, c);
}

/* Until the magazine is flushed, two allocations may get the same block. */
static void double_free_in_a_magazine(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, SIZE, 0, NULL);
	unsigned long before = ac_stat_read(AC_STAT_BAD_DOUBLE);
	void *other = ac_kunit_alloc(test, c), *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	arena_cache_free(c, p);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, before, 0);
	KUNIT_EXPECT_PTR_EQ(test, ac_kunit_alloc(test, c), p);
	KUNIT_EXPECT_PTR_EQ(test, ac_kunit_alloc(test, c), p);
	arena_cache_free(c, p);
	arena_cache_free(c, p);
	ac_recall_all(&c, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, before, 1);
	arena_cache_free(c, other);
	expect_single_owners(test, c);
}

static void double_free_is_seen_by_the_pool(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, SIZE, 0, NULL);
	unsigned long before = ac_stat_read(AC_STAT_BAD_DOUBLE);
	void *other = ac_kunit_alloc(test, c), *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	ac_recall_all(&c, 1);
	arena_cache_free(c, p);
	ac_recall_all(&c, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, before, 1);
	arena_cache_free(c, other);
	expect_single_owners(test, c);
}

static void bad_pointers_are_refused(struct kunit *test)
{
	unsigned long cache = ac_stat_read(AC_STAT_BAD_CACHE);
	unsigned long foreign = ac_stat_read(AC_STAT_BAD_FOREIGN);
	unsigned long interior = ac_stat_read(AC_STAT_BAD_INTERIOR);
	struct arena_cache *c = ac_kunit_cache(test, SIZE, 0, NULL);
	struct arena_cache *wrong = ac_kunit_cache(test, SIZE, 0, NULL);
	void *p = ac_kunit_alloc(test, c), *heap = ac_kunit_zalloc(test, 256);

	arena_cache_free(wrong, p);
	arena_cache_free(c, p + 8);
	arena_cache_free(c, heap);
	ac_recall_all(&wrong, 1);
	ac_recall_all(&c, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, cache, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_INTERIOR, interior, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, foreign, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, p);
	expect_single_owners(test, c);
	expect_single_owners(test, wrong);
}

/*
 * Pools of blocks below 64 bytes have their map behind the last block, in reach of a
 * write past its end.
 */
#define SMALL	32

static u8 *map_behind(struct kunit *test, const struct arena_cache *c, void *p)
{
	void *map = ac_pool_map(c, ac_kunit_pool_of(p), p);

	KUNIT_ASSERT_EQ(test, offset_in_page(map) / SMALL, c->capacity);
	return map;
}

/* The map says that all blocks are free. */
static void ones_in_a_map_are_seen_by_verify(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, SMALL, 0, NULL);
	struct ac_verify v;
	void *p[2];
	u8 *map, was;

	ac_kunit_take_blocks(test, c, 2, p);
	map = map_behind(test, c, p[0]) + c->capacity / 8;
	was = *map;
	*map = 0xff;
	KUNIT_EXPECT_GT(test, ac_verify(&v), 0);
	KUNIT_EXPECT_EQ(test, v.bad_pools, 1);
	*map = was;
	ac_pool_put(c, 2, p);
	ac_kunit_assert_clean(test);
}

/* The map says that none is: the free blocks are lost, but their pool is sound again. */
static void zeros_in_a_map_lose_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, SMALL, 0, NULL);
	unsigned long before = ac_stat_read(AC_STAT_BAD_OVERRUN);
	struct ac_verify v;
	void *p, *other;
	unsigned int i;

	p = ac_kunit_take_block(test, c);
	memset(map_behind(test, c, p), 0, 16);
	KUNIT_EXPECT_GT(test, ac_verify(&v), 0);
	KUNIT_EXPECT_EQ(test, v.bad_pools, 2);
	other = ac_kunit_take_block(test, c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_OVERRUN, before, 1);
	KUNIT_EXPECT_NE(test, ac_arena_slot(other), ac_arena_slot(p));
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), c->capacity + 1);
	ac_kunit_assert_clean(test);
	ac_pool_put(c, 1, &other);
	for (i = 0; i < c->capacity; i++) {
		other = PTR_ALIGN_DOWN(p, AC_POOL_SIZE) + i * SMALL;
		ac_pool_put(c, 1, &other);
	}
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 0);
}

static void leak_at_destroy(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "leaky", SIZE, 0, NULL);
	void *p = ac_kunit_alloc(test, c);

	arena_cache_destroy(c);
	KUNIT_EXPECT_TRUE(test, c->defunct);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(write_derails_nothing, write_gen_params),
	KUNIT_CASE(double_free_in_a_magazine),
	KUNIT_CASE(double_free_is_seen_by_the_pool),
	KUNIT_CASE(bad_pointers_are_refused),
	KUNIT_CASE(ones_in_a_map_are_seen_by_verify),
	KUNIT_CASE(zeros_in_a_map_lose_blocks),
	KUNIT_CASE(leak_at_destroy),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

/* With debug= named caches look for bugs, too. */
static int plain_start(struct kunit *test)
{
	if (arena_cache_classes[0]->debug)
		kunit_skip(test, "arena_cache was loaded with debug=");
	return ac_kunit_start(test);
}

static struct kunit_suite suite = {
	.name = "arena_cache_bugs",
	.suite_init = ac_kunit_suite_init,
	.init = plain_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
