// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: giving memory back
 *
 * Tests call every step of the decay, so load the module without its timer: with
 * decay_ms=0.
 */
#include <kunit/static_stub.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>

#include "../alloc.h"
#include "../cache.h"
#include "../reclaim.h"
#include "../debug/shadow.h"
#include "../debug/verify.h"
#include "../recall.h"
#include "helper.h"
#include "pools.h"

/* The first decay has nothing to compare with, so it is done here. */
static struct ac_kunit_pools *setup(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);

	ac_arena_decay(f->node);
	return f;
}

/* --- pages --- */

static void fill_pool(struct ac_pool *pool, u8 byte)
{
	void *base = ac_arena_pool_base(pool);

	ac_shadow_open(base, PAGE_SIZE);
	memset(base, byte, PAGE_SIZE);
}

static void free_pools_of_a_used_arena_go(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long freed = ac_stat_read(AC_STAT_ARENA_FREE);
	struct ac_arena *arena;
	void *gone;
	unsigned int i;

	ac_kunit_take_pools(test, f, 4);
	arena = ac_kunit_arena_of(f->pool[0]);
	for (i = 0; i < 4; i++)
		fill_pool(f->pool[i], i);
	gone = ac_arena_pool_base(f->pool[2]);
	ac_kunit_give_pool(f, 2);
	KUNIT_EXPECT_EQ(test, ac_arena_spare(f->node), 61);
	KUNIT_EXPECT_EQ(test, ac_arena_trim(), 61);
	KUNIT_EXPECT_EQ(test, ac_arena_spare(f->node), 0);
	KUNIT_EXPECT_EQ(test, hweight64(arena->gone), 61);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 61);
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(gone));
	KUNIT_EXPECT_EQ(test, ac_pool_check(f->cache, gone), AC_BAD_FOREIGN);
	for (i = 0; i < 4; i++)
		if (f->pool[i])
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(ac_arena_pool_base(f->pool[i]),
						     i, PAGE_SIZE));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, freed, 0);
	ac_kunit_assert_clean(test);
}

/* 56 pages that went in runs are credit for 7 attempts at a run. */
static void holes_are_filled_before_an_arena_is_opened(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long freed = ac_stat_read(AC_STAT_ARENA_FREE);
	unsigned int i;

	ac_kunit_take_pools(test, f, 2);
	/* In runs of 8, 16 and 32, and 6 single pages. */
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 62);
	KUNIT_EXPECT_EQ(test, f->set->holes, 56);
	ac_kunit_watch_orders(test, MAX_PAGE_ORDER);
	ac_kunit_take_pools(test, f, 56);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr, 7);
	for (i = 0; i < 7; i++)
		KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[i], AC_RUN_ORDER);
	KUNIT_EXPECT_EQ(test, f->set->holes, 0);
	ac_kunit_assert_clean(test);
	ac_kunit_take_pool(test, f);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr, 8);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[7], AC_ARENA_ORDER);
	ac_kunit_unwatch_orders(test);
	ac_kunit_give_pools(f, 0);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	KUNIT_EXPECT_EQ(test, f->set->holes, 0);
	KUNIT_EXPECT_GT(test, ac_stat_read(AC_STAT_ARENA_FREE), freed);
	ac_kunit_assert_clean(test);
}

/* An arena that goes takes its holes along. */
static void there_are_no_more_holes_than_gone_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);

	ac_kunit_take_pools(test, f, 1);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->holes, 56);
	ac_kunit_give_pool(f, 0);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	KUNIT_EXPECT_EQ(test, f->set->holes, 0);
}

/* An attempt at a run that fails ends the credit. */
static void holes_that_others_took(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);

	ac_kunit_take_pools(test, f, 2);
	ac_arena_trim();
	ac_kunit_watch_orders(test, 1);
	ac_kunit_take_pool(test, f);
	KUNIT_EXPECT_EQ(test, f->set->holes, 0);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr, 2);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[0], AC_RUN_ORDER);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[1], 0);
	ac_kunit_unwatch_orders(test);
	ac_kunit_assert_clean(test);
}

