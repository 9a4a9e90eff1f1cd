// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: tracks of debug caches that users overwrote
 */
#include <linux/string.h>

#include "../cache.h"
#include "../debug/debug.h"
#include "../debug/quarantine.h"
#include "../debug/verify.h"
#include "helper.h"

struct fixture {
	struct arena_cache *cache;
	u8 *other;		/* keeps the pool from going back */
	u8 *p;
	unsigned long before;
};

static struct fixture setup(struct kunit *test)
{
	struct fixture f = {
		.cache = ac_kunit_create(test, test->name, 24,
					 ARENA_CACHE_DEBUG, NULL),
		.before = ac_stat_read(AC_STAT_BAD_TRACK),
	};

	f.other = ac_kunit_alloc(test, f.cache);
	f.p = ac_kunit_alloc(test, f.cache);
	return f;
}

static void overwrite(struct fixture *f, u8 byte)
{
	memset(f->p - f->cache->offset, byte, sizeof(struct ac_track));
}

static void expect_reports(struct kunit *test, struct fixture *f,
			   unsigned int nr)
{
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_TRACK, f->before, nr);
}

/* Gives the block, if it was lost, a new state, or it would live for ever. */
static void finish(struct kunit *test, struct fixture *f, bool lost)
{
	KUNIT_EXPECT_EQ(test, ac_cache_live(f->cache), lost);
	if (lost) {
		ac_debug_format(f->cache, f->p - f->cache->offset);
		ac_debug_on_alloc(f->cache, f->p - f->cache->offset, 24, GFP_KERNEL,
				  _THIS_IP_);
		arena_cache_free(f->cache, f->p);
	}
	KUNIT_EXPECT_EQ(test, ac_cache_live(f->cache), 0);
	arena_cache_destroy(f->cache);
}

static const struct byte_case {
	const char *what;
	u8 byte;
} byte_cases[] = {
	{ "zeros", 0 }, { "ones", 0xff }, { "0x5a", 0x5a },
};

KUNIT_ARRAY_PARAM_DESC(byte, byte_cases, what);

static void found_by_verify_once(struct kunit *test)
{
	const struct byte_case *row = test->param_value;
	struct fixture f = setup(test);
	struct ac_verify v;

	overwrite(&f, row->byte);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	KUNIT_EXPECT_EQ(test, v.bad_bytes, 1);
	expect_reports(test, &f, 1);
	ac_kunit_assert_clean(test);
	ac_kunit_assert_clean(test);
	expect_reports(test, &f, 1);
	/* Each attempt to free it is another bug. */
	arena_cache_free(f.cache, f.p);
	expect_reports(test, &f, 2);
	arena_cache_free(f.cache, f.p);
	expect_reports(test, &f, 3);
	ac_kunit_assert_clean(test);
	expect_reports(test, &f, 3);
	arena_cache_free(f.cache, f.other);
	finish(test, &f, true);
}

static void found_by_free_once(struct kunit *test)
{
	const struct byte_case *row = test->param_value;
	struct fixture f = setup(test);

	overwrite(&f, row->byte);
	arena_cache_free(f.cache, f.p);
	expect_reports(test, &f, 1);
	ac_kunit_assert_clean(test);
	arena_cache_shrink(f.cache);
	ac_kunit_assert_clean(test);
	expect_reports(test, &f, 1);
	arena_cache_free(f.cache, f.other);
	finish(test, &f, true);
}

/* What is overwritten again is reported again. */
static void found_again(struct kunit *test)
{
	struct fixture f = setup(test);
	struct ac_verify v;

	overwrite(&f, 1);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	overwrite(&f, 2);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	ac_kunit_assert_clean(test);
	expect_reports(test, &f, 2);
	arena_cache_free(f.cache, f.other);
	finish(test, &f, true);
}

/* The state is a valid one: the checksum tells. */
static void one_bad_byte(struct kunit *test)
{
	struct fixture f = setup(test);
	struct ac_verify v;

	f.p[-(int)f.cache->offset + offsetof(struct ac_track, serial)] ^= 1;
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	ac_kunit_assert_clean(test);
	arena_cache_free(f.cache, f.p);
	expect_reports(test, &f, 2);
	arena_cache_free(f.cache, f.other);
	finish(test, &f, true);
}

/* A free block is reported once, and used again. */
static void free_block_is_used_again(struct kunit *test)
{
	struct fixture f = setup(test);
	struct ac_verify v;

	arena_cache_free(f.cache, f.p);
	ac_quarantine_flush(f.cache);
	overwrite(&f, 0x33);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	ac_kunit_assert_clean(test);
	KUNIT_ASSERT_PTR_EQ(test, ac_kunit_alloc(test, f.cache), (void *)f.p);
	ac_kunit_assert_clean(test);
	expect_reports(test, &f, 1);
	arena_cache_free(f.cache, f.p);
	arena_cache_free(f.cache, f.other);
	expect_reports(test, &f, 1);
	finish(test, &f, false);
}

static void quarantined_block_is_used_again(struct kunit *test)
{
	struct fixture f = setup(test);

	arena_cache_free(f.cache, f.p);
	overwrite(&f, 0x33);
	ac_quarantine_flush(f.cache);
	expect_reports(test, &f, 1);
	ac_kunit_assert_clean(test);
	KUNIT_ASSERT_PTR_EQ(test, ac_kunit_alloc(test, f.cache), (void *)f.p);
	expect_reports(test, &f, 1);
	arena_cache_free(f.cache, f.p);
	arena_cache_free(f.cache, f.other);
	finish(test, &f, false);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(found_by_verify_once, byte_gen_params),
	KUNIT_CASE_PARAM(found_by_free_once, byte_gen_params),
	KUNIT_CASE(found_again),
	KUNIT_CASE(one_bad_byte),
	KUNIT_CASE(free_block_is_used_again),
	KUNIT_CASE(quarantined_block_is_used_again),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_debug_track",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
