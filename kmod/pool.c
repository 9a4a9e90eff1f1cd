// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pools
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>
#include <linux/prefetch.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "debug/debug.h"
#include "kunit_export.h"
#include "pool.h"
#include "raw.h"
#include "debug/shadow.h"
#include "stats.h"

/* Caches by the id that their pools bear; its own lock protects it. */
static DEFINE_XARRAY_ALLOC(caches);

/* Above what the page allocator and others keep in the same word. */
static const struct xa_limit ids = XA_LIMIT(AC_POOL_NOBODY + 1, U32_MAX);

static unsigned int map_words(const struct arena_cache *c)
{
	return ac_class_map_words(c->block_size);
}

static void format_block(struct arena_cache *c, void *block)
{
	if (c->debug)
		ac_debug_format(c, block);
	if (c->ctor)
		c->ctor(block + c->offset);
}

/* Makes every block of a pool that was just taken free and constructed. */
static void format_pool(struct arena_cache *c, struct ac_pool *pool)
{
	char *base = ac_arena_pool_base(pool);
	unsigned int i;

	ac_shadow_open(base, AC_POOL_SIZE);
	if (c->shared)
		clear_page(base);
	memset(ac_pool_map(c, pool, base), 0xff, map_words(c) * sizeof(u64));
	pool->nr_free = c->capacity;
	for (i = 0; i < c->capacity && (c->ctor || c->debug); i++)
		format_block(c, base + i * c->block_size);
	if (!c->debug && !c->shared)
		ac_shadow_close(base, c->map_offset ?: AC_POOL_SIZE,
				AC_SHADOW_NEVER);
}

/* The bits of a word of the map that stand for blocks. */
static u64 valid_bits(const struct arena_cache *c, unsigned int word)
{
	return word == (c->capacity - 1) / 64 ?
		       GENMASK_ULL((c->capacity - 1) % 64, 0) : ~0ULL;
}

/* Of a pool that is about to go: no byte of it is for another cache to see. */
static void wipe_pool(const struct ac_pool *pool)
{
	void *base = ac_arena_pool_base(pool);

	ac_shadow_open(base, AC_POOL_SIZE);
	clear_page(base);
}

static void list_pool(struct arena_cache *c, struct ac_pool_set *set,
		      struct ac_pool *pool)
{
	list_add(&pool->list, &set->partial[pool->nr_free >> c->fullness_shift]);
}

/* Blocks that were lost, and where, to be told when no lock is held. */
struct lost {
	unsigned int nr;
	unsigned int slot;
	u64 arena;
};

/*
 * A user wrote past the end of the last block and into the map, which has fewer free
 * blocks than it had. Those are taken now, by nobody.
 */
static noinline void lose_blocks(struct ac_pool *pool, unsigned int missing,
				 struct lost *lost)
{
	const void *base = ac_arena_pool_base(pool);

	lost->nr = missing + pool->nr_free;
	lost->slot = ac_arena_slot(base);
	lost->arena = ac_arena_map_find(base)->id;
	pool->nr_free = 0;
}

static void tell_lost(const struct arena_cache *c, const struct lost *lost)
{
	if (unlikely(lost->nr))
		ac_report_lost(c, lost->arena, lost->slot, lost->nr);
}

/* Takes up to @nr free blocks of @pool, highest address first. */
static unsigned int take_blocks(struct arena_cache *c, struct ac_pool *pool,
				unsigned int nr, void **blocks,
				struct lost *lost)
{
	unsigned int n = min_t(unsigned int, nr, pool->nr_free);
	char *const start = ac_arena_pool_base(pool);
	u64 *map = ac_pool_map(c, pool, start);
	unsigned int word = DIV_ROUND_UP(c->capacity, 64);
	const unsigned int size = c->block_size;
	void **const end = blocks + n;
	unsigned int bit;
	u64 free, valid;
	char *base;

