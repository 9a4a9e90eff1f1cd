// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: arenas
 *
 * On one node. Pools are taken and given back without ever becoming a cache's: to this
 * layer they are all alike.
 */
#include <kunit/static_stub.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../arena.h"
#include "../reclaim.h"
#include "../debug/shadow.h"
#include "famine.h"
#include "helper.h"
#include "pools.h"

static void an_arena_has_64_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, AC_POOLS, 64);
	ac_kunit_take_pools(test, f, 2 * AC_POOLS);
	for (i = 0; i < 2 * AC_POOLS; i++) {
		void *base = ac_arena_pool_base(f->pool[i]);
		void *first = ac_arena_pool_base(f->pool[i / AC_POOLS * AC_POOLS]);

		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_arena_of(f->pool[i]),
				    ac_arena_of(first));
		KUNIT_EXPECT_EQ(test, ac_arena_slot(base), i % AC_POOLS);
		KUNIT_EXPECT_PTR_EQ(test, base, first + i % AC_POOLS * PAGE_SIZE);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_pool_of(base), f->pool[i]);
		KUNIT_EXPECT_EQ(test, f->pool[i]->cache, AC_POOL_NOBODY);
	}
	KUNIT_EXPECT_PTR_NE(test, ac_kunit_arena_of(f->pool[0]),
			    ac_kunit_arena_of(f->pool[AC_POOLS]));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 2);
	KUNIT_EXPECT_EQ(test, f->cache->nr_pools[f->node], 2 * AC_POOLS);
	ac_kunit_assert_clean(test);
}

/* From 63 free pools down to none, and up again. */
static void every_number_of_free_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_arena *arena;
	struct ac_pool *pool;
	unsigned int n;

	arena = ac_kunit_arena_of(ac_kunit_take_pool(test, f));
	for (n = AC_POOLS - 1; n; n--) {
		KUNIT_EXPECT_EQ(test, hweight64(arena->free), n);
		KUNIT_EXPECT_TRUE(test, f->set->occupied & BIT_ULL(AC_POOLS - n));
		KUNIT_EXPECT_FALSE(test,
				   list_empty(&f->set->by_used[AC_POOLS - n]));
		if (n % 8 == 0)
			ac_kunit_assert_clean(test);
		pool = ac_kunit_take_pool(test, f);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_arena_of(pool), arena);
	}
	KUNIT_EXPECT_EQ(test, arena->free, 0);
	for (n = 0; n < AC_POOLS; n++) {
		KUNIT_EXPECT_EQ(test, hweight64(arena->free), n);
		KUNIT_EXPECT_EQ(test, f->set->nr_free_pools,
				n + f->reserve * AC_POOLS);
		if (n % 8 == 0)
			ac_kunit_assert_clean(test);
		ac_kunit_give_pool(f, n);
	}
	KUNIT_EXPECT_EQ(test, f->set->nr_empty, f->reserve + 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, f->released, 0);
}

/* Arenas with 30, 1 and 10 free pools fill up in the order 1, 10, 30. */
static void the_fullest_arena_first(struct kunit *test)
{
	static const unsigned int holes[] = { 30, 1, 10 };
	static const unsigned int order[] = { 1, 2, 0 };
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_arena *arena[3];
	struct ac_pool *pool;
	unsigned int i, n;

	ac_kunit_take_pools(test, f, 3 * AC_POOLS);
	for (i = 0; i < 3; i++) {
		arena[i] = ac_kunit_arena_of(f->pool[i * AC_POOLS]);
		for (n = 0; n < holes[i]; n++)
			ac_kunit_give_pool(f, i * AC_POOLS + 2 * n);
	}
	for (i = 0; i < 3; i++)
		for (n = 0; n < holes[order[i]]; n++) {
			pool = ac_kunit_take_pool(test, f);
			KUNIT_EXPECT_PTR_EQ_MSG(test, ac_kunit_arena_of(pool),
						arena[order[i]],
						"pool %u of step %u", n, i);
		}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 3);
	ac_kunit_assert_clean(test);
}

