// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what every suite begins with, counts by and ends with
 */
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../node.h"
#include "../snapshot.h"
#include "../debug/verify.h"
#include "helper.h"

/* What was there when the suite began. */
static struct {
	unsigned long used_arenas;
	long live;
} before;

static unsigned long used_arenas(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_set(node)->nr_arenas -
		     ac_arena_set(node)->nr_empty;
	return n;
}

unsigned long ac_kunit_count_arenas(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_set(node)->nr_arenas;
	return n;
}

static long classes_live(void)
{
	long live = 0;
	int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++)
		live += ac_cache_live(arena_cache_classes[i]);
	return live;
}

static void open_orders(struct ac_arena_set *set)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	memset(set->backoff.closed, 0, sizeof(set->backoff.closed));
	set->backoff.scarce = false;
	set->holes = 0;
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/* Forgets failed attempts and holes, so that the next attempt is at an arena. */
void ac_kunit_open_orders(void)
{
	int node;

	for_each_node(node)
		open_orders(ac_arena_set(node));
}

static void note_part(struct ac_arena *arena, void *arg)
{
	struct page **page = arg;

	if (arena->gone && (arena->free | arena->gone) == AC_ALL_POOLS)
		*page = arena->page;
}

/* Trims. The reserve, which may lie in parts of arenas, is made of whole ones. */
static void trim(void)
{
	struct page *page;
	int node;

	ac_cache_trim();
	ac_kunit_open_orders();
	do {
		page = NULL;
		ac_arena_visit(note_part, &page);
		if (page)
			ac_arena_evacuate(page_to_pfn(page), AC_POOLS);
	} while (page);
	for_each_node(node)
		ac_arena_fill(node);
}

int ac_kunit_suite_init(struct kunit_suite *suite)
{
	trim();
	before.used_arenas = used_arenas();
	before.live = classes_live();
	return 0;
}

/* A case, as a suite's exit function cannot fail the suite. */
void ac_kunit_nothing_left(struct kunit *test)
{
	int node;

	trim();
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, classes_live(), before.live);
	KUNIT_EXPECT_EQ(test, used_arenas(), before.used_arenas);
	for_each_node(node)
		KUNIT_EXPECT_LE(test, ac_arena_set(node)->nr_empty,
				ac_kunit_reserve(node));
}

void ac_kunit_assert_clean(struct kunit *test)
{
	unsigned long bad;
	struct ac_verify v;

	bad = ac_verify(&v);
	KUNIT_ASSERT_EQ_MSG(test, bad, 0,
			    "arenas %lu, pools %lu, magazines %lu, blocks %lu",
			    v.bad_arenas, v.bad_pools, v.bad_magazines,
			    v.bad_blocks);
}

/* In a snapshot the parts sum to the whole, whatever other CPUs do meanwhile. */
void ac_kunit_expect_sums(struct kunit *test)
{
	struct ac_snapshot *s = ac_snapshot_get();
	const struct ac_row *row;
	u64 sum, pools = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	sum = s->bytes.live + s->bytes.in_magazines + s->bytes.in_depots +
	      s->bytes.quarantined + s->bytes.waiting + s->bytes.free + s->bytes.free_pools +
	      s->bytes.gone_pools + s->bytes.maps + s->bytes.tails;
	KUNIT_EXPECT_EQ(test, s->bytes.total, s->arenas * SZ_256K);
	KUNIT_EXPECT_EQ(test, sum, s->bytes.total);
	for (row = s->row; row < s->row + s->nr_rows; row++) {
		pools += row->pools;
		KUNIT_EXPECT_EQ(test, row->live + row->in_magazines +
				row->in_depots + row->quarantined +
				row->waiting + row->free,
				row->pools * row->capacity);
	}
	KUNIT_EXPECT_EQ(test, pools + s->free_pools + s->gone_pools,
			64 * s->arenas);
	KUNIT_EXPECT_LE(test, s->free_pools, 64 * s->arenas);
	KUNIT_EXPECT_LE(test, s->spare_pools, s->free_pools);
	KUNIT_EXPECT_LE(test, 64 * s->empty, s->free_pools);
	KUNIT_EXPECT_LE(test, s->arenas, s->highwater);
	ac_snapshot_put(s);
}

/*
 * Leaves nothing but the reserve. If other modules have blocks, the test is skipped; if
 * the test itself has some, it fails.
 */
void ac_kunit_trim(struct kunit *test)
{
	trim();
	if (before.used_arenas)
		kunit_skip(test, "another module uses arenas");
	KUNIT_ASSERT_EQ(test, used_arenas(), 0);
}

void ac_kunit_pin(struct kunit *test, int cpu)
{
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	KUNIT_ASSERT_EQ(test, raw_smp_processor_id(), cpu);
}

/* Tests expect figures of one CPU and node. A test that wants another CPU moves there. */
int ac_kunit_start(struct kunit *test)
{
	ac_kunit_pin(test, 0);
	ac_kunit_open_orders();
	return 0;
}

static bool never(gfp_t gfp)
{
	return false;
}

/* Atomic requests bring arenas, too, as they do where pages are not zeroed. */
void ac_kunit_pay_by_arena(struct kunit *test)
{
	kunit_activate_static_stub(test, ac_pages_are_dear, never);
}

static unsigned int *reserve;

/* Arenas of the reserve: what a trim left when this module was loaded. */
unsigned int ac_kunit_reserve(int node)
{
	return reserve[node];
}

/* Of the node that tests begin on. */
void ac_kunit_need_reserve(struct kunit *test)
{
	if (!ac_kunit_reserve(numa_mem_id()))
		kunit_skip(test, "loaded with reserve=0");
}

void ac_kunit_need_nodes(struct kunit *test)
{
	if (num_node_state(N_MEMORY) < 2)
		kunit_skip(test, "one NUMA node with memory");
}

/* The nearest node with memory but for this CPU's. */
int ac_kunit_far_node(struct kunit *test)
{
	ac_kunit_need_nodes(test);
	return ac_node_near(ac_node_here(), 1);
}

u64 ac_kunit_seed(struct kunit *test, struct rnd_state *rnd)
{
	u64 seed = get_random_u64();

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(rnd, seed);
	return seed;
}

KUNIT_DEFINE_ACTION_WRAPPER(kvfree_action, kvfree, const void *);

/* Zeroed memory that goes with the test: unlike kunit_kzalloc()'s of any size. */
void *ac_kunit_zalloc(struct kunit *test, size_t size)
{
	void *p = kvzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, kvfree_action, p),
			0);
	return p;
}

/* --- the module --- */

static int __init ac_kunit_init(void)
{
	int node;

	reserve = kcalloc(nr_node_ids, sizeof(*reserve), GFP_KERNEL);
	if (!reserve)
		return -ENOMEM;
	ac_cache_trim();
	for_each_node(node)
		reserve[node] = ac_arena_set(node)->nr_empty;
	return 0;
}

static void __exit ac_kunit_exit(void)
{
	kfree(reserve);
}

module_init(ac_kunit_init);
module_exit(ac_kunit_exit);

MODULE_DESCRIPTION("KUnit tests of arena_cache");
MODULE_AUTHOR("The arena_cache developers");
MODULE_LICENSE("GPL");
AC_IMPORT_KUNIT_NS;
