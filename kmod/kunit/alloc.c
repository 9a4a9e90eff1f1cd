// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: allocation by size
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../alloc.h"
#include "../cache.h"
#include "famine.h"
#include "helper.h"

static void every_size(struct kunit *test)
{
	unsigned long large = ac_stat_read(AC_STAT_RAW_LARGE);
	unsigned int size, cases = 0;
	size_t room;
	char *p;

	for (size = 1; size <= 600; size++, cases++) {
		p = arena_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		room = ac_alloc_room(p);
		KUNIT_EXPECT_EQ(test, ac_arena_owns(p), size <= 512);
		KUNIT_EXPECT_GE(test, room, size);
		if (size <= 512)
			KUNIT_EXPECT_LT(test, room, size + 8);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)p, 8));
		if (is_power_of_2(size))
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)p, size));
		memset(p, 0xa5, size);
		arena_free(p);
	}
	KUNIT_EXPECT_EQ(test, cases, 600);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_LARGE, large, 88);
	ac_kunit_assert_clean(test);
}

/* Of each class more blocks than a pool has: all of that class, none of them shared. */
static void every_class(struct kunit *test)
{
	void **p = ac_kunit_zalloc(test, 600 * sizeof(void *));
	unsigned int class, i, n, cases = 0;

	for (class = 0; class < ARENA_CACHE_CLASSES; class++, cases++) {
		struct arena_cache *c = arena_cache_classes[class];
		long live = ac_cache_live(c);

		n = c->capacity + 1;
		for (i = 0; i < n; i++) {
			p[i] = arena_alloc(ac_class_size(class), GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
			KUNIT_EXPECT_PTR_EQ(test,
					    ac_owner_of_pool(ac_kunit_pool_of(p[i])),
					    c);
			memset(p[i], i, ac_class_size(class));
		}
		KUNIT_EXPECT_EQ(test, ac_cache_live(c) - live, n);
		for (i = 0; i < n; i++) {
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(p[i], i & 0xff,
						     ac_class_size(class)));
			arena_free(p[i]);
		}
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), live);
	}
	KUNIT_EXPECT_EQ(test, cases, 64);
	ac_kunit_assert_clean(test);
}

/* The compiler picks the class, and must pick the one that run time does. */
static void constant_sizes(struct kunit *test)
{
	void *p[] = {
		arena_alloc(1, GFP_KERNEL), arena_alloc(8, GFP_KERNEL),
		arena_alloc(9, GFP_KERNEL), arena_alloc(64, GFP_KERNEL),
		arena_alloc(505, GFP_KERNEL), arena_alloc(512, GFP_KERNEL),
	};
	static const unsigned int room[] = { 8, 8, 16, 64, 512, 512 };
	void *large = arena_alloc(513, GFP_KERNEL);
	void *charged = arena_alloc(64, GFP_KERNEL_ACCOUNT);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_EQ(test, ac_alloc_room(p[i]), room[i]);
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(p[i]));
		arena_free(p[i]);
	}
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(large));
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(charged));
	arena_free(large);
	arena_free(charged);
	KUNIT_EXPECT_PTR_EQ(test, arena_alloc(0, GFP_KERNEL), ZERO_SIZE_PTR);
}

static void no_memory_at_all(struct kunit *test)
{
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	size_t zero = 0;

	OPTIMIZER_HIDE_VAR(zero);
	KUNIT_EXPECT_PTR_EQ(test, arena_alloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, arena_zalloc(zero, GFP_KERNEL), ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, arena_calloc(zero, 5, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, arena_calloc(5, zero, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_PTR_EQ(test, arena_realloc(NULL, zero, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, arena_usable_size(NULL), 0);
	KUNIT_EXPECT_EQ(test, arena_usable_size(ZERO_SIZE_PTR), 0);
	arena_free(NULL);
	arena_free(ZERO_SIZE_PTR);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 0);
}

static const struct raw_case {
	size_t size;
	gfp_t gfp;
	enum ac_stat stat;
	const char *name;
} raw_cases[] = {
	{ 513, GFP_KERNEL, AC_STAT_RAW_LARGE, "513" },
	{ 4096, GFP_KERNEL, AC_STAT_RAW_LARGE, "4096" },
	{ 100000, GFP_KERNEL, AC_STAT_RAW_LARGE, "100000" },
	{ 64, GFP_KERNEL_ACCOUNT, AC_STAT_RAW_GFP, "accounted" },
	{ 1, GFP_KERNEL_ACCOUNT, AC_STAT_RAW_GFP, "1 accounted" },
#ifdef CONFIG_ZONE_DMA
	{ 64, GFP_KERNEL | GFP_DMA, AC_STAT_RAW_GFP, "DMA" },
#endif
};

KUNIT_ARRAY_PARAM_DESC(raw, raw_cases, name);

static void raw(struct kunit *test)
{
	const struct raw_case *row = test->param_value;
	unsigned long was = ac_stat_read(row->stat);
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	void *p = arena_zalloc(row->size, row->gfp);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(p));
	KUNIT_EXPECT_GE(test, arena_usable_size(p), row->size);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, row->size));
	AC_KUNIT_EXPECT_EVENTS(test, row->stat, was, 1);
	arena_free(p);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 1);
}