static void one_empty_arena_is_kept(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i;

	ac_kunit_take_pools(test, f, 5 * AC_POOLS);
	KUNIT_EXPECT_EQ(test, f->set->nr_arenas, f->reserve + 5);
	KUNIT_EXPECT_EQ(test, f->set->nr_empty, f->reserve);
	for (i = 0; i < 5; i++) {
		ac_kunit_give_pools(f, (4 - i) * AC_POOLS);
		KUNIT_EXPECT_EQ(test, f->set->nr_empty, f->reserve + 1);
		KUNIT_EXPECT_EQ(test, f->set->nr_arenas, f->reserve + 5 - i);
		AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, f->released, i);
	}
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, ac_arena_trim(), AC_POOLS);
	KUNIT_EXPECT_EQ(test, ac_arena_trim(), 0);
	KUNIT_EXPECT_EQ(test, f->set->nr_arenas, f->reserve);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, f->released, 5);
}

/* A hundred turns at an arena's edge cost one arena. */
static void the_kept_arena_stops_thrashing(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		ac_kunit_take_pool(test, f);
		ac_kunit_give_pool(f, i);
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FREE, f->released, 0);
}

static void trim_leaves_used_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_pool *pool = ac_kunit_take_pool(test, f);

	ac_shadow_open(ac_arena_pool_base(pool), PAGE_SIZE);
	memset(ac_arena_pool_base(pool), 0x5a, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, ac_arena_trim(), AC_POOLS - 1);
	KUNIT_EXPECT_EQ(test, ac_arena_trim(), 0);
	KUNIT_EXPECT_TRUE(test, ac_arena_owns(ac_arena_pool_base(pool)));
	KUNIT_EXPECT_NULL(test, memchr_inv(ac_arena_pool_base(pool), 0x5a,
					   PAGE_SIZE));
}

static void arenas_are_numbered(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	u64 id;

	id = ac_kunit_arena_of(ac_kunit_take_pool(test, f))->id;
	ac_kunit_take_pools(test, f, 2 * AC_POOLS);
	KUNIT_EXPECT_EQ(test, ac_kunit_arena_of(f->pool[AC_POOLS])->id, id + 1);
	KUNIT_EXPECT_EQ(test, ac_kunit_arena_of(f->pool[2 * AC_POOLS])->id, id + 2);
}

static void highwater_stays(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned long high;

	ac_kunit_take_pools(test, f, 5 * AC_POOLS);
	high = f->set->highwater;
	KUNIT_EXPECT_GE(test, high, f->set->nr_arenas);
	ac_kunit_give_pools(f, 0);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->highwater, high);
}

/* Atomic requests get an arena, too, as long as the page allocator has one. */
static void the_reserve_is_for_the_last_moment(struct kunit *test)
{
	const gfp_t atomic = GFP_ATOMIC | __GFP_THISNODE;
	struct ac_kunit_pools *f = ac_kunit_pools(test);

	ac_kunit_need_reserve(test);
	ac_kunit_take_pools(test, f, AC_POOLS);
	KUNIT_EXPECT_EQ(test, f->set->nr_free_pools, f->reserve * AC_POOLS);
	ac_kunit_keep_pool(test, f,
			   ac_arena_take_pool(f->cache, atomic, f->node));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 2);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->nr_free_pools, f->reserve * AC_POOLS);
	ac_kunit_watch_orders(test, 0);
	KUNIT_EXPECT_NULL(test, ac_arena_take_pool(f->cache, atomic, f->node));
	ac_kunit_keep_pool(test, f, ac_arena_take_reserve(f->cache, f->node));
	ac_kunit_unwatch_orders(test);
	ac_kunit_assert_clean(test);
}

static void nothing_but_callers_opens_the_reserve(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned long left;

	ac_kunit_need_reserve(test);
	ac_kunit_keep_pool(test, f, ac_arena_take_reserve(f->cache, f->node));
	left = f->set->nr_free_pools;
	ac_arena_trim();
	ac_arena_decay(f->node);
	ac_arena_decay(f->node);
	/* The timer may have filled it up meanwhile. */
	KUNIT_EXPECT_GE(test, f->set->nr_free_pools, left);
	KUNIT_EXPECT_FALSE(test, ac_reclaim_tend());
	KUNIT_EXPECT_GE(test, f->set->nr_free_pools, f->reserve * AC_POOLS);
	ac_kunit_assert_clean(test);
}

/* The timer may wait for an arena, and tries an order at which requests have failed. */
static void the_reserve_is_filled_with_whole_arenas(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);

	ac_kunit_need_reserve(test);
	f->set->backoff.closed[AC_ORDER_ARENA] = jiffies + HZ;
	f->set->backoff.closed[AC_ORDER_RUN] = jiffies + HZ;
	ac_kunit_keep_pool(test, f, ac_arena_take_reserve(f->cache, f->node));
	KUNIT_EXPECT_FALSE(test, ac_arena_fill(f->node));
	KUNIT_EXPECT_EQ(test, f->set->nr_empty, f->reserve);
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	ac_kunit_assert_clean(test);
}

