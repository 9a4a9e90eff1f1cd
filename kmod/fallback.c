// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what serves when this CPU's magazines and its node's pools cannot
 */
#include <linux/sched.h>
#include <linux/topology.h>

#include "debug/quarantine.h"
#include "fallback.h"
#include "magazine.h"
#include "node.h"
#include "raw.h"

/* Blocks of another node that a CPU takes at once. */
#define AC_FAR_RUN	32U

/* Blocks of @node: of the pools that @c has there, else of a new one. */
static unsigned int alloc_on_node(struct arena_cache *c, gfp_t gfp, int node,
				  unsigned int nr, void **p)
{
	return ac_pool_take(c, node, nr, p) ?:
	       ac_pool_grow(c, gfp, node, nr, p);
}

/* The @i-th of the other nodes that may serve instead of @node, nearest first. */
static int other_node(int node, gfp_t gfp, unsigned int i)
{
	return gfp & __GFP_THISNODE ? NUMA_NO_NODE : ac_node_near(node, i);
}

/* Blocks of other nodes than @node. */
static unsigned int alloc_elsewhere(struct arena_cache *c, gfp_t gfp, int node,
				    unsigned int nr, void **p)
{
	unsigned int n = 0, i;
	int other;

	for (i = 0; (other = other_node(node, gfp, i)) != NUMA_NO_NODE; i++) {
		if (other != node && ac_node_is_allowed(other))
			n = alloc_on_node(c, gfp, other, nr, p);
		if (n)
			break;
	}
	return n;
}

/*
 * May a caller have a pool of the reserve, now that the page allocator has nothing? Not
 * one with a reserve of its own, as a mempool: it says so by __GFP_NOMEMALLOC.
 */
static bool may_have_reserve(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return false;
	return !gfpflags_allow_blocking(gfp) ||
	       (in_task() && current->flags & PF_MEMALLOC);
}

static unsigned int alloc_reserve(struct arena_cache *c, gfp_t gfp, int node,
				  unsigned int nr, void **p)
{
	struct ac_pool *pool;
	unsigned int i;
	int other;

	if (!may_have_reserve(gfp))
		return 0;
	pool = ac_arena_take_reserve(c, node);
	for (i = 0; !pool; i++) {
		other = other_node(node, gfp, i);
		if (other == NUMA_NO_NODE)
			break;
		pool = ac_arena_take_reserve(c, other);
	}
	return pool ? ac_pool_adopt(c, pool, nr, p) : 0;
}

/* One block, for which the page allocator may do all that @gfp allows. */
static void *alloc_raw(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;
	void *p;

	if (c->by_size)
		return ac_raw_alloc_size(c->size, gfp, node, AC_STAT_RAW_ARENA);
	if (!c->shared && !c->typesafe)
		return ac_raw_alloc(c, gfp, node);
	/* User space maps whole pages; kmalloc()'s memory is freed at once. */
	pool = ac_arena_take_page(c, gfp, node);
	return pool && ac_pool_adopt(c, pool, 1, &p) ? p : NULL;
}

/* The node of a block of @c, or NUMA_NO_NODE: @p is none. */
int ac_fallback_node_of(struct arena_cache *c, const void *p)
{
	const struct ac_arena *arena;
	int node = NUMA_NO_NODE;

	rcu_read_lock();
	arena = ac_owner_arena(c, p);
	if (arena)
		node = arena->node;
	else if (!ac_arena_of(p) && ac_raw_owns(c, p))
		node = page_to_nid(virt_to_page(p));
	rcu_read_unlock();
	return node;
}

static bool may_use(struct arena_cache *c, const void *p, gfp_t gfp, int node)
{
	int home = ac_fallback_node_of(c, p);

	return gfp & __GFP_THISNODE ? home == node : home != NUMA_NO_NODE;
}

