// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what users do wrong
 */
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "kunit_export.h"
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
	[AC_BAD_OVERRUN] = { AC_STAT_BAD_OVERRUN, "written past its end" },
	[AC_BAD_UNDERRUN] = { AC_STAT_BAD_UNDERRUN,
			      "written before its start" },
	[AC_BAD_STALE] = { AC_STAT_BAD_STALE, "written while it was free" },
	[AC_BAD_TRACK] = { AC_STAT_BAD_TRACK, "the record was overwritten" },
	[AC_BAD_PAGE] = { AC_STAT_BAD_PAGE, "not ours any more" },
};

/* Begins every report; the caller has no lock of ours. */
void ac_report_count(enum ac_bad kind)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_report_count, kind);
	ac_stat_inc(kinds[kind].stat);
}
EXPORT_SYMBOL_IF_KUNIT(ac_report_count);

const char *ac_report_text(enum ac_bad kind)
{
	return kinds[kind].text;
}

void ac_report_bad_free(const struct arena_cache *c, const void *p,
			enum ac_bad kind)
{
	ac_report_count(kind);
	pr_err_ratelimited("bad free in cache %s: %p is %s\n",
			   c ? c->name : "(by size)", p, kinds[kind].text);
}

/*
 * References to a page of ours were put that had not been taken, by put_page() or by
 * kfree() of a block. It may have another owner now: it is lost.
 */
void ac_report_page(const struct page *page)
{
	ac_report_count(AC_BAD_PAGE);
	pr_err_ratelimited("the page at %p is %s, and lost: somebody put a reference to it that he had not taken, or passed a block to kfree()\n",
			   page_address(page), kinds[AC_BAD_PAGE].text);
}

/* @nr free blocks of a pool are not in its bitmap any more. */
void ac_report_lost(const struct arena_cache *c, u64 arena, unsigned int slot,
		    unsigned int nr)
{
	ac_report_count(AC_BAD_OVERRUN);
	pr_err_ratelimited("cache %s: the bitmap of arena %llu, pool %u was overwritten, %u free blocks are lost\n",
			   c->name, arena, slot, nr);
}