static void expect_nothing_left(struct kunit *test, struct ac_kunit_pools *f)
{
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, f->set->nr_gone, 0);
	KUNIT_EXPECT_EQ(test, f->set->nr_arenas, f->reserve);
}

/* No run is to be had: each pool is of a page of its own. */
static void single_pages_make_arenas(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_pool *pool;
	unsigned int i;

	ac_kunit_watch_orders(test, 1);
	for (i = 0; i < 3 * AC_POOLS; i++) {
		pool = ac_kunit_take_pool(test, f);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_pool_of(ac_arena_pool_base(pool)),
				    pool);
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(ac_arena_pool_base(pool)));
		KUNIT_EXPECT_EQ(test, page_count((struct page *)pool),
				AC_PAGE_REFS);
	}
	KUNIT_EXPECT_EQ(test, AC_POOLS * f->set->nr_arenas - f->set->nr_gone -
			      f->set->nr_free_pools, 3 * AC_POOLS);
	ac_kunit_assert_clean(test);
	ac_kunit_give_pools(f, 0);
	/* An empty arena stays against thrashing, and the last one with holes. */
	KUNIT_EXPECT_LT(test, f->set->nr_free_pools,
			(f->reserve + 2) * AC_POOLS);
	ac_kunit_assert_clean(test);
	expect_nothing_left(test, f);
	ac_kunit_unwatch_orders(test);
}

/* Takes pools. Expects @nr attempts at runs, and one more for each AC_BACKOFF that passes. */
static void expect_attempts(struct kunit *test, struct ac_kunit_pools *f,
			    unsigned int nr)
{
	unsigned long start = jiffies;

	ac_kunit_asked.nr = 0;
	ac_kunit_asked.nr_runs = 0;
	ac_kunit_take_pools(test, f, AC_POOLS);
	KUNIT_EXPECT_GE(test, ac_kunit_asked.nr_runs, nr);
	KUNIT_EXPECT_LE(test, ac_kunit_asked.nr_runs,
			nr + (jiffies - start) / AC_BACKOFF);
}

/* Two attempts, then one in each AC_BACKOFF at the smaller order: at most 10 a second. */
static void orders_that_fail_are_left_alone(struct kunit *test)
{
	unsigned long failed = ac_stat_read(AC_STAT_ARENA_FAIL);
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i, sum;

	BUILD_BUG_ON(2 + HZ / AC_BACKOFF + HZ / AC_BACKOFF_FILL > 10);
	ac_kunit_watch_orders(test, 1);
	expect_attempts(test, f, 2);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[0], AC_ARENA_ORDER);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[1], AC_RUN_ORDER);
	sum = ac_kunit_asked.nr_runs;
	for (i = 0; i < 3; i++) {
		schedule_timeout_uninterruptible(AC_BACKOFF + 1);
		expect_attempts(test, f, 1);
		KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[0], AC_RUN_ORDER);
		sum += ac_kunit_asked.nr_runs;
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FAIL, failed, sum);
	ac_kunit_unwatch_orders(test);
	ac_kunit_assert_clean(test);
}

static void an_arena_that_goes_opens_all_orders(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i;

	ac_kunit_take_pools(test, f, AC_POOLS);
	ac_kunit_watch_orders(test, 1);
	expect_attempts(test, f, 2);
	for (i = 0; i < AC_POOLS; i++)
		ac_kunit_give_pool(f, i);
	ac_arena_trim();
	expect_attempts(test, f, 2);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.order[0], AC_ARENA_ORDER);
	ac_kunit_unwatch_orders(test);
	ac_kunit_assert_clean(test);
}

/* With order 3 but not 6: one call for 8 pools, and in the end whole arenas. */
static void runs_make_arenas(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_arena *arena;
	unsigned int i;

	ac_kunit_watch_orders(test, AC_ARENA_ORDER);
	ac_kunit_take_pool(test, f);
	arena = ac_kunit_arena_of(f->pool[0]);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr_runs, 2);
	KUNIT_EXPECT_EQ(test, hweight64(arena->gone), AC_POOLS - AC_RUN);
	KUNIT_EXPECT_EQ(test, hweight64(arena->free), AC_RUN - 1);
	ac_kunit_assert_clean(test);
	ac_kunit_take_pools(test, f, 4 * AC_RUN - 1);
	/* Order 6 may have been tried again meanwhile. */
	KUNIT_EXPECT_GE(test, ac_kunit_asked.nr_runs, 5);
	KUNIT_EXPECT_LE(test, ac_kunit_asked.nr_runs, 8);
	for (i = 0; i < f->nr; i++)
		KUNIT_EXPECT_EQ(test, page_count((struct page *)f->pool[i]),
				AC_PAGE_REFS);
	ac_kunit_assert_clean(test);
	ac_kunit_unwatch_orders(test);
	ac_kunit_give_pools(f, 0);
	expect_nothing_left(test, f);
}

