// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: which nodes are near, and which a task may use
 *
 * scripts/check has a machine for the cases that need two nodes.
 */
#include <kunit/static_stub.h>
#include <linux/mempolicy.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../node.h"
#include "helper.h"

#define NR	8
#define BLOCKS	1000U

/* Two boards of two pairs of nodes. */
static const u8 distances[NR][NR] = {
	{ 10, 12, 20, 20, 40, 40, 40, 40 },
	{ 12, 10, 20, 20, 40, 40, 40, 40 },
	{ 20, 20, 10, 12, 40, 40, 40, 40 },
	{ 20, 20, 12, 10, 40, 40, 40, 40 },
	{ 40, 40, 40, 40, 10, 12, 20, 20 },
	{ 40, 40, 40, 40, 12, 10, 20, 20 },
	{ 40, 40, 40, 40, 20, 20, 10, 12 },
	{ 40, 40, 40, 40, 20, 20, 12, 10 },
};

#define NONE	NUMA_NO_NODE

static const struct rank_case {
	const char *name;
	int from;
	unsigned long memory;
	short row[NR];
} rank_cases[] = {
	{ "all have memory", 0, 0xff, { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ "not the first", 6, 0xff, { 6, 7, 4, 5, 0, 1, 2, 3 } },
	{ "the next higher of equals", 3, 0xff, { 3, 2, 0, 1, 4, 5, 6, 7 } },
	{ "none of its own", 1, 0xfd, { 0, 2, 3, 4, 5, 6, 7, NONE } },
	{ "far ones alone", 2, 0x90, { 4, 7, NONE, NONE, NONE, NONE, NONE, NONE } },
	{ "one", 5, 0x20, { 5, NONE, NONE, NONE, NONE, NONE, NONE, NONE } },
};

KUNIT_ARRAY_PARAM_DESC(rank, rank_cases, name);

static void nearest_first(struct kunit *test)
{
	const struct rank_case *want = test->param_value;
	short row[NR];
	unsigned int i;

	ac_node_rank(want->from, NR, distances[want->from], &want->memory, row);
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ_MSG(test, row[i], want->row[i], "place %u", i);
}

/* Each node with memory comes once, and none before a nearer one. */
static void this_machine(struct kunit *test)
{
	int from, node, last;
	nodemask_t met;
	unsigned int i;

	for_each_node(from) {
		nodes_clear(met);
		last = 0;
		for (i = 0; (node = ac_node_near(from, i)) != NUMA_NO_NODE; i++) {
			KUNIT_EXPECT_TRUE(test, node_state(node, N_MEMORY));
			KUNIT_EXPECT_GE(test, node_distance(from, node), last);
			last = node_distance(from, node);
			node_set(node, met);
		}
		KUNIT_EXPECT_EQ(test, i, num_node_state(N_MEMORY));
		KUNIT_EXPECT_EQ(test, nodes_weight(met), i);
		KUNIT_EXPECT_EQ(test, ac_node_nearest[from],
				ac_node_near(from, 0));
	}
	KUNIT_EXPECT_TRUE(test, node_state(ac_node_here(), N_MEMORY));
	KUNIT_EXPECT_EQ(test, ac_node_mine(), ac_node_here());
}

/* Allocates and frees blocks of @node; returns how often magazines had none. */
static unsigned int misses(struct kunit *test, struct arena_cache *c, int node)
{
	void **p = ac_kunit_zalloc(test, BLOCKS * sizeof(*p));
	unsigned int i, n;

	n = raw_cpu_ptr(c->cpu)->misses;
	for (i = 0; i < BLOCKS; i++)
		p[i] = ac_kunit_alloc(test, c);
	n = raw_cpu_ptr(c->cpu)->misses - n;
	for (i = 0; i < BLOCKS; i++) {
		KUNIT_EXPECT_EQ(test, ac_kunit_node_of(p[i]), node);
		arena_cache_free(c, p[i]);
	}
	return n;
}

static struct page *not_here(gfp_t gfp, int node, unsigned int order)
{
	return node == ac_node_here() ? NULL : alloc_pages_node(node, gfp, order);
}

/* Without memory here a CPU refills from the nearest node, a batch at a time. */
static void batches_of_the_nearest_when_there_is_none_here(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	int far = ac_kunit_far_node(test);

	ac_kunit_trim(test);
	kunit_activate_static_stub(test, ac_pages_alloc, not_here);
	/* Each batch is of 32 blocks, and a new pool misses once more. */
	KUNIT_EXPECT_LE(test, misses(test, c, far), 3 * BLOCKS / 32);
	kunit_deactivate_static_stub(test, ac_pages_alloc);
	ac_kunit_assert_clean(test);
}

/* A CPU of such a node refills with as many blocks as others. */
static void a_node_without_memory(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int here;
	int cpu;

	for_each_online_cpu(cpu)
		if (!node_state(cpu_to_node(cpu), N_MEMORY))
			break;
	if (cpu >= nr_cpu_ids)
		kunit_skip(test, "all CPUs' nodes have memory");
	ac_kunit_trim(test);
	here = misses(test, c, ac_node_here());
	ac_kunit_trim(test);
	ac_kunit_pin(test, cpu);
	KUNIT_EXPECT_TRUE(test, node_state(ac_node_here(), N_MEMORY));
	KUNIT_EXPECT_LE(test, misses(test, c, ac_node_here()), here);
	ac_kunit_assert_clean(test);
}

/* Pools of nodes that the task's cpuset lacks are passed over. */
static void nodes_of_a_cpuset(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	nodemask_t was = cpuset_current_mems_allowed;
	int far = ac_kunit_far_node(test), here = ac_node_here();
	void *held;

	if (!IS_ENABLED(CONFIG_CPUSETS))
		kunit_skip(test, "no cpusets");
	ac_kunit_trim(test);
	held = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_THISNODE, here);
	KUNIT_ASSERT_NOT_NULL(test, held);
	/* Pools of both nodes have free blocks, magazines none. */
	ac_cache_flush(c);
	set_mems_allowed(nodemask_of_node(far));
	KUNIT_EXPECT_EQ(test, ac_node_mine(), far);
	KUNIT_EXPECT_FALSE(test, ac_node_is_allowed(here));
	misses(test, c, far);
	set_mems_allowed(nodemask_of_node(here));
	ac_cache_flush(c);
	KUNIT_EXPECT_EQ(test, ac_node_mine(), here);
	misses(test, c, here);
	set_mems_allowed(was);
	arena_cache_free(c, held);
	ac_kunit_assert_clean(test);
}

