/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arenas
 *
 * Owns the 256 KB arenas of every NUMA node and which of their 63 pools are
 * free. The first page of an arena is its header: one struct ac_arena and 63
 * struct ac_pool, 64 bytes each, found from any address inside by masking.
 *
 * States of an arena, by its number of free pools:
 *	full (0)  <->  usable (1 .. 62)  <->  empty (63)
 * Each number has a list, and a bit in a word tells which lists are not empty,
 * so the fullest usable arena is one find-first-bit away. Up to reserve + 1
 * empty arenas stay; others go back to the page allocator.
 *
 * Invariants, per node, under the lock:
 *	arena on by_free[n]	<=> hweight64(arena->free) == n
 *	bit n of occupied	<=> by_free[n] is not empty
 *	nr_arenas		== arenas on all lists
 *	nr_free_pools		== sum of n * arenas on by_free[n]
 *	nr_empty		== arenas on by_free[63] <= reserve + 1
 *	sum of c->nr_pools[node] over all caches c
 *				== 63 * nr_arenas - nr_free_pools
 *
 * Lock: ac_arena_set.lock, one per node. Taken with a pool set's lock held or
 * alone; nothing nests inside, and the page allocator is never called under it.
 */
#ifndef AC_ARENA_H
#define AC_ARENA_H

#include <linux/arena_cache.h>
#include <linux/bits.h>
#include <linux/spinlock.h>

#include "arena_map.h"
#include "size_class.h"

/**
 * struct ac_pool - one pool: slots 1 to 63 of the header page
 * @map: a set bit is a free block; unused by the 8-byte class
 * @cache: owner; NULL while the pool is free or being made ready
 * @list: link in its pool set's list of partial pools
 * @nr_free: set bits in the map
 * @cpus: if the cache is a size class, where its CPUs' magazines are, as bytes
 *	from arena_cache_class_cpus; else 0, which is nobody's
 *
 * All but @cache and @cpus belong to the pool layer; see pool.h.
 */
struct ac_pool {
	u64 map[AC_MAP_WORDS];
	struct arena_cache *cache;
	struct list_head list;
	u16 nr_free;
	u16 cpus;
} __aligned(64);

static_assert((ARENA_CACHE_CLASSES + 1) * sizeof(struct arena_cache_cpu) <=
	      U16_MAX);

/**
 * struct ac_arena - slot 0 of the header page
 * @free: bit i is set while pool i is free; bit 0 is always clear
 * @list: link in ac_arena_set.by_free
 * @id: serial number, never used twice
 * @no_cache: NULL, where a pool has its cache, so that a pointer into the
 *	header page leads to no cache
 * @node: NUMA node of its memory
 * @unused: makes @no_cpus lie where a pool has what it stands for
 * @no_cpus: 0, for the same reason
 */
struct ac_arena {
	u64 free;
	struct list_head list;
	u64 id;
	struct arena_cache *no_cache;
	int node;
	u16 unused[7];
	u16 no_cpus;
} __aligned(64);

static_assert(sizeof(struct ac_pool) == 64);
static_assert(sizeof(struct ac_arena) == 64);
static_assert(offsetof(struct ac_arena, no_cache) ==
	      offsetof(struct ac_pool, cache));
static_assert(offsetof(struct ac_arena, no_cpus) ==
	      offsetof(struct ac_pool, cpus));
static_assert(sizeof(struct ac_arena) + AC_POOLS * sizeof(struct ac_pool) ==
	      AC_POOL_SIZE);

/* Every pool of an arena, and what @free of an empty arena is. */
#define AC_ALL_POOLS	GENMASK_ULL(AC_POOLS, 1)

/**
 * struct ac_arena_set - the arenas of a NUMA node
 * @lock: protects every field here, and @free and @list of its arenas
 * @occupied: which of @by_free have an arena
 * @by_free: arenas by number of free pools
 * @nr_arenas: arenas held
 * @nr_empty: those without a used pool
 * @nr_free_pools: free pools of all arenas
 * @highwater: most arenas ever held
 */
struct ac_arena_set {
	raw_spinlock_t lock;
	u64 occupied;
	struct list_head by_free[AC_SLOTS];
	unsigned long nr_arenas;
	unsigned long nr_empty;
	unsigned long nr_free_pools;
	unsigned long highwater;
} ____cacheline_aligned_in_smp;

static inline struct ac_arena *ac_arena_of(const void *p)
{
	return (void *)((unsigned long)p & ~(AC_ARENA_SIZE - 1));
}

/* The descriptor of the pool that @p lies in; slot 0 gives the arena's. */
static inline struct ac_pool *ac_arena_pool_of(const void *p)
{
	unsigned long slot = (unsigned long)p >> AC_POOL_SHIFT & (AC_SLOTS - 1);

	return (struct ac_pool *)ac_arena_of(p) + slot;
}

static inline unsigned int ac_arena_pool_slot(const struct ac_pool *pool)
{
	return pool - (struct ac_pool *)ac_arena_of(pool);
}

/* The 4 KB that a descriptor stands for. */
static inline void *ac_arena_pool_base(const struct ac_pool *pool)
{
	return (void *)ac_arena_of(pool) +
	       (ac_arena_pool_slot(pool) << AC_POOL_SHIFT);
}

int ac_arena_init(unsigned int reserve);
void ac_arena_exit(void);
struct ac_arena_set *ac_arena_set(int node);
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node);
struct page *ac_arena_pages(gfp_t effort, int node);
void ac_arena_give_pool(struct arena_cache *c, struct ac_pool *pool,
			struct list_head *dead);
void ac_arena_release(struct list_head *dead);
unsigned long ac_arena_trim(void);
void ac_arena_visit(int node, void (*fn)(struct ac_arena *arena, void *arg),
		    void *arg);
void ac_arena_visit_pools(int node,
			  void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg);
unsigned long ac_arena_verify(void);

#endif /* AC_ARENA_H */
