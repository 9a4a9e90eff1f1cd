/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pools
 *
 * Owns, for each cache and NUMA node, the pools that hold the cache's blocks,
 * and which of their blocks are free. Blocks are taken and put in batches.
 *
 * States of a pool, by its number of free blocks:
 *	full (0)  <->  partial (1 .. capacity - 1)  ->  empty: back to its arena,
 *							by whoever emptied it
 * A pool enters with blocks of it taken; full pools are on no list, partial ones
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
 *
 * Under init_on_free no byte of a pool that goes back is left as it was: neither of
 * blocks that a constructor made, nor of the map, nor of a debug cache's records.
 *
 * Lock: ac_pool_set.lock, one per cache and node; nothing nests inside. Interrupts
 * are off while it is held: for blocks of at most AC_POOL_HOLD pools, as they come, and
 * AC_POOL_HOLD_BLOCKS in all. What costs time is to get at a pool; 32 of its blocks are
 * as many bits of one word.
 */
#ifndef AC_POOL_H
#define AC_POOL_H

#include <linux/spinlock.h>

#include "arena.h"
#include "report.h"

/* Pools whose blocks are taken or put in one hold of a set's lock, and blocks, at most. */
#define AC_POOL_HOLD		32U
#define AC_POOL_HOLD_BLOCKS	128U

/* Lists of partial pools of a set. */
#define AC_FULLNESS	4

/**
 * struct ac_pool_set - the pools of a cache on a NUMA node
 * @lock: protects all below and the descriptors of the pools
 * @partial: pools with taken and free blocks, the fullest first
 * @taken: blocks taken from all pools
 * @seen: what ac_pool_verify() met, compared by ac_pool_verify_sets()
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

/*
 * Does @p lie in a pool of @c? The page says so itself: it has our id only while it
 * is ours. No lock: the answer is exact for a block that its caller owns. Hold RCU, or
 * have preemption off.
 */
static __always_inline bool ac_pool_has(const struct arena_cache *c,
					const void *p)
{
	const struct ac_arena *arena = ac_arena_map_find(p);

	return likely(arena) &&
	       READ_ONCE(ac_arena_pool(arena, ac_arena_slot(p))->cache) == c->id;
}

/* The map of @pool, which is one of @c and holds the address @p. */
static inline u64 *ac_pool_map(const struct arena_cache *c,
			       struct ac_pool *pool, const void *p)
{
	unsigned long base = (unsigned long)p & ~(AC_POOL_SIZE - 1);

	return c->map_offset ? (u64 *)(base + c->map_offset) : &pool->map;
}

int ac_pool_sets_create(struct arena_cache *c);
void ac_pool_announce(struct arena_cache *c);
void ac_pool_visit_caches(void (*fn)(struct arena_cache *c, void *arg),
			  void *arg);
void ac_pool_forget(struct arena_cache *c);
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
void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks);
struct arena_cache *ac_pool_cache(const struct ac_pool *pool);
struct arena_cache *ac_pool_owner(const void *p);
enum ac_bad ac_pool_check(const struct arena_cache *c, const void *p);
unsigned long ac_pool_nr_taken(const struct arena_cache *c);
unsigned long ac_pool_nr_pools(const struct arena_cache *c);
unsigned int ac_pool_find_taken(struct arena_cache *c, int node,
				unsigned int nr, void **blocks);
unsigned long ac_pool_verify(struct ac_pool *pool);
unsigned long ac_pool_verify_sets(struct arena_cache *c);
enum ac_bad ac_pool_flip(const struct arena_cache *c, const void *p);

#endif /* AC_POOL_H */
