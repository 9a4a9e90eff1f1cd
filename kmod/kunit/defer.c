// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: frees that wait for a grace period
 */
#include <kunit/static_stub.h>
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../defer.h"
#include "../depot.h"
#include "../recall.h"
#include "crew.h"
#include "famine.h"
#include "helper.h"

/* Magazines that a test fills. */
#define MAGAZINES	5

static void give_up_and_wait(struct arena_cache *c)
{
	ac_recall_cpus(&c, 1, NUMA_NO_NODE);
	ac_defer_wait(c);
	ac_defer_wait(NULL);
}

static void **allocate(struct kunit *test, struct arena_cache *c, unsigned int nr)
{
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		p[i] = ac_kunit_alloc(test, c);
		memset(p[i], i, c->size);
	}
	return p;
}

static void free_all_rcu(struct arena_cache *c, void **p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		arena_cache_free_rcu(c, p[i]);
}

static unsigned int nr_changed(struct arena_cache *c, void **p, unsigned int nr)
{
	unsigned int i, bad = 0;

	for (i = 0; i < nr; i++)
		bad += !!memchr_inv(p[i], i & 0xff, c->size);
	return bad;
}

static bool is_among(const void *p, void **blocks, unsigned int nr)
{
	while (nr--)
		if (blocks[nr] == p)
			return true;
	return false;
}

/* What a reader under RCU may rely on: its blocks stay as they are, and nobody gets them. */
static void expect_kept(struct kunit *test, struct arena_cache *c)
{
	unsigned int i, again = 0, nr = MAGAZINES * c->rounds + 1;
	void **p = allocate(test, c, nr), **new;

	new = ac_kunit_zalloc(test, nr * sizeof(*new));
	rcu_read_lock();
	free_all_rcu(c, p, nr);
	for (i = 0; i < nr; i++) {
		new[i] = arena_cache_alloc(c, GFP_ATOMIC);
		again += is_among(new[i], p, nr);
	}
	KUNIT_EXPECT_EQ(test, again, 0);
	KUNIT_EXPECT_EQ(test, nr_changed(c, p, nr), 0);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), nr);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), nr);
	rcu_read_unlock();
	for (i = 0; i < nr; i++)
		arena_cache_free(c, new[i]);
	give_up_and_wait(c);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
}

static void readers_keep_blocks(struct kunit *test)
{
	static const unsigned int sizes[] = { 8, 64, 200, 512, 600 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_kept(test, ac_kunit_cache(test, sizes[i], 0, NULL));
}

/* However long a reader takes, and whatever the works had time for. */
static void blocks_outlast_a_reader(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int nr = MAGAZINES * c->rounds;
	void **p = allocate(test, c, nr), *large = arena_alloc(1000, GFP_KERNEL);
	struct ac_kunit_crew *reader;
	bool *inside = ac_kunit_zalloc(test, sizeof(*inside));

	ac_defer_wait(NULL);
	memset(large, 0x77, 1000);
	reader = ac_kunit_reader_start(test, inside);
	free_all_rcu(c, p, nr);
	arena_free_rcu(large);
	ac_recall_cpus(&c, 1, NUMA_NO_NODE);
	msleep(100);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), nr);
	KUNIT_EXPECT_EQ(test, nr_changed(c, p, nr), 0);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(large, 0x77, 1000));
	ac_kunit_crew_finish(test, reader);
	give_up_and_wait(c);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), 0);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), 0);
}

static void construct(void *p)
{
	memset(p, 0x5a, 64);
}

/* A block of a cache that looks for bugs, or that is constructed, is freed as any other. */
static void special_blocks_are_freed(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);

	expect_kept(test, c);
	ac_kunit_destroy(test, c);
	c = ac_kunit_cache(test, 64, 0, construct);
	arena_cache_free_rcu(c, ac_kunit_alloc(test, c));
	arena_cache_free_rcu(c, NULL);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), 1);
	give_up_and_wait(c);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

/* No block of a full magazine goes back to its pool. */
static void whole_magazines_are_used_again(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long cached, locks;
	void **p;

	if (ARENA_CACHE_WATCHED || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) ||
	    want_init_on_free())
		kunit_skip(test, "this kernel frees block by block");
	p = allocate(test, c, MAGAZINES * c->rounds);
	free_all_rcu(c, p, MAGAZINES * c->rounds);
	cached = ac_depot_cached(c, NUMA_NO_NODE);
	ac_recall_cpus(&c, 1, NUMA_NO_NODE);
	locks = ac_stat_read(AC_STAT_POOL_LOCK);
	ac_defer_wait(c);
	KUNIT_EXPECT_EQ(test, ac_depot_cached(c, NUMA_NO_NODE) - cached,
			MAGAZINES * c->rounds);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_POOL_LOCK, locks, 0);
	ac_kunit_assert_clean(test);
}

