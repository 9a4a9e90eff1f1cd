// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: each layer that cannot serve hands on to the next
 *
 * Every layer is made to fail, alone and together with each other one, for every
 * kind of cache, in every context: the others must serve. Then all but one fail, which
 * must serve alone.
 */
#include <kunit/static_stub.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../raw.h"
#include "../reclaim.h"
#include "famine.h"
#include "helper.h"

enum layer {
	MAGAZINES,	/* there is no memory for one */
	DEPOT,		/* another CPU holds its lock */
	OWN_POOLS,
	FREE_POOLS,
	BIG_PAGES,	/* order 6 */
	SMALL_PAGES,
	KMALLOC,
	NR_LAYERS,
};

static const char *const names[] = {
	[MAGAZINES] = "magazines", [DEPOT] = "depot", [OWN_POOLS] = "own pools",
	[FREE_POOLS] = "free pools", [BIG_PAGES] = "order 6",
	[SMALL_PAGES] = "single pages", [KMALLOC] = "kmalloc",
};

static_assert(ARRAY_SIZE(names) == NR_LAYERS);

enum context { SLEEPING, ATOMIC, IRQS_OFF, AMID_A_CALL, NR_CONTEXTS };

static struct ac_magazine *no_magazine(struct arena_cache *c)
{
	return NULL;
}

static unsigned long failing;

static struct page *some_pages(gfp_t gfp, int node, unsigned int order)
{
	if (failing & BIT(order ? BIG_PAGES : SMALL_PAGES))
		return NULL;
	return alloc_pages_node(node, gfp, order);
}

static void *no_raw(size_t size, gfp_t gfp, int node, enum ac_stat why)
{
	return NULL;
}

static void fail_layers(struct kunit *test, unsigned long layers)
{
	failing = layers;
	if (layers & BIT(MAGAZINES))
		kunit_activate_static_stub(test, ac_magazine_new, no_magazine);
	if (layers & BIT(OWN_POOLS))
		kunit_activate_static_stub(test, ac_pool_take, ac_kunit_no_blocks);
	if (layers & BIT(FREE_POOLS))
		kunit_activate_static_stub(test, ac_arena_take_free,
					   ac_kunit_no_free_pool);
	if (layers & (BIT(BIG_PAGES) | BIT(SMALL_PAGES)))
		kunit_activate_static_stub(test, ac_pages_alloc, some_pages);
	if (layers & BIT(KMALLOC))
		kunit_activate_static_stub(test, ac_raw_alloc_size, no_raw);
}

static void heal_layers(struct kunit *test)
{
	if (failing & BIT(MAGAZINES))
		kunit_deactivate_static_stub(test, ac_magazine_new);
	if (failing & BIT(OWN_POOLS))
		kunit_deactivate_static_stub(test, ac_pool_take);
	if (failing & BIT(FREE_POOLS))
		kunit_deactivate_static_stub(test, ac_arena_take_free);
	if (failing & (BIT(BIG_PAGES) | BIT(SMALL_PAGES)))
		kunit_deactivate_static_stub(test, ac_pages_alloc);
	if (failing & BIT(KMALLOC))
		kunit_deactivate_static_stub(test, ac_raw_alloc_size);
	failing = 0;
}

/*
 * With preemption off. Lockdep must not see the depot's lock: static stubs take a lock
 * that must not nest inside a raw one.
 */
static void *get_beside_depot(struct arena_cache *c, gfp_t gfp)
{
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	void *p;

	arch_spin_lock(&depot->lock.raw_lock);
	p = arena_cache_alloc(c, gfp);
	arch_spin_unlock(&depot->lock.raw_lock);
	return p;
}

