/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arenas
 *
 * Owns the 256 KB arenas of every NUMA node, and which of their 64 pools are
 * used, free, or not ours. An arena is 256 KB of addresses; it costs a record of
 * 128 bytes. A pool costs nothing: its descriptor is the struct page of its
 * page, of which the owner of a page may use four words (linux/mm_types.h).
 *
 * States of a pool: used <-> free <-> gone: the page is not ours. Pages come as one
 * block of order 6, all pools of a new arena; or as a run of order 3, or one by one,
 * into the arena that they lie in: if it has no record yet, all others are gone.
 *
 * References: we hold AC_PAGE_REFS on every page. Anybody may take and put more,
 * and what we give back is his until he puts the last one. One reference would do;
 * the others are for those who put one that they did not take, as kfree() of a
 * block does on 6.1 and 6.12: the page stays, and the free that finds it says so. A pool
 * whose page has other references when its last block is freed goes, for whoever
 * holds them may read it; so do those of shared caches, which user space has mapped.
 *
 * States of an arena, by its number of used pools, and whether others are free:
 *	unused (0)  <->  usable (1 .. 63, and free ones)  <->  full (no free ones)
 * Each number has a list of the arenas with free pools, and a bit in a word tells which
 * lists are not empty, so the fullest usable arena is one find-last-bit away. Up to
 * reserve + 1 unused ones that are whole stay; others go back at once.
 *
 * A run is 8, 16 or 32 free pools, aligned to their number. What goes back goes in
 * blocks as large as they came, if nobody else has a reference to any of their pages:
 * unused arenas as one of order 6, else runs, out of arenas in use. Free pools in no
 * run, called loose, go one by one, and only if memory is short. Of equally full arenas
 * those without a run serve first, and of an arena's pools the loose ones.
 *
 * Orders are asked for by back-off: one that was not to be had is closed for AC_BACKOFF,
 * or until we give back a block of it. (Who fills up the reserve may do more for an arena,
 * and has a time of his own.) If there is no run, there is no arena, so order
 * 3 closes both, and is the one to be tried next. Holes are credit: pages that went
 * in runs out of arenas in use. As long as there is some, runs are asked for before new
 * arenas: the page allocator takes the smallest block that does.
 *
 * The reserve is a number of free pools, 64 * reserve. Only those take of the last
 * ones who cannot wait, after the page allocator had nothing for them. The timer
 * fills it up again (reclaim.h); nothing gives it back.
 *
 * Invariants, per node, under the lock:
 *	arena->free & arena->gone == 0; what is in neither is used
 *	arena->gone != all
 *	pool i in neither free nor gone, or in free
 *				 => page_ref_count() of it >= AC_PAGE_REFS
 *	pool i in free		 => its descriptor's cache is AC_POOL_NOBODY, and its page
 *				    of the type that memory offlining passes over
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
 * else; the page allocator is never called under it. Who looks at all arenas holds it
 * for one arena at a time, or for one pool.
 *
 * Without the lock: whoever owns a block reads the record of its arena, which
 * cannot go. Whoever may own a page that an arena gave back does so in an RCU
 * read-side section, or with preemption off, for that arena may go any time.
 */
#ifndef AC_ARENA_H
#define AC_ARENA_H

#include <linux/arena_cache_cpu.h>
#include <linux/bits.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "arena_map.h"
#include "size_class.h"

/* References that we hold on each page; fewer than a pin counts for. */
#define AC_PAGE_REFS	256

/* Pools of the smallest run. */
#define AC_RUN_ORDER	3
#define AC_RUN		BIT(AC_RUN_ORDER)

/*
 * How long orders stay closed. In any second fail at most two attempts at first, then
 * one each AC_BACKOFF, and one of who fills up the reserve: ten.
 */
#define AC_BACKOFF	(HZ / 7)
#define AC_BACKOFF_FILL	HZ

/*
 * No cache has this id, nor a lower one. The page allocator keeps orders and
 * migrate types in this word of its own pages, and 0.
 */
#define AC_POOL_NOBODY	0xac00

/**
 * struct ac_pool - one pool: what its struct page is while we own it
 * @flags: the page's
 * @list: link in its pool set's lists of partial pools
 * @mapping: the page's: NULL
 * @map: a set bit is a free block; not for blocks below 64 bytes
 * @cache: id of its owner, or AC_POOL_NOBODY while the pool is free, being made
 *	ready or on its way back
 * @nr_free: set bits in the map that stand for blocks; of pools on their way back the
 *	order of the block that goes
 *
 * All but @cache belong to the pool layer; see pool.h.
 */
struct ac_pool {
	unsigned long flags;
	struct list_head list;
	unsigned long mapping;
	u64 map;
	u32 cache;
	u16 nr_free;
};

