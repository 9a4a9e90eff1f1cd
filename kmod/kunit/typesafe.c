// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: caches whose free blocks readers under RCU may look at
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../leaving.h"
#include "../pool_put.h"
#include "crew.h"
#include "famine.h"
#include "helper.h"

#define MAGIC	0x7e57ab1e7e57ab1eULL

/* Of the 64 bytes of an object the constructor sets the first eight, for ever. */
struct object {
	u64 magic;
	u64 key;
	u64 rest[6];
};

static void construct(void *p)
{
	struct object *o = p;

	o->magic = MAGIC;
	o->key = 0;
}

static struct arena_cache *create(struct kunit *test, unsigned int size,
				  unsigned long flags, void (*ctor)(void *))
{
	return ac_kunit_create(test, "typesafe", size,
			       flags | ARENA_CACHE_TYPESAFE_BY_RCU, ctor);
}

static bool is_used(const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);

	return arena && ac_arena_used(arena) >> ac_arena_slot(p) & 1;
}

/* A pool whose last block was freed stays where it is until a grace period has passed. */
static void pools_wait(struct kunit *test)
{
	struct arena_cache *c = create(test, sizeof(struct object), 0, construct);
	unsigned int i, nr = 2 * c->capacity;
	struct object **o = ac_kunit_zalloc(test, nr * sizeof(*o));

	ac_kunit_take_blocks(test, c, nr, (void **)o);
	for (i = 0; i < nr; i++)
		o[i]->key = i;
	rcu_read_lock();
	ac_pool_put(c, nr, (void **)o);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), 0);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_TRUE(test, is_used(o[i]));
		KUNIT_EXPECT_EQ(test, o[i]->magic, MAGIC);
		KUNIT_EXPECT_EQ(test, o[i]->key, i);
	}
	KUNIT_EXPECT_GE(test, ac_pool_nr_pools(c), 2);
	rcu_read_unlock();
	ac_leaving_wait(c);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
	rcu_read_lock();
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_FALSE(test, is_used(o[i]));
	rcu_read_unlock();
	arena_cache_destroy(c);
	ac_kunit_assert_clean(test);
}

/* However long a reader takes. */
static void pools_outlast_a_reader(struct kunit *test)
{
	struct arena_cache *c = create(test, sizeof(struct object), 0, construct);
	bool *inside = ac_kunit_zalloc(test, sizeof(*inside));
	struct ac_kunit_crew *reader;
	struct object *o;

	ac_kunit_take_blocks(test, c, 1, (void **)&o);
	reader = ac_kunit_reader_start(test, inside);
	ac_pool_put(c, 1, (void **)&o);
	msleep(100);
	KUNIT_EXPECT_TRUE(test, is_used(o));
	KUNIT_EXPECT_EQ(test, o->magic, MAGIC);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 1);
	ac_kunit_crew_finish(test, reader);
	ac_leaving_wait(c);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(c), 0);
	arena_cache_destroy(c);
}

/* Neither a free nor an allocation writes to a block, unless it is asked for zeroes. */
static void expect_untouched(struct kunit *test, struct arena_cache *c)
{
	struct object *o = ac_kunit_alloc(test, c), *other;

	if (c->large)
		goto out;
	other = ac_kunit_alloc(test, c);
	memset(o, 0x3c, sizeof(*o));
	arena_cache_free(c, o);
	KUNIT_EXPECT_NULL(test, memchr_inv(o, 0x3c, sizeof(*o)));
	ac_cache_flush(c);
	KUNIT_EXPECT_NULL(test, memchr_inv(o, 0x3c, sizeof(*o)));
	arena_cache_free(c, other);
	o = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_TRUE(test, o->magic == 0 || o->magic == 0x3c3c3c3c3c3c3c3c);
	arena_cache_free(c, o);
	o = arena_cache_zalloc(c, GFP_KERNEL);
	KUNIT_EXPECT_NULL(test, memchr_inv(o, 0, sizeof(*o)));
out:
	arena_cache_free(c, o);
	arena_cache_destroy(c);
}

static void free_blocks_stay_as_they_are(struct kunit *test)
{
	expect_untouched(test, create(test, sizeof(struct object), 0, NULL));
	expect_untouched(test, create(test, sizeof(struct object),
				      ARENA_CACHE_DEBUG, NULL));
	expect_untouched(test, create(test, 700, 0, NULL));
}

