// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what KASAN and kmemleak see of our blocks
 *
 * Both write to the kernel's log, so these tests are opt-in: provoke=1 makes KASAN
 * report, which needs kasan_multi_shot to do so more than once; lose=1 loses a block for
 * kmemleak, which scans when the user says so.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <trace/events/error_report.h>

#include "../cache.h"
#include "../recall.h"
#include "crew.h"
#include "helper.h"

static bool provoke;
module_param(provoke, bool, 0444);
MODULE_PARM_DESC(provoke, "let tests provoke reports of KASAN (switch; 0 or 1; 0)");

/* --- KASAN --- */

static atomic_t reports;
static unsigned long reported;

static void note_report(void *unused, enum error_detector detector,
			unsigned long address)
{
	if (detector != ERROR_DETECTOR_KASAN)
		return;
	WRITE_ONCE(reported, address);
	atomic_inc(&reports);
}

struct access {
	u8 *p;
	bool write;
};

/* In a thread of its own: KUnit fails a test in whose task KASAN reports. */
static noinline void provoke_access(struct ac_kunit_thread *thread)
{
	struct access *access = thread->arg;
	u8 byte = READ_ONCE(*access->p);

	if (access->write)
		WRITE_ONCE(*access->p, byte);
}

static void expect_reports(struct kunit *test, void *p, int nr)
{
	struct access access = { .p = p, .write = nr > 1 };

	atomic_set(&reports, 0);
	ac_kunit_crew_run(test, 1, provoke_access, &access);
	KUNIT_EXPECT_EQ(test, atomic_read(&reports), nr);
	if (nr)
		KUNIT_EXPECT_EQ(test, READ_ONCE(reported), (unsigned long)p);
}

static void out_of_bounds(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 8, 20, 24, 64, 100, 511, 512 };
	struct arena_cache *c;
	unsigned int i;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_cache(test, sizes[i], 0, NULL);
		p = ac_kunit_alloc(test, c);
		expect_reports(test, p + sizes[i] - 1, 0);
		expect_reports(test, p + sizes[i], 1);
		arena_cache_free(c, p);
		ac_kunit_destroy(test, c);
	}
}

/* Of two blocks the second: the page in front of a pool may be anybody's. */
static void before_the_start(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 60, 0, NULL);
	u8 *p = ac_kunit_alloc(test, c);
	u8 *other = ac_kunit_alloc(test, c);

	expect_reports(test, max(p, other) - 1, 1);
	arena_cache_free(c, p);
	arena_cache_free(c, other);
}

static void use_after_free(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 100, 0, NULL);
	u8 *other = ac_kunit_alloc(test, c);
	u8 *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	/* In a magazine. */
	expect_reports(test, p, 2);
	expect_reports(test, p + 50, 2);
	expect_reports(test, p + 99, 2);
	/* In its pool. */
	arena_cache_shrink(c);
	expect_reports(test, p, 1);
	expect_reports(test, other, 0);
	/* In a free pool. */
	arena_cache_free(c, other);
	ac_recall_all(&c, 1);
	expect_reports(test, p, 1);
}

static void never_given_out(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 100, 0, NULL);
	u8 *p = ac_kunit_alloc(test, c), *end;

	end = PTR_ALIGN(p + 1, PAGE_SIZE);
	/* A neighbouring block, and the tail of the pool. */
	expect_reports(test, offset_in_page(p) ? p - c->block_size :
						 p + c->block_size, 1);
	expect_reports(test, end - 1, 1);
	/* A free pool. */
	expect_reports(test, ac_kunit_free_page(test, p), 1);
	arena_cache_free(c, p);
}

static void bulk_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 20, 0, NULL);
	u8 *p[8];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 8,
							     (void **)p), 8);
		expect_reports(test, p[5] + 19, 0);
		expect_reports(test, p[5] + 20, 1);
		arena_cache_free_bulk(c, 8, (void **)p);
		expect_reports(test, p[5], 1);
	}
}

static void by_size(struct kunit *test)
{
	u8 *p = arena_alloc(20, GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, p);
	expect_reports(test, p + 19, 0);
	expect_reports(test, p + 20, 1);
	/* The question for the usable size opens nothing. */
	KUNIT_EXPECT_EQ(test, arena_usable_size(p), 20);
	expect_reports(test, p + 20, 1);
	KUNIT_EXPECT_PTR_EQ(test, (u8 *)arena_realloc(p, 21, GFP_KERNEL), p);
	expect_reports(test, p + 20, 0);
	expect_reports(test, p + 21, 1);
	arena_free(p);
	expect_reports(test, p, 1);
}

