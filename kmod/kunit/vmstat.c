// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what vmstat is told of our pages
 *
 * Other slabs move two of the three figures, too: of these the layer's own count must be
 * exact, and vmstat's about right. In a guest only we count spare pages.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>

#include "../cache.h"
#include "helper.h"

#define MANY	(16 * AC_POOLS)

/* Pages, with those that CPUs have not added to the node's figure yet. */
static long vmstat(int node, enum node_stat_item item)
{
	struct pglist_data *pgdat = NODE_DATA(node);
	long pages = atomic_long_read(&pgdat->vm_stat[item]);
	int cpu;

	for_each_online_cpu(cpu)
		pages += per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)
				 ->vm_node_stat_diff[item];
	return pages;
}

static unsigned long used_pools(const struct ac_arena_set *set)
{
	return AC_POOLS * set->nr_arenas - set->nr_free_pools - set->nr_gone;
}

/* After ac_arena_tell(). */
static void expect_told(struct kunit *test)
{
	struct ac_arena_set *set;
	int node;

	for_each_node_state(node, N_MEMORY) {
		set = ac_arena_set(node);
		KUNIT_EXPECT_EQ(test, set->untold, 0);
		KUNIT_EXPECT_EQ(test, set->told[0] + set->told[1],
				used_pools(set));
		KUNIT_EXPECT_EQ(test, set->told[1], set->nr_reclaimable);
		KUNIT_EXPECT_EQ(test, set->told[2], set->nr_free_pools);
		KUNIT_EXPECT_EQ(test, vmstat(node, NR_KERNEL_MISC_RECLAIMABLE),
				set->nr_free_pools);
	}
}

static const struct kind_case {
	const char *name;
	unsigned long flags;
	enum node_stat_item item;
	unsigned int told;
} kind_cases[] = {
	{ "unreclaimable", 0, NR_SLAB_UNRECLAIMABLE_B, 0 },
	{ "reclaimable", ARENA_CACHE_RECLAIMABLE, NR_SLAB_RECLAIMABLE_B, 1 },
};

KUNIT_ARRAY_PARAM_DESC(kind, kind_cases, name);

/* vmstat takes bytes for slabs and pages for the rest; one for the other would show. */
static void expect_moved(struct kunit *test, long was, long is, long pages)
{
	KUNIT_EXPECT_GE(test, is - was, pages - (long)MANY / 4);
	KUNIT_EXPECT_LE(test, is - was, pages + (long)MANY / 4);
}

static void used_and_spare_pages_are_told(struct kunit *test)
{
	const struct kind_case *row = test->param_value;
	unsigned int nr = MANY * AC_POOL_SIZE / ARENA_CACHE_MAX_BLOCK;
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));
	int node = numa_mem_id();
	struct ac_arena_set *set = ac_arena_set(node);
	struct arena_cache *c;
	long was, told;

	ac_kunit_trim(test);
	expect_told(test);
	was = vmstat(node, row->item);
	told = set->told[row->told];
	c = ac_kunit_create(test, test->name, ARENA_CACHE_MAX_BLOCK, row->flags, NULL);
	ac_kunit_take_blocks(test, c, nr, p);
	ac_arena_tell();
	KUNIT_EXPECT_EQ(test, set->told[row->told] - told, MANY);
	expect_moved(test, was, vmstat(node, row->item), MANY);
	expect_told(test);
	/* Half of the pages become spare, until a trim. */
	ac_pool_put(c, nr / 2, p);
	ac_arena_tell();
	KUNIT_EXPECT_EQ(test, set->told[row->told] - told, MANY / 2);
	expect_told(test);
	ac_arena_trim();
	expect_told(test);
	ac_pool_put(c, nr - nr / 2, p + nr / 2);
	arena_cache_destroy(c);
	ac_arena_trim();
	KUNIT_EXPECT_EQ(test, set->told[row->told], told);
	expect_told(test);
	expect_moved(test, was, vmstat(node, row->item), 0);
}

/* Changes are passed on 64 at a time. */
static void it_is_told_in_batches(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, ARENA_CACHE_MAX_BLOCK, 0,
					       NULL);
	unsigned int nr = 2 * AC_POOLS * c->capacity, i, kept = 0;
	struct ac_arena_set *set = ac_arena_set(numa_mem_id());
	void **p = ac_kunit_zalloc(test, nr * sizeof(void *));
	long off;

	ac_kunit_trim(test);
	for (i = 0; i < nr; i += c->capacity) {
		ac_kunit_take_blocks(test, c, c->capacity, p + i);
		KUNIT_EXPECT_LT(test, set->untold, AC_POOLS);
		off = used_pools(set) - set->told[0] - set->told[1];
		KUNIT_EXPECT_LT(test, abs(off), AC_POOLS);
		kept += !!off;
	}
	KUNIT_EXPECT_GT(test, kept, 0);
	ac_pool_put(c, nr, p);
	KUNIT_EXPECT_LT(test, set->untold, AC_POOLS);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(used_and_spare_pages_are_told, kind_gen_params),
	KUNIT_CASE(it_is_told_in_batches),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_vmstat",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
