// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: pools straight from arenas, and the orders that are asked for
 */
#include <kunit/static_stub.h>
#include <linux/gfp.h>
#include <linux/list.h>

#include "../stats.h"
#include "helper.h"
#include "pools.h"

struct ac_arena *ac_kunit_arena_of(const struct ac_pool *pool)
{
	return ac_arena_of(ac_arena_pool_base(pool));
}

void ac_kunit_give_pool(struct ac_kunit_pools *f, unsigned int i)
{
	struct ac_pool *pool = f->pool[i];
	struct ac_dead dead;
	LIST_HEAD(pools);

	if (!pool)
		return;
	f->pool[i] = NULL;
	ac_dead_init(&dead);
	pool->cache = AC_POOL_NOBODY;
	list_add(&pool->list, &pools);
	ac_arena_give_pools(f->cache, &pools, &dead);
	ac_arena_release(&dead);
}

/* Gives the last pools back, until @left are left. */
void ac_kunit_give_pools(struct ac_kunit_pools *f, unsigned int left)
{
	while (f->nr > left)
		ac_kunit_give_pool(f, --f->nr);
}

static void give_all(void *arg)
{
	ac_kunit_give_pools(arg, 0);
}

struct ac_kunit_pools *ac_kunit_pools(struct kunit *test)
{
	struct ac_kunit_pools *f = ac_kunit_zalloc(test, sizeof(*f));

	f->cache = ac_kunit_cache(test, ARENA_CACHE_MAX_BLOCK, 0, NULL);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, give_all, f), 0);
	ac_kunit_trim(test);
	f->node = numa_mem_id();
	f->set = ac_arena_set(f->node);
	f->reserve = ac_kunit_reserve(f->node);
	f->allocated = ac_stat_read(AC_STAT_ARENA_ALLOC);
	f->released = ac_stat_read(AC_STAT_ARENA_FREE);
	return f;
}

void ac_kunit_keep_pool(struct kunit *test, struct ac_kunit_pools *f,
			struct ac_pool *pool)
{
	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_ASSERT_LT(test, f->nr, ARRAY_SIZE(f->pool));
	f->pool[f->nr++] = pool;
}

struct ac_pool *ac_kunit_take_pool(struct kunit *test, struct ac_kunit_pools *f)
{
	struct ac_pool *pool;

	pool = ac_arena_take_pool(f->cache, GFP_KERNEL | __GFP_THISNODE,
				  f->node);
	ac_kunit_keep_pool(test, f, pool);
	return pool;
}

void ac_kunit_take_pools(struct kunit *test, struct ac_kunit_pools *f,
			 unsigned int nr)
{
	while (nr--)
		ac_kunit_take_pool(test, f);
}

struct ac_kunit_asked ac_kunit_asked;

static struct page *some_orders(gfp_t gfp, int node, unsigned int order)
{
	struct ac_kunit_asked *asked = &ac_kunit_asked;

	if (asked->nr < ARRAY_SIZE(asked->order))
		asked->order[asked->nr] = order;
	asked->nr++;
	asked->nr_runs += !!order;
	return order < asked->fails ? alloc_pages_node(node, gfp, order) : NULL;
}

/* Until ac_kunit_unwatch_orders() the test gets no pages of order @fails or above. */
void ac_kunit_watch_orders(struct kunit *test, unsigned int fails)
{
	ac_kunit_asked = (struct ac_kunit_asked){ .fails = fails };
	kunit_activate_static_stub(test, ac_pages_alloc, some_orders);
}

void ac_kunit_unwatch_orders(struct kunit *test)
{
	kunit_deactivate_static_stub(test, ac_pages_alloc);
}