/* kmalloc()'s memory is freed at once, so a page of its own serves where no arena does. */
static void raw_memory_does_not_serve(struct kunit *test)
{
	struct arena_cache *c = create(test, sizeof(struct object), 0, NULL);
	void *p;

	ac_kunit_famine_start(test);
	p = arena_cache_alloc(c, AC_KUNIT_FAMINE_GFP);
	if (p)
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(p));
	arena_cache_free(c, p);
	ac_kunit_famine_end(test);
	arena_cache_destroy(c);
}

static void shared_caches_are_not_typesafe(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, arena_cache_create("typesafe", 64, 0,
						   ARENA_CACHE_SHARED |
						   ARENA_CACHE_TYPESAFE_BY_RCU,
						   NULL));
}

#define SLOTS	32

/* Objects that readers find, and what becomes of their pages: other caches' blocks. */
struct table {
	struct arena_cache *c;
	struct arena_cache *other;
	struct object __rcu *slot[SLOTS];
};

static void replace(struct ac_kunit_thread *thread, struct table *t)
{
	unsigned int slot = prandom_u32_state(&thread->rnd) % SLOTS;
	struct object *new = NULL, *old;

	if (prandom_u32_state(&thread->rnd) & 1) {
		new = arena_cache_alloc(t->c, GFP_KERNEL);
		if (new)
			WRITE_ONCE(new->key, slot);
	}
	old = unrcu_pointer(xchg(&t->slot[slot], RCU_INITIALIZER(new)));
	arena_cache_free(t->c, old);
}

/* The object may be free, or another one by now; an object of the type it is. */
static void look(struct ac_kunit_thread *thread, struct table *t)
{
	struct object *o;
	unsigned int i;

	rcu_read_lock();
	o = rcu_dereference(t->slot[prandom_u32_state(&thread->rnd) % SLOTS]);
	for (i = 0; o && i < 20; i++) {
		ac_kunit_check(thread, READ_ONCE(o->magic) == MAGIC,
			       "no object of the type");
		ac_kunit_check(thread, READ_ONCE(o->key) < SLOTS, "no key");
		cpu_relax();
	}
	rcu_read_unlock();
}

/* Pages that the cache gave back become pages of a cache that writes to them. */
static void churn(struct table *t)
{
	void *p[32];

	arena_cache_shrink(t->c);
	if (arena_cache_alloc_bulk(t->other, GFP_KERNEL, ARRAY_SIZE(p), p)) {
		memset(p[0], 0xff, 512);
		memset(p[31], 0xff, 512);
		arena_cache_free_bulk(t->other, ARRAY_SIZE(p), p);
	}
	arena_cache_shrink(t->other);
}

static void look_and_replace(struct ac_kunit_thread *thread)
{
	struct table *t = thread->arg;
	unsigned int i;

	for (i = 0; i < AC_KUNIT_ROUNDS(50000); i++) {
		if (thread->id & 1)
			look(thread, t);
		else
			replace(thread, t);
		if (!thread->id && !(i % 256))
			churn(t);
		if (!(i % 64))
			cond_resched();
	}
}

static void readers_see_objects_of_the_type(struct kunit *test)
{
	struct table *t = ac_kunit_zalloc(test, sizeof(*t));
	unsigned int i;

	t->c = create(test, sizeof(struct object), 0, construct);
	t->other = ac_kunit_create(test, "other", 512, 0, NULL);
	ac_kunit_crew_run(test, 2 * num_online_cpus(), look_and_replace, t);
	for (i = 0; i < SLOTS; i++)
		arena_cache_free(t->c, unrcu_pointer(t->slot[i]));
	arena_cache_destroy(t->c);
	arena_cache_destroy(t->other);
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("typesafe"));
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pools_wait),
	KUNIT_CASE(pools_outlast_a_reader),
	KUNIT_CASE(free_blocks_stay_as_they_are),
	KUNIT_CASE(raw_memory_does_not_serve),
	KUNIT_CASE(shared_caches_are_not_typesafe),
	KUNIT_CASE(readers_see_objects_of_the_type),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_typesafe",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suites(&suite);