	pool->nr_free -= n;
	while (blocks < end && word--) {
		valid = valid_bits(c, word);
		free = map[word] & valid;
		base = start + word * 64 * size;
		for (; free && blocks < end; free ^= BIT_ULL(bit)) {
			bit = __fls(free);
			*blocks++ = base + bit * size;
		}
		map[word] = free | ~valid;
	}
	if (unlikely(blocks < end))
		lose_blocks(pool, end - blocks, lost);
	return n - (end - blocks);
}

static struct ac_pool *fullest_pool(struct ac_pool_set *set)
{
	unsigned int i;

	for (i = 0; i < AC_FULLNESS; i++)
		if (!list_empty(&set->partial[i]))
			return list_first_entry(&set->partial[i],
						struct ac_pool, list);
	return NULL;
}

/*
 * Of at most AC_POOL_HOLD pools, or up to one that lost blocks; @more says if that was
 * why there are not @nr.
 */
static unsigned int take_locked(struct arena_cache *c, struct ac_pool_set *set,
				unsigned int nr, void **blocks, bool *more,
				struct lost *lost)
{
	unsigned int n = 0, pools = 0;
	struct ac_pool *pool;

	lockdep_assert_held(&set->lock);
	*more = false;
	while (n < nr && (pool = fullest_pool(set))) {
		*more = pools++ == AC_POOL_HOLD || lost->nr;
		if (*more)
			break;
		list_del(&pool->list);
		set->taken += pool->nr_free;
		n += take_blocks(c, pool, nr - n, blocks + n, lost);
		set->taken -= pool->nr_free;
		if (pool->nr_free)
			list_pool(c, set, pool);
	}
	return n;
}

/* Everybody takes a set's lock here, and is counted. */
static void lock_set(struct ac_pool_set *set, unsigned long *flags)
	__acquires(&set->lock)
{
	ac_stat_inc(AC_STAT_POOL_LOCK);
	raw_spin_lock_irqsave(&set->lock, *flags);
}

