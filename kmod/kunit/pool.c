// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: pools
 *
 * Blocks are taken from and put into pools directly, past the magazines.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../pool_put.h"
#include "../debug/shadow.h"
#include "famine.h"
#include "helper.h"

#define CAPACITY_MAX	504

/* Counts the pools on the lists of partial ones. */
static unsigned int nr_partial(struct ac_pool_set *set)
{
	struct ac_pool *pool;
	unsigned int i, n = 0;

	for (i = 0; i < AC_FULLNESS; i++)
		list_for_each_entry(pool, &set->partial[i], list)
			n++;
	return n;
}

static struct ac_pool_set *local_set(struct arena_cache *c)
{
	return c->pools[numa_mem_id()];
}

static const struct size_case {
	unsigned int size;
	const char *name;
} size_cases[] = {
	{ 8, "8 bytes" }, { 16, "16 bytes" }, { 24, "24 bytes" },
	{ 64, "64 bytes" }, { 200, "200 bytes" }, { 496, "496 bytes" },
	{ 512, "512 bytes" },
};

KUNIT_ARRAY_PARAM_DESC(size, size_cases, name);

static struct arena_cache *param_cache(struct kunit *test)
{
	const struct size_case *row = test->param_value;

	return ac_kunit_cache(test, row->size, 0, NULL);
}

/* partial -> full -> partial -> back to its arena, one block at a time. */
static void states(struct kunit *test)
{
	struct arena_cache *c = param_cache(test);
	struct ac_pool_set *set = local_set(c);
	void **block = ac_kunit_zalloc(test, (CAPACITY_MAX + 1) * sizeof(void *));
	struct ac_pool *pool;
	unsigned int i, n = 1;

	block[0] = ac_kunit_take_block(test, c);
	pool = ac_kunit_pool_of(block[0]);
	KUNIT_EXPECT_PTR_EQ(test, ac_owner_of_pool(pool), c);
	for (; ac_pool_take(c, numa_mem_id(), 1, &block[n]); n++) {
		KUNIT_ASSERT_LT(test, n, c->capacity);
		KUNIT_EXPECT_PTR_EQ(test, ac_kunit_pool_of(block[n]), pool);
		KUNIT_EXPECT_EQ(test, pool->nr_free, c->capacity - n - 1);
		KUNIT_EXPECT_EQ(test, nr_partial(set), !!pool->nr_free);
	}
	KUNIT_EXPECT_EQ(test, n, c->capacity);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), c->capacity);
	ac_kunit_assert_clean(test);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, pool->nr_free, i);
		KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
		ac_pool_put(c, 1, &block[i]);
		KUNIT_EXPECT_EQ(test, nr_partial(set), i < n - 1);
	}
	KUNIT_EXPECT_NULL(test, ac_owner_of_pool(pool));
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 0);
	ac_kunit_assert_clean(test);
}

/* A pool has its capacity of blocks, each where the size class says. */
static void blocks_fill_the_pool(struct kunit *test)
{
	struct arena_cache *c = param_cache(test);
	void **block = ac_kunit_zalloc(test, CAPACITY_MAX * sizeof(void *));
	u8 *seen = ac_kunit_zalloc(test, PAGE_SIZE / 8);
	unsigned int i, offset;

	ac_kunit_take_blocks(test, c, c->capacity, block);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
	for (i = 0; i < c->capacity; i++) {
		offset = offset_in_page(block[i]);
		KUNIT_EXPECT_EQ(test, offset % c->block_size, 0);
		KUNIT_EXPECT_LE(test, offset + c->block_size,
				c->map_offset ?: PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, seen[offset / c->block_size]++, 0);
	}
	/* Callers write to the last byte, and overwrite nothing of the allocator's. */
	for (i = 0; i < c->capacity; i++) {
		ac_shadow_open(block[i], c->size);
		memset(block[i], 0xff, c->size);
	}
	ac_kunit_assert_clean(test);
	ac_pool_put(c, c->capacity, block);
	ac_kunit_assert_clean(test);
}

/* Takes more blocks than a pool has at once, and frees them in another order. */
static void batches_span_pools(struct kunit *test)
{
	struct arena_cache *c = param_cache(test);
	unsigned int nr = 3 * c->capacity + 1, i;
	void **block = ac_kunit_zalloc(test, nr * sizeof(void *));

	ac_kunit_take_blocks(test, c, nr, block);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), nr);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 4);
	for (i = 0; i < nr / 2; i += 2)
		swap(block[i], block[nr - 1 - i]);
	ac_pool_put(c, nr - 1, block);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 1);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
	ac_kunit_assert_clean(test);
	ac_pool_put(c, 1, &block[nr - 1]);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
}

/* Which blocks are taken, in the simplest form. */
struct oracle {
	struct arena_cache *cache;
	unsigned int nr_pools;
	unsigned int nr_held;
	void *base[32];
	bool taken[32][CAPACITY_MAX + 8];
	void *held[32 * CAPACITY_MAX];
};

