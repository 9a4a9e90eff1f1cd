// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas: where pools come from
 */
#include <linux/bitops.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "arena.h"
#include "kunit_export.h"
#include "stats.h"
#include "wake.h"

static struct ac_arena *new_arena(gfp_t effort, int node)
{
	const enum ac_order which = gfpflags_allow_blocking(effort) ?
				    AC_ORDER_FILL : AC_ORDER_ARENA;
	struct ac_backoff *backoff = &ac_arena_set(node)->backoff;
	struct ac_arena *arena;
	struct page *page;

	if (ac_pages_are_closed(backoff, which))
		return NULL;
	page = ac_pages_try_order(backoff, effort, node, which);
	if (!page)
		return NULL;
	arena = ac_arena_new(page, effort | __GFP_NOWARN);
	if (!arena) {
		__free_pages(page, AC_ARENA_ORDER);
		return NULL;
	}
	ac_pages_own(page, AC_ARENA_ORDER);
	arena->gone = 0;
	arena->free = AC_ALL_POOLS;
	ac_stat_inc(AC_STAT_ARENA_ALLOC);
	return arena;
}

/*
 * Brings one more arena, unless another CPU did meanwhile, and takes a pool for @c.
 * Without @c all of its pools are free.
 */
static struct ac_pool *bring_arena(struct arena_cache *c, gfp_t effort,
				   int node)
{
	struct ac_arena *arena = new_arena(effort, node);
	struct ac_arena_set *set = ac_arena_set(node);
	struct ac_arena *found = NULL;
	struct ac_pool *pool = NULL;
	struct ac_dead dead;
	unsigned long flags;

	if (!arena)
		return NULL;
	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	if (c)
		found = ac_arena_fullest(set, ac_arena_reserve_pools());
	if (!found && ac_arena_add(set, arena))
		found = arena;
	if (found)
		pool = c ? ac_arena_take_of(set, found, c) :
			   ac_arena_pool(found, 0);
	if (found != arena)
		list_add(&arena->list, &dead.arenas);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
	if (c && found == arena)
		ac_wake();
	return c && pool ? ac_arena_take_checked(c, pool) : pool;
}

/*
 * Enters the pages of a block into the arena that they lie in. If that has no record yet,
 * @arena becomes it, and is NULL then. @c gets the first; all others are free.
 */
static struct ac_pool *enter_block(struct ac_arena_set *set, struct page *page,
				   unsigned int order, struct ac_arena **arena,
				   struct arena_cache *c)
{
	struct ac_arena *home = ac_arena_map_find(page_address(page));
	unsigned int slot = ac_arena_slot(page_address(page));
	u64 block = ac_arena_block(slot, order);
	u64 free = block;

	lockdep_assert_held(&set->lock);
	if (!home) {
		if (!*arena || !ac_arena_add(set, *arena))
			return NULL;
		home = *arena;
		*arena = NULL;
		ac_stat_inc(AC_STAT_ARENA_ALLOC);
	} else if (ac_arena_set_of(home) != set) {
		return NULL;
	}
	if (c) {
		free &= ~BIT_ULL(slot);
		ac_arena_charge(home, c, 1);
		ac_page_unmark_spare(page);
	}
	ac_arena_change(set, home, home->free | free, home->gone & ~block);
	return ac_arena_pool(home, slot);
}

static struct ac_pool *enter(struct page *page, unsigned int order,
			     struct ac_arena **arena, struct arena_cache *c)
{
	struct ac_arena_set *set = ac_arena_set(page_to_nid(page));
	struct ac_pool *pool;
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	pool = enter_block(set, page, order, arena, c);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return pool;
}

/*
 * Makes pools of a block of less than an arena, which is given back if that fails. Most
 * lie in an arena that has a record.
 */
static struct ac_pool *bring_block(struct arena_cache *c, struct page *page,
				   unsigned int order, gfp_t gfp)
{
	struct ac_arena *arena = NULL;
	struct ac_pool *pool;

	ac_pages_own(page, order);
	pool = enter(page, order, &arena, c);
	if (!pool) {
		arena = ac_arena_new(page, gfp);
		if (arena)
			pool = enter(page, order, &arena, c);
		/* Another CPU may have brought one meanwhile. */
		if (arena)
			ac_arena_free_record(arena);
	}
	if (!pool)
		ac_pages_give(&ac_arena_set(page_to_nid(page))->backoff, page,
			      order, NULL);
	return pool;
}