static void unlock_set(struct ac_pool_set *set, unsigned long flags)
	__releases(&set->lock)
{
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/**
 * ac_pool_take - take blocks from the pools that a cache has
 * @c: the cache
 * @node: NUMA node
 * @nr: how many blocks are wanted
 * @blocks: gets them
 *
 * Context: any but NMI.
 * Return: number of blocks taken, 0 to @nr.
 */
unsigned int ac_pool_take(struct arena_cache *c, int node, unsigned int nr,
			  void **blocks)
{
	struct ac_pool_set *set = c->pools[node];
	unsigned int some, got, n = 0;
	struct lost lost;
	unsigned long flags;
	bool more;

	KUNIT_STATIC_STUB_REDIRECT(ac_pool_take, c, node, nr, blocks);
	do {
		some = min(nr - n, AC_POOL_HOLD_BLOCKS);
		lost.nr = 0;
		lock_set(set, &flags);
		got = take_locked(c, set, some, blocks + n, &more, &lost);
		unlock_set(set, flags);
		tell_lost(c, &lost);
		n += got;
	} while (n < nr && (more || got == AC_POOL_HOLD_BLOCKS));
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_take);

/**
 * ac_pool_make - take a pool from an arena and make it ready
 * @c: the cache
 * @gfp: the caller's
 * @node: NUMA node
 *
 * The constructor runs here, for all blocks of the pool. Nobody else knows of
 * the pool before ac_pool_publish().
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL if there is no arena to be had.
 */
struct ac_pool *ac_pool_make(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool = ac_arena_take_pool(c, gfp, node);

	if (pool)
		format_pool(c, pool);
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_make);

/**
 * ac_pool_publish - take blocks of a new pool and let others have the rest
 * @c: the cache
 * @pool: from ac_pool_make()
 * @nr: how many blocks are wanted, at least one
 * @blocks: gets them
 *
 * Context: any but NMI.
 * Return: number of blocks taken, 1 to @nr.
 */
unsigned int ac_pool_publish(struct arena_cache *c, struct ac_pool *pool,
			     unsigned int nr, void **blocks)
{
	struct lost lost = {};
	unsigned int n = take_blocks(c, pool, nr, blocks, &lost);
	struct ac_arena *arena = ac_arena_of(blocks[0]);
	struct ac_pool_set *set = c->pools[arena->node];
	unsigned long flags;

	lock_set(set, &flags);
	WRITE_ONCE(pool->cache, c->id);
	if (c->by_size)
		WRITE_ONCE(arena->entry[ac_arena_slot(blocks[0])],
			   ac_class_of(c->size) + 1);
	set->taken += n;
	if (pool->nr_free)
		list_pool(c, set, pool);
	unlock_set(set, flags);
	tell_lost(c, &lost);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_publish);

/**
 * ac_pool_adopt - make a pool ready, take blocks of it, let others have the rest
 * @c: the cache
 * @pool: from an arena, charged to @c
 * @nr: how many blocks are wanted, at least one
 * @blocks: gets them
 *
 * Context: any but NMI; no lock held.
 * Return: number of blocks taken, 1 to @nr.
 */
unsigned int ac_pool_adopt(struct arena_cache *c, struct ac_pool *pool,
			   unsigned int nr, void **blocks)
{
	format_pool(c, pool);
	return ac_pool_publish(c, pool, nr, blocks);
}

/* The same of a new pool, if there is one. */
unsigned int ac_pool_grow(struct arena_cache *c, gfp_t gfp, int node,
			  unsigned int nr, void **blocks)
{
	struct ac_pool *pool = ac_arena_take_pool(c, gfp, node);

	return pool ? ac_pool_adopt(c, pool, nr, blocks) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_grow);

/**
 * ac_pool_visit_caches - look at every cache
 * @fn: called for each, in an RCU read-side section of its own
 * @arg: passed to @fn
 *
 * In the order of their ids. Each that is there all the time is met once; those
 * that are being made are not, and what is being destroyed may be.
 *
 * Context: process context; may sleep. No lock is held.
 */
void ac_pool_visit_caches(void (*fn)(struct arena_cache *c, void *arg),
			  void *arg)
{
	unsigned long id = 0;
	struct arena_cache *c;

	do {
		rcu_read_lock();
		c = xa_find(&caches, &id, ULONG_MAX, XA_PRESENT);
		if (c)
			fn(c, arg);
		rcu_read_unlock();
		id++;
		cond_resched();
	} while (c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_visit_caches);

/**
 * ac_pool_cache - whose is this pool?
 * @pool: a pool of an arena that cannot go
 *
 * Context: any. The cache cannot go while one of the pool's blocks is taken.
 * Return: the cache, or NULL if the pool is free or being made ready.
 */
struct arena_cache *ac_pool_cache(const struct ac_pool *pool)
{
	return xa_load(&caches, READ_ONCE(pool->cache));
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_cache);

/*
 * Is block @i of @pool free? A pool that is not @c's any more has no map: the lock
 * keeps it, for whoever asks with a pointer that is no live block.
 */
static enum ac_bad check_map(const struct arena_cache *c, int node,
			     struct ac_pool *pool, unsigned int i)
{
	struct ac_pool_set *set = c->pools[node];
	enum ac_bad bad = AC_BAD_CACHE;
	unsigned long flags;
	u64 *map;

	lock_set(set, &flags);
	if (pool->cache == c->id) {
		map = ac_pool_map(c, pool, ac_arena_pool_base(pool));
		bad = test_bit(i, (unsigned long *)map) ? AC_BAD_DOUBLE :
							  AC_GOOD;
	}
	unlock_set(set, flags);
	return bad;
}

static enum ac_bad check_place(const struct arena_cache *c,
			       const struct ac_arena *arena, const void *p)
{
	struct ac_pool *pool = ac_arena_pool(arena, ac_arena_slot(p));
	unsigned int i = ac_class_index(c, p);

	if (READ_ONCE(pool->cache) != c->id)
		return AC_BAD_CACHE;
	if (i >= c->capacity || i * c->block_size != offset_in_page(p))
		return AC_BAD_INTERIOR;
	return check_map(c, arena->node, pool, i);
}

/**
 * ac_pool_check - may this pointer be freed to this cache?
 * @c: the cache
 * @p: any pointer
 *
 * Context: any but NMI; no lock of ours held.
 * Return: %AC_GOOD, or what is wrong with @p. Exact if nothing else frees @p.
 */
enum ac_bad ac_pool_check(const struct arena_cache *c, const void *p)
{
	enum ac_bad bad = AC_BAD_FOREIGN;
	const struct ac_arena *arena;

	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena)
		bad = check_place(c, arena, p);
	else if (ac_raw_owns(c, p))
		bad = AC_GOOD;
	rcu_read_unlock();
	return bad;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_check);

/**
 * ac_pool_owner - the cache in whose pool a pointer lies
 * @p: any pointer
 *
 * Context: RCU read-side section, which keeps the cache.
 * Return: the cache, or NULL if there is none.
 */
struct arena_cache *ac_pool_owner(const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);

	return arena ? ac_pool_cache(ac_arena_pool(arena, ac_arena_slot(p))) :
		       NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_owner);

