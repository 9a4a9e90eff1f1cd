// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: reports and call stacks hold no lock of ours
 *
 * The console and the stack depot take locks of their own, and the console takes its
 * time. Each report is counted first: there, where a block is described, and where a
 * stack is kept, this looks whether interrupts are off, as they are under every lock of
 * ours but a depot's, and whether a depot is locked.
 */
#include <kunit/static_stub.h>
#include <linux/irqflags.h>

#include "../cache.h"
#include "../debug/debug.h"
#include "../debug/quarantine.h"
#include "../debug/stack.h"
#include "../leak.h"
#include "../recall.h"
#include "helper.h"

static struct arena_cache *watched;
static unsigned int nr_seen, nr_locked;
static u32 kinds_seen;

static bool has_lock(void)
{
	int cpu;

	if (irqs_disabled())
		return true;
	for_each_online_cpu(cpu)
		if (watched->depots &&
		    raw_spin_is_locked(&ac_depot_of(watched, cpu)->lock))
			return true;
	return false;
}

static void look(void)
{
	nr_seen++;
	nr_locked += has_lock();
}

static void see_report(enum ac_bad kind)
{
	kinds_seen |= BIT(kind);
	look();
}

static void see_description(const struct arena_cache *c, void *block)
{
	look();
}

static void see_leak(struct arena_cache *c, void *block)
{
	look();
}

static u32 see_stack(unsigned long ip)
{
	look();
	return 0;
}

static void watch(struct kunit *test, struct arena_cache *c)
{
	watched = c;
	nr_seen = 0;
	nr_locked = 0;
	kinds_seen = 0;
	kunit_activate_static_stub(test, ac_report_count, see_report);
	kunit_activate_static_stub(test, ac_debug_describe, see_description);
	kunit_activate_static_stub(test, ac_leak_name, see_leak);
}

static void expect_no_lock(struct kunit *test, u32 kinds)
{
	kunit_deactivate_static_stub(test, ac_report_count);
	kunit_deactivate_static_stub(test, ac_debug_describe);
	kunit_deactivate_static_stub(test, ac_leak_name);
	KUNIT_EXPECT_EQ(test, kinds_seen, kinds);
	KUNIT_EXPECT_GE(test, nr_seen, hweight32(kinds));
	KUNIT_EXPECT_EQ(test, nr_locked, 0);
}

