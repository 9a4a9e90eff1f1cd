// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: SLUB's names, served by arena_cache
 *
 * Written as for SLUB. Calls that must not compile are in scripts/lib/refused.
 */
#define ARENA_CACHE_MAP
#define ARENA_CACHE_MAP_KMALLOC

#include <linux/cache.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../cache.h"
#include "../defer.h"
#include "helper.h"

#include <linux/arena_cache_slab.h>

struct conn {
	u64 id;
	char name[32];
};

static void put(void *c)
{
	kmem_cache_destroy(c);
}

static struct kmem_cache *create(struct kunit *test, slab_flags_t flags)
{
	struct kmem_cache *c = kmem_cache_create(test->name, sizeof(struct conn),
						 0, flags, NULL);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

static void caches(struct kunit *test)
{
	struct kmem_cache *c = create(test, SLAB_HWCACHE_ALIGN);
	struct conn *conn[8];
	unsigned int i;

	KUNIT_EXPECT_EQ(test, kmem_cache_size(c), sizeof(struct conn));
	conn[0] = kmem_cache_alloc(c, GFP_KERNEL);
	conn[1] = kmem_cache_zalloc(c, GFP_ATOMIC);
	conn[2] = kmem_cache_alloc_node(c, GFP_KERNEL, NUMA_NO_NODE);
	KUNIT_ASSERT_TRUE(test, kmem_cache_alloc_bulk(c, GFP_KERNEL, 5,
						      (void **)conn + 3));
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(conn[i]));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((uintptr_t)conn[i],
						   min(64, cache_line_size())));
	}
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(conn[1], 0, sizeof(struct conn)),
			    NULL);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 8);
	for (i = 0; i < 3; i++)
		kmem_cache_free(c, conn[i]);
	kmem_cache_free_bulk(c, 5, (void **)conn + 3);
	KUNIT_EXPECT_EQ(test, kmem_cache_shrink(c), 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	put(c);
}

static void flags(struct kunit *test)
{
	struct kmem_cache *c = create(test, SLAB_RECLAIM_ACCOUNT);

	KUNIT_EXPECT_TRUE(test, c->reclaimable);
	put(c);
	c = create(test, SLAB_RED_ZONE | SLAB_PANIC);
	KUNIT_EXPECT_FALSE(test, c->reclaimable);
	KUNIT_EXPECT_NE(test, c->debug, 0);
	put(c);
	c = KMEM_CACHE(conn, 0);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_STREQ(test, c->name, "conn");
	KUNIT_EXPECT_EQ(test, kmem_cache_size(c), sizeof(struct conn));
	put(c);
}

/* SLUB lets kfree() free objects of caches. */
static void kfree_of_an_object(struct kunit *test)
{
	struct kmem_cache *c = create(test, 0);

	kfree(kmem_cache_alloc(c, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	put(c);
}

struct node {
	struct rcu_head rcu;
	u64 id;
};

/* Of a cache, of a size class, and of SLUB. */
static void after_a_grace_period(struct kunit *test)
{
	struct kmem_cache *c = kmem_cache_create(test->name, sizeof(struct node),
						 0, SLAB_TYPESAFE_BY_RCU, NULL);
	struct node *n;

	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_TRUE(test, c->typesafe);
	n = kmem_cache_alloc(c, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, n);
	kfree_rcu(n, rcu);
	KUNIT_EXPECT_EQ(test, ac_defer_nr(c), 1);
	put(c);
	n = kmalloc(40, GFP_KERNEL);
	kfree_rcu(n, rcu);
	kfree_rcu_mightsleep(kmalloc_node(64, GFP_KERNEL, NUMA_NO_NODE));
	ac_cache_free_deferred();
}

static void elements(struct kunit *test)
{
	struct kmem_cache *c = create(test, 0);
	mempool_t *pool = mempool_create_slab_pool(4, c);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 4);
	p = mempool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_TRUE(test, ac_arena_owns(p));
	mempool_free(p, pool);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	put(c);
}

static void by_size(struct kunit *test)
{
	void *p[4] = {
		kmalloc(24, GFP_KERNEL), kzalloc(24, GFP_ATOMIC),
		kcalloc(3, 8, GFP_KERNEL), kmalloc_array(3, 8, GFP_KERNEL),
	};
	unsigned int i;
	void *q;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(p[i]));
		KUNIT_EXPECT_EQ(test, ksize(p[i]), 24);
		q = krealloc(p[i], 200, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(q));
		p[i] = krealloc_array(q, 3, 100, GFP_KERNEL);
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(p[i]));
		KUNIT_EXPECT_GE(test, ksize(p[i]), 300);
	}
	kfree(p[0]);
	kvfree(p[1]);
	kfree_sensitive(p[2]);
	kfree_bulk(1, p + 3);
	KUNIT_EXPECT_PTR_EQ(test, kmalloc_array(SIZE_MAX / 2, 3, GFP_KERNEL),
			    NULL);
	KUNIT_EXPECT_PTR_EQ(test, krealloc_array(NULL, SIZE_MAX / 2, 3, GFP_KERNEL),
			    NULL);
}

/* 7.x allocates by type. */
static void by_type(struct kunit *test)
{
#ifdef kmalloc_obj
	struct conn *p = kmalloc_obj(struct conn), *q = kzalloc_objs(*q, 3);

	KUNIT_EXPECT_TRUE(test, ac_arena_owns(p));
	KUNIT_EXPECT_TRUE(test, ac_arena_owns(q));
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(q, 0, 3 * sizeof(*q)), NULL);
	kfree(p);
	kfree(q);
#else
	kunit_skip(test, "this kernel does not");
#endif
}

/* Whatever is not mapped may be freed as what is. */
static void memory_of_slub(struct kunit *test)
{
	unsigned long bad = ac_stat_read(AC_STAT_BAD_FOREIGN);
	void *p = kmalloc_node(24, GFP_KERNEL, NUMA_NO_NODE);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(p));
	kfree(p);
	kfree_sensitive(kstrdup("key", GFP_KERNEL));
	kvfree(kvmalloc(SZ_1M, GFP_KERNEL));
	p = krealloc(kmemdup("x", 2, GFP_KERNEL), 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, (char *)p, "x");
	kfree(p);
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, bad, 0);
}

static long live_of_24(void)
{
	return ac_cache_live(arena_cache_classes[24 / ARENA_CACHE_STEP - 1]);
}

static void ends_of_scopes(struct kunit *test)
{
	long live = live_of_24();

	{
		void *p __free(kfree) = kmalloc(24, GFP_KERNEL);
		void *q __free(kvfree) = kmalloc(24, GFP_KERNEL);
		void *error __free(kfree) = ERR_PTR(-ENOMEM);

		KUNIT_EXPECT_TRUE(test, p && q && IS_ERR(error));
		KUNIT_EXPECT_EQ(test, live_of_24(), live + 2);
	}
	KUNIT_EXPECT_EQ(test, live_of_24(), live);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(caches),
	KUNIT_CASE(flags),
	KUNIT_CASE(kfree_of_an_object),
	KUNIT_CASE(after_a_grace_period),
	KUNIT_CASE(elements),
	KUNIT_CASE(by_size),
	KUNIT_CASE(by_type),
	KUNIT_CASE(memory_of_slub),
	KUNIT_CASE(ends_of_scopes),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_slab",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
