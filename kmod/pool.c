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
	char *base = ac_arena_pool_base(pool);
	unsigned int i;

	memset(ac_pool_map(pool, c->block_size), 0xff,
	       ac_pool_map_bits(c->block_size) / BITS_PER_BYTE);
	pool->nr_free = c->capacity;
	if (!c->ctor)
		return;
	for (i = c->first; i < c->end; i++)
		c->ctor(base + i * c->block_size);
}

/* The bits of a word of the map that stand for blocks. */
static u64 valid_bits(const struct arena_cache *c, unsigned int word)
{
	u64 valid = ~0ULL;

	if (!word)
		valid <<= c->first;
	if (word == (c->end - 1) / 64)
		valid &= GENMASK_ULL((c->end - 1) % 64, 0);
	return valid;
}

/* Takes up to @nr free blocks of @pool, highest address first. */
static unsigned int take_blocks(struct arena_cache *c, struct ac_pool *pool,
				unsigned int nr, void **blocks)
{
	unsigned int n = min_t(unsigned int, nr, pool->nr_free);
	u64 *map = ac_pool_map(pool, c->block_size);
	unsigned int word = DIV_ROUND_UP(c->end, 64);
	const unsigned int size = c->block_size;
	void **const end = blocks + n;
	unsigned int bit;
	u64 free, valid;
	char *base;

	pool->nr_free -= n;
	while (blocks < end) {
		valid = valid_bits(c, --word);
		free = map[word] & valid;
		base = ac_arena_pool_base(pool) + word * 64 * size;
		for (; free && blocks < end; free ^= BIT_ULL(bit)) {
			bit = __fls(free);
			*blocks++ = base + bit * size;
		}
		map[word] = free | ~valid;
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
	struct ac_pool_set *set = c->pools[ac_arena_of(pool)->node];
	unsigned int n = take_blocks(c, pool, nr, blocks);
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	WRITE_ONCE(pool->cache, c);
	if (c->by_size)
		WRITE_ONCE(pool->cpus, (char __force *)c->cpu -
			   (char __force *)arena_cache_class_cpus);
	set->used += n;
	if (pool->nr_free)
		list_add(&pool->list, &set->partial);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_publish);

/* Both in one, for those who want blocks and nothing else. */
unsigned int ac_pool_grow(struct arena_cache *c, gfp_t gfp, int node,
			  unsigned int nr, void **blocks)
{
	struct ac_pool *pool = ac_pool_make(c, gfp, node);

	return pool ? ac_pool_publish(c, pool, nr, blocks) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_grow);

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
EXPORT_SYMBOL_IF_KUNIT(ac_pool_check);

/* One ac_pool_put(): the pool set it has locked, the arenas it has emptied. */
struct put {
	struct arena_cache *cache;
	struct ac_pool_set *set;
	unsigned long flags;
	struct list_head dead;
};

static void lock_set(struct put *put, struct ac_pool_set *set)
{
	if (put->set)
		raw_spin_unlock(&put->set->lock);
	else
		local_irq_save(put->flags);
	raw_spin_lock(&set->lock);
	put->set = set;
}

static void unlock_set(struct put *put)
{
	if (!put->set)
		return;
	raw_spin_unlock_irqrestore(&put->set->lock, put->flags);
	put->set = NULL;
}

/* Makes the leading blocks that lie in @pool free, up to the first bad one. */
static __always_inline unsigned int free_blocks(const struct arena_cache *c,
						struct ac_pool *pool,
						unsigned int nr, void **blocks)
{
	const unsigned long page = (unsigned long)blocks[0] / AC_POOL_SIZE;
	const u32 reciprocal = c->reciprocal, size = c->block_size;
	u64 *const map = ac_pool_map(pool, size);
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

/* @pool was full, or is empty now. */
static noinline void change_state(struct put *put, struct ac_pool *pool,
				  bool was_full)
{
	if (was_full)
		list_add(&pool->list, &put->set->partial);
	if (pool->nr_free < put->cache->capacity)
		return;
	list_del(&pool->list);
	ac_arena_give_pool(put->cache, pool, &put->dead);
}

/* The lock of the pool's set is held. Returns how many blocks it took. */
static __always_inline unsigned int put_in_pool(struct put *put,
						struct ac_pool *pool,
						unsigned int nr, void **blocks)
{
	const struct arena_cache *c = put->cache;
	unsigned int was_free, n;

	if (unlikely(pool->cache != c))
		return 0;
	n = free_blocks(c, pool, nr, blocks);
	put->set->used -= n;
	was_free = pool->nr_free;
	pool->nr_free = was_free + n;
	if (n && (!was_free || was_free + n == c->capacity))
		change_state(put, pool, !was_free);
	return n;
}

/*
 * The set of the pool that @p lies in. Whoever frees a stale pointer may find
 * the arena gone and anything in place of its node: NULL, then, or a set of @c
 * under whose lock the pool turns out not to be one of @c.
 */
static struct ac_pool_set *find_set(const struct arena_cache *c, const void *p)
{
	unsigned int node;

	if (!ac_arena_map_test(p) ||
	    READ_ONCE(ac_arena_pool_of(p)->cache) != c)
		return NULL;
	node = READ_ONCE(ac_arena_of(p)->node);
	return likely(node < nr_node_ids) ? c->pools[node] : NULL;
}

/*
 * A block that is in no pool of ours, or that its pool did not want. If there is
 * nothing wrong with it now, it was free and somebody has taken it since.
 */
static void put_odd(struct arena_cache *c, void *p)
{
	if (!p)
		return;
	if (!ac_arena_map_test(p) && ac_raw_owns(c, p))
		ac_raw_free(c, p);
	else
		ac_report_bad_free(c, p, ac_pool_check(c, p) ?: AC_BAD_DOUBLE);
}

/**
 * ac_pool_put - give blocks back to their pools
 * @c: cache that they are said to be from
 * @nr: number of blocks
 * @blocks: the blocks; NULLs are ignored
 *
 * Checks every one of them, and reports those that it refuses. Neighbours in
 * @blocks that are of one pool cost less.
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks)
{
	struct put put = { .cache = c, .dead = LIST_HEAD_INIT(put.dead) };
	struct ac_pool_set *set;
	unsigned int i, n;

	for (i = 0; i < nr; i += n) {
		n = 0;
		set = find_set(c, blocks[i]);
		if (likely(set)) {
			if (unlikely(set != put.set))
				lock_set(&put, set);
			n = put_in_pool(&put, ac_arena_pool_of(blocks[i]),
					nr - i, blocks + i);
		}
		if (unlikely(!n)) {
			unlock_set(&put);
			put_odd(c, blocks[i]);
			n = 1;
		}
	}
	unlock_set(&put);
	ac_arena_release(&put.dead);
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_put);

/* Blocks taken from the pools of all nodes: live and cached. */
unsigned long ac_pool_used(const struct arena_cache *c)
{
	unsigned long used = 0;
	int node;

	for_each_node(node)
		used += READ_ONCE(c->pools[node]->used);
	return used;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_used);

/* Pools that the cache holds on all nodes. */
unsigned long ac_pool_nr(const struct arena_cache *c)
{
	unsigned long nr = 0;
	int node;

	for_each_node(node)
		nr += READ_ONCE(c->nr_pools[node]);
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pool_nr);

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
	unsigned int bits = ac_pool_map_bits(c->block_size);
	unsigned long bad;

	bad = bitmap_weight(map, c->end) - c->first != pool->nr_free;
	bad += find_first_zero_bit(map, c->end) < c->first;
	bad += find_next_zero_bit(map, bits, c->end) < bits;
	bad += pool->nr_free >= c->capacity;
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