/* One ac_pool_put(): the node whose set it has locked, pools that it has emptied. */
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
	unlock_set(put->cache->pools[put->node], put->flags);
	put->node = NUMA_NO_NODE;
}

static void lock_node(struct put *put, int node)
{
	unlock_node(put);
	lock_set(put->cache->pools[node], &put->flags);
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

	if (!was_full)
		list_del(&pool->list);
	if (pool->nr_free < c->capacity) {
		list_pool(c, c->pools[put->node], pool);
		return;
	}
	WRITE_ONCE(pool->cache, AC_POOL_NOBODY);
	list_add(&pool->list, &put->emptied);
}

/* The lock of the pool's set is held. Returns how many blocks it took. */
static __always_inline unsigned int put_in_pool(struct put *put,
						const struct arena_cache *c,
						struct ac_pool *pool,
						unsigned int nr, void **blocks)
{
	unsigned int n = free_blocks(c, pool, nr, blocks);
	unsigned int was = pool->nr_free;
	unsigned int now = was + n;

	c->pools[put->node]->taken -= n;
	pool->nr_free = now;
	if (n && (!was || now == c->capacity ||
		  (was ^ now) >> c->fullness_shift))
		change_state(put, pool, !was);
	return n;
}

/*
 * The pool of @c on @node that @p lies in, or NULL. Whoever frees a stale pointer
 * may find the arena gone, or, without the lock, a pool that is leaving @c.
 */
static __always_inline struct ac_pool *find_pool(const struct arena_cache *c,
						 int node, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);
	struct ac_pool *pool;

	if (unlikely(!arena || arena->node != node))
		return NULL;
	pool = ac_arena_pool(arena, ac_arena_slot(p));
	return likely(READ_ONCE(pool->cache) == c->id) ? pool : NULL;
}

/* The same, on whatever node it is, whose lock is then held. */
static noinline struct ac_pool *lock_pool(struct put *put, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);

	if (!arena || !find_pool(put->cache, arena->node, p))
		return NULL;
	lock_node(put, arena->node);
	return find_pool(put->cache, put->node, p);
}

/* Back to their arenas; RCU keeps the cache. */
static void give_emptied(struct arena_cache *c, struct list_head *emptied,
			 struct ac_dead *dead)
{
	struct ac_pool *pool;

	if (want_init_on_free())
		list_for_each_entry(pool, emptied, list)
			wipe_pool(pool);
	ac_arena_give_pools(c, emptied, dead);
}

/*
 * A block that is in no pool of ours, or that its pool did not want. If there is
 * nothing wrong with it now, it was free and somebody has taken it since.
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
 * What the lock's holder is about to write of the pools of scattered blocks is in no
 * cache of this CPU. He does not wait for it if it is on its way before.
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

/* How many of these blocks, in which pools alternate or not, make a hold? */
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

/* Which of these blocks lie on which node; BATCH is a magazine's and some. */
#define BATCH	128

struct homes {
	unsigned int nr;
	s16 node[BATCH];
};

#define DONE	(NUMA_NO_NODE - 1)

static_assert(MAX_NUMNODES <= S16_MAX);