static u8 *get_block(struct kunit *test, struct arena_cache *c)
{
	u8 *p = arena_cache_alloc(c, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

static struct arena_cache *debug_cache(struct kunit *test)
{
	struct arena_cache *c;

	c = arena_cache_create(test->name, 24, 0, ARENA_CACHE_DEBUG, NULL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

static struct arena_cache *plain_cache(struct kunit *test, unsigned int size)
{
	struct arena_cache *c = ac_kunit_cache(test, size, 0, NULL);

	if (c->debug)
		kunit_skip(test, "arena_cache was loaded with debug=");
	return c;
}

/*
 * The others prove nothing if a lock is not seen. Interrupts are off as under one: with
 * the raw lock itself, lockdep would find that stubs take a spinlock.
 */
static void a_lock_is_seen(struct kunit *test)
{
	struct arena_cache *c = debug_cache(test);

	watch(test, c);
	local_irq_disable();
	ac_report_count(AC_BAD_DOUBLE);
	local_irq_enable();
	KUNIT_EXPECT_EQ(test, nr_locked, 1);
	nr_locked = 0;
	expect_no_lock(test, BIT(AC_BAD_DOUBLE));
	arena_cache_destroy(c);
}

static void bad_frees_of_a_debug_cache(struct kunit *test)
{
	struct arena_cache *c = debug_cache(test), *other = debug_cache(test);
	u8 *p = get_block(test, c);

	watch(test, c);
	arena_cache_free(c, (void *)8);
	arena_cache_free(other, p);
	arena_cache_free(c, p + 1);
	arena_cache_free(c, p);
	arena_cache_free(c, p);
	expect_no_lock(test, BIT(AC_BAD_FOREIGN) | BIT(AC_BAD_CACHE) |
			     BIT(AC_BAD_INTERIOR) | BIT(AC_BAD_DOUBLE));
	arena_cache_destroy(c);
	arena_cache_destroy(other);
}

static void bad_writes_to_a_debug_cache(struct kunit *test)
{
	struct arena_cache *c = debug_cache(test);
	u8 *p = get_block(test, c), *keep = get_block(test, c);

	watch(test, c);
	p[-1] = 0;
	p[24] = 0;
	arena_cache_free(c, p);
	p[0] = 0;
	ac_quarantine_flush(c);
	p[0] = 0;
	KUNIT_ASSERT_PTR_EQ(test, get_block(test, c), p);
	memset(p - c->offset, 0, sizeof(struct ac_track));
	arena_cache_free(c, p);
	expect_no_lock(test, BIT(AC_BAD_UNDERRUN) | BIT(AC_BAD_OVERRUN) |
			     BIT(AC_BAD_STALE) | BIT(AC_BAD_TRACK));
	/* The block is lost: have it begin anew. */
	ac_debug_format(c, p - c->offset);
	ac_debug_on_alloc(c, p - c->offset, 24, GFP_KERNEL, _THIS_IP_);
	arena_cache_free(c, p);
	arena_cache_free(c, keep);
	arena_cache_destroy(c);
}

static void bad_frees_of_a_plain_cache(struct kunit *test)
{
	struct arena_cache *c = plain_cache(test, 64);
	struct arena_cache *other = plain_cache(test, 64);
	u8 *keep = get_block(test, c), *p = get_block(test, c);

	arena_cache_free(c, p);
	ac_recall_all(&c, 1);
	watch(test, c);
	arena_cache_free(c, p);
	arena_cache_free(c, keep + 8);
	arena_cache_free(c, (void *)8);
	ac_recall_all(&c, 1);
	arena_cache_free(other, keep);
	ac_recall_all(&other, 1);
	arena_free((void *)8);
	expect_no_lock(test, BIT(AC_BAD_FOREIGN) | BIT(AC_BAD_CACHE) |
			     BIT(AC_BAD_INTERIOR) | BIT(AC_BAD_DOUBLE));
	arena_cache_free(c, keep);
}

/* Below 64 bytes a pool has its map behind its last block. */
static void a_lost_map(struct kunit *test)
{
	struct arena_cache *c = plain_cache(test, 32);
	void *p, *other, *block;
	unsigned int i;

	p = ac_kunit_take_block(test, c);
	memset(ac_pool_map(c, ac_kunit_pool_of(p), p), 0, 16);
	watch(test, c);
	other = ac_kunit_take_block(test, c);
	expect_no_lock(test, BIT(AC_BAD_OVERRUN));
	ac_pool_put(c, 1, &other);
	for (i = 0; i < c->capacity; i++) {
		block = PTR_ALIGN_DOWN(p, AC_POOL_SIZE) + i * 32;
		ac_pool_put(c, 1, &block);
	}
}

/* What was said last of a page that lacks references. */
static const struct arena_cache *blamed;
static const void *blamed_block;
static bool blamed_alone;

static void see_puts(const struct arena_cache *c, const void *p, bool alone)
{
	look();
	blamed = c;
	blamed_block = p;
	blamed_alone = alone;
}

static void see_page(const struct arena_cache *c, const struct page *page)
{
	look();
	blamed = c;
	blamed_block = page_address(page);
}

/* kfree() does so on some kernels. */
static void given_to_put_page(struct kunit *test)
{
	struct arena_cache *c = plain_cache(test, 64);
	void *p = ac_kunit_take_block(test, c), *q;
	struct page *page = virt_to_page(p);

	nr_seen = 0;
	nr_locked = 0;
	watched = c;
	kunit_activate_static_stub(test, ac_report_puts, see_puts);
	kunit_activate_static_stub(test, ac_report_page, see_page);
	ac_leak_name(c, p);
	KUNIT_EXPECT_EQ(test, nr_seen, 0);
	put_page(page);
	ac_leak_name(c, p);
	KUNIT_EXPECT_EQ(test, nr_seen, 1);
	KUNIT_EXPECT_PTR_EQ(test, blamed, (const struct arena_cache *)c);
	KUNIT_EXPECT_PTR_EQ(test, blamed_block, (const void *)p);
	KUNIT_EXPECT_TRUE(test, blamed_alone);
	q = ac_kunit_take_block(test, c);
	ac_leak_name(c, q);
	KUNIT_EXPECT_PTR_EQ(test, blamed_block, (const void *)q);
	KUNIT_EXPECT_FALSE(test, blamed_alone);
	blamed = NULL;
	ac_pool_put(c, 1, &q);
	ac_pool_put(c, 1, &p);
	KUNIT_EXPECT_EQ(test, nr_seen, 3);
	KUNIT_EXPECT_EQ(test, nr_locked, 0);
	KUNIT_EXPECT_PTR_EQ(test, blamed, (const struct arena_cache *)c);
	KUNIT_EXPECT_PTR_EQ(test, blamed_block,
			    (const void *)page_address(page));
	set_page_private(page, 0);
	page_ref_sub(page, AC_PAGE_REFS - 2);
	__free_page(page);
}

static void a_lost_page(struct kunit *test)
{
	struct arena_cache *c = plain_cache(test, 64);
	struct page *page;
	void *p;

	p = ac_kunit_take_block(test, c);
	page = virt_to_page(p);
	put_page(page);
	watch(test, c);
	ac_pool_put(c, 1, &p);
	expect_no_lock(test, BIT(AC_BAD_PAGE));
	set_page_private(page, 0);
	page_ref_sub(page, AC_PAGE_REFS - 2);
	__free_page(page);
}

static void leaks(struct kunit *test)
{
	struct arena_cache *c = debug_cache(test);
	u8 *p = get_block(test, c);

	watch(test, c);
	arena_cache_destroy(c);
	KUNIT_EXPECT_EQ(test, nr_seen, 1);
	expect_no_lock(test, 0);
	watch(test, c);
	kunit_deactivate_static_stub(test, ac_leak_name);
	ac_leak_name(c, p - c->offset);
	kunit_activate_static_stub(test, ac_leak_name, see_leak);
	KUNIT_EXPECT_EQ(test, nr_seen, 1);
	expect_no_lock(test, 0);
	arena_cache_free(c, p);
}

#ifdef CONFIG_STACKDEPOT
static void stacks(struct kunit *test)
{
	struct arena_cache *c = debug_cache(test);
	u8 *p[3];

	watch(test, c);
	kunit_activate_static_stub(test, ac_stack_save, see_stack);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 3,
						     (void **)p), 3);
	arena_cache_free(c, p[0]);
	arena_cache_free_bulk(c, 2, (void **)p + 1);
	kunit_deactivate_static_stub(test, ac_stack_save);
	KUNIT_EXPECT_EQ(test, nr_seen, 6);
	expect_no_lock(test, 0);
	arena_cache_destroy(c);
}
#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(a_lock_is_seen),
	KUNIT_CASE(bad_frees_of_a_debug_cache),
	KUNIT_CASE(bad_writes_to_a_debug_cache),
	KUNIT_CASE(bad_frees_of_a_plain_cache),
	KUNIT_CASE(a_lost_map),
	KUNIT_CASE(a_lost_page),
	KUNIT_CASE(given_to_put_page),
	KUNIT_CASE(leaks),
#ifdef CONFIG_STACKDEPOT
	KUNIT_CASE(stacks),
#endif
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_debug_reports",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
