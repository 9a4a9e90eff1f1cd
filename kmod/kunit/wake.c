// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: no block is cached that the timer would not see
 *
 * A decay looks at the depots and then at the CPUs. These tests allocate or free in
 * between, on this CPU or another one: if blocks are cached then, the decay asks for
 * another one, or the timer was woken.
 */
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/delay.h>

#include "../cache.h"
#include "../wake.h"
#include "../recall.h"
#include "crew.h"
#include "helper.h"

#define DECAYS		4

struct fixture {
	struct arena_cache *c;
	unsigned int cpu;
	void (*act)(void *arg);
	unsigned int nr;
	void **p;
	bool woken;
	bool done;
};

/* Interrupts are off on the CPU that calls these. */
static void alloc_one(void *arg)
{
	struct fixture *f = arg;

	f->p[f->nr] = arena_cache_alloc(f->c, GFP_ATOMIC);
	f->nr += !!f->p[f->nr];
}

static void free_two_magazines(void *arg)
{
	struct fixture *f = arg;
	unsigned int n = min_t(unsigned int, f->nr, 2 * f->c->rounds);

	for (; n; n--)
		arena_cache_free(f->c, f->p[--f->nr]);
}

static void free_one(void *arg)
{
	struct fixture *f = arg;

	arena_cache_free(f->c, f->p[--f->nr]);
}

static void act_between(struct arena_cache *c)
{
	struct fixture *f = kunit_get_current_test()->priv;

	if (c != f->c || f->done)
		return;
	f->done = true;
	KUNIT_EXPECT_EQ(kunit_get_current_test(),
			ac_kunit_interrupt(f->cpu, f->act, f), 0);
	f->woken = READ_ONCE(ac_awake);
}

static const struct between_case {
	const char *name;
	void (*act)(void *arg);
	unsigned int before;	/* full magazines that CPU 0 frees first */
	bool elsewhere;
	bool stays;		/* blocks are cached after the decay */
} between_cases[] = {
	{ "a CPU loads one", alloc_one, 3, false, false },
	{ "another CPU loads one", alloc_one, 3, true },
	{ "a CPU gives one to the depot", free_two_magazines, 2, false, true },
	{ "another CPU gives some", free_two_magazines, 2, true },
	{ "a CPU gets its first", free_one, 0, false, true },
	{ "another CPU gets its first", free_one, 0, true },
	{ "a CPU without allocates", alloc_one, 0, false, false },
};

KUNIT_ARRAY_PARAM_DESC(between, between_cases, name);

/* Waits until the timer is off, so that nothing but the test can wake it. */
static void wait_until_asleep(struct kunit *test)
{
	unsigned int tries;

	for (tries = 0; READ_ONCE(ac_awake) && tries < 2000; tries++)
		msleep(20);
	KUNIT_ASSERT_FALSE(test, READ_ONCE(ac_awake));
	msleep(20);
}

static struct fixture *setup(struct kunit *test, const struct between_case *row)
{
	struct fixture *f = ac_kunit_zalloc(test, sizeof(*f));

	f->cpu = row->elsewhere ? cpumask_last(cpu_online_mask) : 0;
	if (row->elsewhere && !f->cpu)
		kunit_skip(test, "one CPU");
	f->act = row->act;
	f->c = ac_kunit_cache(test, 64, 0, NULL);
	f->nr = 7 * f->c->rounds;
	f->p = ac_kunit_zalloc(test, (f->nr + 1) * sizeof(void *));
	ac_kunit_take_blocks(test, f->c, f->nr, f->p);
	f->nr -= row->before * f->c->rounds;
	arena_cache_free_bulk(f->c, row->before * f->c->rounds, f->p + f->nr);
	test->priv = f;
	return f;
}

static void nothing_is_forgotten(struct kunit *test)
{
	const struct between_case *row = test->param_value;
	struct fixture *f = setup(test, row);
	unsigned int i;
	bool again;

	/* From this look on the magazines rest. */
	KUNIT_EXPECT_EQ(test, ac_recall_unneeded(&f->c, 1), !!row->before);
	wait_until_asleep(test);
	kunit_activate_static_stub(test, ac_recall_between, act_between);
	again = ac_recall_unneeded(&f->c, 1);
	kunit_deactivate_static_stub(test, ac_recall_between);
	KUNIT_EXPECT_TRUE(test, f->done);
	if (ac_magazine_cached(f->c))
		KUNIT_EXPECT_TRUE(test, again || f->woken);
	/* What another CPU caches depends on its depot and its node. */
	if (!row->elsewhere)
		KUNIT_EXPECT_EQ(test, !!ac_magazine_cached(f->c), row->stays);
	for (i = 0; i < DECAYS; i++)
		again = ac_recall_unneeded(&f->c, 1);
	KUNIT_EXPECT_FALSE(test, again);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(f->c), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(f->c), f->nr);
	ac_kunit_assert_clean(test);
	ac_pool_put(f->c, f->nr, f->p);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(nothing_is_forgotten, between_gen_params),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_wake",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