/* Allocates a block in @context. */
static void *get(struct arena_cache *c, enum context context)
{
	const bool beside = failing & BIT(DEPOT);
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	unsigned long flags;
	void *p;

	if (context == SLEEPING && !beside)
		return arena_cache_alloc(c, GFP_KERNEL);
	preempt_disable();
	if (context == IRQS_OFF)
		local_irq_save(flags);
	if (context == AMID_A_CALL)
		this_cpu_ptr(c->cpu)->seq++;
	p = beside ? get_beside_depot(c, gfp) : arena_cache_alloc(c, gfp);
	if (context == AMID_A_CALL)
		this_cpu_ptr(c->cpu)->seq--;
	if (context == IRQS_OFF)
		local_irq_restore(flags);
	preempt_enable();
	return p;
}

/* Leaves free blocks in the pools of @c, and none in its magazines. */
static void prepare(struct kunit *test, struct arena_cache *c, void **held)
{
	held[0] = ac_kunit_alloc(test, c);
	ac_cache_flush(c);
}

static void try_layers(struct kunit *test, struct arena_cache *c,
		       unsigned long layers, enum context context)
{
	void *held[4] = {};
	unsigned int i;

	prepare(test, c, held);
	fail_layers(test, layers);
	for (i = 1; i < ARRAY_SIZE(held); i++)
		held[i] = get(c, context);
	heal_layers(test);
	for (i = 1; i < ARRAY_SIZE(held); i++)
		KUNIT_EXPECT_NOT_NULL_MSG(test, held[i],
					  "layers %#lx fail, context %u, block %u",
					  layers, context, i);
	for (i = 0; i < ARRAY_SIZE(held); i++)
		arena_cache_free(c, held[i]);
	ac_cache_flush(c);
}

static struct arena_cache *make(struct kunit *test, unsigned long flags)
{
	struct arena_cache *c = ac_kunit_create(test, "layers", 96, flags, NULL);

	/* Tests take the depot's lock, and mark the CPU busy. */
	KUNIT_ASSERT_TRUE(test, ac_magazines_open(c, GFP_KERNEL));
	return c;
}

static void in_every_context(struct kunit *test, struct arena_cache *c,
			     unsigned long layers)
{
	enum context context;

	for (context = 0; context < NR_CONTEXTS; context++)
		try_layers(test, c, layers, context);
}

static void one_and_two_of(struct kunit *test, struct arena_cache *c)
{
	unsigned int i, k;

	for (i = 0; i < NR_LAYERS; i++)
		for (k = i; k < NR_LAYERS; k++)
			in_every_context(test, c, BIT(i) | BIT(k));
	arena_cache_destroy(c);
	ac_kunit_assert_clean(test);
}

static void one_and_two_fail(struct kunit *test)
{
	one_and_two_of(test, make(test, 0));
}

static void one_and_two_fail_shared(struct kunit *test)
{
	one_and_two_of(test, make(test, ARENA_CACHE_SHARED));
}

static void one_and_two_fail_debug(struct kunit *test)
{
	one_and_two_of(test, make(test, ARENA_CACHE_DEBUG));
}

/* Uses more than an arena, so that an empty one is kept. */
static void leave_free_pools(struct kunit *test, struct arena_cache *c)
{
	const unsigned int nr = (AC_POOLS + 1) * c->capacity;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr, p), nr);
	arena_cache_free_bulk(c, nr, p);
	ac_cache_flush(c);
}

/* All layers but one fail; that one has blocks or memory. */
static void one_is_left(struct kunit *test)
{
	static const enum layer left[] = { OWN_POOLS, FREE_POOLS, BIG_PAGES,
					   SMALL_PAGES, KMALLOC };
	struct arena_cache *c = make(test, 0);
	unsigned long all = BIT(NR_LAYERS) - 1;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(left); i++) {
		if (left[i] == FREE_POOLS)
			leave_free_pools(test, c);
		kunit_info(test, "%s alone\n", names[left[i]]);
		in_every_context(test, c, all & ~BIT(left[i]));
	}
	arena_cache_destroy(c);
	ac_kunit_assert_clean(test);
}