/* Single pages of a used arena go under pressure, and never before. */
static void neighbours_of_survivors_stay_until_pressure(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct ac_arena *arena;
	unsigned int i;

	ac_kunit_take_pools(test, f, AC_POOLS);
	arena = ac_kunit_arena_of(f->pool[0]);
	/* One survivor in a run of 8. */
	for (i = 0; i < AC_POOLS; i++)
		if (i != 20)
			ac_kunit_give_pool(f, i);
	for (i = 0; i < 5; i++)
		ac_arena_decay(f->node);
	KUNIT_EXPECT_EQ(test, arena->free, GENMASK_ULL(23, 16) & ~BIT_ULL(20));
	KUNIT_EXPECT_EQ(test, arena->gone, ~GENMASK_ULL(23, 16));
	KUNIT_EXPECT_EQ(test, f->set->nr_loose, 7);
	KUNIT_EXPECT_FALSE(test, ac_arena_decay(f->node));
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 3), 3);
	KUNIT_EXPECT_EQ(test, hweight64(arena->free), 4);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, arena->free, 0);
	KUNIT_EXPECT_EQ(test, arena->gone, ~BIT_ULL(20));
	ac_kunit_assert_clean(test);
}

/* Does the page allocator say that a free block of @order begins with @page? */
static bool is_free_block(struct page *page, unsigned int order)
{
	return PageBuddy(page) && page_private(page) >= order;
}

static bool is_in_free_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);

	for (; order <= MAX_PAGE_ORDER; order++)
		if (is_free_block(pfn_to_page(ALIGN_DOWN(pfn, BIT(order))),
				  order))
			return true;
	return false;
}

/*
 * 32 pages go as one block, not one by one. Of 8 it would not show: they go to a
 * per-CPU list of the page allocator.
 */
static void runs_go_as_one_block(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct page *run;

	if (AC_PAGES_ARE_TAGGED)
		kunit_skip(test, "pages are tagged one by one");
	ac_kunit_take_pools(test, f, AC_POOLS);
	run = ac_kunit_arena_of(f->pool[0])->page + 32;
	ac_kunit_give_pools(f, 32);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 32), 32);
	KUNIT_EXPECT_TRUE(test, is_in_free_block(run, 5));
	KUNIT_EXPECT_EQ(test, page_count(run), 0);
	KUNIT_EXPECT_EQ(test, f->set->holes, 32);
	ac_kunit_assert_clean(test);
}

/* The test has the last reference, and nothing of the pool is left in the page. */
static void expect_holders_page(struct kunit *test, struct page *page)
{
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, page_private(page), 0);
	put_page(page);
	ac_kunit_assert_clean(test);
}

/* All pages but the pinned one go, and that goes with its holder's reference. */
static void a_run_goes_around_a_pinned_page(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct page *page;

	ac_kunit_take_pools(test, f, AC_POOLS);
	page = ac_kunit_arena_of(f->pool[0])->page + 40;
	ac_kunit_give_pools(f, 32);
	get_page(page);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 32), 32);
	expect_holders_page(test, page);
}

/* The holder of a reference keeps the page, which goes to no other cache meanwhile. */
static void a_pinned_page_goes_to_its_holder(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct page *page;

	ac_kunit_take_pools(test, f, 2);
	page = virt_to_page(ac_arena_pool_base(f->pool[1]));
	get_page(page);
	KUNIT_EXPECT_EQ(test, page_count(page), AC_PAGE_REFS + 1);
	ac_kunit_give_pool(f, 1);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 1);
	expect_holders_page(test, page);
}