static unsigned int oracle_pool(struct kunit *test, struct oracle *o,
				void *block)
{
	void *base = (void *)((unsigned long)block & PAGE_MASK);
	unsigned int i;

	for (i = 0; i < o->nr_pools; i++)
		if (o->base[i] == base)
			return i;
	KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(o->base));
	o->base[o->nr_pools++] = base;
	return i;
}

static void oracle_flip(struct kunit *test, struct oracle *o, void *block,
			bool taken)
{
	unsigned int i = oracle_pool(test, o, block);
	unsigned int b = offset_in_page(block) / o->cache->block_size;

	KUNIT_ASSERT_NE_MSG(test, o->taken[i][b], taken, "pool %u, block %u", i,
			    b);
	o->taken[i][b] = taken;
}

static void oracle_compare(struct kunit *test, struct oracle *o)
{
	struct arena_cache *c = o->cache;
	unsigned int i, b;
	unsigned long *map;

	for (i = 0; i < o->nr_pools; i++) {
		/* A pool that went back has no map any more. */
		if (ac_owner_of_pool(ac_kunit_pool_of(o->base[i])) != c)
			continue;
		map = (void *)ac_pool_map(c, ac_kunit_pool_of(o->base[i]),
					  o->base[i]);
		for (b = 0; b < c->capacity; b++)
			KUNIT_ASSERT_NE(test, test_bit(b, map), o->taken[i][b]);
	}
	KUNIT_ASSERT_EQ(test, ac_pool_nr_taken(c), o->nr_held);
}

static void oracle_take(struct kunit *test, struct oracle *o, unsigned int nr)
{
	void **got = o->held + o->nr_held;
	unsigned int i, n;

	nr = min(nr, 20U * o->cache->capacity - o->nr_held);
	n = ac_pool_take(o->cache, numa_mem_id(), nr, got);
	if (n < nr)
		n += ac_pool_grow(o->cache, GFP_KERNEL, numa_mem_id(), nr - n,
				  got + n);
	KUNIT_ASSERT_TRUE(test, n || !nr);
	for (i = 0; i < n; i++)
		oracle_flip(test, o, got[i], true);
	o->nr_held += n;
}

static void oracle_put(struct kunit *test, struct oracle *o, unsigned int nr,
		       struct rnd_state *rnd)
{
	unsigned int i, k;

	nr = min(nr, o->nr_held);
	for (i = 0; i < nr; i++) {
		k = prandom_u32_state(rnd) % o->nr_held--;
		swap(o->held[k], o->held[o->nr_held]);
		oracle_flip(test, o, o->held[o->nr_held], false);
	}
	ac_pool_put(o->cache, nr, o->held + o->nr_held);
}

/*
 * The oracle has room for 32 pools. A block is always taken, which pins their arena:
 * another one would have other pools.
 */
static void bitmap_against_an_oracle(struct kunit *test)
{
	struct oracle *o = ac_kunit_zalloc(test, sizeof(*o));
	struct rnd_state rnd;
	unsigned int i, nr;

	o->cache = param_cache(test);
	ac_kunit_trim(test);
	ac_kunit_seed(test, &rnd);
	oracle_take(test, o, 1);
	for (i = 0; i < AC_KUNIT_ROUNDS(3000); i++) {
		nr = prandom_u32_state(&rnd) % (2 * o->cache->capacity) + 1;
		if (prandom_u32_state(&rnd) & 1)
			oracle_take(test, o, nr);
		else if (o->nr_held > nr)
			oracle_put(test, o, nr, &rnd);
		if (i % 16 == 0)
			oracle_compare(test, o);
	}
	oracle_compare(test, o);
	ac_kunit_assert_clean(test);
	oracle_put(test, o, o->nr_held, &rnd);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(o->cache), 0);
}

/* Its bitmap, number of free blocks and owner must not be those of the last cache. */
static void emptied_pool_serves_another_size(struct kunit *test)
{
	static const unsigned int sizes[] = { 8, 512, 16, 24, 8, 200 };
	struct arena_cache *keep = ac_kunit_cache(test, 64, 0, NULL);
	void *held = ac_kunit_take_block(test, keep);
	void **block = ac_kunit_zalloc(test, CAPACITY_MAX * sizeof(void *));
	struct ac_pool *pool = NULL;
	unsigned int i;

	/* The arena has a used pool, so it stays, and serves first. */
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct arena_cache *c = ac_kunit_cache(test, sizes[i], 0, NULL);

		ac_kunit_take_blocks(test, c, c->capacity, block);
		KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
		if (pool)
			KUNIT_EXPECT_PTR_EQ(test, ac_kunit_pool_of(block[0]),
					    pool);
		pool = ac_kunit_pool_of(block[0]);
		KUNIT_EXPECT_PTR_EQ(test, ac_owner_of_pool(pool), c);
		KUNIT_EXPECT_EQ(test, pool->nr_free, 0);
		ac_shadow_open(ac_arena_pool_base(pool), AC_POOL_SIZE);
		memset(ac_arena_pool_base(pool), 0xff,
		       c->capacity * c->block_size);
		ac_kunit_assert_clean(test);
		ac_pool_put(c, c->capacity, block);
		ac_kunit_assert_clean(test);
	}
	ac_pool_put(keep, 1, &held);
}

