// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: "is this address in an arena?"
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../arena.h"
#include "../pool.h"
#include "helper.h"

static void every_byte_of_an_arena_is_in(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	char *block = ac_kunit_take_block(test, c);
	char *arena = (char *)ac_arena_of(block);
	unsigned long offset;

	for (offset = 0; offset < AC_ARENA_SIZE; offset++)
		KUNIT_ASSERT_TRUE(test, ac_arena_map_test(arena + offset));
	ac_pool_put(c, 1, (void **)&block);
}

static void other_addresses_are_out(struct kunit *test)
{
	void *small = kunit_kmalloc(test, 64, GFP_KERNEL);
	void *page = kunit_kmalloc(test, 2 * PAGE_SIZE, GFP_KERNEL);
	char *virtual = vmalloc(PAGE_SIZE);
	unsigned long local;

	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(small));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(page));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(virtual));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(&local));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(other_addresses_are_out));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(NULL));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(ZERO_SIZE_PTR));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(ERR_PTR(-ENOMEM)));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test((void *)PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test((void *)-1UL));
	vfree(virtual);
}

/* On memory of our own: exactly one bit changes, both ways. */
static void set_and_clear_touch_one_bit(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, AC_ARENA_ORDER);
	char *run = page_address(page);
	bool left = ac_arena_map_test(run - 1);
	bool right = ac_arena_map_test(run + AC_ARENA_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(run));
	KUNIT_EXPECT_TRUE(test, ac_arena_map_set(run, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, ac_arena_map_test(run));
	KUNIT_EXPECT_TRUE(test, ac_arena_map_test(run + AC_ARENA_SIZE - 1));
	KUNIT_EXPECT_EQ(test, ac_arena_map_test(run - 1), left);
	KUNIT_EXPECT_EQ(test, ac_arena_map_test(run + AC_ARENA_SIZE), right);
	ac_arena_map_clear(run);
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(run));
	KUNIT_EXPECT_EQ(test, ac_arena_map_test(run - 1), left);
	__free_pages(page, AC_ARENA_ORDER);
}

static void released_arena_is_out(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	void *block, *arena;
	unsigned long i;

	ac_kunit_trim(test);
	block = ac_kunit_take_block(test, c);
	arena = ac_arena_of(block);
	ac_pool_put(c, 1, &block);
	/* Empty, and kept. */
	KUNIT_EXPECT_TRUE(test, ac_arena_map_test(arena));
	ac_arena_trim();
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(arena));
	for (i = 0; i < ac_arena_map->end; i++)
		if (!ac_kunit_reserve(0))
			KUNIT_ASSERT_FALSE(test, ac_arena_map->held[i]);
}

static void reaches_all_memory(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ac_arena_map_index((void *)PAGE_OFFSET), 0);
	KUNIT_EXPECT_EQ(test, ac_arena_map_index((void *)(PAGE_OFFSET +
							  AC_ARENA_SIZE)), 1);
	KUNIT_EXPECT_LT(test, ac_arena_map_index(high_memory - 1),
			ac_arena_map->end);
}

/* Nothing lies there; the map alone is asked. */
static void grows_for_those_who_may_sleep(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	void *block = ac_kunit_take_block(test, c);
	unsigned long end = ac_arena_map->end;
	void *beyond = (void *)(PAGE_OFFSET + (end << AC_ARENA_SHIFT));

	KUNIT_EXPECT_FALSE(test, ac_arena_map_set(beyond, GFP_ATOMIC));
	KUNIT_EXPECT_FALSE(test, ac_arena_map_set(beyond, GFP_NOFS));
	KUNIT_EXPECT_EQ(test, ac_arena_map->end, end);
	KUNIT_ASSERT_TRUE(test, ac_arena_map_set(beyond, GFP_KERNEL));
	KUNIT_EXPECT_GT(test, ac_arena_map->end, end);
	KUNIT_EXPECT_TRUE(test, ac_arena_map_test(beyond));
	/* What the old map knew, the new one knows. */
	KUNIT_EXPECT_TRUE(test, ac_arena_map_test(block));
	ac_arena_map_clear(beyond);
	KUNIT_EXPECT_FALSE(test, ac_arena_map_test(beyond));
	ac_pool_put(c, 1, &block);
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_byte_of_an_arena_is_in),
	KUNIT_CASE(other_addresses_are_out),
	KUNIT_CASE(set_and_clear_touch_one_bit),
	KUNIT_CASE(released_arena_is_out),
	KUNIT_CASE(reaches_all_memory),
	KUNIT_CASE(grows_for_those_who_may_sleep),
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