/* What transmission from a block over a network does to its page. */
static void a_reference_that_was_put_leaves_no_trace(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct page *page;
	unsigned int i;

	ac_kunit_take_pools(test, f, AC_POOLS);
	for (i = 0; i < AC_POOLS; i++) {
		page = virt_to_page(ac_arena_pool_base(f->pool[i]));
		KUNIT_EXPECT_EQ(test, page_count(page), AC_PAGE_REFS);
		KUNIT_EXPECT_TRUE(test, sendpage_ok(page));
		get_page(page);
		put_page(page);
		KUNIT_EXPECT_EQ(test, page_count(page), AC_PAGE_REFS);
	}
	ac_kunit_give_pools(f, 0);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	ac_kunit_assert_clean(test);
}

/* One page of an empty arena is pinned: 63 go, that one with its holder's reference. */
static void an_arena_goes_around_a_pinned_page(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long freed = ac_stat_read(AC_STAT_ARENA_FREE);
	struct page *page;

	ac_kunit_take_pools(test, f, AC_POOLS + 1);
	ac_kunit_give_pools(f, 0);
	page = list_first_entry(&f->set->by_used[0], struct ac_arena,
				list)->page + 5;
	get_page(page);
	ac_arena_trim();
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, freed, 2);
	expect_holders_page(test, page);
}

/* A page that lacks one of our references is lost to the allocator. */
static void free_lost_page(struct page *page)
{
	set_page_private(page, 0);
	page_ref_sub(page, AC_PAGE_REFS - 2);
	__free_page(page);
}

/* What kfree() of a block does on 6.1 and 6.12. */
static void a_reference_that_was_not_taken_is_noticed(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_PAGE);
	struct ac_kunit_pools *f = setup(test);
	struct page *page;

	ac_kunit_take_pools(test, f, 2);
	page = virt_to_page(ac_arena_pool_base(f->pool[1]));
	put_page(page);
	KUNIT_EXPECT_EQ(test, page_count(page), AC_PAGE_REFS - 1);
	ac_kunit_give_pool(f, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_PAGE, bad, 1);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 1);
	ac_kunit_assert_clean(test);
	free_lost_page(page);
}

/* The same while the pool is free: seen when it is about to be used. */
static void a_free_pool_that_is_not_ours_is_not_used(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_PAGE);
	struct ac_kunit_pools *f = setup(test);
	struct ac_pool *pool;

	ac_kunit_take_pools(test, f, 2);
	pool = f->pool[1];
	ac_kunit_give_pool(f, 1);
	page_ref_sub((struct page *)pool, 1);
	KUNIT_EXPECT_PTR_NE(test, ac_kunit_take_pool(test, f), pool);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_PAGE, bad, 1);
	ac_kunit_assert_clean(test);
	free_lost_page((struct page *)pool);
}

static void memory_that_leaves_has_no_free_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct ac_arena *arena;
	unsigned long pfn;

	ac_kunit_take_pools(test, f, 3);
	arena = ac_kunit_arena_of(f->pool[0]);
	pfn = page_to_pfn(arena->page);
	KUNIT_EXPECT_EQ(test, ac_arena_evacuate(pfn, AC_POOLS), AC_POOLS - 3);
	KUNIT_EXPECT_EQ(test, hweight64(arena->gone), AC_POOLS - 3);
	KUNIT_EXPECT_EQ(test, ac_arena_evacuate(pfn, AC_POOLS), 0);
	ac_kunit_assert_clean(test);
}

/* Runs of the emptiest arena go first, then those of others, then single pages. */
static void the_emptiest_arena_is_stripped_first(struct kunit *test)
{
	static const unsigned int holes[] = { 10, 50, 20 };
	struct ac_kunit_pools *f = setup(test);
	struct ac_arena *arena[3];
	unsigned int i, n;

	ac_kunit_take_pools(test, f, 3 * AC_POOLS);
	for (i = 0; i < 3; i++) {
		arena[i] = ac_kunit_arena_of(f->pool[i * AC_POOLS]);
		for (n = 0; n < holes[i]; n++)
			ac_kunit_give_pool(f, i * AC_POOLS + n);
	}
	KUNIT_EXPECT_EQ(test, ac_arena_spare(f->node), 80);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 45), 45);
	KUNIT_EXPECT_EQ(test, hweight64(arena[1]->gone), 45);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 20), 20);
	KUNIT_EXPECT_EQ(test, arena[2]->gone, GENMASK_ULL(15, 0));
	KUNIT_EXPECT_EQ(test, hweight64(arena[1]->gone), 49);
	KUNIT_EXPECT_EQ(test, arena[0]->gone, 0);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 1000), 15);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 80);
	KUNIT_EXPECT_EQ(test, f->set->nr_free_pools, f->reserve * AC_POOLS);
	ac_kunit_assert_clean(test);
}