/* Of all addresses in a pool only the starts of taken blocks are good. */
static void check_every_offset(struct kunit *test)
{
	struct arena_cache *c = param_cache(test);
	void **block = ac_kunit_zalloc(test, CAPACITY_MAX * sizeof(void *));
	unsigned int offset, expected, good = 0;
	void *base;

	ac_kunit_take_blocks(test, c, c->capacity, block);
	base = ac_arena_pool_base(ac_kunit_pool_of(block[0]));
	for (offset = 0; offset < PAGE_SIZE; offset++) {
		expected = AC_BAD_INTERIOR;
		if (offset % c->block_size == 0 &&
		    offset / c->block_size < c->capacity) {
			expected = AC_GOOD;
			good++;
		}
		KUNIT_ASSERT_EQ_MSG(test, ac_pool_check(c, base + offset),
				    expected, "offset %u", offset);
	}
	KUNIT_EXPECT_EQ(test, good, c->capacity);
	ac_pool_put(c, c->capacity, block);
}

static void check_tells_the_kinds(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 48, 0, NULL);
	struct arena_cache *other = ac_kunit_cache(test, 48, 0, NULL);
	void *stray = kunit_kmalloc(test, 512, GFP_KERNEL);
	void *block[2], *theirs, *was;

	ac_kunit_take_blocks(test, c, 2, block);
	ac_kunit_take_blocks(test, other, 1, &theirs);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, block[0]), AC_GOOD);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, theirs), AC_BAD_CACHE);
	was = ac_kunit_free_page(test, block[0]);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, was), AC_BAD_CACHE);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, stray), AC_BAD_FOREIGN);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, NULL), AC_BAD_FOREIGN);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, block[0] + 8), AC_BAD_INTERIOR);
	was = block[1];
	ac_pool_put(c, 1, &block[1]);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, was), AC_BAD_DOUBLE);
	was = block[0];
	ac_pool_put(c, 1, &block[0]);
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, was), AC_BAD_CACHE);
	ac_pool_put(other, 1, &theirs);
}

/* Good pointers of a batch are freed, whatever stands between them. */
static void put_sorts_the_bad_ones_out(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 48, 0, NULL);
	struct arena_cache *other = ac_kunit_cache(test, 48, 0, NULL);
	void *stray = kunit_kmalloc(test, 512, GFP_KERNEL);
	unsigned long interior = ac_stat_read(AC_STAT_BAD_INTERIOR);
	unsigned long foreign = ac_stat_read(AC_STAT_BAD_FOREIGN);
	unsigned long twice = ac_stat_read(AC_STAT_BAD_DOUBLE);
	unsigned long wrong = ac_stat_read(AC_STAT_BAD_CACHE);
	void *block[6], *theirs, *page;

	ac_kunit_take_blocks(test, c, 6, block);
	ac_kunit_take_blocks(test, other, 1, &theirs);
	page = ac_kunit_free_page(test, block[0]);
	ac_pool_put(c, 10, (void *[]){
		block[0] + 1, block[1], stray, block[2], block[1], theirs,
		page, block[3], NULL, block[3],
	});
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_INTERIOR, interior, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, foreign, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, twice, 2);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, wrong, 2);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 3);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(other), 1);
	ac_kunit_assert_clean(test);
	ac_pool_put(c, 1, block);
	ac_pool_put(c, 2, block + 4);
	ac_pool_put(other, 1, &theirs);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
}

static void no_pool_without_an_arena(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 48, 0, NULL);
	void *block;

	ac_kunit_famine_start(test);
	KUNIT_EXPECT_EQ(test, ac_pool_grow(c, AC_KUNIT_FAMINE_GFP,
					   numa_mem_id(), 1, &block), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_take(c, numa_mem_id(), 1, &block), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
	ac_kunit_famine_end(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(states, size_gen_params),
	KUNIT_CASE_PARAM(blocks_fill_the_pool, size_gen_params),
	KUNIT_CASE_PARAM(batches_span_pools, size_gen_params),
	KUNIT_CASE_PARAM(bitmap_against_an_oracle, size_gen_params),
	KUNIT_CASE(emptied_pool_serves_another_size),
	KUNIT_CASE_PARAM(check_every_offset, size_gen_params),
	KUNIT_CASE(check_tells_the_kinds),
	KUNIT_CASE(put_sorts_the_bad_ones_out),
	KUNIT_CASE(no_pool_without_an_arena),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_pool",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
