// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pools
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "kunit_export.h"
#include "pool.h"
#include "raw.h"

/* Makes every block of a pool that was just taken free and constructed. */
static void format_pool(struct arena_cache *c, struct ac_pool *pool)
{
	u64 *map = ac_pool_map(pool, c->block_size);
	char *base = ac_arena_pool_base(pool);
	unsigned int i;

	memset(map, 0, max_t(size_t, sizeof(pool->map), c->first));
	bitmap_set((unsigned long *)map, c->first, c->capacity);
	pool->nr_free = c->capacity;
	if (!c->ctor)
		return;
	for (i = c->first; i < c->end; i++)
		c->ctor(base + i * c->block_size);
}

/* Takes up to @nr free blocks of @pool, highest address first. */
static unsigned int take_blocks(struct arena_cache *c, struct ac_pool *pool,
				unsigned int nr, void **blocks)
{
	u64 *map = ac_pool_map(pool, c->block_size);
	char *base = ac_arena_pool_base(pool);
	unsigned int size = c->block_size;
	unsigned int n = min_t(unsigned int, nr, pool->nr_free);
	void **end = blocks + n;
	unsigned int word = DIV_ROUND_UP(c->end, 64);
	unsigned int bit;
	u64 free;

	pool->nr_free -= n;
	while (blocks < end) {
		free = map[--word];
		while (free && blocks < end) {
			bit = __fls(free);
			free ^= BIT_ULL(bit);
			*blocks++ = base + (word * 64 + bit) * size;
		}
		map[word] = free;
	}
	return n;
}

static unsigned int take_locked(struct arena_cache *c, struct ac_pool_set *set,
				unsigned int nr, void **blocks)
{
	struct ac_pool *pool;
	unsigned int n = 0;

	lockdep_assert_held(&set->lock);
	while (n < nr && !list_empty(&set->partial)) {
		pool = list_first_entry(&set->partial, struct ac_pool, list);
		n += take_blocks(c, pool, nr - n, blocks + n);
		if (!pool->nr_free)
			list_del(&pool->list);
	}
	set->used += n;
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
	unsigned long flags;
	unsigned int n;

	raw_spin_lock_irqsave(&set->lock, flags);
	n = take_locked(c, set, nr, blocks);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return n;
}
AC_EXPORT_IF_KUNIT(ac_pool_take);

/**
 * ac_pool_grow - take a pool from an arena, and blocks of it
 * @c: the cache
 * @gfp: the caller's
 * @node: preferred NUMA node
 * @nr: how many blocks are wanted, at least one
 * @blocks: gets them
 *
 * The constructor runs here, for all blocks of the pool.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: number of blocks taken; 0 if there is no arena to be had.
 */
unsigned int ac_pool_grow(struct arena_cache *c, gfp_t gfp, int node,
			  unsigned int nr, void **blocks)
{
	struct ac_pool *pool = ac_arena_take_pool(c, gfp, node);
	struct ac_pool_set *set;
	unsigned long flags;
	unsigned int n;

	if (!pool)
		return 0;
	format_pool(c, pool);
	/* Nobody else knows of the pool yet. */
	n = take_blocks(c, pool, nr, blocks);

	set = c->pools[ac_arena_of(pool)->node];
	raw_spin_lock_irqsave(&set->lock, flags);
	pool->cache = c;
	set->used += n;
	if (pool->nr_free)
		list_add(&pool->list, &set->partial);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return n;
}
AC_EXPORT_IF_KUNIT(ac_pool_grow);

/* Needs no lock as long as the caller owns @p or nobody does. */
static enum ac_bad check_place(const struct arena_cache *c, const void *p)
{
	unsigned int i = ac_class_index(c, p);

	if (READ_ONCE(ac_arena_pool_of(p)->cache) != c)
		return AC_BAD_CACHE;
	if (i < c->first || i >= c->end ||
	    i * c->block_size != offset_in_page(p))
		return AC_BAD_INTERIOR;
	return AC_GOOD;
}

/**
 * ac_pool_check - may this pointer be freed to this cache?
 * @c: the cache
 * @p: any pointer
 *
 * Return: %AC_GOOD, or what is wrong with @p. Exact if nothing else frees @p.
 */
enum ac_bad ac_pool_check(const struct arena_cache *c, const void *p)
{
	enum ac_bad bad;
	u64 *map;

	if (!ac_arena_map_test(p))
		return ac_raw_owns(c, p) ? AC_GOOD : AC_BAD_FOREIGN;
	bad = check_place(c, p);
	if (bad)
		return bad;
	map = ac_pool_map(ac_arena_pool_of(p), c->block_size);
	return test_bit(ac_class_index(c, p), (unsigned long *)map) ?
		       AC_BAD_DOUBLE : AC_GOOD;
}
AC_EXPORT_IF_KUNIT(ac_pool_check);

static enum ac_bad put_locked(struct arena_cache *c, struct ac_pool_set *set,
			      void *p, struct list_head *dead)
{
	struct ac_pool *pool = ac_arena_pool_of(p);
	unsigned int i = ac_class_index(c, p);
	enum ac_bad bad = check_place(c, p);
	u64 *word;

	lockdep_assert_held(&set->lock);
	if (unlikely(bad))
		return bad;
	word = &ac_pool_map(pool, c->block_size)[i / 64];
	if (unlikely(*word & BIT_ULL(i % 64)))
		return AC_BAD_DOUBLE;
	*word |= BIT_ULL(i % 64);
	set->used--;
	if (!pool->nr_free++) {
		list_add(&pool->list, &set->partial);
	} else if (pool->nr_free == c->capacity) {
		list_del(&pool->list);
		ac_arena_give_pool(c, pool, dead);
	}
	return AC_GOOD;
}