/* Returns if they lie on one node, all of them. */
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
 * The same where there are nodes, whose blocks may alternate: each node's lock is
 * taken once for AC_POOL_HOLD of its blocks. Where a block lies is what was so a
 * moment ago; put_some() looks itself.
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
 * Checks every one of them, and reports those that it refuses. Neighbours in
 * @blocks that are of one pool cost less. Interrupts are on between two holds of a
 * set's lock.
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks)
{
	struct put put = { .cache = c, .node = NUMA_NO_NODE };
	struct ac_dead dead;

	INIT_LIST_HEAD(&put.emptied);
	ac_dead_init(&dead);
	/*
	 * For what is no block of ours, as bad pointers are; and for the cache,
	 * which may be freed once its last block is.
	 */
	rcu_read_lock();
	if (nr_online_nodes > 1 && nr > 1)
		put_sorted(&put, nr, blocks);
	else
		put_run(&put, nr, blocks);
	give_emptied(c, &put.emptied, &dead);
	rcu_read_unlock();
	ac_arena_release(&dead);
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_put);

/* Blocks taken from the pools of all nodes: live and cached. */
unsigned long ac_pool_nr_taken(const struct arena_cache *c)
{
	unsigned long taken = 0;
	int node;

	for_each_node(node)
		taken += ac_peek(c->pools[node]->taken);
	return taken;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_nr_taken);

/* Pools that the cache has on all nodes. */
unsigned long ac_pool_nr_pools(const struct arena_cache *c)
{
	unsigned long nr = 0;
	int node;

	for_each_node(node)
		nr += ac_peek(c->nr_pools[node]);
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_nr_pools);

/* Up to @nr taken blocks of @pool. Returns how many. */
static unsigned int note_taken(const struct arena_cache *c,
			       struct ac_pool *pool, unsigned int nr,
			       void **blocks)
{
	void *const base = ac_arena_pool_base(pool);
	unsigned long *map = (unsigned long *)ac_pool_map(c, pool, base);
	unsigned int i, n = 0;

	for_each_clear_bit(i, map, c->capacity) {
		if (n == nr)
			break;
		blocks[n++] = base + i * c->block_size;
	}
	return n;
}

/**
 * ac_pool_find_taken - find taken blocks of pools that have free ones, too
 * @c: the cache
 * @node: NUMA node
 * @nr: how many are wanted
 * @blocks: gets them
 *
 * As each of these pools has one, no more than @nr pools are looked at. Full pools
 * are on no list: for their blocks, see note_full() in cache.c.
 *
 * Context: any but NMI.
 * Return: number of blocks found, 0 to @nr.
 */
