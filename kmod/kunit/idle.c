// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: caches without a per-CPU part: not used yet, or out of memory
 */
#include <kunit/static_stub.h>

#include "../cache.h"
#include "../recall.h"
#include "crew.h"
#include "helper.h"

/* Of an unused cache; the number of CPUs does not matter. */
static size_t idle_bytes(unsigned int nodes)
{
	return sizeof(struct arena_cache) +
	       nodes * (sizeof(struct ac_pool_set) + sizeof(void *) +
			sizeof(unsigned long));
}

static void idle_caches_are_small(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "idle", 96, 0, NULL);

	KUNIT_EXPECT_FALSE(test, ac_cpus_are_open(c));
	KUNIT_EXPECT_NULL(test, c->depots);
	KUNIT_EXPECT_NULL(test, c->seen);
	kunit_info(test, "%zu bytes on 8 nodes\n", idle_bytes(8));
	KUNIT_EXPECT_LE(test, idle_bytes(8),
			IS_ENABLED(CONFIG_DEBUG_SPINLOCK) ? SZ_4K : SZ_2K);
	/* A look at the cache does not open it. */
	ac_recall_unneeded(&c, 1);
	ac_recall_all(&c, 1);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_FALSE(test, ac_cpus_are_open(c));
	arena_cache_free(c, arena_cache_alloc(c, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, ac_cpus_are_open(c));
	KUNIT_EXPECT_GT(test, ac_magazine_cached(c), 0);
	arena_cache_destroy(c);
}

static struct arena_cache_cpu __percpu *no_cpus(gfp_t gfp)
{
	return NULL;
}

/* Entry 0 belongs to no class; closed caches lead there. */
static void expect_entry_0_untouched(struct kunit *test)
{
	struct arena_cache_cpu *cpu;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(arena_cache_class_cpus, i);
		KUNIT_EXPECT_PTR_EQ(test, cpu->top, ac_cpus_null_top());
		KUNIT_EXPECT_PTR_EQ(test, cpu->prev, ac_cpus_null_top());
		KUNIT_EXPECT_EQ(test, cpu->seq & 1, 0);
		KUNIT_EXPECT_EQ(test, cpu->misses, 0);
		KUNIT_EXPECT_EQ(test, cpu->outside, 0);
	}
}

static void closed_caches_serve(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "idle", 96, 0, NULL);
	void *p[40];
	unsigned int i;

	kunit_activate_static_stub(test, ac_cpus_new, no_cpus);
	for (i = 0; i < 20; i++) {
		p[i] = arena_cache_alloc(c, i % 2 ? GFP_KERNEL : GFP_ATOMIC);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		memset(p[i], 0x5a, 96);
	}
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 20, p + 20),
			20);
	KUNIT_EXPECT_FALSE(test, ac_cpus_are_open(c));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 40);
	expect_entry_0_untouched(test);
	for (i = 0; i < 10; i++)
		arena_cache_free(c, p[i]);
	arena_cache_free_bulk(c, 20, p + 10);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 10);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	expect_entry_0_untouched(test);
	kunit_deactivate_static_stub(test, ac_cpus_new);
	arena_cache_free_bulk(c, 10, p + 30);
	KUNIT_EXPECT_TRUE(test, ac_cpus_are_open(c));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
	arena_cache_destroy(c);
}

/* Blocks are counted while the cache is closed, and after. */
static void large_caches_count(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "idle-large", 2000, 0,
						NULL);
	void *p[3];

	KUNIT_EXPECT_FALSE(test, ac_cpus_are_open(c));
	kunit_activate_static_stub(test, ac_cpus_new, no_cpus);
	p[0] = arena_cache_alloc(c, GFP_KERNEL);
	p[1] = arena_cache_alloc(c, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 2);
	kunit_deactivate_static_stub(test, ac_cpus_new);
	p[2] = arena_cache_alloc(c, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, ac_cpus_are_open(c));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 3);
	arena_cache_free_bulk(c, 3, p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	expect_entry_0_untouched(test);
	arena_cache_destroy(c);
}

static void open_at_once(struct ac_kunit_thread *thread)
{
	struct arena_cache *c = thread->arg;

	arena_cache_free(c, arena_cache_alloc(c, GFP_ATOMIC));
}

/* All CPUs want to open the cache at once. */
static void opened_once(struct kunit *test)
{
	struct arena_cache *c;
	unsigned int i;

	for (i = 0; i < AC_KUNIT_ROUNDS(50); i++) {
		c = ac_kunit_create(test, "idle", 96, 0, NULL);
		ac_kunit_crew_run(test, num_online_cpus(), open_at_once, c);
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
		arena_cache_destroy(c);
	}
	expect_entry_0_untouched(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(idle_caches_are_small),
	KUNIT_CASE(closed_caches_serve),
	KUNIT_CASE(large_caches_count),
	KUNIT_CASE(opened_once),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_idle",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
