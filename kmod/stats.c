// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - event counters
 */
#include <linux/cpumask.h>

#include "kunit_export.h"
#include "stats.h"

DEFINE_PER_CPU(struct ac_stats, ac_stats);

static const struct {
	const char *name;
	const char *label;
} counters[] = {
#define AC_COUNTER(constant, name, label, ...)	\
	[AC_STAT_##constant] = { name, label },
#include "counters.def"
#undef AC_COUNTER
};

/* For tests, which do not see the counters themselves. */
void ac_stat_count(enum ac_stat stat, long n)
{
	ac_stat_add(stat, n);
}
EXPORT_SYMBOL_IF_KUNIT(ac_stat_count);

/* The sum of all CPUs. */
unsigned long ac_stat_read(enum ac_stat stat)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += ac_peek(per_cpu(ac_stats, cpu).event[stat]);
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(ac_stat_read);

/* What stats.json calls it. */
const char *ac_stat_name(enum ac_stat stat)
{
	return counters[stat].name;
}
EXPORT_SYMBOL_IF_KUNIT(ac_stat_name);

/* What stats calls it. */
const char *ac_stat_label(enum ac_stat stat)
{
	return counters[stat].label;
}
EXPORT_SYMBOL_IF_KUNIT(ac_stat_label);
