// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - giving blocks back to their pools
 */
#include <linux/prefetch.h>

#include "kunit_export.h"
#include "leaving.h"
#include "pool_put.h"
#include "raw.h"

/* One ac_pool_put(): the node whose set it has locked, if any; pools that it emptied. */
struct put {
	struct arena_cache *cache;
	int node;
	unsigned long flags;
	struct list_head emptied;
};

static void unlock_node(struct put *put)
{
	if (put->node == NUMA_NO_NODE)
		return;
	ac_pool_unlock(put->cache->pools[put->node], put->flags);
	put->node = NUMA_NO_NODE;
}

static void lock_node(struct put *put, int node)
{
	unlock_node(put);
	ac_pool_lock(put->cache->pools[node], &put->flags);
	put->node = node;
}

/* Makes the leading blocks that lie in @pool free, up to the first bad one. */
static __always_inline unsigned int free_blocks(const struct arena_cache *c,
						struct ac_pool *pool,
						unsigned int nr, void **blocks)
{
	const unsigned long page = (unsigned long)blocks[0] / AC_POOL_SIZE;
	const u32 reciprocal = c->reciprocal, size = c->block_size;
	u64 *const map = ac_pool_map(c, pool, blocks[0]);
	u64 *word;
	unsigned int n;
	u32 offset, i;

	for (n = 0; n < nr; n++) {
		if ((unsigned long)blocks[n] / AC_POOL_SIZE != page)
			break;
		offset = offset_in_page(blocks[n]);
		i = offset * reciprocal >> AC_RECIPROCAL_SHIFT;
		word = &map[i / 64];
		if (unlikely(i * size != offset || *word >> i % 64 & 1))
			break;
		*word |= BIT_ULL(i % 64);
	}
	return n;
}

/* @pool was full, is empty now, or belongs on another list. */
static noinline void change_state(struct put *put, struct ac_pool *pool,
				  bool was_full)
{
	struct arena_cache *c = put->cache;
	struct ac_pool_set *set = c->pools[put->node];

	lockdep_assert_held(&set->lock);
	if (!was_full)
		list_del(&pool->list);
	if (pool->nr_free < c->capacity) {
		ac_pool_file(c, set, pool);
		return;
	}
	WRITE_ONCE(pool->cache, AC_POOL_NOBODY);
	list_add(&pool->list, &put->emptied);
}

/* Returns how many blocks @pool took: 0 if it refuses the first. */
static __always_inline unsigned int put_in_pool(struct put *put,
						const struct arena_cache *c,
						struct ac_pool *pool,
						unsigned int nr, void **blocks)
{
	struct ac_pool_set *set = c->pools[put->node];
	unsigned int n, was, now;

	lockdep_assert_held(&set->lock);
	n = free_blocks(c, pool, nr, blocks);
	was = pool->nr_free;
	now = was + n;
	set->taken -= n;
	pool->nr_free = now;
	if (n && (!was || now == c->capacity ||
		  (was ^ now) >> c->fullness_shift))
		change_state(put, pool, !was);
	return n;
}

/*
 * The pool of @c on @node that @p lies in, or NULL. For a stale pointer the arena may be
 * gone, and without the lock the pool may be leaving @c.
 */
static __always_inline struct ac_pool *find_pool(const struct arena_cache *c,
						 int node, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);
	struct ac_pool *pool;

	if (unlikely(!arena || arena->node != node))
		return NULL;
	pool = ac_arena_pool_at(arena, p);
	return likely(ac_owner_is(c, pool)) ? pool : NULL;
}

/* The same on any node, whose lock is held then. */
static noinline struct ac_pool *lock_pool(struct put *put, const void *p)
{
	const struct ac_arena *arena = ac_owner_arena(put->cache, p);

	if (!arena)
		return NULL;
	lock_node(put, arena->node);
	return find_pool(put->cache, put->node, p);
}

/*
 * A block that is in no pool of @c, or that its pool refused. If nothing is wrong with
 * it now, it was free then, and has been taken since.
 */
static void put_odd(struct arena_cache *c, void *p)
{
	if (!p)
		return;
	if (!ac_arena_owns(p) && ac_raw_owns(c, p))
		ac_raw_free(c, p);
	else
		ac_report_bad_free(c, p, ac_pool_check(c, p) ?: AC_BAD_DOUBLE);
}

/* Do these addresses lie in one page? */
static __always_inline bool same_page(const void *p, const void *q)
{
	return ((unsigned long)p ^ (unsigned long)q) < AC_POOL_SIZE;
}

/*
 * The descriptors and maps of scattered blocks are in no cache of this CPU. Fetched now,
 * they are not waited for with the lock held.
 */