/* By size: of a class, of kmalloc() because it is large, and no memory at all. */
static void memory_by_size_is_freed(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 24, 512, 513, 5000 };
	unsigned long raw = ac_stat_read(AC_STAT_RAW_FREE);
	long waiting;
	unsigned int i;
	void *p[ARRAY_SIZE(sizes)];

	ac_defer_wait(NULL);
	arena_free_rcu(NULL);
	arena_free_rcu(ZERO_SIZE_PTR);
	waiting = ac_defer_nr_shared();
	rcu_read_lock();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p[i] = arena_alloc(sizes[i], GFP_ATOMIC);
		memset(p[i], i, sizes[i]);
		arena_free_rcu(p[i]);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], i, sizes[i]));
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared() - waiting, 2);
	rcu_read_unlock();
	ac_defer_wait(NULL);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), 0);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_RAW_FREE, raw, 2);
	for (i = 0; i < 3; i++)
		give_up_and_wait(arena_cache_classes[ac_class_for(sizes[i])]);
}

/* Destroy waits, and finds nothing that lives. */
static void destroy_waits(struct kunit *test)
{
	static const unsigned int sizes[] = { 40, 512, 2000 };
	struct arena_cache *c;
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_create(test, "defer", sizes[i], 0, NULL);
		for (n = 0; n < 300; n++)
			arena_cache_free_rcu(c, ac_kunit_alloc(test, c));
		arena_cache_destroy(c);
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("defer"));
	}
	ac_kunit_assert_clean(test);
}

struct object {
	struct rcu_head rcu;
	struct arena_cache *c;
};

static void free_again_later(struct rcu_head *rcu)
{
	struct object *o = container_of(rcu, struct object, rcu);

	arena_cache_free_rcu(o->c, o);
}

static struct arena_cache_cpu __percpu *no_cpus(gfp_t gfp)
{
	return NULL;
}

/* Also for what went to the shared part, which a CPU still fills. */
static void destroy_waits_for_shared(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "defer", 64, 0, NULL);
	unsigned int n;
	void *p[5];

	arena_cache_alloc_bulk(c, GFP_KERNEL, ARRAY_SIZE(p), p);
	kunit_activate_static_stub(test, ac_cpus_new, no_cpus);
	for (n = 0; n < ARRAY_SIZE(p); n++)
		arena_cache_free_rcu(c, p[n]);
	kunit_deactivate_static_stub(test, ac_cpus_new);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), ARRAY_SIZE(p));
	arena_cache_destroy(c);
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("defer"));
}

/* Its callers' callbacks may free after a grace period, too. */
static void destroy_waits_for_callbacks(struct kunit *test)
{
	struct arena_cache *c;
	struct object *o;

	c = ac_kunit_create(test, "defer", sizeof(*o), 0, NULL);
	o = ac_kunit_alloc(test, c);
	o->c = c;
	call_rcu(&o->rcu, free_again_later);
	arena_cache_destroy(c);
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("defer"));
}

static struct ac_magazine *no_magazine(struct arena_cache *c)
{
	return NULL;
}

/* The spare magazines serve, one block after the other is freed, and they come back. */
static void spares_serve(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int round, n;
	void *p[20];

	for (round = 0; round < 2 * num_possible_cpus() + 2; round++) {
		arena_cache_alloc_bulk(c, GFP_KERNEL, ARRAY_SIZE(p), p);
		kunit_activate_static_stub(test, ac_magazine_new, no_magazine);
		kunit_activate_static_stub(test, ac_cpus_new, no_cpus);
		for (n = 0; n < ARRAY_SIZE(p); n++)
			arena_cache_free_rcu(c, p[n]);
		kunit_deactivate_static_stub(test, ac_cpus_new);
		kunit_deactivate_static_stub(test, ac_magazine_new);
		KUNIT_EXPECT_EQ(test, ac_defer_nr(c), ARRAY_SIZE(p));
		KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), ARRAY_SIZE(p));
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
		ac_defer_wait(NULL);
		KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	}
}

/* Without spares a caller that may wait does, and one that may not loses the block. */
static void nothing_is_freed_too_early(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int nr = (num_possible_cpus() + 1) * 63 + 10, n, lost;
	unsigned long before = ac_stat_read(AC_STAT_RCU_LOST);
	void **p = allocate(test, c, nr);

	kunit_activate_static_stub(test, ac_magazine_new, no_magazine);
	kunit_activate_static_stub(test, ac_cpus_new, no_cpus);
	rcu_read_lock();
	free_all_rcu(c, p, nr);
	lost = ac_stat_read(AC_STAT_RCU_LOST) - before;
	KUNIT_EXPECT_EQ(test, nr_changed(c, p, nr), 0);
	rcu_read_unlock();
	KUNIT_EXPECT_GT(test, lost, 0);
	KUNIT_EXPECT_LE(test, lost, nr);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared() + lost, nr);
	ac_defer_wait(NULL);
	kunit_deactivate_static_stub(test, ac_cpus_new);
	kunit_deactivate_static_stub(test, ac_magazine_new);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), lost);
	/* The test knows which: the last ones. */
	for (n = nr - lost; n < nr; n++)
		arena_cache_free(c, p[n]);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
}