static void empty_arenas_go_whole_and_first(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long freed = ac_stat_read(AC_STAT_ARENA_FREE);
	unsigned int i;

	ac_kunit_take_pools(test, f, AC_POOLS + 1);
	for (i = 0; i < AC_POOLS; i++)
		ac_kunit_give_pool(f, i);
	KUNIT_EXPECT_EQ(test, ac_arena_shrink(f->node, 1), AC_POOLS);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, freed, 1);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	KUNIT_EXPECT_EQ(test, f->set->nr_empty, f->reserve);
}

/* kmalloc() may get a page that an arena gave back. */
static void memory_of_kmalloc_in_a_hole(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long raw = ac_stat_read(AC_STAT_RAW_FREE);
	void **p = ac_kunit_zalloc(test, 20000 * sizeof(void *));
	struct ac_arena *arena;
	unsigned int n, found = 0;

	ac_kunit_take_pools(test, f, 1);
	arena = ac_kunit_arena_of(f->pool[0]);
	ac_arena_trim();
	for (n = 0; n < 20000; n++) {
		p[n] = kmalloc(64, GFP_KERNEL);
		if (!p[n] || ac_arena_map_find(p[n]) != arena)
			continue;
		found++;
		KUNIT_EXPECT_FALSE(test, ac_arena_owns(p[n]));
		KUNIT_EXPECT_EQ(test, ac_alloc_room(p[n]), ksize(p[n]));
		p[n] = arena_realloc(p[n], 48, GFP_KERNEL);
	}
	for (n = 0; n < 20000; n++)
		arena_free(p[n]);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, raw, 20000);
	ac_kunit_assert_clean(test);
	if (!found)
		kunit_skip(test, "kmalloc() got none of the pages");
}

static void held_is_what_survivors_are_on(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 112, 0, NULL);
	void **p = ac_kunit_zalloc(test, 8000 * sizeof(void *));
	struct ac_arena_set *set;
	unsigned long held = 0, pages = 0;
	unsigned int i;
	int node;

	ac_kunit_trim(test);
	ac_kunit_take_blocks(test, c, 8000, p);
	for (i = 0; i < 8000; i++) {
		if (i % 100 == 50) {
			memset(p[i], i, 112);
			pages++;
			continue;
		}
		arena_cache_free(c, p[i]);
	}
	arena_cache_shrink(c);
	for_each_node(node) {
		set = ac_arena_set(node);
		held += set->nr_arenas * AC_POOLS - set->nr_gone -
			ac_kunit_reserve(node) * AC_POOLS;
	}
	KUNIT_EXPECT_EQ(test, held, pages);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), pages);
	for (i = 50; i < 8000; i += 100) {
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], i, 112));
		arena_cache_free(c, p[i]);
	}
	ac_kunit_assert_clean(test);
}

/* --- decay --- */

static void decay_takes_what_was_free_all_the_time(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);

	ac_kunit_take_pools(test, f, 10);
	KUNIT_EXPECT_TRUE(test, ac_arena_decay(f->node));
	ac_kunit_take_pools(test, f, 10);
	ac_kunit_give_pools(f, 10);
	/* 44 of them go in runs of 32 and 8; a run of 8 is left. */
	KUNIT_EXPECT_TRUE(test, ac_arena_decay(f->node));
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 40);
	KUNIT_EXPECT_FALSE(test, ac_arena_decay(f->node));
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 48);
	ac_kunit_assert_clean(test);
}

