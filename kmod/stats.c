// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - event counters
 */
#include <linux/cpumask.h>

#include "kunit_export.h"
#include "stats.h"

DEFINE_PER_CPU(struct ac_stats, ac_stats);

static const char *const names[] = {
	[AC_STAT_ARENA_ALLOC] = "arena_alloc",
	[AC_STAT_ARENA_FREE] = "arena_free",
	[AC_STAT_ARENA_FAIL] = "arena_fail",
	[AC_STAT_RAW_LARGE] = "raw_large",
	[AC_STAT_RAW_GFP] = "raw_gfp",
	[AC_STAT_RAW_ARENA] = "raw_no_arena",
	[AC_STAT_RAW_FREE] = "raw_free",
	[AC_STAT_BUSY_ALLOC] = "busy_alloc",
	[AC_STAT_BUSY_FREE] = "busy_free",
	[AC_STAT_DEPOT_BUSY] = "depot_busy",
	[AC_STAT_RECALL] = "recall",
	[AC_STAT_POOL_LOCK] = "pool_lock",
	[AC_STAT_BAD_FOREIGN] = "bad_free_foreign",
	[AC_STAT_BAD_CACHE] = "bad_free_wrong_cache",
	[AC_STAT_BAD_INTERIOR] = "bad_free_interior",
	[AC_STAT_BAD_DOUBLE] = "bad_free_double",
	[AC_STAT_BAD_OVERRUN] = "bad_write_past_end",
	[AC_STAT_BAD_UNDERRUN] = "bad_write_before_start",
	[AC_STAT_BAD_STALE] = "bad_write_after_free",
	[AC_STAT_BAD_TRACK] = "bad_write_on_record",
	[AC_STAT_BAD_PAGE] = "bad_page_put",
};

static_assert(ARRAY_SIZE(names) == AC_NR_STATS);

unsigned long ac_stat_read(enum ac_stat stat)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += ac_peek(per_cpu(ac_stats, cpu).event[stat]);
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(ac_stat_read);

const char *ac_stat_name(enum ac_stat stat)
{
	return names[stat];
}
