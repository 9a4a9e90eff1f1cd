/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pools
 *
 * Owns, for each cache and NUMA node, the pools that have the cache's blocks, and
 * which of their blocks are free. Blocks are taken and put in batches; pool_put.h
 * puts them.
 *
 * States of a pool, by its number of free blocks:
 *	full (0)  <->  partial (1 .. capacity - 1)  ->  empty: back to its arena,
 *							by the CPU that emptied it
 * A pool enters with blocks of it taken. Full pools are on no list, partial ones
 * on one of four, by fullness. Blocks are taken from the fullest, so that others
 * may become empty.
 *
 * To this layer a block is free (its bit set) or taken; a taken block is live
 * or cached in a magazine.
 *
 * Invariants, per cache and node, under the lock:
 *	pool->nr_free == set bits of its map below capacity
 *	all other bits of the map are set: no block to be taken, and a pointer
 *		that leads there looks like a block that is free already
 *	pool on partial[n]  <=>  0 < pool->nr_free < capacity, and
 *				 pool->nr_free >> c->fullness_shift == n
 *	sum over pools of (capacity - nr_free) == ac_pool_set.taken
 *	pools of the cache + those being made ready or on their way back
 *		== c->nr_pools[node]
 *	its arena's entry for a pool is that of the cache, if that is a size class
 *
 * Lock: ac_pool_set.lock. Interrupts are off while it is held: for blocks of at most
 * AC_POOL_HOLD pools, as they come, and AC_POOL_HOLD_BLOCKS in all. What costs time is
 * to get at a pool; 32 of its blocks are as many bits of one word. printk() is
 * never called under it.
 */
#ifndef AC_POOL_H
#define AC_POOL_H

#include <linux/spinlock.h>

#include "owner.h"
#include "report.h"
#include "stats.h"

/* Pools whose blocks are taken or put in one hold of a set's lock, and blocks, at most. */
#define AC_POOL_HOLD		32U
#define AC_POOL_HOLD_BLOCKS	128U

/* Lists of partial pools of a set. */
#define AC_FULLNESS	4

/**
 * struct ac_pool_set - the pools of a cache on a NUMA node
 * @lock: protects all below and the descriptors of the pools; nothing nests inside
 * @partial: pools with taken and free blocks, the fullest first
 * @taken: blocks taken from all pools
 * @seen: what ac_verify() met in pools, to be compared with the set
 */
struct ac_pool_set {
	raw_spinlock_t lock;
	struct list_head partial[AC_FULLNESS];
	unsigned long taken;
	struct {
		unsigned long taken;
		unsigned long pools;
		unsigned long partial;
	} seen;
};

/* Brings the numbers 1 to @capacity - 1 of free blocks to 0 to 3. */
static inline unsigned int ac_pool_fullness_shift(unsigned int capacity)
{
	return max(fls(capacity - 1), 2) - 2;
}

/* The map of @pool, which is one of @c and has the address @p. */
static inline u64 *ac_pool_map(const struct arena_cache *c,
			       struct ac_pool *pool, const void *p)
{
	unsigned long base = (unsigned long)p & ~(AC_POOL_SIZE - 1);

	return c->map_offset ? (u64 *)(base + c->map_offset) : &pool->map;
}

/* A set's lock is taken here and nowhere else, and counted. */
static inline void ac_pool_lock(struct ac_pool_set *set, unsigned long *flags)
	__acquires(&set->lock)
{
	ac_stat_inc(AC_STAT_POOL_LOCK);
	raw_spin_lock_irqsave(&set->lock, *flags);
}

static inline void ac_pool_unlock(struct ac_pool_set *set, unsigned long flags)
	__releases(&set->lock)
{
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/* Puts @pool, a partial one that is on no list, where its fullness says. */
static inline void ac_pool_file(struct arena_cache *c, struct ac_pool_set *set,
				struct ac_pool *pool)
{
	lockdep_assert_held(&set->lock);
	list_add(&pool->list, &set->partial[pool->nr_free >> c->fullness_shift]);
}

int ac_pool_sets_create(struct arena_cache *c);
void ac_pool_sets_destroy(struct arena_cache *c);
unsigned int ac_pool_take(struct arena_cache *c, int node, unsigned int nr,
			  void **blocks);
struct ac_pool *ac_pool_make(struct arena_cache *c, gfp_t gfp, int node);
unsigned int ac_pool_publish(struct arena_cache *c, struct ac_pool *pool,
			     unsigned int nr, void **blocks);
unsigned int ac_pool_adopt(struct arena_cache *c, struct ac_pool *pool,
			   unsigned int nr, void **blocks);
unsigned int ac_pool_grow(struct arena_cache *c, gfp_t gfp, int node,
			  unsigned int nr, void **blocks);
enum ac_bad ac_pool_check(const struct arena_cache *c, const void *p);
unsigned long ac_pool_nr_taken(const struct arena_cache *c);
unsigned long ac_pool_nr_pools(const struct arena_cache *c);
unsigned int ac_pool_find_taken(struct arena_cache *c, int node,
				unsigned int nr, void **blocks);

#endif /* AC_POOL_H */