static void decay_keeps_the_reserve_and_one(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned int i;

	ac_kunit_take_pools(test, f, 2 * AC_POOLS);
	ac_kunit_give_pools(f, 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_FALSE(test, ac_arena_decay(f->node));
	KUNIT_EXPECT_EQ(test, f->set->nr_arenas, f->reserve + 1);
}

/* A swing between two decays calls the page allocator once. */
static void swings_cost_nothing(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	unsigned long arenas = ac_stat_read(AC_STAT_ARENA_ALLOC);
	unsigned int round, gone = 0;

	ac_kunit_take_pools(test, f, 60);
	ac_arena_decay(f->node);
	for (round = 0; round < 20; round++) {
		/* Over the edge of the arena and back. */
		ac_kunit_take_pools(test, f, 10);
		ac_kunit_give_pools(f, 60);
		if (!round)
			gone = f->set->nr_gone;
		ac_arena_decay(f->node);
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, arenas, 2);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, gone);
}

static void alternate(struct arena_cache *c, unsigned int times)
{
	for (; times; times--)
		arena_cache_free(c, arena_cache_alloc(c, GFP_KERNEL));
}

/* A CPU keeps as many blocks as it had operations since the last decay. */
static void decay_leaves_what_is_needed(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int cached;

	alternate(c, 1);
	cached = ac_magazine_cached(c);
	KUNIT_EXPECT_TRUE(test, ac_recall_unneeded(&c, 1));
	alternate(c, cached / 2 + 1);
	KUNIT_EXPECT_TRUE(test, ac_recall_unneeded(&c, 1));
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), cached);
	/* Fewer operations than blocks: not all blocks were needed. */
	alternate(c, cached / 4);
	KUNIT_EXPECT_FALSE(test, ac_recall_unneeded(&c, 1));
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
}

/* The loaded magazine may be needed where the previous one is not. */
static void decay_leaves_one_of_two(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int nr = c->rounds + 10;
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));

	ac_kunit_take_blocks(test, c, nr, p);
	arena_cache_free_bulk(c, nr, p);
	KUNIT_ASSERT_EQ(test, ac_magazine_cached(c), nr);
	ac_recall_unneeded(&c, 1);
	alternate(c, 10);
	KUNIT_EXPECT_TRUE(test, ac_recall_unneeded(&c, 1));
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 10);
	ac_kunit_assert_clean(test);
}

static void decay_shortens_depots_by_their_low_mark(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	unsigned int nr = 6 * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));

	ac_kunit_take_blocks(test, c, nr, p);
	arena_cache_free_bulk(c, nr, p);
	KUNIT_ASSERT_EQ(test, depot->full.nr, 4);
	ac_recall_unneeded(&c, 1);
	KUNIT_EXPECT_EQ(test, depot->full.nr, 4);
	/* Three magazines are needed, one of them from the depot, and come back. */
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL,
						     3 * c->rounds, p),
			3 * c->rounds);
	arena_cache_free_bulk(c, 3 * c->rounds, p);
	KUNIT_ASSERT_EQ(test, depot->full.nr, 4);
	KUNIT_EXPECT_EQ(test, depot->full.low, 3);
	ac_recall_unneeded(&c, 1);
	KUNIT_EXPECT_EQ(test, depot->full.nr, 1);
	ac_kunit_assert_clean(test);
}

static void swing(struct kunit *test, struct arena_cache *c, unsigned int nr,
		  void **p)
{
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr, p), nr);
	arena_cache_free_bulk(c, nr, p);
}