/* Stray pointers and blocks that are freed twice are refused when their magazine is. */
static void strays_are_refused(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long foreign = ac_stat_read(AC_STAT_BAD_FOREIGN);
	unsigned long twice = ac_stat_read(AC_STAT_BAD_DOUBLE);
	void *other = ac_kunit_alloc(test, c), *p = ac_kunit_alloc(test, c);
	char on_stack[64];

	arena_cache_free_rcu(c, on_stack);
	arena_cache_free_rcu(c, p);
	arena_cache_free_rcu(c, p);
	give_up_and_wait(c);
	ac_cache_flush(c);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, foreign, 1);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, twice, 1);
	arena_cache_free(c, other);
	ac_kunit_assert_clean(test);
}

/* What a CPU no longer adds to is freed by the timer. */
static void idle_cpus_are_asked(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	unsigned int looks = 0;
	bool left;

	arena_cache_free_rcu(c, ac_kunit_alloc(test, c));
	arena_free_rcu(arena_alloc(1000, GFP_KERNEL));
	KUNIT_EXPECT_TRUE(test, ac_recall_unneeded(&c, 1));
	do {
		left = ac_recall_unneeded(&c, 1);
		left |= ac_defer_tend();
	} while (left && ++looks < 10);
	KUNIT_EXPECT_FALSE(test, left);
	ac_defer_wait(c);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), 0);
	ac_defer_wait(NULL);
	KUNIT_EXPECT_EQ(test, ac_defer_nr_shared(), 0);
}

#define SLOTS	64

/* A table of objects that readers look at under RCU, and writers replace. */
struct table {
	struct arena_cache *c;
	u64 __rcu *slot[SLOTS];
	struct ac_kunit_crew *crew;
};

/* A number that no other object has for long, and its complement. */
static void fill(struct ac_kunit_thread *thread, u64 *o)
{
	o[0] = prandom_u32_state(&thread->rnd);
	o[1] = ~o[0];
}

static void replace(struct ac_kunit_thread *thread, struct table *t)
{
	u64 *new = arena_cache_alloc(t->c, GFP_KERNEL), *old;

	if (!new)
		return;
	fill(thread, new);
	old = unrcu_pointer(xchg(&t->slot[prandom_u32_state(&thread->rnd) % SLOTS],
				 RCU_INITIALIZER(new)));
	arena_cache_free_rcu(t->c, old);
}

static bool is_pair(const u64 *o, u64 first)
{
	return READ_ONCE(o[0]) == first && READ_ONCE(o[1]) == ~first;
}

/* An object that was found under RCU stays as it was when it was published. */
static void look(struct ac_kunit_thread *thread, struct table *t)
{
	unsigned int i;
	u64 *o, seen;

	rcu_read_lock();
	o = rcu_dereference(t->slot[prandom_u32_state(&thread->rnd) % SLOTS]);
	seen = o ? o[0] : 0;
	for (i = 0; o && i < 100; i++) {
		ac_kunit_check(thread, is_pair(o, seen), "an object changed");
		cpu_relax();
	}
	rcu_read_unlock();
}

static void read_and_replace(struct ac_kunit_thread *thread)
{
	struct table *t = thread->arg;
	unsigned int i;

	for (i = 0; i < AC_KUNIT_ROUNDS(100000); i++) {
		if (thread->id & 1)
			look(thread, t);
		else
			replace(thread, t);
		if (!(i % 64))
			cond_resched();
	}
}

static void readers_see_whole_objects(struct kunit *test)
{
	struct table *t = ac_kunit_zalloc(test, sizeof(*t));
	unsigned int i;

	t->c = ac_kunit_create(test, "defer", 16, 0, NULL);
	ac_kunit_crew_run(test, 2 * num_online_cpus(), read_and_replace, t);
	for (i = 0; i < SLOTS; i++)
		arena_cache_free_rcu(t->c, unrcu_pointer(t->slot[i]));
	arena_cache_destroy(t->c);
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("defer"));
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(readers_keep_blocks),
	KUNIT_CASE(blocks_outlast_a_reader),
	KUNIT_CASE(special_blocks_are_freed),
	KUNIT_CASE(whole_magazines_are_used_again),
	KUNIT_CASE(memory_by_size_is_freed),
	KUNIT_CASE(destroy_waits),
	KUNIT_CASE(destroy_waits_for_shared),
	KUNIT_CASE(destroy_waits_for_callbacks),
	KUNIT_CASE(spares_serve),
	KUNIT_CASE(nothing_is_freed_too_early),
	KUNIT_CASE(strays_are_refused),
	KUNIT_CASE(idle_cpus_are_asked),
	KUNIT_CASE(readers_see_whole_objects),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_rcu",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suites(&suite);
