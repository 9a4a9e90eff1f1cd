/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - event counters
 *
 * Owns one set of counters per CPU. Any layer bumps them, none reads them but
 * debugfs and tests. Counting is safe against interrupts and preemption, so a sum
 * over all CPUs is exact once the callers rest.
 */
#ifndef AC_STATS_H
#define AC_STATS_H

#include <linux/atomic.h>
#include <linux/percpu.h>

enum ac_stat {
	AC_STAT_ARENA_ALLOC,	/* arenas taken from the page allocator */
	AC_STAT_ARENA_FREE,	/* arenas given back */
	AC_STAT_ARENA_FAIL,	/* attempts at more than one page that failed */
	AC_STAT_RAW_LARGE,	/* raw: above 512 bytes */
	AC_STAT_RAW_GFP,	/* raw: gfp that only kmalloc can honour */
	AC_STAT_RAW_ARENA,	/* raw: no arena to be had */
	AC_STAT_RAW_FREE,	/* pointers given to kfree() */
	AC_STAT_BUSY_ALLOC,	/* interrupted a magazine: served by a pool */
	AC_STAT_BUSY_FREE,
	AC_STAT_DEPOT_BUSY,	/* tries of a depot's lock that failed */
	AC_STAT_RECALL,		/* interrupts that asked a CPU for magazines */
	AC_STAT_POOL_LOCK,	/* a pool set's lock was taken */
	AC_STAT_BAD_FOREIGN,	/* refused frees, by kind */
	AC_STAT_BAD_CACHE,
	AC_STAT_BAD_INTERIOR,
	AC_STAT_BAD_DOUBLE,
	AC_STAT_BAD_OVERRUN,	/* stray writes that debug caches found */
	AC_STAT_BAD_UNDERRUN,
	AC_STAT_BAD_STALE,
	AC_STAT_BAD_TRACK,
	AC_STAT_BAD_PAGE,	/* references put that were not taken */
	AC_NR_STATS,
};

struct ac_stats {
	long event[AC_NR_STATS];
};

DECLARE_PER_CPU(struct ac_stats, ac_stats);

/*
 * A figure that its owner, another CPU or the holder of a lock, changes by plain
 * writes meanwhile: what it was a moment ago will do.
 */
#define ac_peek(figure)	data_race(READ_ONCE(figure))

/*
 * On user-mode Linux this_cpu_add() turns interrupts off, by two system calls, which
 * cost more than what is counted. A locked instruction does not.
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

unsigned long ac_stat_read(enum ac_stat stat);
const char *ac_stat_name(enum ac_stat stat);

#endif /* AC_STATS_H */
