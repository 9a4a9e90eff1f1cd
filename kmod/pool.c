// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pools
 */
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "debug/debug.h"
#include "debug/shadow.h"
#include "kunit_export.h"
#include "pool.h"
#include "raw.h"

static void format_block(struct arena_cache *c, void *block)
{
	if (c->debug)
		ac_debug_format(c, block);
	if (c->ctor)
		c->ctor(block + c->offset);
}

/* Does anybody look at blocks that are free? User space does, or readers under RCU. */
static bool is_seen(const struct arena_cache *c)
{
	return c->shared || c->typesafe;
}

/* Frees and constructs every block of a pool that an arena just gave. */
static void format_pool(struct arena_cache *c, struct ac_pool *pool)
{
	char *base = ac_arena_pool_base(pool);
	unsigned int i;

	ac_shadow_open(base, AC_POOL_SIZE);
	if (is_seen(c))
		clear_page(base);
	memset(ac_pool_map(c, pool, base), 0xff,
	       ac_class_map_words(c->block_size) * sizeof(u64));
	pool->nr_free = c->capacity;
	for (i = 0; i < c->capacity && (c->ctor || c->debug); i++)
		format_block(c, base + i * c->block_size);
	if (!c->debug && !is_seen(c))
		ac_shadow_close(base, c->map_offset ?: AC_POOL_SIZE,
				AC_SHADOW_NEVER);
}

/* The bits of a word of the map that stand for blocks. */
static u64 valid_bits(const struct arena_cache *c, unsigned int word)
{
	return word == (c->capacity - 1) / 64 ?
		       GENMASK_ULL((c->capacity - 1) % 64, 0) : ~0ULL;
}

/* Blocks that were lost, and where, to be reported when no lock is held. */
struct lost {
	unsigned int nr;
	unsigned int slot;
	u64 arena;
};

/*
 * A user wrote past the end of the last block and into the map: it has fewer free blocks
 * than nr_free says. Those that are missing count as taken from here on.
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

static void report_lost(const struct arena_cache *c, const struct lost *lost)
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

	lockdep_assert_held(&set->lock);
	for (i = 0; i < AC_FULLNESS; i++)
		if (!list_empty(&set->partial[i]))
			return list_first_entry(&set->partial[i],
						struct ac_pool, list);
	return NULL;
}

/*
 * Takes blocks of at most AC_POOL_HOLD pools, and stops at one that lost blocks. @more
 * says whether that is why there are fewer than @nr.
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
			ac_pool_file(c, set, pool);
	}
	return n;
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
		ac_pool_lock(set, &flags);
		got = take_locked(c, set, some, blocks + n, &more, &lost);
		ac_pool_unlock(set, flags);
		report_lost(c, &lost);
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
 * The constructor runs here, for all blocks of the pool. No other CPU sees the pool
 * before ac_pool_publish().
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

	ac_pool_lock(set, &flags);
	WRITE_ONCE(pool->cache, c->id);
	if (c->by_size)
		WRITE_ONCE(arena->entry[ac_arena_slot(blocks[0])],
			   ac_class_of(c->size) + 1);
	set->taken += n;
	if (pool->nr_free)
		ac_pool_file(c, set, pool);
	ac_pool_unlock(set, flags);
	report_lost(c, &lost);
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

/* The same with a new pool; 0 if there is none. */
unsigned int ac_pool_grow(struct arena_cache *c, gfp_t gfp, int node,
			  unsigned int nr, void **blocks)
{
	struct ac_pool *pool = ac_arena_take_pool(c, gfp, node);

	return pool ? ac_pool_adopt(c, pool, nr, blocks) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_grow);

/*
 * Is block @i of @pool free? A pool that is not @c's any more has no map. For a pointer
 * that is no live block only the lock keeps the pool with @c.
 */
static enum ac_bad check_map(const struct arena_cache *c, int node,
			     struct ac_pool *pool, unsigned int i)
{
	struct ac_pool_set *set = c->pools[node];
	enum ac_bad bad = AC_BAD_CACHE;
	unsigned long flags;
	u64 *map;

	ac_pool_lock(set, &flags);
	if (ac_owner_is(c, pool)) {
		map = ac_pool_map(c, pool, ac_arena_pool_base(pool));
		bad = test_bit(i, (unsigned long *)map) ? AC_BAD_DOUBLE :
							  AC_GOOD;
	}
	ac_pool_unlock(set, flags);
	return bad;
}

static enum ac_bad check_place(const struct arena_cache *c,
			       const struct ac_arena *arena, const void *p)
{
	struct ac_pool *pool = ac_arena_pool_at(arena, p);
	unsigned int i = ac_class_index(c, p);

	if (!ac_owner_is(c, pool))
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
 * ac_pool_find_taken - find taken blocks of partial pools
 * @c: the cache
 * @node: NUMA node
 * @nr: how many are wanted
 * @blocks: gets them
 *
 * Each of these pools has one, so at most @nr pools are looked at. Full pools are on
 * no list: for their blocks, see note_full() in leak.c.
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

	ac_pool_lock(set, &flags);
	for (i = 0; i < AC_FULLNESS; i++) {
		list_for_each_entry(pool, &set->partial[i], list) {
			if (n == nr)
				break;
			n += note_taken(c, pool, nr - n, blocks + n);
		}
	}
	ac_pool_unlock(set, flags);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_find_taken);

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
 * Return: 0 or -ENOMEM; ac_cpus_forget() and ac_pool_sets_destroy() clean up after
 *	both.
 */
int ac_pool_sets_create(struct arena_cache *c)
{
	struct ac_pool_set *set;
	int node;

	if (ac_owner_give_id(c))
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

void ac_pool_sets_destroy(struct arena_cache *c)
{
	int node;

	if (c->pools)
		for_each_node(node)
			kfree(c->pools[node]);
	kfree(c->pools);
	kfree(c->nr_pools);
}