/* Each swing that is too wide doubles the bound, and the decay takes that back. */
static void depots_grow_with_swings(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	unsigned int limit = ac_depot_limit(c, raw_smp_processor_id());
	unsigned int nr = (limit + 4) * c->rounds, max;
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));

	for (max = c->depot_max; max < limit; ) {
		KUNIT_EXPECT_EQ(test, depot->max, max);
		swing(test, c, nr, p);
		max = min(2 * max, limit);
		KUNIT_EXPECT_EQ(test, depot->full.nr, max);
	}
	swing(test, c, nr, p);
	KUNIT_EXPECT_EQ(test, depot->full.nr, limit);
	KUNIT_EXPECT_EQ(test, depot->max, limit);
	ac_kunit_assert_clean(test);
	ac_recall_unneeded(&c, 1);
	swing(test, c, 5 * c->rounds, p);
	ac_recall_unneeded(&c, 1);
	KUNIT_EXPECT_LE(test, depot->full.nr, 4);
	KUNIT_EXPECT_EQ(test, depot->max, c->depot_max);
	ac_kunit_assert_clean(test);
}

/* A CPU that only frees does not make its depot grow. */
static void depots_do_not_grow_without(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	unsigned int nr = 4 * c->depot_max * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));

	ac_kunit_take_blocks(test, c, nr, p);
	arena_cache_free_bulk(c, nr, p);
	KUNIT_EXPECT_EQ(test, depot->full.nr, c->depot_max);
	KUNIT_EXPECT_EQ(test, depot->max, c->depot_max);
}

static void use_three_sizes(struct kunit *test, unsigned int nr)
{
	static const size_t sizes[] = { 8, 112, 512 };
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));
	unsigned int i;

	for (i = 0; i < nr; i++)
		p[i] = arena_alloc(sizes[i % 3], GFP_KERNEL);
	for (i = 0; i < nr; i++)
		arena_free(p[i]);
}

static void what_was_freed_is_back_after_three_steps(struct kunit *test)
{
	unsigned int i;
	int node;

	ac_kunit_trim(test);
	use_three_sizes(test, 9000);
	for (i = 0; i < 3; i++)
		ac_reclaim_decay();
	for_each_node(node) {
		KUNIT_EXPECT_LE(test, ac_arena_set(node)->nr_arenas,
				ac_kunit_reserve(node) + 1);
		KUNIT_EXPECT_EQ(test, ac_arena_set(node)->nr_gone, 0);
	}
	KUNIT_EXPECT_FALSE(test, ac_reclaim_decay());
}

/* --- reclaim --- */

static void scan_gives_what_count_promised(struct kunit *test)
{
	int node = numa_mem_id();
	unsigned long count, spare;

	ac_kunit_trim(test);
	KUNIT_EXPECT_EQ(test, ac_reclaim_count(node), 0);
	use_three_sizes(test, 9000);
	count = ac_reclaim_count(node);
	spare = ac_arena_spare(node);
	KUNIT_EXPECT_GT(test, count, spare);
	KUNIT_EXPECT_GE(test, ac_reclaim_scan(node, count), spare);
	ac_reclaim_scan(node, ULONG_MAX);
	KUNIT_EXPECT_EQ(test, ac_reclaim_count(node), 0);
	ac_kunit_assert_clean(test);
	ac_reclaim_all();
	KUNIT_EXPECT_EQ(test, ac_arena_set(node)->nr_arenas,
			ac_kunit_reserve(node));
}

/* The task that waits for memory may hold the lock itself. */
static void reclaim_waits_for_nobody(struct kunit *test)
{
	int node = numa_mem_id();

	ac_kunit_trim(test);
	use_three_sizes(test, 9000);
	mutex_lock(&ac_caches_lock);
	KUNIT_EXPECT_EQ(test, ac_reclaim_count(node), ac_arena_spare(node));
	ac_reclaim_scan(node, ULONG_MAX);
	ac_reclaim_all();
	KUNIT_EXPECT_EQ(test, ac_reclaim_count(node), 0);
	mutex_unlock(&ac_caches_lock);
	KUNIT_EXPECT_GT(test, ac_reclaim_count(node), 0);
	ac_kunit_assert_clean(test);
}

