// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: a block is freed while a lock in it is held
 *
 * lockdep reports that and turns itself off for good. The tests keep it silent and turn
 * it on again, with all CPUs stopped, as it would miss what others lock meanwhile.
 */
#include <linux/debug_locks.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/stop_machine.h>

#include "../cache.h"
#include "helper.h"

#ifdef CONFIG_DEBUG_LOCK_ALLOC
struct locked {
	u64 first;
	struct lockdep_map map;
};

struct attempt {
	void (*free)(struct attempt *attempt);
	struct arena_cache *cache;
	void *other;
	struct locked *block;
	bool held;
	bool told;
};

static struct lock_class_key key;

/* Makes the task forget the lock without touching it, as the block is free by then. */
static int free_stopped(void *arg)
{
	struct attempt *a = arg;
	unsigned int depth = current->lockdep_depth;
	u64 chain = current->curr_chain_key;

	debug_locks_silent = 1;
	if (a->held)
		lock_map_acquire(&a->block->map);
	a->free(a);
	a->told = !debug_locks;
	current->lockdep_depth = depth;
	current->curr_chain_key = chain;
	debug_locks = 1;
	debug_locks_silent = 0;
	return 0;
}

static bool is_told(struct kunit *test, struct attempt *a, bool held)
{
	KUNIT_ASSERT_NOT_NULL(test, a->block);
	lockdep_init_map(&a->block->map, "ac_kunit_locks", &key, 0);
	a->held = held;
	stop_machine(free_stopped, a, NULL);
	return a->told;
}

static void free_one(struct attempt *a)
{
	arena_cache_free(a->cache, a->block);
}

static void free_in_bulk(struct attempt *a)
{
	void *p[] = { NULL, a->other, a->block };

	arena_cache_free_bulk(a->cache, ARRAY_SIZE(p), p);
}

static void free_by_size(struct attempt *a)
{
	arena_free(a->block);
}

/* The block grows out of its class and moves, which frees the old one. */
static void move(struct attempt *a)
{
	a->other = arena_realloc(a->block, 512, GFP_ATOMIC);
}

static void expect_told(struct kunit *test, struct arena_cache *c,
			void (*free)(struct attempt *attempt))
{
	struct attempt a = { .cache = c, .free = free };
	bool held;

	for (held = false; ; held = true) {
		a.block = ac_kunit_alloc(test, c);
		a.other = ac_kunit_alloc(test, c);
		KUNIT_EXPECT_EQ(test, is_told(test, &a, held), held);
		if (free != free_in_bulk)
			arena_cache_free(c, a.other);
		if (held)
			break;
	}
}

static void by_cache(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, sizeof(struct locked), 0,
					       NULL);

	expect_told(test, c, free_one);
	expect_told(test, c, free_in_bulk);
}

static void by_debug_cache(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, sizeof(struct locked),
						     0, NULL);

	expect_told(test, c, free_one);
	expect_told(test, c, free_in_bulk);
}

static void by_large_cache(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 1000, 0, NULL);

	expect_told(test, c, free_one);
	expect_told(test, c, free_in_bulk);
}

static void by_size(struct kunit *test)
{
	struct attempt a = { .free = free_by_size };
	unsigned int size;

	for (size = sizeof(struct locked); size <= 1000; size += 300) {
		a.block = arena_alloc(size, GFP_KERNEL);
		KUNIT_EXPECT_FALSE(test, is_told(test, &a, false));
		a.block = arena_alloc(size, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, is_told(test, &a, true));
	}
}

static void by_realloc(struct kunit *test)
{
	struct attempt a = { .free = move };

	a.block = arena_alloc(sizeof(struct locked), GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, is_told(test, &a, true));
	arena_free(a.other);
}

static int start(struct kunit *test)
{
	if (!debug_locks)
		kunit_skip(test, "lockdep has given up");
	return ac_kunit_start(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(by_cache),
	KUNIT_CASE(by_debug_cache),
	KUNIT_CASE(by_large_cache),
	KUNIT_CASE(by_size),
	KUNIT_CASE(by_realloc),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_locks",
	.suite_init = ac_kunit_suite_init,
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(suite);
#endif
