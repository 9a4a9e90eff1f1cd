// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: how caches end, and large ones live
 */
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../large.h"
#include "../recall.h"
#include "crew.h"
#include "helper.h"

struct object {
	struct rcu_head rcu;
	struct arena_cache *cache;
	bool again;
};

static void free_object(struct rcu_head *rcu)
{
	struct object *o = container_of(rcu, struct object, rcu);

	if (o->again) {
		o->again = false;
		call_rcu(rcu, free_object);
		return;
	}
	arena_cache_free(o->cache, o);
}

static void free_later(struct kunit *test, struct arena_cache *c, bool again)
{
	struct object *o = ac_kunit_alloc(test, c);

	o->cache = c;
	o->again = again;
	call_rcu(&o->rcu, free_object);
}

/* Callers of arena_cache_destroy() need no rcu_barrier(). */
static void destroy_waits_for_rcu(struct kunit *test)
{
	static const unsigned int sizes[] = { sizeof(struct object), 512, 1000 };
	struct arena_cache *c;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_create(test, "ends", sizes[i], 0, NULL);
		for (n = 0; n < 100; n++)
			free_later(test, c, false);
		arena_cache_destroy(c);
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
	}
	ac_kunit_assert_clean(test);
}

/* A callback may queue another, whose block is still live at the cache's end. */
static void defunct_caches_go_with_their_last_block(struct kunit *test)
{
	static const unsigned int sizes[] = { sizeof(struct object), 512, 1000 };
	unsigned int i;
	void *p[2];
	struct arena_cache *c;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_create(test, "ends", sizes[i], 0, NULL);
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 2,
							     p), 2);
		arena_cache_destroy(c);
		KUNIT_EXPECT_TRUE(test, ac_kunit_is_listed("ends"));
		arena_cache_free(c, p[0]);
		ac_cache_reap();
		KUNIT_EXPECT_TRUE(test, ac_kunit_is_listed("ends"));
		arena_cache_free(c, p[1]);
		ac_cache_reap();
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
		c = ac_kunit_create(test, "ends", sizes[i], 0, NULL);
		free_later(test, c, true);
		arena_cache_destroy(c);
		rcu_barrier();
		rcu_barrier();
		ac_cache_reap();
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
	}
	ac_kunit_assert_clean(test);
}

static struct {
	struct arena_cache *cache;
	void *p[2];
	unsigned int nr;
} late;

static void free_late(struct arena_cache *c)
{
	if (c == late.cache && late.nr)
		arena_cache_free(c, late.p[--late.nr]);
}

/*
 * Blocks are freed into magazines that a flush has just emptied: one in the first flush
 * of destroy, the other in the next one.
 */
static void what_is_freed_amid_a_flush_is_not_lost(struct kunit *test)
{
	unsigned int nr;

	for (nr = 1; nr <= 2; nr++) {
		late.cache = ac_kunit_create(test, "ends", 64, 0, NULL);
		late.nr = nr;
		KUNIT_ASSERT_EQ(test,
				arena_cache_alloc_bulk(late.cache, GFP_KERNEL,
						       nr, late.p), nr);
		kunit_activate_static_stub(test, ac_recall_between, free_late);
		arena_cache_destroy(late.cache);
		kunit_deactivate_static_stub(test, ac_recall_between);
		KUNIT_EXPECT_EQ(test, late.nr, 0);
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
		/* Verify would meet a pool of a cache that is gone. */
		ac_kunit_assert_clean(test);
	}
}

/* Callbacks free on another CPU while this one destroys the cache. */
static void destroy_amid_frees(struct kunit *test)
{
	unsigned int i, n, rounds = AC_KUNIT_ROUNDS(200);
	struct arena_cache *c;

	for (i = 0; i < rounds; i++) {
		c = ac_kunit_create(test, "ends", sizeof(struct object), 0,
				    NULL);
		ac_kunit_pin(test, cpumask_last(cpu_online_mask));
		for (n = 0; n < 200; n++)
			free_later(test, c, false);
		ac_kunit_pin(test, 0);
		arena_cache_destroy(c);
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
		if (i % 20 == 0)
			ac_kunit_assert_clean(test);
	}
	ac_kunit_assert_clean(test);
}

static void zero(void *p)
{
	memset(p, 0, 600);
}

