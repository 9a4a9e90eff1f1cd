// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: magazines and depots
 *
 * On one CPU in one thread every exchange can be foretold. Blocks come straight from
 * the pools, so magazines are empty at the start.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "../cache.h"
#include "helper.h"

struct fixture {
	struct arena_cache *c;
	struct arena_cache_cpu *cpu;
	struct ac_depot *depot;
	unsigned int rounds;
	unsigned int capacity;		/* blocks that CPU and depot cache */
	void **block;
};

static const struct size_case {
	unsigned int size;
	const char *name;
} size_cases[] = {
	{ 8, "8 bytes" }, { 64, "64 bytes" }, { 320, "320 bytes" },
	{ 512, "512 bytes" },
};

KUNIT_ARRAY_PARAM_DESC(size, size_cases, name);

static void use(struct fixture *f, struct arena_cache *c)
{
	f->c = c;
	f->cpu = per_cpu_ptr(c->cpu, 0);
	f->depot = ac_depot_of(c, 0);
	f->rounds = c->rounds;
	f->capacity = (c->depot_max + 2) * c->rounds;
}

static unsigned int param_size(struct kunit *test)
{
	return ((const struct size_case *)test->param_value)->size;
}

/* The test begins with @extra blocks more than magazines and depot can cache. */
static struct fixture *setup(struct kunit *test, unsigned int extra)
{
	struct fixture *f = ac_kunit_zalloc(test, sizeof(*f));
	unsigned int nr;

	ac_kunit_pin(test, 0);
	use(f, ac_kunit_cache(test, param_size(test), 0, NULL));
	nr = f->capacity + extra;
	f->block = ac_kunit_zalloc(test, nr * sizeof(void *));
	ac_kunit_take_blocks(test, f->c, nr, f->block);
	KUNIT_ASSERT_EQ(test, ac_cache_live(f->c), nr);
	return f;
}

static void free_many(struct fixture *f, unsigned int from, unsigned int nr)
{
	unsigned int i;

	for (i = from; i < from + nr; i++)
		arena_cache_free(f->c, f->block[i]);
}

static void alloc_many(struct kunit *test, struct fixture *f, unsigned int from,
		       unsigned int nr)
{
	unsigned int i;

	for (i = from; i < from + nr; i++)
		f->block[i] = ac_kunit_alloc(test, f->c);
}

/*
 * Frees in a row fill one magazine after the other. Two stay with the CPU, older ones go
 * to the depot and, when that is full, their blocks to the pools.
 */
static void expect_after_frees(struct kunit *test, struct fixture *f,
			       unsigned int nr)
{
	unsigned int filled = DIV_ROUND_UP(nr, f->rounds);
	unsigned int beyond = filled > 2 ? filled - 2 : 0;
	unsigned int puts = min_t(unsigned int, beyond, f->c->depot_max);

	KUNIT_EXPECT_EQ(test, f->cpu->misses, filled);
	KUNIT_EXPECT_EQ(test, f->cpu->puts, puts);
	KUNIT_EXPECT_EQ(test, f->depot->full.nr, puts);
	KUNIT_EXPECT_EQ(test, f->cpu->flushes, beyond - puts);
	KUNIT_EXPECT_EQ(test, f->cpu->swaps, 0);
	KUNIT_EXPECT_EQ(test, f->cpu->gets, 0);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c),
			nr - (beyond - puts) * f->rounds);
}

static void frees_one_by_one(struct kunit *test)
{
	struct fixture *f = setup(test, AC_ROUNDS_MAX + 9);
	unsigned int i, nr = f->capacity + AC_ROUNDS_MAX + 9;

	for (i = 0; i < nr; i++) {
		free_many(f, i, 1);
		expect_after_frees(test, f, i + 1);
		KUNIT_ASSERT_EQ(test, ac_cache_live(f->c), nr - i - 1);
	}
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(f->c), 0);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 0);
}

/* Bulk frees that end where a magazine does, one block before and one after. */
static void frees_in_bulk(struct kunit *test)
{
	const int offsets[] = { -1, 0, 1 };
	struct fixture *f;
	unsigned int i, k, nr, times[] = { 1, 2, 3, 0, 0 };

	for (k = 0; k < ARRAY_SIZE(times); k++)
		for (i = 0; i < ARRAY_SIZE(offsets); i++) {
			f = setup(test, 2 * AC_ROUNDS_MAX);
			times[3] = f->c->depot_max + 2;
			times[4] = f->c->depot_max + 3;
			nr = times[k] * f->rounds + offsets[i];
			arena_cache_free_bulk(f->c, nr, f->block);
			f->cpu->misses = DIV_ROUND_UP(nr, f->rounds);
			expect_after_frees(test, f, nr);
			ac_kunit_assert_clean(test);
			free_many(f, nr, f->capacity + 2 * AC_ROUNDS_MAX - nr);
			ac_kunit_destroy(test, f->c);
		}
}

