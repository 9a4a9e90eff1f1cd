/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - KUnit: what every suite begins with, counts by and ends with
 *
 * Suites count arenas, pools and events exactly, so they want the allocator to
 * themselves, on one CPU and one node. ac_kunit_nothing_left() is the last case of
 * every suite: what the suite took must be back by then.
 */
#ifndef AC_KUNIT_HELPER_H
#define AC_KUNIT_HELPER_H

#include <kunit/test.h>
#include <linux/prandom.h>

#include "../stats.h"
#include "caches.h"

/* Fewer rounds where every access is checked. */
#define AC_KUNIT_ROUNDS(n)	((n) / (IS_ENABLED(CONFIG_KASAN) ? 10 : 1))

/* For a suite's suite_init and init. */
int ac_kunit_suite_init(struct kunit_suite *suite);
int ac_kunit_start(struct kunit *test);
void ac_kunit_nothing_left(struct kunit *test);

/* What a test begins from. */
void ac_kunit_pin(struct kunit *test, int cpu);
void ac_kunit_trim(struct kunit *test);
void ac_kunit_open_orders(void);
void ac_kunit_pay_by_arena(struct kunit *test);
u64 ac_kunit_seed(struct kunit *test, struct rnd_state *rnd);
void *ac_kunit_zalloc(struct kunit *test, size_t size);

/* What this machine has; the test is skipped if that is not enough. */
unsigned int ac_kunit_reserve(int node);
void ac_kunit_need_reserve(struct kunit *test);
void ac_kunit_need_nodes(struct kunit *test);
int ac_kunit_far_node(struct kunit *test);

/* What must hold at any moment, and what is counted. */
void ac_kunit_assert_clean(struct kunit *test);
void ac_kunit_expect_sums(struct kunit *test);
unsigned long ac_kunit_count_arenas(void);

/* @event must have happened @times since @before was read. */
#define AC_KUNIT_EXPECT_EVENTS(test, event, before, times) \
	KUNIT_EXPECT_EQ(test, ac_stat_read(event) - (before),  \
			(unsigned long)(times))

#endif /* AC_KUNIT_HELPER_H */
