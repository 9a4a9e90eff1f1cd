/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arena sets: the arenas of a node, and what their pools are
 *
 * Owns the records of the arenas of every NUMA node, which of their 64 pools are used,
 * free or gone, and the lists by which the right arena is found. An arena is 256 KB
 * of addresses; it costs a record of 128 bytes. A pool costs nothing: its descriptor is
 * the struct page of its page, of which the owner of a page may use four words
 * (linux/mm_types.h).
 *
 * States of a pool: used (a cache has it) <-> free <-> gone (the page is not ours).
 * A new arena of one block has 64 free pools. A run or a single page enters the arena
 * that it lies in: if that has no record yet, all its other pools are gone.
 *
 * States of an arena, by its number of used pools, and whether others are free:
 *	empty (0)  <->  usable (1 .. 63, and free ones)  <->  full (no free ones)
 * Each number has a list of the arenas with free pools, and a bit in a word tells which
 * lists are not empty: the fullest usable arena is one find-last-bit away.
 *
 * A run is 8, 16 or 32 free pools, aligned to their number. Free pools in no run are
 * called loose. Of equally full arenas those without a run serve first, and of an
 * arena's pools the loose ones, so that runs stay whole and can go back.
 *
 * The reserve is a number of free pools, 64 * reserve. Up to reserve + 1 empty arenas
 * that are whole stay; others go back at once.
 *
 * Holes are credit: pages that went back in runs out of arenas in use. While there is
 * some, runs are asked for before new arenas: the page allocator then takes the smallest
 * block that does. Each attempt at a run uses up credit, and a failure all of it.
 *
 * Invariants, per node, under the lock:
 *	arena->free & arena->gone == 0; what is in neither is used
 *	arena->gone != all
 *	arena->entry[i] == 0 if pool i is free or gone
 *	a page that is not gone is ours (pages.h)
 *	the arena map has all of them
 *	arena on by_used[n]	<=> n pools used, and free ones
 *	arena on full		<=> arena->free == 0
 *	in by_used[0] whole arenas come first, in others those with a run
 *	bit n of occupied	<=> by_used[n] is not empty
 *	nr_arenas		== arenas on all lists
 *	nr_free_pools		== sum of hweight64(free) over them
 *	nr_loose		== those of them that are in no run
 *	nr_gone			== sum of hweight64(gone) over them
 *	nr_empty		== arenas with 64 free pools <= reserve + 1
 *	holes			<= nr_gone
 *	low			<= nr_free_pools
 *	sum of c->nr_pools[node] over all caches c
 *				== 64 * nr_arenas - nr_free_pools - nr_gone
 *	nr_reclaimable		== the same over all reclaimable caches
 *	told[]			== what vmstat knows; differs from what is by less
 *				   than 64 changes, by none after ac_arena_tell()
 *
 * Lock: ac_arena_set.lock, one per node. The arena map's lock nests inside, nothing
 * else; the page allocator and printk() are never called under it.
 *
 * Without the lock: the owner of a block reads the record of its arena, which cannot
 * go. Code that may have a pointer into a page that an arena gave back reads it in an
 * RCU read-side section, or with preemption off, for that arena may go any time.
 */
#ifndef AC_ARENA_SET_H
#define AC_ARENA_SET_H

#include <linux/arena_cache_cpu.h>
#include <linux/bits.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "arena_map.h"
#include "pages.h"

/**
 * struct ac_arena - the record of an arena
 * @free: bit i is set while pool i is free
 * @gone: bit i is set while the page of pool i is not ours
 * @list: link in a list of ac_arena_set
 * @rcu: frees the record, when @list has no use any more
 * @page: first of the 64
 * @id: serial number, never used twice
 * @node: NUMA node of its memory
 * @entry: which entry of arena_cache_class_cpus frees the blocks of each pool: 1
 *	and on for the size classes, 0 for all else, which is nobody's
 */
struct ac_arena {
	u64 free;
	u64 gone;
	union {
		struct list_head list;
		struct rcu_head rcu;
	};
	struct page *page;
	u64 id;
	int node;
	u8 entry[AC_POOLS] __aligned(64);
} __aligned(64);

static_assert(sizeof(struct ac_arena) == 128);
static_assert(ARENA_CACHE_CLASSES <= U8_MAX);

#define AC_ALL_POOLS	(~0ULL)

/**
 * struct ac_arena_set - the arenas of a NUMA node
 * @lock: protects every field here but @backoff, and @free, @gone and @list of its
 *	arenas; inside a cache's locks, outside of the arena map's
 * @occupied: which of @by_used have an arena
 * @by_used: arenas with free pools, by number of used ones
 * @full: arenas without
 * @nr_arenas: arenas on all lists
 * @nr_empty: those of them all of whose pools are free
 * @nr_free_pools: free pools of all arenas
 * @nr_loose: those of them that are in no run
 * @nr_gone: gone pools of all arenas
 * @holes: of those, how many are worth asking for
 * @nr_reclaimable: pools used by caches whose blocks can be reclaimed
 * @low: least @nr_free_pools since ac_arena_decay() looked
 * @highwater: most @nr_arenas ever
 * @told: pages that vmstat knows of: unreclaimable, reclaimable, spare
 * @untold: pools that changed hands since
 * @backoff: what the node's page allocator did not have lately
 */
struct ac_arena_set {
	raw_spinlock_t lock;
	u64 occupied;
	struct list_head by_used[AC_POOLS];
	struct list_head full;
	unsigned long nr_arenas;
	unsigned long nr_empty;
	unsigned long nr_free_pools;
	unsigned long nr_loose;
	unsigned long nr_gone;
	unsigned long holes;
	unsigned long nr_reclaimable;
	unsigned long low;
	unsigned long highwater;
	long told[3];
	unsigned int untold;
	struct ac_backoff backoff;
} ____cacheline_aligned_in_smp;

