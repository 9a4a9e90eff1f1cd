// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: modules that go while blocks live that they allocated
 *
 * This module stays: the reports are asked for. scripts/guest/module unloads one.
 */
#include <linux/module.h>
#include <linux/string.h>

#include "../cache.h"
#include "../debug/symbol.h"
#include "../debug/unload.h"
#include "helper.h"

static void blocks_are_counted(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	struct arena_cache *other = ac_kunit_debug_cache(test, 40, 0, NULL);
	unsigned long before = ac_unload_report(THIS_MODULE);
	void *p[3], *q;
	unsigned int i;

	for (i = 0; i < 3; i++)
		p[i] = arena_cache_alloc(c, GFP_KERNEL);
	q = arena_cache_alloc(other, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, ac_unload_report(THIS_MODULE), before + 4);
	arena_cache_free(other, q);
	arena_cache_free(c, p[0]);
	KUNIT_EXPECT_EQ(test, ac_unload_report(THIS_MODULE), before + 2);
	arena_cache_free(c, p[1]);
	arena_cache_free(c, p[2]);
	KUNIT_EXPECT_EQ(test, ac_unload_report(THIS_MODULE), before);
}

/* A name is of what was there until it was kept. */
static void names_are_of_their_time(struct kunit *test)
{
	unsigned long here = (unsigned long)ac_unload_report + 1, now = jiffies;
	char text[AC_SYMBOL_LEN];

	if (ac_symbol_kept(here, now))
		kunit_skip(test, "the tests ran before");
	ac_symbol_keep(here, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ac_symbol_kept(here, now));
	KUNIT_EXPECT_NOT_NULL(test, strstr(ac_symbol_kept(here, now),
					   "ac_unload_report+0x1/"));
	KUNIT_EXPECT_PTR_EQ(test, ac_symbol_name(here, now - 10 * HZ, text),
			    ac_symbol_kept(here, now));
	KUNIT_EXPECT_PTR_EQ(test, ac_symbol_name(here, jiffies + HZ, text),
			    (const char *)text);
	KUNIT_EXPECT_PTR_EQ(test, ac_symbol_name(here + 1, now, text),
			    (const char *)text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "ac_unload_report+0x2/"));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(blocks_are_counted),
	KUNIT_CASE(names_are_of_their_time),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_debug_unload",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