static void beyond_kmalloc(struct kunit *test)
{
	unsigned long large = ac_stat_read(AC_STAT_RAW_LARGE);
	size_t size = KMALLOC_MAX_SIZE + 1;

	OPTIMIZER_HIDE_VAR(size);
	KUNIT_EXPECT_NULL(test, arena_alloc(size, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_NULL(test, arena_alloc(SIZE_MAX, GFP_KERNEL |
					    __GFP_NOWARN));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_LARGE, large, 0);
}

/* --- calloc and zalloc --- */

static void calloc_overflow(struct kunit *test)
{
	static const size_t factors[][2] = {
		{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX, SIZE_MAX },
		{ 1UL << 32, 1UL << 32 }, { SIZE_MAX / 8 + 1, 8 },
		{ (1UL << 61) + 1, 8 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(factors); i++)
		KUNIT_EXPECT_NULL_MSG(test, arena_calloc(factors[i][0],
							 factors[i][1],
							 GFP_KERNEL |
							 __GFP_NOWARN),
				      "row %u", i);
}

static void dirty_all_classes(struct kunit *test)
{
	unsigned int size;
	void *p;

	for (size = 8; size <= 512; size += 8) {
		p = arena_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0xff, size);
		arena_free(p);
	}
}

static void zeroed_after_dirty_use(struct kunit *test)
{
	unsigned int size;
	void *p;

	for (size = 1; size <= 600; size++) {
		dirty_all_classes(test);
		p = arena_zalloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		/* All that the caller may use, not only what was asked for. */
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size <= 512 ?
						   arena_usable_size(p) : size));
		memset(p, 0xff, size);
		arena_free(p);
		p = arena_calloc(size, 1, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, size));
		arena_free(p);
	}
}

/* --- realloc --- */

enum where { SAME, MOVED, ANY };

static const struct realloc_case {
	size_t from;
	size_t to;
	enum where where;
	size_t room;		/* of the result; 0: raw */
	const char *name;
} realloc_cases[] = {
	{ 64, 64, SAME, 64, "64 -> 64" },
	{ 64, 57, SAME, 64, "64 -> 57" },
	{ 64, 33, SAME, 64, "64 -> 33: saves less than half" },
	{ 64, 32, MOVED, 32, "64 -> 32: saves half" },
	{ 64, 1, MOVED, 8, "64 -> 1" },
	{ 64, 65, MOVED, 72, "64 -> 65" },
	{ 57, 64, SAME, 64, "57 -> 64: grows in its block" },
	{ 8, 7, SAME, 8, "8 -> 7" },
	{ 8, 1, SAME, 8, "8 -> 1: the same class" },
	{ 16, 8, MOVED, 8, "16 -> 8" },
	{ 1, 8, SAME, 8, "1 -> 8" },
	{ 8, 9, MOVED, 16, "8 -> 9" },
	{ 512, 257, SAME, 512, "512 -> 257: saves less than half" },
	{ 512, 256, MOVED, 256, "512 -> 256: saves half" },
	{ 512, 513, MOVED, 0, "512 -> 513: leaves the arena" },
	{ 24, 100000, MOVED, 0, "24 -> 100000" },
	{ 100000, 200000, ANY, 0, "raw grows" },
	{ 1000, 600, ANY, 0, "raw shrinks" },
	{ 600, 520, SAME, 0, "raw stays in its place" },
	{ 600, 512, MOVED, 512, "raw shrinks and becomes a block" },
	{ 600, 24, MOVED, 24, "raw shrinks to a small block" },
	{ 100000, 600, MOVED, 0, "raw shrinks to less than half" },
};

KUNIT_ARRAY_PARAM_DESC(realloc, realloc_cases, name);