static void raw_by_size(struct kunit *test)
{
	u8 *p = arena_alloc(600, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, arena_usable_size(p), 600);
	expect_reports(test, p + 599, 0);
	expect_reports(test, p + 600, 1);
	arena_free(p);
}

/* A free that is refused does not close what the pointer points to. */
static void bad_frees_close_nothing(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 64, 0, NULL);
	struct arena_cache *wrong = ac_kunit_cache(test, 64, 0, NULL);
	u8 *p = ac_kunit_alloc(test, c);
	u8 *heap = ac_kunit_zalloc(test, 128);

	arena_cache_free(c, p + 8);
	arena_cache_free(wrong, p);
	arena_cache_free(c, heap);
	ac_recall_all(&c, 1);
	ac_recall_all(&wrong, 1);
	expect_reports(test, p, 0);
	expect_reports(test, p + 63, 0);
	expect_reports(test, heap, 0);
	arena_cache_free(c, p);
}

/* A tracepoint counts the reports. */
static bool can_count(void)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC) &&
	       IS_ENABLED(CONFIG_TRACEPOINTS);
}

static int kasan_start(struct kunit *test)
{
	if (!can_count())
		kunit_skip(test, "no KASAN in this kernel");
	if (!provoke)
		kunit_skip(test, "loaded without provoke=1");
	if (arena_cache_classes[0]->debug)
		kunit_skip(test, "loaded with debug=: KASAN does not see red zones");
	return ac_kunit_start(test);
}

static int kasan_suite_init(struct kunit_suite *suite)
{
	ac_kunit_suite_init(suite);
	return can_count() ?
	       register_trace_error_report_end(note_report, NULL) : 0;
}

static void kasan_suite_exit(struct kunit_suite *suite)
{
	if (!can_count())
		return;
	unregister_trace_error_report_end(note_report, NULL);
	tracepoint_synchronize_unregister();
}

static struct kunit_case kasan_cases[] = {
	KUNIT_CASE(out_of_bounds),
	KUNIT_CASE(before_the_start),
	KUNIT_CASE(use_after_free),
	KUNIT_CASE(never_given_out),
	KUNIT_CASE(bulk_blocks),
	KUNIT_CASE(by_size),
	KUNIT_CASE(raw_by_size),
	KUNIT_CASE(bad_frees_close_nothing),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite kasan_suite = {
	.name = "arena_cache_kasan",
	.suite_init = kasan_suite_init,
	.suite_exit = kasan_suite_exit,
	.init = kasan_start,
	.test_cases = kasan_cases,
};

kunit_test_suite(kasan_suite);

/* --- kmemleak --- */

#define AC_LOST_SIZE	40

struct link {
	struct link *next;
};

static struct arena_cache *leaky;
static struct link *chain;
static unsigned long lost;

static void free_all(void)
{
	if (lost)
		arena_cache_free(leaky, (void *)~lost);
	if (chain) {
		arena_cache_free(leaky, chain->next);
		arena_cache_free(leaky, chain);
	}
	arena_cache_destroy(leaky);
	leaky = NULL;
	chain = NULL;
	lost = 0;
}

/* Loses a block that nothing points to; has another that only a block points to. */
static int set_lose(const char *value, const struct kernel_param *kp)
{
	struct link *last;
	bool lose;
	int err = kstrtobool(value, &lose);

	if (err || lose == !!leaky)
		return err;
	if (!lose) {
		free_all();
		return 0;
	}
	leaky = arena_cache_create("leaky", AC_LOST_SIZE, 0, 0, NULL);
	if (!leaky)
		return -ENOMEM;
	/* Kept as its complement, which kmemleak does not take for a pointer. */
	lost = ~(unsigned long)arena_cache_zalloc(leaky, GFP_KERNEL);
	chain = arena_cache_zalloc(leaky, GFP_KERNEL);
	last = arena_cache_zalloc(leaky, GFP_KERNEL);
	if (chain)
		chain->next = last;
	if (~lost && chain && last)
		return 0;
	free_all();
	return -ENOMEM;
}

static int get_lose(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%c\n", leaky ? 'Y' : 'N');
}

static const struct kernel_param_ops lose_ops = {
	.set = set_lose,
	.get = get_lose,
};
module_param_cb(lose, &lose_ops, NULL, 0600);
MODULE_PARM_DESC(lose, "lose a block for kmemleak to find, 0 takes it back (switch; 0 or 1; 0; writable)");