/* A CPU that can have no magazine does not take a new pool for each block. */
static void without_magazines_pools_are_used_up(struct kunit *test)
{
	struct arena_cache *c = make(test, 0);
	const unsigned int nr = 3 * c->capacity;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	unsigned int i;

	ac_kunit_trim(test);
	fail_layers(test, BIT(MAGAZINES));
	for (i = 0; i < nr; i++)
		p[i] = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 3);
	heal_layers(test);
	arena_cache_free_bulk(c, nr, p);
	arena_cache_destroy(c);
}

/* Nothing but a depot has blocks. */
static void a_depot_is_the_last_resort(struct kunit *test)
{
	struct arena_cache *c = make(test, 0);
	const unsigned int nr = 6 * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	struct ac_depot *depot = ac_depot_of(c, raw_smp_processor_id());
	unsigned int i, n;

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, nr, p), nr);
	for (i = 0; i < nr; i++)
		arena_cache_free(c, p[i]);
	n = depot->full.nr;
	KUNIT_ASSERT_GT(test, n, 0);
	fail_layers(test, BIT(OWN_POOLS) | BIT(FREE_POOLS) | BIT(BIG_PAGES) |
			  BIT(SMALL_PAGES) | BIT(KMALLOC));
	/* In the middle of a call the CPU's own magazines are out of reach. */
	p[0] = get(c, AMID_A_CALL);
	heal_layers(test);
	KUNIT_EXPECT_NOT_NULL(test, p[0]);
	arena_cache_free(c, p[0]);
	arena_cache_destroy(c);
	ac_kunit_assert_clean(test);
}

/* Nothing but the reserve has free pools: atomic requests get one. */
static void the_reserve_alone(struct kunit *test)
{
	struct ac_arena_set *set = ac_arena_set(numa_mem_id());
	enum context context;
	struct arena_cache *c;
	unsigned long left;
	void *p;

	ac_kunit_need_reserve(test);
	c = make(test, 0);
	for (context = 0; context < NR_CONTEXTS; context++) {
		ac_kunit_trim(test);
		left = set->nr_free_pools;
		fail_layers(test, BIT(OWN_POOLS) | BIT(BIG_PAGES) |
				  BIT(SMALL_PAGES) | BIT(KMALLOC));
		p = get(c, context);
		heal_layers(test);
		KUNIT_EXPECT_EQ(test, !!p, context != SLEEPING);
		KUNIT_EXPECT_EQ(test, set->nr_free_pools, left - !!p);
		arena_cache_free(c, p);
		ac_cache_flush(c);
		KUNIT_EXPECT_FALSE(test, ac_reclaim_tend());
	}
	arena_cache_destroy(c);
	ac_kunit_assert_clean(test);
}

static void no_fail_does_not(struct kunit *test)
{
	static const unsigned long flags[] = { 0, ARENA_CACHE_SHARED,
					       ARENA_CACHE_DEBUG };
	unsigned long layers = BIT(MAGAZINES) | BIT(OWN_POOLS) |
			       BIT(FREE_POOLS) | BIT(BIG_PAGES);
	struct arena_cache *c;
	unsigned int i;
	void *p[5];

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		c = make(test, flags[i]);
		fail_layers(test, layers);
		p[4] = arena_cache_alloc(c, GFP_KERNEL | __GFP_NOFAIL);
		KUNIT_EXPECT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL |
							     __GFP_NOFAIL, 4,
							     p), 4);
		heal_layers(test);
		KUNIT_EXPECT_NOT_NULL(test, p[4]);
		arena_cache_free_bulk(c, 5, p);
		arena_cache_destroy(c);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_and_two_fail),
	KUNIT_CASE(one_and_two_fail_shared),
	KUNIT_CASE(one_and_two_fail_debug),
	KUNIT_CASE(one_is_left),
	KUNIT_CASE(without_magazines_pools_are_used_up),
	KUNIT_CASE(the_reserve_alone),
	KUNIT_CASE(a_depot_is_the_last_resort),
	KUNIT_CASE(no_fail_does_not),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static int start(struct kunit *test)
{
	ac_kunit_pay_by_arena(test);
	return ac_kunit_start(test);
}

static struct kunit_suite suite = {
	.name = "arena_cache_layers",
	.init = start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