static void prefetch_pools(const struct arena_cache *c, unsigned int nr,
			   void **blocks)
{
	const struct ac_arena *arena;
	const void *last = NULL;
	unsigned int i;

	for (i = 0; i < nr; last = blocks[i++]) {
		if (same_page(blocks[i], last))
			continue;
		arena = ac_arena_map_find(blocks[i]);
		if (unlikely(!arena))
			continue;
		prefetchw(ac_arena_pool(arena, ac_arena_slot(blocks[i])));
		if (c->map_offset)
			prefetchw(ac_pool_map(c, NULL, blocks[i]));
	}
}

/* Blocks of at most AC_POOL_HOLD pools: all that lie on one node in one hold. */
static void put_some(struct put *put, unsigned int nr, void **blocks)
{
	struct arena_cache *c = put->cache;
	struct ac_pool *pool;
	unsigned int i, n;

	if (!same_page(blocks[0], blocks[nr - 1]))
		prefetch_pools(c, nr, blocks);
	for (i = 0; i < nr; i += n) {
		pool = find_pool(c, put->node, blocks[i]);
		if (unlikely(!pool))
			pool = lock_pool(put, blocks[i]);
		n = 0;
		if (likely(pool))
			n = put_in_pool(put, c, pool, nr - i, blocks + i);
		if (unlikely(!n)) {
			unlock_node(put);
			put_odd(c, blocks[i]);
			n = 1;
		}
	}
	unlock_node(put);
}

/* How many of these blocks may go in one hold of a lock? */
static unsigned int one_hold(unsigned int nr, void **blocks)
{
	unsigned int n, pools = 1;

	if (nr <= AC_POOL_HOLD)
		return nr;
	nr = min(nr, AC_POOL_HOLD_BLOCKS);
	for (n = 1; n < nr; n++)
		if (!same_page(blocks[n], blocks[n - 1]) &&
		    pools++ == AC_POOL_HOLD)
			break;
	return n;
}

static void put_run(struct put *put, unsigned int nr, void **blocks)
{
	unsigned int n;

	for (; nr; nr -= n, blocks += n) {
		n = one_hold(nr, blocks);
		put_some(put, n, blocks);
	}
}

/* The node of each of some blocks: a magazine's, and a few more. */
#define BATCH	128

struct homes {
	unsigned int nr;
	s16 node[BATCH];
};

#define DONE	(NUMA_NO_NODE - 1)

static_assert(MAX_NUMNODES <= S16_MAX);

/* Returns whether all of them lie on one node. */
static bool find_homes(struct homes *homes, unsigned int nr, void **blocks)
{
	const struct ac_arena *arena;
	bool one = true;
	unsigned int i;

	homes->nr = nr;
	for (i = 0; i < nr; i++) {
		if (i && same_page(blocks[i], blocks[i - 1])) {
			homes->node[i] = homes->node[i - 1];
			continue;
		}
		arena = ac_arena_map_find(blocks[i]);
		homes->node[i] = arena ? arena->node : NUMA_NO_NODE;
		one &= homes->node[i] == homes->node[0];
	}
	return one;
}

/* Takes up to AC_POOL_HOLD blocks of the first node that has any left. */
static unsigned int collect(struct homes *homes, void **blocks, void **run)
{
	unsigned int i, n = 0;
	int node = DONE;

	for (i = 0; i < homes->nr && n < AC_POOL_HOLD; i++) {
		if (node == DONE)
			node = homes->node[i];
		if (node == DONE || homes->node[i] != node)
			continue;
		homes->node[i] = DONE;
		run[n++] = blocks[i];
	}
	return n;
}

/*
 * put_run() where there are nodes, whose blocks may alternate. A node found here is a
 * hint: put_some() looks again.
 */
static noinline void put_sorted(struct put *put, unsigned int nr, void **blocks)
{
	void *run[AC_POOL_HOLD];
	struct homes homes;
	unsigned int n, k;

	for (; nr; nr -= n, blocks += n) {
		n = min(nr, BATCH);
		if (find_homes(&homes, n, blocks)) {
			put_run(put, n, blocks);
			continue;
		}
		while ((k = collect(&homes, blocks, run)))
			put_some(put, k, run);
	}
}

/**
 * ac_pool_put - give blocks back to their pools
 * @c: cache that they are said to be from
 * @nr: number of blocks
 * @blocks: the blocks; NULLs are ignored
 *
 * Checks each of them, and reports those that it refuses. Neighbours in @blocks that
 * are of one pool cost less. Interrupts are on between two holds of a set's lock.
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks)
{
	struct put put = { .cache = c, .node = NUMA_NO_NODE };
	struct ac_dead dead;

	INIT_LIST_HEAD(&put.emptied);
	ac_dead_init(&dead);
	/* A bad pointer's arena may go any time; so may @c with its last block. */
	rcu_read_lock();
	if (nr_online_nodes > 1 && nr > 1)
		put_sorted(&put, nr, blocks);
	else
		put_run(&put, nr, blocks);
	ac_leaving_add(c, &put.emptied, &dead);
	ac_arena_release(&dead);
	rcu_read_unlock();
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_put);

