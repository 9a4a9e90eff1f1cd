/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - event counters
 *
 * Owns one set of counters per CPU, which counters.def lists. Any layer counts; only
 * debugfs, the device and tests read. Counting is safe against interrupts and preemption,
 * so a sum over all CPUs is exact once the callers rest.
 */
#ifndef AC_STATS_H
#define AC_STATS_H

#include <linux/atomic.h>
#include <linux/percpu.h>

#define AC_COUNTER(constant, ...)	AC_STAT_##constant,
enum ac_stat {
#include "counters.def"
	AC_NR_STATS,
};

#undef AC_COUNTER

struct ac_stats {
	long event[AC_NR_STATS];
};

DECLARE_PER_CPU(struct ac_stats, ac_stats);

/*
 * Reads a figure that another CPU, or the holder of a lock, may change by plain writes
 * meanwhile. An old value will do.
 */
#define ac_peek(figure)	data_race(READ_ONCE(figure))

/*
 * this_cpu_add() of user-mode Linux turns interrupts off, by two system calls that cost
 * more than what is counted. A locked instruction is cheaper there.
 */
static __always_inline void ac_count(long __percpu *counter, long n)
{
	if (IS_ENABLED(CONFIG_UML))
		atomic_long_add(n, (atomic_long_t *)raw_cpu_ptr(counter));
	else
		this_cpu_add(*counter, n);
}

static inline void ac_stat_add(enum ac_stat stat, long n)
{
	ac_count(&ac_stats.event[stat], n);
}

static inline void ac_stat_inc(enum ac_stat stat)
{
	ac_count(&ac_stats.event[stat], 1);
}

void ac_stat_count(enum ac_stat stat, long n);
unsigned long ac_stat_read(enum ac_stat stat);
const char *ac_stat_name(enum ac_stat stat);
const char *ac_stat_label(enum ac_stat stat);

#endif /* AC_STATS_H */