/* One block out of a depot, or out of the quarantine. */
static void *alloc_cached(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p = ac_depot_raid(c, node);
	unsigned int i;
	int other;

	for (i = 0; !p; i++) {
		other = other_node(node, gfp, i);
		if (other == NUMA_NO_NODE)
			break;
		p = ac_depot_raid(c, other);
	}
	/* A depot's blocks may be of any node, and no blocks of @c at all. */
	if (p && !may_use(c, p, gfp, node)) {
		ac_pool_put(c, 1, &p);
		p = NULL;
	}
	if (!p) {
		ac_quarantine_flush(c);
		ac_pool_take(c, node, 1, &p);
	}
	return p;
}

/* No node that may serve has free blocks, an arena or a page. */
static noinline unsigned int alloc_last(struct arena_cache *c, gfp_t gfp,
					int node, unsigned int nr, void **p)
{
	unsigned int n = alloc_reserve(c, gfp, node, nr, p);

	if (n)
		return n;
	*p = alloc_raw(c, gfp, node) ?: alloc_cached(c, gfp, node);
	return !!*p;
}

/**
 * ac_fallback_alloc - allocate blocks without this CPU's magazines
 * @c: the cache
 * @gfp: the caller's
 * @node: NUMA node that comes first
 * @nr: how many blocks are wanted
 * @p: gets them; NULL in the first place if there is none
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: number of blocks, 0 to @nr.
 */
unsigned int ac_fallback_alloc(struct arena_cache *c, gfp_t gfp, int node,
			       unsigned int nr, void **p)
{
	return alloc_on_node(c, gfp, node, nr, p) ?:
	       alloc_elsewhere(c, gfp, node, nr, p) ?:
	       alloc_last(c, gfp, node, nr, p);
}

/* The node that comes first if the caller names none. */
int ac_fallback_pick_node(gfp_t gfp)
{
	if (unlikely(ac_task_has_policy()) && !(gfp & __GFP_THISNODE))
		return ac_pages_policy_node(gfp);
	return ac_node_mine();
}

/* A block of @node's pools; a few more go to this CPU's magazine. */
static void *take_far(struct arena_cache *c, int node)
{
	void *blocks[AC_FAR_RUN];
	unsigned int n, kept;

	n = ac_pool_take(c, node, min(AC_FAR_RUN, ac_magazine_batch(c)), blocks);
	if (!n)
		return NULL;
	kept = --n ? ac_magazine_put(c, n, blocks) : 0;
	if (kept < n)
		ac_pool_put(c, n - kept, blocks + kept);
	return blocks[n];
}

/* The same, or a block of a new pool. */
static void *grow_far(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;
	void *p = take_far(c, node);

	if (p)
		return p;
	pool = ac_pool_make(c, gfp, node);
	return pool ? ac_magazine_adopt(c, pool) : NULL;
}

/* A block of other nodes than @node. */
static void *grow_elsewhere(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p = NULL;
	unsigned int i;
	int other;

	for (i = 0; (other = other_node(node, gfp, i)) != NUMA_NO_NODE; i++) {
		if (other != node && ac_node_is_allowed(other))
			p = grow_far(c, gfp, other);
		if (p)
			break;
	}
	return p;
}

/**
 * ac_fallback_grow - allocate a block and fill this CPU's magazine
 * @c: the cache
 * @gfp: the caller's
 *
 * For a caller that names no node, and whom this node's pools did not serve.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the block, or NULL.
 */
void *ac_fallback_grow(struct arena_cache *c, gfp_t gfp)
{
	int node = ac_fallback_pick_node(gfp);
	struct ac_pool *pool;
	void *p;

	/* The pools of the nearest node were asked already. */
	if (node != ac_node_here()) {
		p = take_far(c, node);
		if (p)
			return p;
	}
	pool = ac_pool_make(c, gfp, node);
	if (pool)
		return ac_magazine_adopt(c, pool);
	p = grow_elsewhere(c, gfp, node);
	if (!p)
		alloc_last(c, gfp, node, 1, &p);
	return p;
}
