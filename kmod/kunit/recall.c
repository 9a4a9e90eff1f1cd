// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: which CPUs are asked for their magazines, and how often
 *
 * AC_STAT_RECALL counts the interrupts.
 */
#include "../cache.h"
#include "../group.h"
#include "../recall.h"
#include "crew.h"
#include "helper.h"

/* Leaves blocks of @c in this CPU's magazines. */
static void use(struct arena_cache *c)
{
	arena_cache_free(c, arena_cache_alloc(c, GFP_KERNEL));
}

static void flush(struct arena_cache *c)
{
	ac_recall_all(&c, 1);
}

static void cpus_without_blocks_are_not_asked(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long before = ac_stat_read(AC_STAT_RECALL);

	flush(c);
	ac_recall_unneeded(&c, 1);
	ac_recall_unneeded(&c, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, 0);
	/* Only this CPU has blocks. */
	use(c);
	flush(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, 1);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	use(c);
	ac_kunit_destroy(test, c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, 2);
}

static void trim_asks_no_cpu_twice(struct kunit *test)
{
	struct arena_cache *c[AC_RECALL_CACHES];
	unsigned long before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(c); i++)
		c[i] = ac_kunit_cache(test, 64, 0, NULL);
	ac_kunit_trim(test);
	before = ac_stat_read(AC_STAT_RECALL);
	ac_cache_trim();
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, 0);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		use(c[i]);
	ac_recall_all(c, ARRAY_SIZE(c));
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, 1);
	for (i = 0; i < ARRAY_SIZE(c); i++)
		KUNIT_EXPECT_EQ(test, ac_magazine_cached(c[i]), 0);
}

/* This CPU is busy with the magazines of one of two caches whenever it is asked. */
static void a_busy_cpu_keeps_its_magazines(struct kunit *test)
{
	struct arena_cache *c[2];
	unsigned long before;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		c[i] = ac_kunit_cache(test, 64, 0, NULL);
		use(c[i]);
	}
	before = ac_stat_read(AC_STAT_RECALL);
	raw_cpu_ptr(c[0]->cpu)->seq++;
	ac_recall_all(c, 2);
	raw_cpu_ptr(c[0]->cpu)->seq--;
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before, AC_RECALL_TIMES);
	KUNIT_EXPECT_GT(test, ac_magazine_cached(c[0]), 0);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c[1]), 0);
	flush(c[0]);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RECALL, before,
			       AC_RECALL_TIMES + 1);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c[0]), 0);
}

static void hammer(struct ac_kunit_thread *thread)
{
	struct arena_cache *c = thread->arg;
	struct ac_kunit_crew *crew;
	void *p[64];

	crew = container_of(thread, struct ac_kunit_crew, thread[thread->id]);
	while (!READ_ONCE(crew->enough)) {
		if (arena_cache_alloc_bulk(c, GFP_KERNEL, ARRAY_SIZE(p), p))
			arena_cache_free_bulk(c, ARRAY_SIZE(p), p);
		cond_resched();
	}
}

/* All CPUs allocate and free while this one flushes. */
static void flush_asks_thrice_at_most(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	const unsigned int cpus = num_online_cpus();
	/* Where there are few real CPUs, the threads of many take turns. */
	unsigned int rounds = max(AC_KUNIT_ROUNDS(200) / cpus, 1U), i;
	unsigned long before, most;

	ac_kunit_crew_start(test, cpus, hammer, c);
	for (i = 0; i < rounds; i++) {
		before = ac_stat_read(AC_STAT_RECALL);
		flush(c);
		most = ac_stat_read(AC_STAT_RECALL) - before;
		KUNIT_EXPECT_LE(test, most, AC_RECALL_TIMES * cpus);
		/* The blocks that were asked for are back in their pools. */
		KUNIT_EXPECT_NULL(test, READ_ONCE(c->recalled));
		KUNIT_EXPECT_LE(test, ac_magazine_cached(c),
				cpus * (2 + ac_depot_limit(c, 0)) * c->rounds);
	}
}