static struct page *halves[2];

/* Two neighbouring runs of 8, as if the page allocator had them apart. */
static struct page *half_at_a_time(gfp_t gfp, int node, unsigned int order)
{
	unsigned int i = halves[0] ? 0 : 1;
	struct page *page = order == AC_RUN_ORDER ? halves[i] : NULL;

	if (page)
		halves[i] = NULL;
	return page;
}

static unsigned int nr_records;

static struct ac_arena *count_record(gfp_t gfp, int node)
{
	struct ac_arena *arena;

	nr_records++;
	kunit_deactivate_static_stub(kunit_get_current_test(), ac_arena_record);
	arena = ac_arena_record(gfp, node);
	kunit_activate_static_stub(kunit_get_current_test(), ac_arena_record,
				   count_record);
	return arena;
}

/* The second run enters the arena of the first, which has a record. */
static void runs_enter_an_arena_that_is_there(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct page *page = alloc_pages_node(f->node, GFP_KERNEL,
					     AC_RUN_ORDER + 1);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	split_page(page, AC_RUN_ORDER + 1);
	/* The page allocator gives a run with one reference, to its first page. */
	for (i = 1; i < AC_RUN; i++) {
		page_ref_dec(page + i);
		page_ref_dec(page + AC_RUN + i);
	}
	halves[0] = page;
	halves[1] = page + AC_RUN;
	nr_records = 0;
	kunit_activate_static_stub(test, ac_pages_alloc, half_at_a_time);
	kunit_activate_static_stub(test, ac_arena_record, count_record);
	ac_kunit_open_orders();
	for (i = 0; i < 2 * AC_RUN; i++) {
		ac_kunit_take_pool(test, f);
		KUNIT_EXPECT_PTR_EQ(test, (struct page *)f->pool[i], page + i);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_arena_of(f->pool[i]),
				    ac_kunit_arena_of(f->pool[0]));
		ac_kunit_assert_clean(test);
	}
	kunit_deactivate_static_stub(test, ac_arena_record);
	kunit_deactivate_static_stub(test, ac_pages_alloc);
	KUNIT_EXPECT_EQ(test, nr_records, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 1);
	KUNIT_EXPECT_EQ(test, hweight64(ac_kunit_arena_of(f->pool[0])->gone),
			AC_POOLS - 2 * AC_RUN);
}

/* An arena with 2 used pools and 4 free ones is emptier than one with 40 and 24. */
static void pools_that_are_gone_make_no_arena_full(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_arena *arena;
	struct ac_pool *pool;
	unsigned int i;

	ac_kunit_take_pools(test, f, 2 * AC_POOLS);
	arena = ac_kunit_arena_of(f->pool[AC_POOLS]);
	for (i = 2; i < AC_POOLS; i++)
		ac_kunit_give_pool(f, i);
	ac_arena_shrink(f->node, 58);
	KUNIT_EXPECT_EQ(test, hweight64(ac_kunit_arena_of(f->pool[0])->free), 4);
	for (i = 40; i < AC_POOLS; i++)
		ac_kunit_give_pool(f, AC_POOLS + i);
	for (i = 0; i < 24; i++) {
		pool = ac_kunit_take_pool(test, f);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_arena_of(pool), arena);
	}
	ac_kunit_assert_clean(test);
}

static bool by_page(gfp_t gfp)
{
	return !gfpflags_allow_blocking(gfp);
}