static_assert(sizeof(struct ac_pool) <= sizeof(struct page));
static_assert(offsetof(struct ac_pool, list) == offsetof(struct page, lru));
static_assert(offsetof(struct ac_pool, mapping) ==
	      offsetof(struct page, mapping));
static_assert(offsetof(struct ac_pool, map) ==
	      offsetof(struct page, AC_PAGE_INDEX));
static_assert(offsetof(struct ac_pool, cache) == offsetof(struct page, private));

/**
 * struct ac_arena - the record of an arena
 * @free: bit i is set while pool i is free
 * @gone: bit i is set while the page of pool i is not ours
 * @list: link in a list of ac_arena_set
 * @rcu: frees the record, when @list has no use any more
 * @page: first of the 64
 * @id: serial number, never used twice
 * @node: NUMA node of its memory
 * @class: which entry of arena_cache_class_cpus frees the blocks of each pool: 1
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
	u8 class[AC_POOLS] __aligned(64);
} __aligned(64);

static_assert(sizeof(struct ac_arena) == 128);
static_assert(ARENA_CACHE_CLASSES <= U8_MAX);

#define AC_ALL_POOLS	(~0ULL)

/* Orders of more than one page, and an arena by who can wait; see ac_arena_set.closed. */
enum ac_order { AC_ORDER_ARENA, AC_ORDER_RUN, AC_ORDER_FILL, AC_NR_ORDERS };

/**
 * struct ac_arena_set - the arenas of a NUMA node
 * @lock: protects every field here, and @free, @gone and @list of its arenas
 * @occupied: which of @by_used have an arena
 * @by_used: arenas with free pools, by number of used ones
 * @full: arenas without
 * @nr_arenas: arenas held
 * @nr_empty: those of them all of whose pools are free
 * @nr_free_pools: free pools of all arenas
 * @nr_loose: those of them that are in no run
 * @nr_gone: gone pools of all arenas
 * @nr_reclaimable: pools used by caches whose blocks can be reclaimed
 * @holes: of those, how many are worth asking for
 * @low: least @nr_free_pools since ac_arena_decay() looked
 * @highwater: most arenas ever held
 * @told: pages that vmstat knows of: unreclaimable, reclaimable, spare
 * @untold: pools that changed hands since
 * @closed: in jiffies, until when an order is not asked for; no lock
 * @scarce: the last run was not to be had; no lock
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
	unsigned long closed[AC_NR_ORDERS];
	bool scarce;
} ____cacheline_aligned_in_smp;

static inline unsigned int ac_arena_slot(const void *p)
{
	return (unsigned long)p >> AC_POOL_SHIFT & (AC_POOLS - 1);
}

static inline struct ac_pool *ac_arena_pool(const struct ac_arena *arena,
					    unsigned int slot)
{
	return (struct ac_pool *)(arena->page + slot);
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

/**
 * struct ac_dead - what goes back to the page allocator once no lock is held
 * @arenas: arenas
 * @pages: pages of arenas that stay, the first of each block
 */
struct ac_dead {
	struct list_head arenas;
	struct list_head pages;
};

static inline void ac_dead_init(struct ac_dead *dead)
{
	INIT_LIST_HEAD(&dead->arenas);
	INIT_LIST_HEAD(&dead->pages);
}

int ac_arena_init(unsigned int reserve);
void ac_arena_exit(void);
struct ac_arena_set *ac_arena_set(int node);
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node);
struct page *ac_arena_pages(gfp_t gfp, int node, unsigned int order);
struct ac_arena *ac_arena_record(gfp_t gfp, int node);
struct ac_pool *ac_arena_take_reserve(struct arena_cache *c, int node);
struct ac_pool *ac_arena_take_page(struct arena_cache *c, gfp_t gfp, int node);
int ac_arena_policy_node(gfp_t gfp);
bool ac_arena_pays_by_page(gfp_t gfp);
struct ac_pool *ac_arena_take_free(struct arena_cache *c, int node,
				   unsigned long reserve);
void ac_arena_give_pools(struct arena_cache *c, struct list_head *pools,
			 struct ac_dead *dead);
void ac_arena_release(struct ac_dead *dead);
unsigned long ac_arena_trim(void);
unsigned long ac_arena_evacuate(unsigned long pfn, unsigned long nr);
void ac_arena_tell(void);
bool ac_arena_fill(int node);
unsigned long ac_arena_shrink(int node, unsigned long nr);
unsigned long ac_arena_spare(int node);
bool ac_arena_decay(int node);
void ac_arena_pause(void);
bool ac_arena_visit_next(unsigned long *at,
			 void (*fn)(struct ac_arena *arena, void *arg),
			 void *arg);
void ac_arena_visit(void (*fn)(struct ac_arena *arena, void *arg), void *arg);
void ac_arena_visit_pools(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg);
void ac_arena_visit_still(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg);
unsigned long ac_arena_verify(void);

#endif /* AC_ARENA_H */