/**
 * struct ac_dead - what goes back to the page allocator once no lock is held
 * @arenas: arenas
 * @pages: pages of arenas that stay, the first of each block
 * @owner: cache that had @pages until now, kept by RCU; or NULL
 */
struct ac_dead {
	struct list_head arenas;
	struct list_head pages;
	const struct arena_cache *owner;
};

extern struct ac_arena_set *ac_arena_sets;
/* The most that reserve= may be: 16 GB on each node. */
#define AC_RESERVE_MAX	65536

extern unsigned int ac_arena_reserve;

static inline struct ac_arena_set *ac_arena_set(int node)
{
	return &ac_arena_sets[node];
}

static inline struct ac_arena_set *ac_arena_set_of(const struct ac_arena *arena)
{
	return &ac_arena_sets[arena->node];
}

/* Free pools that stay. */
static inline unsigned long ac_arena_reserve_pools(void)
{
	return (unsigned long)ac_arena_reserve * AC_POOLS;
}

static inline unsigned int ac_arena_slot(const void *p)
{
	return (unsigned long)p >> AC_POOL_SHIFT & (AC_POOLS - 1);
}

static inline struct ac_pool *ac_arena_pool(const struct ac_arena *arena,
					    unsigned int slot)
{
	return (struct ac_pool *)(arena->page + slot);
}

/* The pool of @arena that @p lies in. */
static __always_inline struct ac_pool *
ac_arena_pool_at(const struct ac_arena *arena, const void *p)
{
	return ac_arena_pool(arena, ac_arena_slot(p));
}

/* The 4 KB that a descriptor stands for. */
static inline void *ac_arena_pool_base(const struct ac_pool *pool)
{
	return page_address((const struct page *)pool);
}

/*
 * The arena that @p lies in, or NULL: also for pages that are gone. Hold RCU unless
 * @p is a block that cannot go. Look once, and pass on what you got: the arena of a
 * pointer that is no live block may go between two looks.
 */
static inline struct ac_arena *ac_arena_of(const void *p)
{
	struct ac_arena *arena = ac_arena_map_find(p);

	if (!arena || READ_ONCE(arena->gone) >> ac_arena_slot(p) & 1)
		return NULL;
	return arena;
}

/* Does an arena have the page of @p, which the caller owns or suspects? */
static inline bool ac_arena_owns(const void *p)
{
	bool owns;

	rcu_read_lock();
	owns = ac_arena_of(p);
	rcu_read_unlock();
	return owns;
}

static inline u64 ac_arena_used(const struct ac_arena *arena)
{
	return ~(arena->free | arena->gone);
}

/* Used pools of all arenas. */
static inline unsigned long ac_arena_set_used(const struct ac_arena_set *set)
{
	return AC_POOLS * set->nr_arenas - set->nr_free_pools - set->nr_gone;
}

/* Where the aligned runs of that order, 5 at most, begin in @free. */
static inline u64 ac_arena_runs(u64 free, unsigned int order)
{
	unsigned int i;

	for (i = 0; i < order; i++)
		free &= free >> BIT(i);
	return free & (AC_ALL_POOLS / (BIT_ULL(BIT(order)) - 1));
}

/* What of @free is in no run. */
static inline u64 ac_arena_loose(u64 free)
{
	return free & ~(ac_arena_runs(free, AC_RUN_ORDER) *
			(BIT_ULL(AC_RUN) - 1));
}

/* The pools of a block of less than an arena. */
static inline u64 ac_arena_block(unsigned int slot, unsigned int order)
{
	return (BIT_ULL(BIT(order)) - 1) << slot;
}

/* Of the arenas on its list, is it among the first to go, and the last to be used? */
static inline bool ac_arena_goes_first(const struct ac_arena *arena)
{
	return ac_arena_used(arena) ? ac_arena_runs(arena->free, AC_RUN_ORDER) :
				      !arena->gone;
}

static inline void ac_dead_init(struct ac_dead *dead)
{
	INIT_LIST_HEAD(&dead->arenas);
	INIT_LIST_HEAD(&dead->pages);
	dead->owner = NULL;
}

/* The block of @pool, whose pools are gone, goes back with @dead. */
static inline void ac_dead_add(struct ac_dead *dead, struct ac_pool *pool,
			       unsigned int order)
{
	pool->nr_free = order;
	list_add(&pool->list, &dead->pages);
}

int ac_arena_sets_init(unsigned int reserve);
void ac_arena_sets_exit(void);
struct ac_arena *ac_arena_record(gfp_t gfp, int node);
struct ac_arena *ac_arena_new(struct page *page, gfp_t gfp);
void ac_arena_free_record(struct ac_arena *arena);
void ac_arena_tell_set(struct ac_arena_set *set);
void ac_arena_tell(void);
void ac_arena_change(struct ac_arena_set *set, struct ac_arena *arena,
		     u64 free, u64 gone);
bool ac_arena_add(struct ac_arena_set *set, struct ac_arena *arena);
void ac_arena_remove(struct ac_arena_set *set, struct ac_arena *arena,
		     struct ac_dead *dead);
void ac_arena_settle(struct ac_arena_set *set, struct ac_arena *arena,
		     struct ac_dead *dead);
unsigned int ac_arena_largest_run(u64 free, unsigned long nr,
				  unsigned int *slot);
void ac_arena_release(struct ac_dead *dead);

#endif /* AC_ARENA_SET_H */