static void scan_is_for_one_node(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	int node, other;
	void *p;

	ac_kunit_need_nodes(test);
	ac_kunit_trim(test);
	node = first_node(node_states[N_MEMORY]);
	other = next_node(node, node_states[N_MEMORY]);
	p = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_THISNODE, other);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_EQ(test, ac_reclaim_scan(node, ULONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, ac_arena_spare(other), AC_POOLS - 1);
	KUNIT_EXPECT_EQ(test, ac_reclaim_scan(other, ULONG_MAX), AC_POOLS - 1);
	arena_cache_free(c, p);
}

/* --- anything, in any order --- */

#define SLOTS	2000

struct slot {
	u8 *block;
	size_t size;
	u8 mark;
};

static void turn(struct kunit *test, struct slot *slot, struct rnd_state *rnd)
{
	if (slot->block) {
		KUNIT_ASSERT_NULL(test, memchr_inv(slot->block, slot->mark,
						   slot->size));
		arena_free(slot->block);
		slot->block = NULL;
		return;
	}
	slot->size = 1 + prandom_u32_state(rnd) % 600;
	slot->mark = prandom_u32_state(rnd);
	slot->block = arena_alloc(slot->size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slot->block);
	memset(slot->block, slot->mark, slot->size);
}

static void reclaim_somehow(struct rnd_state *rnd)
{
	switch (prandom_u32_state(rnd) % 5) {
	case 0:
		ac_cache_trim();
		break;
	case 1:
		ac_reclaim_all();
		break;
	case 2:
		ac_reclaim_scan(numa_mem_id(), prandom_u32_state(rnd) % 100);
		break;
	default:
		ac_reclaim_decay();
	}
}

static void anything_in_any_order(struct kunit *test)
{
	struct slot *slot = ac_kunit_zalloc(test, SLOTS * sizeof(*slot));
	unsigned int i, n = AC_KUNIT_ROUNDS(200000), used;
	struct rnd_state rnd;

	ac_kunit_seed(test, &rnd);
	for (i = 0; i < n; i++) {
		/* The heap grows and shrinks by turns. */
		used = i / (n / 10) % 2 ? SLOTS : SLOTS / 20;
		turn(test, &slot[prandom_u32_state(&rnd) % used], &rnd);
		if (i % 200 == 0)
			reclaim_somehow(&rnd);
		if (i % (n / 20) == 0)
			ac_kunit_assert_clean(test);
	}
	for (i = 0; i < SLOTS; i++)
		if (slot[i].block)
			turn(test, &slot[i], &rnd);
}

/* --- placement, shared caches, verify --- */

/* Pools with 10, 50 and 30 of 64 blocks free. */
static void blocks_come_from_the_fullest_pool(struct kunit *test)
{
	static const unsigned int nr_free[] = { 10, 50, 30 };
	static const unsigned int order[] = { 0, 2, 1 };
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	void **p = ac_kunit_zalloc(test, 3 * 64 * sizeof(void *));
	struct ac_pool *pool[3];
	unsigned int i, n;

	for (i = 0; i < 3; i++)
		ac_kunit_take_blocks(test, c, 64, p + 64 * i);
	for (i = 0; i < 3; i++) {
		pool[i] = ac_kunit_pool_of(p[64 * i]);
		ac_pool_put(c, nr_free[i], p + 64 * i);
	}
	for (i = 0; i < 3; i++) {
		for (n = 0; n < nr_free[order[i]]; n++) {
			void **q = p + 64 * order[i] + n;

			KUNIT_ASSERT_EQ(test, ac_pool_take(c, numa_mem_id(), 1,
							   q), 1);
			KUNIT_EXPECT_PTR_EQ(test, ac_kunit_pool_of(*q),
					    pool[order[i]]);
		}
		ac_kunit_assert_clean(test);
	}
	ac_pool_put(c, 3 * 64, p);
}