/* A name has one line in /proc/slabinfo: the next cache of that name takes it over. */
static void a_dead_caches_name_is_taken_over(struct kunit *test)
{
	struct arena_cache *c[3], *next[2];
	struct kmem_cache *slab = NULL;
	unsigned int i;
	void *p[3];

	for (i = 0; i < 3; i++) {
		c[i] = ac_kunit_create(test, "ends", 600, 0, zero);
		p[i] = ac_kunit_alloc(test, c[i]);
		if (i)
			KUNIT_EXPECT_PTR_EQ(test, c[i]->slab, slab);
		slab = c[i]->slab;
		arena_cache_destroy(c[i]);
	}
	/* Two caches that live do not share one. */
	for (i = 0; i < 2; i++) {
		next[i] = ac_kunit_create(test, "ends", 600, 0, zero);
		KUNIT_EXPECT_EQ(test, ac_cache_live(next[i]), 0);
	}
	KUNIT_EXPECT_PTR_EQ(test, next[0]->slab, slab);
	KUNIT_EXPECT_PTR_NE(test, next[1]->slab, slab);
	for (i = 0; i < 3; i++)
		arena_cache_free(c[i], p[i]);
	for (i = 0; i < 2; i++)
		arena_cache_destroy(next[i]);
	ac_cache_reap();
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("ends"));
}

static void large_caches_are_not_merged(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_CACHE);
	struct arena_cache *a = ac_kunit_create(test, "a", 1000, 0, NULL);
	struct arena_cache *b = ac_kunit_create(test, "b", 1000, 0, NULL);
	void *p = ac_kunit_alloc(test, a);

	KUNIT_EXPECT_PTR_NE(test, a->slab, b->slab);
	KUNIT_EXPECT_TRUE(test, ac_large_can_tell());
	arena_cache_free(b, p);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, bad, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(a), 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(b), 0);
	arena_cache_free(a, p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(a), 0);
	arena_cache_destroy(a);
	arena_cache_destroy(b);
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("a"));
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("b"));
}

/* --- what CPUs did --- */

#define NR_BLOCKS	100

/* Creates a cache, uses it, and destroys it. */
static struct ac_cpu_counts live_and_die(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "counted", 64, 0, NULL);
	struct ac_cpu_counts counts;
	void *block[NR_BLOCKS];
	unsigned int i;

	for (i = 0; i < NR_BLOCKS; i++)
		block[i] = ac_kunit_alloc(test, c);
	for (i = 0; i < NR_BLOCKS; i++)
		arena_cache_free(c, block[i]);
	counts = ac_cpus_counts(raw_smp_processor_id());
	/* Others look meanwhile. */
	schedule_timeout_uninterruptible(1);
	arena_cache_destroy(c);
	return counts;
}

static void counts_outlive_their_cache(struct kunit *test)
{
	const int cpu = raw_smp_processor_id();
	struct ac_cpu_counts before = ac_cpus_counts(cpu), with, after;

	with = live_and_die(test);
	KUNIT_EXPECT_GE(test, with.operations, before.operations + 2 * NR_BLOCKS);
	KUNIT_EXPECT_GT(test, with.misses, before.misses);
	KUNIT_EXPECT_GT(test, with.refills, before.refills);
	rcu_barrier();
	after = ac_cpus_counts(cpu);
	KUNIT_EXPECT_GE(test, after.operations, with.operations);
	KUNIT_EXPECT_GE(test, after.misses, with.misses);
	KUNIT_EXPECT_GE(test, after.swaps, with.swaps);
	KUNIT_EXPECT_GE(test, after.gets, with.gets);
	KUNIT_EXPECT_GE(test, after.puts, with.puts);
	KUNIT_EXPECT_GE(test, after.refills, with.refills);
	KUNIT_EXPECT_GE(test, after.flushes, with.flushes);
}

#define NR_DEATHS	50

struct watching {
	int cpu;
	unsigned int deaths;
};

static void watch_counts(struct ac_kunit_thread *thread)
{
	const struct watching *watching = thread->arg;
	u64 seen, last = 0;

	while (READ_ONCE(watching->deaths) < NR_DEATHS) {
		seen = ac_cpus_counts(watching->cpu).operations;
		ac_kunit_check(thread, seen >= last, "a count fell");
		last = seen;
		cond_resched();
	}
}

/* A reader meets the counts of a cache that ends once, in the cache or behind it. */
static void counts_never_fall(struct kunit *test)
{
	struct watching watching = { .cpu = raw_smp_processor_id() };
	struct ac_kunit_crew *crew;

	crew = ac_kunit_crew_start(test, 2, watch_counts, &watching);
	while (ac_kunit_crew_busy(crew)) {
		live_and_die(test);
		WRITE_ONCE(watching.deaths, watching.deaths + 1);
	}
	ac_kunit_crew_finish(test, crew);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(destroy_waits_for_rcu),
	KUNIT_CASE(defunct_caches_go_with_their_last_block),
	KUNIT_CASE(what_is_freed_amid_a_flush_is_not_lost),
	KUNIT_CASE_SLOW(destroy_amid_frees),
	KUNIT_CASE(a_dead_caches_name_is_taken_over),
	KUNIT_CASE(large_caches_are_not_merged),
	KUNIT_CASE(counts_outlive_their_cache),
	KUNIT_CASE_SLOW(counts_never_fall),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_ends",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