static void fill(u8 *p, size_t size)
{
	while (size--)
		p[size] = size * 7 + 1;
}

static size_t first_difference(const u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (u8)(i * 7 + 1))
			break;
	return i;
}

static void realloc_table(struct kunit *test, gfp_t gfp)
{
	const struct realloc_case *row = test->param_value;
	size_t kept = min(row->from, row->to);
	u8 *old, *new;

	dirty_all_classes(test);
	old = arena_alloc(row->from, gfp);
	KUNIT_ASSERT_NOT_NULL(test, old);
	fill(old, row->from);
	new = arena_realloc(old, row->to, gfp);
	KUNIT_ASSERT_NOT_NULL(test, new);
	if (row->where == SAME)
		KUNIT_EXPECT_PTR_EQ(test, new, old);
	if (row->where == MOVED)
		KUNIT_EXPECT_PTR_NE(test, new, old);
	KUNIT_EXPECT_EQ(test, ac_arena_owns(new), !!row->room);
	if (row->room)
		KUNIT_EXPECT_EQ(test, ac_alloc_room(new), row->room);
	KUNIT_EXPECT_EQ(test, first_difference(new, kept), kept);
	if (gfp & __GFP_ZERO)
		KUNIT_EXPECT_NULL(test, memchr_inv(new + kept, 0,
						   row->to - kept));
	memset(new, 0xff, row->to);
	arena_free(new);
	ac_kunit_assert_clean(test);
}

static void realloc_plain(struct kunit *test)
{
	realloc_table(test, GFP_KERNEL);
}

static void realloc_zeroed(struct kunit *test)
{
	realloc_table(test, GFP_KERNEL | __GFP_ZERO);
}

/* A block shrinks and grows in its place: its old tail must not come back. */
static void zeroed_tail_in_place(struct kunit *test)
{
	u8 *old = arena_zalloc(64, GFP_KERNEL), *p;

	KUNIT_ASSERT_NOT_NULL(test, old);
	memset(old, 0xff, 64);
	p = arena_realloc(old, 50, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, p, old);
	p = arena_realloc(p, 64, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, p, old);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xff, 50));
	KUNIT_EXPECT_NULL(test, memchr_inv(p + 50, 0, 14));
	p = arena_realloc(p, 50, GFP_KERNEL | __GFP_ZERO);
	p = arena_realloc(p, 200, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xff, 50));
	KUNIT_EXPECT_NULL(test, memchr_inv(p + 50, 0, 150));
	arena_free(p);
}

static void realloc_of_nothing_and_to_nothing(struct kunit *test)
{
	struct arena_cache *c = arena_cache_classes[ac_class_of(64)];
	long live = ac_cache_live(c);
	void *p = arena_realloc(NULL, 64, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, ac_cache_live(c), live + 1);
	KUNIT_EXPECT_EQ(test, ac_alloc_room(p), 64);
	KUNIT_EXPECT_PTR_EQ(test, arena_realloc(p, 0, GFP_KERNEL),
			    ZERO_SIZE_PTR);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), live);
	p = arena_realloc(ZERO_SIZE_PTR, 64, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), live + 1);
	arena_free(p);
}

static void failing_realloc_keeps_the_block(struct kunit *test)
{
	u8 *p = arena_alloc(100, GFP_KERNEL);
	size_t size = SIZE_MAX / 2;

	KUNIT_ASSERT_NOT_NULL(test, p);
	fill(p, 100);
	OPTIMIZER_HIDE_VAR(size);
	KUNIT_EXPECT_NULL(test, arena_realloc(p, size, GFP_KERNEL |
					      __GFP_NOWARN));
	KUNIT_EXPECT_EQ(test, first_difference(p, 100), 100);
	KUNIT_EXPECT_EQ(test, ac_alloc_room(p), 104);
	arena_free(p);
}

/* --- without arenas, bad frees --- */

static void without_arenas(struct kunit *test)
{
	u8 **p = ac_kunit_zalloc(test, 512 * sizeof(*p)), *in_arena;
	unsigned long was = ac_stat_read(AC_STAT_RAW_ARENA);
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	unsigned int size;

	ac_kunit_famine_start(test);
	for (size = 1; size <= 512; size++) {
		p[size - 1] = arena_alloc(size, AC_KUNIT_FAMINE_GFP);
		KUNIT_ASSERT_NOT_NULL(test, p[size - 1]);
		KUNIT_EXPECT_FALSE(test, ac_arena_owns(p[size - 1]));
		if (is_power_of_2(size))
			KUNIT_EXPECT_EQ(test, (uintptr_t)p[size - 1] % size, 0);
		fill(p[size - 1], size);
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_ARENA, was, 512);
	for (size = 1; size <= 512; size++) {
		KUNIT_EXPECT_EQ(test, first_difference(p[size - 1], size), size);
		arena_free(p[size - 1]);
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 512);
	ac_kunit_assert_clean(test);
	ac_kunit_famine_end(test);
	in_arena = arena_alloc(64, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, ac_arena_owns(in_arena));
	arena_free(in_arena);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_ARENA, was, 512);
}