unsigned int ac_pool_find_taken(struct arena_cache *c, int node,
				unsigned int nr, void **blocks)
{
	struct ac_pool_set *set = c->pools[node];
	unsigned int i, n = 0;
	struct ac_pool *pool;
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	for (i = 0; i < AC_FULLNESS; i++) {
		list_for_each_entry(pool, &set->partial[i], list) {
			if (n == nr)
				break;
			n += note_taken(c, pool, nr - n, blocks + n);
		}
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_find_taken);

/**
 * ac_pool_verify - check one pool, and note it in its pool set
 * @pool: a pool that has a cache
 *
 * Context: nothing else runs; see verify.h.
 * Return: number of invariants of pool.h that it breaks.
 */
unsigned long ac_pool_verify(struct ac_pool *pool)
{
	struct arena_cache *c = ac_pool_cache(pool);
	const void *base = ac_arena_pool_base(pool);
	struct ac_arena *arena = ac_arena_of(base);
	struct ac_pool_set *set = c->pools[arena->node];
	unsigned long *map = (unsigned long *)ac_pool_map(c, pool, base);
	unsigned int class = c->by_size ? ac_class_of(c->size) + 1 : 0;
	unsigned int bits = 64 * map_words(c);
	unsigned long bad;

	bad = bitmap_weight(map, c->capacity) != pool->nr_free;
	bad += find_next_zero_bit(map, bits, c->capacity) < bits;
	bad += pool->nr_free >= c->capacity;
	bad += arena->entry[ac_arena_slot(base)] != class;
	set->seen.taken += c->capacity - pool->nr_free;
	set->seen.pools++;
	set->seen.partial += !!pool->nr_free;
	return bad;
}

/* Returns what is wrong with the lists, and their lengths in @nr. */
static unsigned long verify_partial(struct arena_cache *c,
				    struct ac_pool_set *set, unsigned long *nr)
{
	struct ac_pool *pool;
	unsigned long bad = 0;
	unsigned int i;

	*nr = 0;
	for (i = 0; i < AC_FULLNESS; i++) {
		list_for_each_entry(pool, &set->partial[i], list) {
			bad += pool->cache != c->id || !pool->nr_free ||
			       pool->nr_free >> c->fullness_shift != i;
			++*nr;
		}
	}
	return bad;
}

/**
 * ac_pool_verify_sets - compare a cache's pool sets with the pools seen
 * @c: the cache
 *
 * Context: nothing else runs; every pool was seen by ac_pool_verify().
 * Return: number of invariants of pool.h that they break.
 */
unsigned long ac_pool_verify_sets(struct arena_cache *c)
{
	unsigned long partial, bad = 0;
	struct ac_pool_set *set;
	int node;

	for_each_node(node) {
		set = c->pools[node];
		bad += verify_partial(c, set, &partial);
		bad += partial != set->seen.partial;
		bad += set->taken != set->seen.taken;
		bad += c->nr_pools[node] < set->seen.pools;
		memset(&set->seen, 0, sizeof(set->seen));
	}
	return bad;
}

/**
 * ac_pool_flip - make a taken block free or a free one taken, in its map alone
 * @c: its cache
 * @p: the block; what is none is left alone
 *
 * How cached blocks are told from live ones, and met twice when they are in two
 * places. Flipped twice, every map is as it was, however broken.
 *
 * Context: nothing else runs.
 * Return: what ac_pool_check() says of it before.
 */
enum ac_bad ac_pool_flip(const struct arena_cache *c, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);
	enum ac_bad bad = ac_pool_check(c, p);
	struct ac_pool *pool;

	if (arena && (bad == AC_GOOD || bad == AC_BAD_DOUBLE)) {
		pool = ac_arena_pool(arena, ac_arena_slot(p));
		__change_bit(ac_class_index(c, p),
			     (unsigned long *)ac_pool_map(c, pool, p));
	}
	return bad;
}

static void init_lists(struct ac_pool_set *set)
{
	unsigned int i;

	for (i = 0; i < AC_FULLNESS; i++)
		INIT_LIST_HEAD(&set->partial[i]);
}

/**
 * ac_pool_sets_create - give a new cache its id and its pool sets
 * @c: the cache
 *
 * Return: 0 or -ENOMEM; ac_pool_forget() and ac_pool_sets_destroy() clean up after
 *	both.
 */
int ac_pool_sets_create(struct arena_cache *c)
{
	struct ac_pool_set *set;
	int node;

	if (xa_alloc(&caches, &c->id, NULL, ids, GFP_KERNEL))
		return -ENOMEM;
	c->nr_pools = kcalloc(nr_node_ids, sizeof(*c->nr_pools), GFP_KERNEL);
	c->pools = kcalloc(nr_node_ids, sizeof(*c->pools), GFP_KERNEL);
	if (!c->nr_pools || !c->pools)
		return -ENOMEM;
	for_each_node(node) {
		set = kzalloc_node(sizeof(*set), GFP_KERNEL, node);
		if (!set)
			return -ENOMEM;
		raw_spin_lock_init(&set->lock);
		init_lists(set);
		c->pools[node] = set;
	}
	return 0;
}

/* It works: from here on it is found by its id, for which there is room. */
void ac_pool_announce(struct arena_cache *c)
{
	xa_store(&caches, c->id, c, GFP_KERNEL);
}

/* Nobody finds @c by its id from here on; may sleep. */
void ac_pool_forget(struct arena_cache *c)
{
	if (c->id)
		xa_erase(&caches, c->id);
}

void ac_pool_sets_destroy(struct arena_cache *c)
{
	int node;

	if (c->pools)
		for_each_node(node)
			kfree(c->pools[node]);
	kfree(c->pools);
	kfree(c->nr_pools);
}