/* An attempt at a run uses up holes, whether it meets one or not. */
static void use_holes(struct ac_arena_set *set, unsigned long nr)
{
	unsigned long flags;

	if (!ac_peek(set->holes))
		return;
	raw_spin_lock_irqsave(&set->lock, flags);
	set->holes -= min(set->holes, nr);
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

static struct ac_pool *bring_run(struct arena_cache *c, gfp_t effort, int node)
{
	struct ac_arena_set *set = ac_arena_set(node);
	struct ac_pool *pool;
	struct page *page;

	if (ac_pages_are_closed(&set->backoff, AC_ORDER_RUN))
		return NULL;
	page = ac_pages_try_order(&set->backoff, effort, node, AC_ORDER_RUN);
	/* Without a run of it there are no holes that runs could fill. */
	use_holes(set, page ? AC_RUN : ULONG_MAX);
	if (!page)
		return NULL;
	pool = bring_block(c, page, AC_RUN_ORDER, effort | __GFP_NOWARN);
	if (pool && c)
		ac_wake();
	return pool;
}

/*
 * Brings more pools than one, of holes first. The page allocator is not to compact memory
 * for a pool that a caller needs now, but kswapd is woken, so that the next caller finds
 * an arena.
 */
static struct ac_pool *bring_many(struct arena_cache *c, gfp_t gfp, int node)
{
	const gfp_t effort = gfp & __GFP_KSWAPD_RECLAIM;
	const struct ac_arena_set *set = ac_arena_set(node);
	const bool first = ac_peek(set->holes) >= AC_RUN ||
			   READ_ONCE(set->backoff.scarce);
	struct ac_pool *pool = first ? bring_run(c, effort, node) : NULL;

	if (!pool)
		pool = bring_arena(c, effort, node);
	if (!pool && !first)
		pool = bring_run(c, effort, node);
	return pool;
}

static struct ac_pool *try_page(struct arena_cache *c, gfp_t effort, int node)
{
	struct page *page = ac_pages_try(effort, node, 0);

	return page ? bring_block(c, page, 0, effort | __GFP_NOWARN) : NULL;
}

/**
 * ac_arena_take_pool - take a free pool
 * @c: cache that it is for, which is charged with it
 * @gfp: the caller's
 * @node: NUMA node
 *
 * Of an arena that there is, else of a new one or a run, else of a single page. The
 * reserve stays. The pool's descriptor is as the last cache left it, but for @cache,
 * which is AC_POOL_NOBODY.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;

	if (!node_state(node, N_MEMORY))
		return NULL;
	pool = ac_arena_take_free(c, node, ac_arena_reserve_pools());
	if (!pool && !ac_pages_are_dear(gfp))
		pool = bring_many(c, gfp, node);
	return pool ?: try_page(c, ac_pages_effort(gfp), node);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_pool);

/**
 * ac_arena_take_reserve - take one of a node's last free pools
 * @c: cache that it is for
 * @node: NUMA node
 *
 * For callers that cannot wait, when the page allocator had nothing for them.
 *
 * Context: any but NMI; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_reserve(struct arena_cache *c, int node)
{
	struct ac_pool *pool = ac_arena_take_free(c, node, 0);

	/* To fill it up again. */
	if (pool)
		ac_wake();
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_reserve);

/**
 * ac_arena_take_page - make a pool of a page from wherever there is one
 * @c: cache that it is for
 * @gfp: the caller's, which the page allocator heeds in full
 * @node: NUMA node that is preferred
 *
 * For caches that kmalloc() cannot serve. Emergency reserves stay closed: a pool has
 * room for blocks of others than its caller.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL, but not if @gfp has %__GFP_NOFAIL.
 */
struct ac_pool *ac_arena_take_page(struct arena_cache *c, gfp_t gfp, int node)
{
	struct page *page;

	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT | __GFP_ZERO | __GFP_MEMALLOC);
	page = ac_pages_alloc(gfp | __GFP_NOMEMALLOC, node, 0);
	return page ? bring_block(c, page, 0, gfp & ~__GFP_THISNODE) : NULL;
}

/**
 * ac_arena_fill - fill up the reserve of a node
 * @node: the node
 *
 * Context: process context; may sleep.
 * Return: whether there is more to be done.
 */
bool ac_arena_fill(int node)
{
	const struct ac_arena_set *set = ac_arena_set(node);

	while (node_state(node, N_MEMORY) &&
	       ac_peek(set->nr_free_pools) < ac_arena_reserve_pools()) {
		cond_resched();
		if (!bring_arena(NULL, GFP_KERNEL, node) &&
		    !bring_run(NULL, GFP_KERNEL, node) &&
		    !try_page(NULL, GFP_KERNEL | __GFP_NOMEMALLOC, node))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_fill);

static void fill_at_load(int node)
{
	if (ac_arena_fill(node))
		pr_warn("node %d: got %lu of %lu reserve pools\n", node,
			ac_arena_set(node)->nr_free_pools,
			ac_arena_reserve_pools());
}

/**
 * ac_arena_init - make ready
 * @reserve: arenas to take now and keep, on every node with memory
 *
 * Return: 0 or a negative errno.
 */
int ac_arena_init(unsigned int reserve)
{
	int err = ac_arena_sets_init(reserve);
	int node;

	if (err)
		return err;
	for_each_node_state(node, N_MEMORY)
		fill_at_load(node);
	return 0;
}

static void forget_arena(struct ac_arena *arena, void *arg)
{
	ac_arena_remove(ac_arena_set_of(arena), arena, arg);
}

/* Arenas with live blocks are left where they are: they are not ours. */
static void lose_arenas(void)
{
	struct ac_arena *arena, *next;
	struct ac_dead lost;

	ac_dead_init(&lost);
	ac_arena_visit(forget_arena, &lost);
	list_for_each_entry_safe(arena, next, &lost.arenas, list)
		ac_arena_free_record(arena);
}

void ac_arena_exit(void)
{
	struct ac_arena_set *set;
	int node;

	ac_arena_reserve = 0;
	for_each_node(node) {
		set = ac_arena_set(node);
		ac_arena_shrink(node, ULONG_MAX);
		if (set->nr_arenas)
			pr_err("node %d: %lu arenas hold live blocks and are lost\n",
			       node, set->nr_arenas);
		set->nr_reclaimable = 0;
	}
	lose_arenas();
	ac_arena_tell();
	ac_arena_sets_exit();
}