/* Empties two full magazines and a full depot, without a refill. */
static void allocs_one_by_one(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned int i, used;

	free_many(f, 0, f->capacity);
	f->cpu->misses = 0;
	for (i = 0; i < f->capacity; i++) {
		alloc_many(test, f, i, 1);
		used = i / f->rounds;
		KUNIT_EXPECT_EQ(test, f->cpu->misses, used);
		KUNIT_EXPECT_EQ(test, f->cpu->swaps, !!used);
		KUNIT_EXPECT_EQ(test, f->cpu->gets, used > 1 ? used - 1 : 0);
		KUNIT_EXPECT_EQ(test, f->depot->full.nr,
				f->c->depot_max - f->cpu->gets);
		KUNIT_ASSERT_EQ(test, ac_magazine_cached(f->c),
				f->capacity - i - 1);
	}
	KUNIT_EXPECT_EQ(test, f->cpu->refills, 0);
	ac_kunit_assert_clean(test);
	free_many(f, 0, f->capacity);
}

static int by_address(const void *a, const void *b)
{
	const void *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Blocks go through all levels and come back, each of them once. */
static void no_round_is_lost(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	size_t bytes = f->capacity * sizeof(void *);
	void **before = ac_kunit_zalloc(test, bytes);

	memcpy(before, f->block, bytes);
	free_many(f, 0, f->capacity);
	alloc_many(test, f, 0, f->capacity);
	sort(before, f->capacity, sizeof(void *), by_address, NULL);
	sort(f->block, f->capacity, sizeof(void *), by_address, NULL);
	KUNIT_EXPECT_MEMEQ(test, before, f->block, bytes);
	free_many(f, 0, f->capacity);
}

static void the_newest_first(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned int i;

	free_many(f, 0, f->rounds);
	for (i = f->rounds; i; i--)
		KUNIT_EXPECT_PTR_EQ(test, arena_cache_alloc(f->c, GFP_KERNEL),
				    f->block[i - 1]);
	free_many(f, 0, f->capacity);
}

/* Empty magazines are filled from the pools, a batch at a time. */
static void refills(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned int batch = ac_magazine_batch(f->c);
	unsigned int i, nr = 4 * batch;

	KUNIT_ASSERT_LE(test, nr, f->capacity);
	/* Frees every other block, so that no pool becomes empty. */
	for (i = 0; i < f->capacity; i += 2)
		swap(f->block[i / 2], f->block[i]);
	nr = min(nr, f->capacity / 2);
	for (i = 0; i < nr; i++)
		ac_pool_put(f->c, 1, &(void *){ f->block[i] });
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 0);
	for (i = 0; i < nr; i++) {
		alloc_many(test, f, i, 1);
		KUNIT_EXPECT_EQ(test, f->cpu->refills, i / batch + 1);
	}
	KUNIT_EXPECT_EQ(test, f->cpu->swaps + f->cpu->gets, 0);
	ac_kunit_assert_clean(test);
	free_many(f, 0, f->capacity);
}

/* The previous magazine keeps alternation at a magazine's edge off the depot. */
static void alternating_stays_on_the_cpu(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned int start, i;

	for (start = f->rounds - 1; start <= f->rounds + 1; start++) {
		free_many(f, 0, start);
		f->cpu->puts = 0;
		f->cpu->refills = 0;
		for (i = 0; i < 100; i++) {
			free_many(f, start, 1);
			alloc_many(test, f, start, 1);
			free_many(f, start, 2);
			alloc_many(test, f, start, 2);
		}
		KUNIT_EXPECT_EQ(test, f->cpu->puts + f->cpu->gets, 0);
		KUNIT_EXPECT_EQ(test, f->cpu->refills + f->cpu->flushes, 0);
		alloc_many(test, f, 0, start);
	}
	free_many(f, 0, f->capacity);
}

static void nulls_take_no_room(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	void *batch[2 * 61] = {};
	unsigned int i;

	KUNIT_ASSERT_GE(test, f->capacity, 61);
	for (i = 0; i < ARRAY_SIZE(batch); i += 2)
		batch[i] = f->block[i / 2];
	KUNIT_EXPECT_EQ(test, ac_magazine_put(f->c, ARRAY_SIZE(batch), batch),
			ARRAY_SIZE(batch));
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 61);
	arena_cache_free(f->c, NULL);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 61);
	KUNIT_EXPECT_EQ(test, ac_magazine_take(f->c, 0, 61, batch), 61);
	for (i = 0; i < 61; i++)
		KUNIT_EXPECT_NOT_NULL(test, batch[i]);
	arena_cache_free_bulk(f->c, 61, batch);
	free_many(f, 61, f->capacity - 61);
}