static void shared_pages_are_clean_and_go_at_once(struct kunit *test)
{
	struct arena_cache *c, *other = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_arena *arena;
	unsigned int slot;
	void *p, *keep, *page;

	ac_kunit_trim(test);
	keep = ac_kunit_take_block(test, other);
	c = ac_kunit_create(test, test->name, 24, ARENA_CACHE_SHARED, NULL);
	KUNIT_EXPECT_EQ(test, c->block_size, 64);
	p = ac_kunit_take_block(test, c);
	arena = ac_arena_of(p);
	slot = ac_arena_slot(p);
	KUNIT_EXPECT_PTR_EQ(test, arena, ac_arena_of(keep));
	page = (void *)((unsigned long)p & PAGE_MASK);
	ac_shadow_open(page, PAGE_SIZE);
	KUNIT_EXPECT_NULL(test, memchr_inv(page, 0, PAGE_SIZE));
	ac_pool_put(c, 1, &p);
	KUNIT_EXPECT_EQ(test, arena->gone, BIT_ULL(slot));
	ac_kunit_assert_clean(test);
	arena_cache_destroy(c);
	ac_pool_put(other, 1, &keep);
}

static void verify_sees_broken_holes(struct kunit *test)
{
	struct ac_kunit_pools *f = setup(test);
	struct ac_arena *arena;
	struct ac_verify v;

	ac_kunit_take_pools(test, f, 1);
	arena = ac_kunit_arena_of(f->pool[0]);
	ac_arena_trim();
	f->set->nr_gone++;
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	f->set->nr_gone--;
	page_ref_sub((struct page *)f->pool[0], 1);
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	page_ref_add((struct page *)f->pool[0], 1);
	arena->entry[63] = 1;
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	arena->entry[63] = 0;
	f->set->low++;
	KUNIT_EXPECT_NE(test, ac_verify(&v), 0);
	f->set->low--;
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(free_pools_of_a_used_arena_go),
	KUNIT_CASE(holes_are_filled_before_an_arena_is_opened),
	KUNIT_CASE(there_are_no_more_holes_than_gone_pools),
	KUNIT_CASE(holes_that_others_took),
	KUNIT_CASE(neighbours_of_survivors_stay_until_pressure),
	KUNIT_CASE(runs_go_as_one_block),
	KUNIT_CASE(a_run_goes_around_a_pinned_page),
	KUNIT_CASE(a_pinned_page_goes_to_its_holder),
	KUNIT_CASE(a_reference_that_was_put_leaves_no_trace),
	KUNIT_CASE(an_arena_goes_around_a_pinned_page),
	KUNIT_CASE(a_reference_that_was_not_taken_is_noticed),
	KUNIT_CASE(a_free_pool_that_is_not_ours_is_not_used),
	KUNIT_CASE(memory_that_leaves_has_no_free_pools),
	KUNIT_CASE(the_emptiest_arena_is_stripped_first),
	KUNIT_CASE(empty_arenas_go_whole_and_first),
	KUNIT_CASE(memory_of_kmalloc_in_a_hole),
	KUNIT_CASE(held_is_what_survivors_are_on),
	KUNIT_CASE(decay_takes_what_was_free_all_the_time),
	KUNIT_CASE(decay_keeps_the_reserve_and_one),
	KUNIT_CASE(swings_cost_nothing),
	KUNIT_CASE(decay_leaves_what_is_needed),
	KUNIT_CASE(decay_leaves_one_of_two),
	KUNIT_CASE(decay_shortens_depots_by_their_low_mark),
	KUNIT_CASE(depots_grow_with_swings),
	KUNIT_CASE(depots_do_not_grow_without),
	KUNIT_CASE(what_was_freed_is_back_after_three_steps),
	KUNIT_CASE(scan_gives_what_count_promised),
	KUNIT_CASE(reclaim_waits_for_nobody),
	KUNIT_CASE(scan_is_for_one_node),
	KUNIT_CASE_SLOW(anything_in_any_order),
	KUNIT_CASE(blocks_come_from_the_fullest_pool),
	KUNIT_CASE(shared_pages_are_clean_and_go_at_once),
	KUNIT_CASE(verify_sees_broken_holes),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_reclaim",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
