// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pools that go from arenas to caches and back
 */
#include <linux/bitops.h>

#include "arena_pools.h"
#include "debug/shadow.h"
#include "kunit_export.h"
#include "report.h"
#include "stats.h"
#include "wake.h"

/* @c gets @n pools of @arena, or with -1 gives one back. */
void ac_arena_charge(const struct ac_arena *arena, struct arena_cache *c, int n)
{
	struct ac_arena_set *set = ac_arena_set_of(arena);

	lockdep_assert_held(&set->lock);
	c->nr_pools[arena->node] += n;
	if (c->reclaimable)
		set->nr_reclaimable += n;
}

/*
 * The fullest arena with a free pool, but for those of the @reserve. Of equals one that
 * has no run to lose, else the one that was used last.
 */
struct ac_arena *ac_arena_fullest(struct ac_arena_set *set,
				  unsigned long reserve)
{
	struct list_head *list;
	struct ac_arena *last;

	lockdep_assert_held(&set->lock);
	if (set->nr_free_pools <= reserve)
		return NULL;
	list = &set->by_used[__fls(set->occupied)];
	last = list_last_entry(list, struct ac_arena, list);
	return ac_arena_goes_first(last) ?
	       list_first_entry(list, struct ac_arena, list) : last;
}

/* A free pool of @arena, which has one, is @c's from here on. */
struct ac_pool *ac_arena_take_of(struct ac_arena_set *set,
				 struct ac_arena *arena, struct arena_cache *c)
{
	unsigned int slot = __ffs64(ac_arena_loose(arena->free) ?: arena->free);

	lockdep_assert_held(&set->lock);
	ac_arena_charge(arena, c, 1);
	ac_arena_change(set, arena, arena->free & ~BIT_ULL(slot), arena->gone);
	ac_page_unmark_spare(arena->page + slot);
	return ac_arena_pool(arena, slot);
}

/* A pool that was to be used is not ours, for reasons unknown: it is gone. */
static void disown_pool(struct arena_cache *c, struct ac_pool *pool)
{
	const void *base = ac_arena_pool_base(pool);
	struct ac_arena *arena = ac_arena_map_find(base);
	struct ac_arena_set *set = ac_arena_set_of(arena);
	struct ac_dead dead;
	unsigned long flags;

	ac_report_page(NULL, (struct page *)pool);
	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	ac_arena_charge(arena, c, -1);
	ac_arena_change(set, arena, arena->free,
			arena->gone | BIT_ULL(ac_arena_slot(base)));
	ac_arena_settle(set, arena, &dead);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
}

/* @pool, which was free and is @c's, if it is ours; else NULL, and it is gone. */
struct ac_pool *ac_arena_take_checked(struct arena_cache *c,
				      struct ac_pool *pool)
{
	if (likely(ac_pages_are_ours(pool)))
		return pool;
	disown_pool(c, pool);
	return NULL;
}

/* Not static, so that tests can replace it. */
struct ac_pool *ac_arena_take_free(struct arena_cache *c, int node,
				   unsigned long reserve)
{
	struct ac_arena_set *set = ac_arena_set(node);
	struct ac_arena *arena;
	struct ac_pool *pool;
	unsigned long flags;

	KUNIT_STATIC_STUB_REDIRECT(ac_arena_take_free, c, node, reserve);
	if (ac_peek(set->nr_free_pools) <= reserve)
		return NULL;
	do {
		raw_spin_lock_irqsave(&set->lock, flags);
		arena = ac_arena_fullest(set, reserve);
		pool = arena ? ac_arena_take_of(set, arena, c) : NULL;
		raw_spin_unlock_irqrestore(&set->lock, flags);
		if (!pool)
			return NULL;
		pool = ac_arena_take_checked(c, pool);
	} while (!pool);
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_free);

/* The pool in @slot, which was used, is free now. */
static void keep_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot)
{
	lockdep_assert_held(&set->lock);
	ac_page_mark_spare(arena->page + slot);
	ac_shadow_close(page_address(arena->page + slot), AC_POOL_SIZE,
			AC_SHADOW_FREED);
	ac_arena_change(set, arena, arena->free | BIT_ULL(slot), arena->gone);
}

/* The pool in @slot, which was used, goes back to the page allocator. */
static void lose_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot, struct ac_dead *dead)
{
	lockdep_assert_held(&set->lock);
	ac_dead_add(dead, ac_arena_pool(arena, slot), 0);
	ac_arena_change(set, arena, arena->free, arena->gone | BIT_ULL(slot));
}

static void give_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      struct arena_cache *c, struct ac_pool *pool,
		      struct ac_dead *dead)
{
	unsigned int slot = (struct page *)pool - arena->page;

	lockdep_assert_held(&set->lock);
	pool->nr_free = 0;
	WRITE_ONCE(arena->entry[slot], 0);
	ac_arena_charge(arena, c, -1);
	if (c->shared || page_ref_count((struct page *)pool) != AC_PAGE_REFS)
		lose_pool(set, arena, slot, dead);
	else
		keep_pool(set, arena, slot);
	ac_arena_settle(set, arena, dead);
}

/* The first of @pools, and those behind it that are of the same node. */
static void give_run(struct arena_cache *c, struct list_head *pools,
		     struct ac_dead *dead)
{
	struct ac_pool *pool = list_first_entry(pools, struct ac_pool, list);
	struct ac_arena *arena = ac_arena_map_find(ac_arena_pool_base(pool));
	struct ac_arena_set *set = ac_arena_set_of(arena);
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	while (ac_arena_set_of(arena) == set) {
		list_del(&pool->list);
		give_pool(set, arena, c, pool, dead);
		if (list_empty(pools))
			break;
		pool = list_first_entry(pools, struct ac_pool, list);
		arena = ac_arena_map_find(ac_arena_pool_base(pool));
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/**
 * ac_arena_give_pools - give back pools none of whose blocks is taken
 * @c: cache that took them
 * @pools: the pools; their descriptors' cache is AC_POOL_NOBODY already
 * @dead: gets what became superfluous; see ac_arena_release()
 *
 * Context: any but NMI; RCU keeps @c.
 */
void ac_arena_give_pools(struct arena_cache *c, struct list_head *pools,
			 struct ac_dead *dead)
{
	if (list_empty(pools))
		return;
	dead->owner = c;
	while (!list_empty(pools))
		give_run(c, pools, dead);
	ac_wake();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_give_pools);