/* Pointers into a free pool are seen at once. */
static void garbage_in_an_arena_is_refused(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long was = ac_stat_read(AC_STAT_BAD_CACHE);
	void *block = ac_kunit_take_block(test, c);
	struct ac_arena *arena = ac_arena_of(block);
	char *unused;

	KUNIT_ASSERT_NE(test, arena->free, 0);
	unused = ac_arena_pool_base(ac_arena_pool(arena, __ffs64(arena->free)));
	arena_free(unused);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, was, 1);
	arena_free(unused + PAGE_SIZE - 8);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, was, 2);
	KUNIT_EXPECT_EQ(test, arena_usable_size(unused), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	ac_kunit_assert_clean(test);
	ac_pool_put(c, 1, &block);
}

static void interior_and_double_are_refused(struct kunit *test)
{
	struct arena_cache *c = arena_cache_classes[ac_class_of(100)];
	unsigned long interior = ac_stat_read(AC_STAT_BAD_INTERIOR);
	unsigned long doubles = ac_stat_read(AC_STAT_BAD_DOUBLE);
	long live = ac_cache_live(c);
	u8 *p, *q;

	/* Both are of one pool, which therefore stays. */
	ac_kunit_pin(test, 0);
	arena_cache_shrink(c);
	p = arena_alloc(100, GFP_KERNEL);
	q = arena_alloc(100, GFP_KERNEL);
	KUNIT_ASSERT_PTR_EQ(test, ac_kunit_pool_of(p), ac_kunit_pool_of(q));
	fill(p, 100);
	arena_free(p + 16);
	arena_cache_shrink(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_INTERIOR, interior, 1);
	arena_free(q);
	arena_free(q);
	arena_cache_shrink(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, doubles, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), live + 1);
	KUNIT_EXPECT_EQ(test, first_difference(p, 100), 100);
	ac_kunit_assert_clean(test);
	arena_free(p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), live);
}

static struct kunit_case cases[];

/* Addresses that have no struct page, or none of a slab. */
static void what_cannot_be_memory_is_not_freed(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_FOREIGN);
	unsigned long freed = ac_stat_read(AC_STAT_RAW_FREE);
	struct page *page = alloc_page(GFP_KERNEL);
	void *vmalloced = vmalloc(100);
	void *p[] = { (void *)24, ERR_PTR(-ENOMEM), (void *)-4096L, vmalloced,
		      page_address(page), page_address(page) + 64, cases };
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, vmalloced);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		arena_free(p[i]);
		KUNIT_EXPECT_EQ(test, arena_usable_size(p[i]), 0);
		KUNIT_EXPECT_NULL(test, arena_realloc(p[i], 100, GFP_KERNEL));
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, bad,
			       3 * ARRAY_SIZE(p));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, freed, 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	__free_page(page);
	vfree(vmalloced);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_size),
	KUNIT_CASE(every_class),
	KUNIT_CASE(constant_sizes),
	KUNIT_CASE(no_memory_at_all),
	KUNIT_CASE_PARAM(raw, raw_gen_params),
	KUNIT_CASE(beyond_kmalloc),
	KUNIT_CASE(calloc_overflow),
	KUNIT_CASE(zeroed_after_dirty_use),
	KUNIT_CASE_PARAM(realloc_plain, realloc_gen_params),
	KUNIT_CASE_PARAM(realloc_zeroed, realloc_gen_params),
	KUNIT_CASE(zeroed_tail_in_place),
	KUNIT_CASE(realloc_of_nothing_and_to_nothing),
	KUNIT_CASE(failing_realloc_keeps_the_block),
	KUNIT_CASE(without_arenas),
	KUNIT_CASE(garbage_in_an_arena_is_refused),
	KUNIT_CASE(interior_and_double_are_refused),
	KUNIT_CASE(what_cannot_be_memory_is_not_freed),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_alloc",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
