// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - frees that are refused
 */
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "report.h"
#include "stats.h"

static const struct {
	enum ac_stat stat;
	const char *text;
} kinds[] = {
	[AC_BAD_FOREIGN] = { AC_STAT_BAD_FOREIGN, "not from this allocator" },
	[AC_BAD_CACHE] = { AC_STAT_BAD_CACHE, "not a block of this cache" },
	[AC_BAD_INTERIOR] = { AC_STAT_BAD_INTERIOR, "not the start of a block" },
	[AC_BAD_DOUBLE] = { AC_STAT_BAD_DOUBLE, "free already" },
};

void ac_report_bad_free(const struct arena_cache *c, const void *p,
			enum ac_bad kind)
{
	ac_stat_inc(kinds[kind].stat);
	pr_err_ratelimited("bad free in cache %s: %p is %s\n",
			   c ? c->name : "(by size)", p, kinds[kind].text);
}
