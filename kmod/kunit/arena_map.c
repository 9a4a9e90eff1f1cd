// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: which arena is this address in?
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../arena.h"
#include "../pool_put.h"
#include "helper.h"

static void every_byte_of_an_arena_is_in(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	char *block = ac_kunit_take_block(test, c);
	struct ac_arena *arena = ac_arena_of(block);
	char *base = page_address(arena->page);
	unsigned long offset;

	for (offset = 0; offset < AC_ARENA_SIZE; offset++)
		KUNIT_ASSERT_PTR_EQ(test, ac_arena_map_find(base + offset),
				    arena);
	ac_pool_put(c, 1, (void **)&block);
}

static void other_addresses_are_out(struct kunit *test)
{
	void *small = kunit_kmalloc(test, 64, GFP_KERNEL);
	void *page = kunit_kmalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	char *virtual = vmalloc(PAGE_SIZE);
	unsigned long local;

	KUNIT_EXPECT_NULL(test, ac_arena_map_find(small));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(page));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(virtual));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(&local));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(other_addresses_are_out));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(NULL));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(ZERO_SIZE_PTR));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(ERR_PTR(-ENOMEM)));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find((void *)PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, ac_arena_map_find((void *)-1UL));
	vfree(virtual);
}

/* Set and clear the entry of pages of our own: its neighbours do not change. */
static void set_and_clear_touch_one_entry(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, AC_ARENA_ORDER);
	char *run = page_address(page);
	struct ac_arena *left = ac_arena_map_find(run - 1);
	struct ac_arena *right = ac_arena_map_find(run + AC_ARENA_SIZE);
	struct ac_arena fake;

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(run));
	KUNIT_EXPECT_TRUE(test, ac_arena_map_set(run, &fake));
	KUNIT_EXPECT_NOT_NULL(test, ac_arena_map_find(run));
	KUNIT_EXPECT_NOT_NULL(test, ac_arena_map_find(run + AC_ARENA_SIZE - 1));
	KUNIT_EXPECT_PTR_EQ(test, ac_arena_map_find(run - 1), left);
	KUNIT_EXPECT_PTR_EQ(test, ac_arena_map_find(run + AC_ARENA_SIZE), right);
	ac_arena_map_clear(run);
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(run));
	KUNIT_EXPECT_PTR_EQ(test, ac_arena_map_find(run - 1), left);
	__free_pages(page, AC_ARENA_ORDER);
}

static void released_arena_is_out(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long i, mapped = 0;
	void *block, *base;

	ac_kunit_trim(test);
	block = ac_kunit_take_block(test, c);
	base = page_address(ac_arena_of(block)->page);
	ac_pool_put(c, 1, &block);
	/* The arena is empty, and kept. */
	KUNIT_EXPECT_NOT_NULL(test, ac_arena_map_find(base));
	ac_arena_trim();
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(base));
	for (i = 0; i < ac_arena_map->end; i++)
		mapped += !!ac_arena_map->arena[i];
	KUNIT_EXPECT_EQ(test, mapped, ac_kunit_count_arenas());
}

static void reaches_all_memory(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ac_arena_map_index((void *)PAGE_OFFSET), 0);
	KUNIT_EXPECT_EQ(test, ac_arena_map_index((void *)(PAGE_OFFSET +
							  AC_ARENA_SIZE)), 1);
	KUNIT_EXPECT_LT(test, ac_arena_map_index(high_memory - 1),
			ac_arena_map->end);
}

/* An entry for addresses behind the end of memory, which nothing but the map sees. */
static void grows_when_memory_comes(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	void *block = ac_kunit_take_block(test, c);
	unsigned long end = ac_arena_map->end;
	struct ac_arena fake;
	void *beyond = (void *)(PAGE_OFFSET + (end << AC_ARENA_SHIFT));

	KUNIT_EXPECT_FALSE(test, ac_arena_map_set(beyond, &fake));
	KUNIT_EXPECT_EQ(test, ac_arena_map->end, end);
	KUNIT_ASSERT_TRUE(test, ac_arena_map_reach(beyond));
	KUNIT_ASSERT_TRUE(test, ac_arena_map_set(beyond, &fake));
	KUNIT_EXPECT_GT(test, ac_arena_map->end, end);
	KUNIT_EXPECT_NOT_NULL(test, ac_arena_map_find(beyond));
	/* What the old map knew, the new one knows. */
	KUNIT_EXPECT_NOT_NULL(test, ac_arena_map_find(block));
	ac_arena_map_clear(beyond);
	KUNIT_EXPECT_NULL(test, ac_arena_map_find(beyond));
	ac_pool_put(c, 1, &block);
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_byte_of_an_arena_is_in),
	KUNIT_CASE(other_addresses_are_out),
	KUNIT_CASE(set_and_clear_touch_one_entry),
	KUNIT_CASE(released_arena_is_out),
	KUNIT_CASE(reaches_all_memory),
	KUNIT_CASE(grows_when_memory_comes),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_arena_map",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
