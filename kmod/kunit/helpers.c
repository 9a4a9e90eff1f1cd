// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what is built on caches for callers: prefills, mempools, copies
 */
#include <linux/mempool.h>
#include <linux/string.h>

#include "../cache.h"
#include "crew.h"
#include "famine.h"
#include "helper.h"

/* --- prefills --- */

struct taken {
	struct arena_cache_prefill *prefill;
	void *block[40];
	unsigned int nr;
};

static void take_all(void *arg)
{
	struct taken *t = arg;

	while (t->nr < ARRAY_SIZE(t->block) &&
	       (t->block[t->nr] = arena_cache_prefill_take(t->prefill, __GFP_ZERO)))
		t->nr++;
}

/* In an interrupt, while there is no memory, each of them is had, zeroed, and no more. */
static void expect_all(struct kunit *test, struct arena_cache *c, unsigned int nr)
{
	struct taken *t = ac_kunit_zalloc(test, sizeof(*t));
	unsigned int i;

	t->prefill = arena_cache_prefill(c, nr, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->prefill);
	KUNIT_EXPECT_EQ(test, arena_cache_prefill_left(t->prefill), nr);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), nr);
	ac_kunit_famine_worsen(test, 0);
	KUNIT_ASSERT_EQ(test, ac_kunit_interrupt(0, take_all, t), 0);
	ac_kunit_famine_end(test);
	KUNIT_EXPECT_EQ(test, t->nr, nr);
	KUNIT_EXPECT_EQ(test, arena_cache_prefill_left(t->prefill), 0);
	arena_cache_prefill_return(t->prefill);
	for (i = 0; i < t->nr; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(t->block[i], 0, c->size));
		arena_cache_free(c, t->block[i]);
	}
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static void prefills_do_not_fail(struct kunit *test)
{
	expect_all(test, ac_kunit_cache(test, 64, 0, NULL), 40);
	expect_all(test, ac_kunit_cache(test, 512, 0, NULL), 1);
	expect_all(test, ac_kunit_cache(test, 2000, 0, NULL), 20);
	expect_all(test, ac_kunit_debug_cache(test, 64, 0, NULL), 30);
}

static void what_was_not_taken_is_freed(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache_prefill *f = arena_cache_prefill(c, 300, GFP_KERNEL);
	void *p;

	KUNIT_ASSERT_NOT_NULL(test, f);
	p = arena_cache_prefill_take(f, 0);
	arena_cache_prefill_return(f);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, p);
	arena_cache_prefill_return(NULL);
	KUNIT_EXPECT_NULL(test, arena_cache_prefill(c, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, arena_cache_prefill(c, UINT_MAX, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

/* Without memory for all of them there is none of them. */
static void prefills_are_whole(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);

	ac_kunit_famine_start(test);
	ac_kunit_famine_end(test);
	ac_kunit_famine_worsen(test, 1);
	KUNIT_EXPECT_NULL(test, arena_cache_prefill(c, 100000, GFP_NOWAIT));
	ac_kunit_famine_end(test);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	ac_kunit_assert_clean(test);
}

/* A caller that forgets to return one is told how many blocks live. */
static void forgotten_prefills_are_leaks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "prefill", 64, 0, NULL);
	struct arena_cache_prefill *f = arena_cache_prefill(c, 7, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	arena_cache_destroy(c);
	KUNIT_EXPECT_TRUE(test, ac_kunit_is_listed("prefill"));
	arena_cache_prefill_return(f);
	ac_cache_reap();
	KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("prefill"));
}

/* --- mempools --- */

static void mempools_keep_elements(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_create(test, "mempool", 128, 0, NULL);
	mempool_t *pool = arena_cache_mempool_create(16, c);
	unsigned int i;
	void *p[16];

	KUNIT_ASSERT_NOT_NULL(test, pool);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 16);
	ac_cache_flush(c);
	ac_kunit_famine_worsen(test, 0);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = mempool_alloc(pool, GFP_NOWAIT);
		KUNIT_EXPECT_NOT_NULL(test, p[i]);
	}
	ac_kunit_famine_end(test);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		mempool_free(p[i], pool);
	mempool_destroy(pool);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	arena_cache_destroy(c);
}

/* --- copies --- */

static void copies_are_equal(struct kunit *test)
{
	static const char text[] = "a name of more than sixteen letters";
	char *p;

	p = arena_memdup(text, sizeof(text), GFP_KERNEL);
	KUNIT_EXPECT_MEMEQ(test, p, text, sizeof(text));
	arena_free(p);
	KUNIT_EXPECT_PTR_EQ(test, arena_memdup(text, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	p = arena_strdup(text, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, text);
	arena_free(p);
	KUNIT_EXPECT_NULL(test, arena_strdup(NULL, GFP_KERNEL));
	p = arena_strndup(text, 6, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, "a name");
	KUNIT_EXPECT_EQ(test, arena_usable_size(p),
			ARENA_CACHE_WATCHED || arena_cache_classes[0]->debug ? 7 : 8);
	arena_free(p);
	p = arena_strndup(text, 1000, GFP_KERNEL);
	KUNIT_EXPECT_STREQ(test, p, text);
	arena_free(p);
	KUNIT_EXPECT_NULL(test, arena_strndup(NULL, 6, GFP_KERNEL));
	p = arena_asprintf(GFP_KERNEL, "%s of %d", "block", 512);
	KUNIT_EXPECT_STREQ(test, p, "block of 512");
	arena_free(p);
}

/* Nothing of what is printed can be read here; it must not crash on any pointer. */
static void any_pointer_is_dumped(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 72, 0, NULL);
	struct arena_cache *d = ac_kunit_debug_cache(test, 72, 0, NULL);
	void *p = ac_kunit_alloc(test, c), *q = ac_kunit_alloc(test, d);
	void *large = arena_alloc(1000, GFP_KERNEL);

	arena_dump_obj(p);
	arena_dump_obj(p + 5);
	arena_dump_obj((void *)PAGE_ALIGN((unsigned long)p + 1) - 1);
	arena_dump_obj(q);
	arena_dump_obj(large);
	arena_dump_obj(test);
	arena_dump_obj(&p);
	arena_dump_obj(NULL);
	arena_free(large);
	arena_cache_free(c, p);
	arena_dump_obj(p);
	ac_cache_flush(c);
	arena_dump_obj(p);
	arena_cache_free(d, q);
	arena_dump_obj(q);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(prefills_do_not_fail),
	KUNIT_CASE(what_was_not_taken_is_freed),
	KUNIT_CASE(prefills_are_whole),
	KUNIT_CASE(forgotten_prefills_are_leaks),
	KUNIT_CASE(mempools_keep_elements),
	KUNIT_CASE(copies_are_equal),
	KUNIT_CASE(any_pointer_is_dumped),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_helpers",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suites(&suite);