/* A look compares the operations since the last one with the blocks that are there. */
static void few_operations_keep_little(struct kunit *test)
{
	enum { CACHES = 8 };
	struct arena_cache *c[CACHES];
	unsigned int i, look;
	void **p;

	for (i = 0; i < CACHES; i++) {
		c[i] = ac_kunit_cache(test, 64, 0, NULL);
		p = ac_kunit_zalloc(test, 2 * c[i]->rounds * sizeof(*p));
		ac_kunit_take_blocks(test, c[i], 2 * c[i]->rounds, p);
		arena_cache_free_bulk(c[i], 2 * c[i]->rounds, p);
		KUNIT_EXPECT_EQ(test, ac_magazine_cached(c[i]),
				2 * c[i]->rounds);
	}
	for (look = 0; look < 3; look++) {
		for (i = 0; i < CACHES; i++)
			use(c[i]);
		/* The last cache is new at the last look. */
		ac_recall_unneeded(c, CACHES - (look < 2));
	}
	KUNIT_EXPECT_GE(test, ac_magazine_cached(c[CACHES - 1]),
			2 * c[CACHES - 1]->rounds - 1);
	for (i = 0; i < CACHES - 1; i++)
		KUNIT_EXPECT_LE(test, ac_magazine_cached(c[i]),
				ac_magazine_batch(c[i]));
}

static void take_many(struct ac_kunit_thread *thread)
{
	struct arena_cache *c = thread->arg;
	unsigned int i, nr = 2 * c->rounds;
	void **p;

	if (thread->cpu < AC_GROUP_CPUS)
		return;
	p = kvcalloc(nr, sizeof(*p), GFP_KERNEL);
	for (i = 0; p && i < nr; i++)
		p[i] = arena_cache_alloc(c, GFP_KERNEL);
	for (i = 0; p && i < nr; i++)
		ac_pool_put(c, 1, &p[i]);
	kvfree(p);
}

/* CPUs of one group free what those of another allocate. */
static void groups_help_each_other(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	const unsigned int full = c->depot_max;
	const unsigned int nr = (full + 2) * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	const unsigned int far = AC_GROUP_CPUS;
	struct ac_depot *depot = ac_depot_of(c, 0);

	if (num_online_cpus() <= far ||
	    cpu_to_mem(0) != cpu_to_mem(far))
		kunit_skip(test, "no node with more than a group of CPUs");
	KUNIT_ASSERT_PTR_NE(test, depot, ac_depot_of(c, far));
	KUNIT_EXPECT_PTR_EQ(test, depot, ac_depot_of(c, far - 1));
	ac_kunit_take_blocks(test, c, nr, p);
	arena_cache_free_bulk(c, nr, p);
	KUNIT_ASSERT_EQ(test, depot->full.nr, full);
	ac_kunit_crew_run(test, far + 1, take_many, c);
	KUNIT_EXPECT_EQ(test, depot->full.nr, full - 2);
	KUNIT_EXPECT_EQ(test, per_cpu_ptr(c->cpu, far)->gets, 2);
	KUNIT_EXPECT_EQ(test, per_cpu_ptr(c->cpu, far)->refills, 0);
	/* The CPU had no empty magazine to leave for either of them. */
	KUNIT_EXPECT_EQ(test, depot->empty.nr, 0);
	ac_kunit_assert_clean(test);
}

/* Swings are too wide, but the share of the memory for depots is used up. */
static void depots_grow_by_a_share(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	const unsigned int nr = 4 * c->depot_max * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	const long growth = ac_bound_growth;
	unsigned int i;

	WRITE_ONCE(ac_bound_growth, 0);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr,
							     p), nr);
		arena_cache_free_bulk(c, nr, p);
		KUNIT_EXPECT_EQ(test, depot->max, c->depot_max);
	}
	WRITE_ONCE(ac_bound_growth, growth);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr, p), nr);
	arena_cache_free_bulk(c, nr, p);
	KUNIT_EXPECT_EQ(test, depot->max, 2 * c->depot_max);
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(cpus_without_blocks_are_not_asked),
	KUNIT_CASE(trim_asks_no_cpu_twice),
	KUNIT_CASE(a_busy_cpu_keeps_its_magazines),
	KUNIT_CASE(flush_asks_thrice_at_most),
	KUNIT_CASE(few_operations_keep_little),
	KUNIT_CASE(groups_help_each_other),
	KUNIT_CASE(depots_grow_by_a_share),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_recall",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