/*
 * Frees what is no arena's and reports what is nobody's, before any lock is
 * taken. Returns the number of blocks left, moved to the front.
 */
static unsigned int put_outside(struct arena_cache *c, unsigned int nr,
				void **blocks)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++) {
		void *p = blocks[i];

		if (likely(ac_arena_map_test(p)))
			blocks[n++] = p;
		else if (ac_raw_owns(c, p))
			ac_raw_free(c, p);
		else if (p)
			ac_report_bad_free(c, p, AC_BAD_FOREIGN);
	}
	return n;
}

/*
 * Puts blocks that lie on the node of the first, up to the first that does not
 * or is bad. Returns how many were dealt with.
 */
static unsigned int put_run(struct arena_cache *c, unsigned int nr,
			    void **blocks, struct list_head *dead)
{
	int node = ac_arena_of(blocks[0])->node;
	struct ac_pool_set *set = c->pools[node];
	enum ac_bad bad = AC_GOOD;
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&set->lock, flags);
	for (i = 0; i < nr; i++) {
		if (ac_arena_of(blocks[i])->node != node)
			break;
		bad = put_locked(c, set, blocks[i], dead);
		if (unlikely(bad))
			break;
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	if (unlikely(bad))
		ac_report_bad_free(c, blocks[i++], bad);
	return i;
}

/**
 * ac_pool_put - give blocks back to their pools
 * @c: cache that they are said to be from
 * @nr: number of blocks
 * @blocks: the blocks; the array is scribbled on
 *
 * Checks every one of them, and reports those that it refuses.
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks)
{
	LIST_HEAD(dead);
	unsigned int i;

	nr = put_outside(c, nr, blocks);
	for (i = 0; i < nr;)
		i += put_run(c, nr - i, blocks + i, &dead);
	ac_arena_release(&dead);
}
AC_EXPORT_IF_KUNIT(ac_pool_put);

/* Blocks taken from the pools of all nodes: live and cached. */
unsigned long ac_pool_used(const struct arena_cache *c)
{
	unsigned long used = 0;
	int node;

	for_each_node(node)
		used += READ_ONCE(c->pools[node]->used);
	return used;
}
AC_EXPORT_IF_KUNIT(ac_pool_used);

/* Pools that the cache holds on all nodes. */
unsigned long ac_pool_nr(const struct arena_cache *c)
{
	unsigned long nr = 0;
	int node;

	for_each_node(node)
		nr += READ_ONCE(c->nr_pools[node]);
	return nr;
}
AC_EXPORT_IF_KUNIT(ac_pool_nr);

/**
 * ac_pool_verify - check one pool, and note it in its pool set
 * @pool: a pool that has a cache
 *
 * Context: nothing else runs; see verify.h.
 * Return: number of invariants of pool.h that it breaks.
 */
unsigned long ac_pool_verify(struct ac_pool *pool)
{
	struct arena_cache *c = pool->cache;
	struct ac_pool_set *set = c->pools[ac_arena_of(pool)->node];
	unsigned long *map = (void *)ac_pool_map(pool, c->block_size);
	unsigned long bad;

	bad = bitmap_weight(map, c->end) != pool->nr_free;
	bad += find_first_bit(map, c->end) < c->first;
	bad += pool->nr_free >= c->capacity;
	if (c->block_size >= AC_MAP_INLINE_BLOCK)
		bad += find_next_bit(map, AC_MAP_WORDS * 64, c->end) <
		       AC_MAP_WORDS * 64;
	set->seen.used += c->capacity - pool->nr_free;
	set->seen.pools++;
	set->seen.partial += !!pool->nr_free;
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
	struct ac_pool *pool;
	int node;

	for_each_node(node) {
		set = c->pools[node];
		partial = 0;
		list_for_each_entry(pool, &set->partial, list) {
			bad += pool->cache != c || !pool->nr_free;
			partial++;
		}
		bad += partial != set->seen.partial;
		bad += set->used != set->seen.used;
		bad += c->nr_pools[node] < set->seen.pools;
		memset(&set->seen, 0, sizeof(set->seen));
	}
	return bad;
}

/**
 * ac_pool_flip - make a taken block free or a free one taken, in its map alone
 * @c: its cache
 * @p: the block
 *
 * How verify marks the cached blocks that it met: whoever meets one twice finds
 * it free.
 *
 * Context: nothing else runs.
 */
void ac_pool_flip(const struct arena_cache *c, const void *p)
{
	u64 *map = ac_pool_map(ac_arena_pool_of(p), c->block_size);

	__change_bit(ac_class_index(c, p), (unsigned long *)map);
}

/**
 * ac_pool_sets_create - give a new cache its pool sets
 * @c: the cache
 *
 * Return: 0 or -ENOMEM; ac_pool_sets_destroy() cleans up after both.
 */
int ac_pool_sets_create(struct arena_cache *c)
{
	struct ac_pool_set *set;
	int node;

	c->nr_pools = kcalloc(nr_node_ids, sizeof(*c->nr_pools), GFP_KERNEL);
	c->pools = kcalloc(nr_node_ids, sizeof(*c->pools), GFP_KERNEL);
	if (!c->nr_pools || !c->pools)
		return -ENOMEM;
	for_each_node(node) {
		set = kzalloc_node(sizeof(*set), GFP_KERNEL, node);
		if (!set)
			return -ENOMEM;
		raw_spin_lock_init(&set->lock);
		INIT_LIST_HEAD(&set->partial);
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