#ifdef CONFIG_NUMA

/* Allocates under a policy, and counts the pools that @c has on each node then. */
static void pools_of_policy(struct kunit *test, struct arena_cache *c,
			    unsigned short mode, nodemask_t nodes,
			    unsigned int *nr)
{
	struct mempolicy policy = { .mode = mode, .nodes = nodes };
	struct mempolicy *was = current->mempolicy;
	void **p = ac_kunit_zalloc(test, BLOCKS * sizeof(*p));
	unsigned int i;
	int node;

	atomic_set(&policy.refcnt, 1);
	task_lock(current);
	current->mempolicy = &policy;
	task_unlock(current);
	for (i = 0; i < BLOCKS; i++)
		p[i] = arena_cache_alloc(c, GFP_KERNEL);
	task_lock(current);
	current->mempolicy = was;
	task_unlock(current);
	for_each_node(node)
		nr[node] = c->nr_pools[node];
	arena_cache_free_bulk(c, BLOCKS, p);
}

static void nodes_of_a_mempolicy(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 512, 0, NULL);
	unsigned int *nr = ac_kunit_zalloc(test, nr_node_ids * sizeof(*nr));
	int far = ac_kunit_far_node(test), here = ac_node_here();
	nodemask_t both = nodemask_of_node(far);
	unsigned long spare;

	node_set(here, both);
	ac_kunit_trim(test);
	pools_of_policy(test, c, MPOL_INTERLEAVE, both, nr);
	/* Half of 125 pools, and a magazine more or less. */
	KUNIT_EXPECT_GE(test, nr[here], 55);
	KUNIT_EXPECT_GE(test, nr[far], 55);
	ac_kunit_trim(test);
	pools_of_policy(test, c, MPOL_BIND, nodemask_of_node(far), nr);
	KUNIT_EXPECT_EQ(test, nr[here], 0);
	KUNIT_EXPECT_GE(test, nr[far], 125);
	/* Free pools serve again before new pages do. */
	ac_cache_flush(c);
	spare = ac_arena_spare(far);
	pools_of_policy(test, c, MPOL_BIND, nodemask_of_node(far), nr);
	KUNIT_EXPECT_LE(test, nr[far], 130);
	ac_cache_flush(c);
	KUNIT_EXPECT_LE(test, ac_arena_spare(far), spare);
	ac_kunit_assert_clean(test);
}

#else

static void nodes_of_a_mempolicy(struct kunit *test)
{
	kunit_skip(test, "no NUMA");
}

#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(nearest_first, rank_gen_params),
	KUNIT_CASE(this_machine),
	KUNIT_CASE(batches_of_the_nearest_when_there_is_none_here),
	KUNIT_CASE(a_node_without_memory),
	KUNIT_CASE(nodes_of_a_cpuset),
	KUNIT_CASE(nodes_of_a_mempolicy),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_node",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