/* Where pages are zeroed or poisoned, an atomic request does not pay for 64 of them. */
static void atomic_requests_pay_for_a_page(struct kunit *test)
{
	const gfp_t atomic = GFP_ATOMIC | __GFP_THISNODE;
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned int i;

	kunit_activate_static_stub(test, ac_pages_are_dear, by_page);
	ac_kunit_watch_orders(test, MAX_PAGE_ORDER);
	for (i = 0; i < 10; i++)
		ac_kunit_keep_pool(test, f, ac_arena_take_pool(f->cache, atomic,
							       f->node));
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr_runs, 0);
	KUNIT_EXPECT_EQ(test, f->set->nr_free_pools, f->reserve * AC_POOLS);
	ac_kunit_take_pool(test, f);
	KUNIT_EXPECT_EQ(test, ac_kunit_asked.nr_runs, 1);
	ac_kunit_unwatch_orders(test);
	kunit_deactivate_static_stub(test, ac_pages_are_dear);
	KUNIT_EXPECT_EQ(test, ac_pages_are_dear(GFP_ATOMIC),
			want_init_on_alloc(0) ||
			page_poisoning_enabled_static() ||
			debug_pagealloc_enabled_static());
	KUNIT_EXPECT_FALSE(test, ac_pages_are_dear(GFP_KERNEL));
	ac_kunit_assert_clean(test);
}

static void runs_in_a_word(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ac_arena_runs(AC_ALL_POOLS, 3), 0x0101010101010101);
	KUNIT_EXPECT_EQ(test, ac_arena_runs(AC_ALL_POOLS, 5), 0x100000001);
	KUNIT_EXPECT_EQ(test, ac_arena_runs(0xff0ff0, 3), BIT_ULL(16));
	KUNIT_EXPECT_EQ(test, ac_arena_runs(0xffff00ffff00, 4), BIT_ULL(32));
	KUNIT_EXPECT_EQ(test, ac_arena_loose(AC_ALL_POOLS), 0);
	KUNIT_EXPECT_EQ(test, ac_arena_loose(0xff0ff0), 0xff0);
	KUNIT_EXPECT_EQ(test, ac_arena_loose(0), 0);
}

static void no_arena_to_be_had(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	unsigned long failed;

	ac_kunit_famine_start(test);
	failed = ac_stat_read(AC_STAT_ARENA_FAIL);
	f->allocated = ac_stat_read(AC_STAT_ARENA_ALLOC);
	KUNIT_EXPECT_NULL(test, ac_arena_take_pool(f->cache,
						   AC_KUNIT_FAMINE_GFP |
						   __GFP_THISNODE, f->node));
	/* One attempt at an arena, one at a run. */
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FAIL, failed, 2);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_ALLOC, f->allocated, 0);
	KUNIT_EXPECT_EQ(test, f->cache->nr_pools[f->node], 0);
	ac_kunit_assert_clean(test);
	ac_kunit_famine_end(test);
	ac_kunit_take_pool(test, f);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_ARENA_FAIL, failed, 2);
}

static void every_node_has_its_own(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_pools(test);
	struct ac_pool *pool;
	int node;

	ac_kunit_need_nodes(test);
	for_each_node_state(node, N_MEMORY) {
		pool = ac_arena_take_pool(f->cache, GFP_KERNEL |
					  __GFP_THISNODE, node);
		ac_kunit_keep_pool(test, f, pool);
		KUNIT_EXPECT_EQ(test, ac_kunit_arena_of(pool)->node, node);
		KUNIT_EXPECT_EQ(test, page_to_nid((struct page *)pool), node);
		KUNIT_EXPECT_EQ(test, f->cache->nr_pools[node], 1);
	}
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_arena_has_64_pools),
	KUNIT_CASE(every_number_of_free_pools),
	KUNIT_CASE(the_fullest_arena_first),
	KUNIT_CASE(one_empty_arena_is_kept),
	KUNIT_CASE(the_kept_arena_stops_thrashing),
	KUNIT_CASE(trim_leaves_used_pools),
	KUNIT_CASE(arenas_are_numbered),
	KUNIT_CASE(highwater_stays),
	KUNIT_CASE(the_reserve_is_for_the_last_moment),
	KUNIT_CASE(nothing_but_callers_opens_the_reserve),
	KUNIT_CASE(the_reserve_is_filled_with_whole_arenas),
	KUNIT_CASE(single_pages_make_arenas),
	KUNIT_CASE(orders_that_fail_are_left_alone),
	KUNIT_CASE(an_arena_that_goes_opens_all_orders),
	KUNIT_CASE(runs_make_arenas),
	KUNIT_CASE(runs_enter_an_arena_that_is_there),
	KUNIT_CASE(pools_that_are_gone_make_no_arena_full),
	KUNIT_CASE(atomic_requests_pay_for_a_page),
	KUNIT_CASE(runs_in_a_word),
	KUNIT_CASE(no_arena_to_be_had),
	KUNIT_CASE(every_node_has_its_own),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_arena",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