static void shrink_empties_all_levels(struct kunit *test)
{
	struct fixture *f = setup(test, 0);

	free_many(f, 0, f->capacity - 1);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), f->capacity - 1);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(f->c), 1);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 0);
	KUNIT_EXPECT_EQ(test, f->depot->full.nr, 0);
	KUNIT_EXPECT_EQ(test, f->depot->empty.nr, 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(f->c), 1);
	ac_kunit_assert_clean(test);
	arena_cache_free(f->c, f->block[f->capacity - 1]);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(f->c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
}

/* One CPU frees what another of its node allocates: whole magazines move. */
static void magazines_change_cpus(struct kunit *test)
{
	struct fixture *f;
	struct arena_cache_cpu *there;
	unsigned int n;

	if (!cpu_online(1) || cpu_to_mem(1) != cpu_to_mem(0))
		kunit_skip(test, "CPU 1 is no neighbour");
	f = setup(test, 0);
	n = 4 * f->rounds;
	KUNIT_ASSERT_GE(test, f->c->depot_max, 2);
	there = per_cpu_ptr(f->c->cpu, 1);
	ac_kunit_pin(test, 1);
	free_many(f, 0, n);
	KUNIT_EXPECT_EQ(test, there->puts, 2);
	KUNIT_EXPECT_EQ(test, f->depot->full.nr, 2);
	ac_kunit_pin(test, 0);
	alloc_many(test, f, 0, 2 * f->rounds);
	KUNIT_EXPECT_EQ(test, f->cpu->gets, 2);
	KUNIT_EXPECT_EQ(test, f->cpu->refills, 0);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 2 * f->rounds);
	ac_kunit_assert_clean(test);
	/* CPU 1 has the rest; a shrink on this CPU reaches it. */
	free_many(f, 0, 2 * f->rounds);
	free_many(f, n, f->capacity - n);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(f->c), 0);
}

static void seq_counts_entries(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned long seq = f->cpu->seq;

	KUNIT_EXPECT_FALSE(test, seq & 1);
	free_many(f, 0, 2);
	/* The first free missed, and entered twice. */
	KUNIT_EXPECT_EQ(test, f->cpu->seq - seq, 3 * 2);
	free_many(f, 2, f->capacity - 2);
	KUNIT_EXPECT_FALSE(test, f->cpu->seq & 1);
}

/* An interrupt that finds the magazines in use goes to the pools. */
static void busy_magazines_are_left_alone(struct kunit *test)
{
	struct fixture *f = setup(test, 0);
	unsigned long allocs = ac_stat_read(AC_STAT_BUSY_ALLOC);
	unsigned long frees = ac_stat_read(AC_STAT_BUSY_FREE);
	void *extra, **top;

	free_many(f, 0, 10);
	/* The pools need a free block for the busy allocation. */
	ac_pool_put(f->c, 1, &(void *){ f->block[11] });
	top = f->cpu->top;
	f->cpu->seq++;
	extra = arena_cache_alloc(f->c, GFP_KERNEL);
	arena_cache_free(f->c, f->block[10]);
	f->cpu->seq++;
	KUNIT_EXPECT_NOT_NULL(test, extra);
	KUNIT_EXPECT_PTR_NE(test, extra, *top);
	KUNIT_EXPECT_PTR_EQ(test, f->cpu->top, top);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BUSY_ALLOC, allocs, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BUSY_FREE, frees, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(f->c), f->capacity - 11);
	ac_kunit_assert_clean(test);
	f->block[11] = extra;
	free_many(f, 11, f->capacity - 11);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(frees_one_by_one, size_gen_params),
	KUNIT_CASE_PARAM(frees_in_bulk, size_gen_params),
	KUNIT_CASE_PARAM(allocs_one_by_one, size_gen_params),
	KUNIT_CASE_PARAM(no_round_is_lost, size_gen_params),
	KUNIT_CASE_PARAM(the_newest_first, size_gen_params),
	KUNIT_CASE_PARAM(refills, size_gen_params),
	KUNIT_CASE_PARAM(alternating_stays_on_the_cpu, size_gen_params),
	KUNIT_CASE_PARAM(nulls_take_no_room, size_gen_params),
	KUNIT_CASE_PARAM(shrink_empties_all_levels, size_gen_params),
	KUNIT_CASE_PARAM(magazines_change_cpus, size_gen_params),
	KUNIT_CASE_PARAM(seq_counts_entries, size_gen_params),
	KUNIT_CASE_PARAM(busy_magazines_are_left_alone, size_gen_params),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_magazine",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
