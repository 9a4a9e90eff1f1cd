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
	[AC_BAD_PAGE] = { AC_STAT_BAD_PAGE, "given to kfree()" },
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

/* What frees a block of @c. */
static const char *free_of(const struct arena_cache *c)
{
	return c->by_size ? "arena_free()" : "arena_cache_free()";
}

/*
 * References to a page of ours were put that had not been taken, by put_page() or by
 * kfree() of a block. It may have another owner now: it is lost. @c had it last; NULL if
 * that is not known.
 */
void ac_report_page(const struct arena_cache *c, const struct page *page)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_report_page, c, page);
	ac_report_count(AC_BAD_PAGE);
	if (c)
		pr_err_ratelimited("cache %s: a block in the page at %p was given to kfree() or put_page(): use %s; the page is lost\n",
				   c->name, page_address(page), free_of(c));
	else
		pr_err_ratelimited("the page at %p is lost: a block that was in it was given to kfree() or put_page(): use arena_cache_free() or arena_free()\n",
				   page_address(page));
}
EXPORT_SYMBOL_IF_KUNIT(ac_report_page);

/* The same, while blocks of @c live there: @p, or if not @alone one of those around it. */
void ac_report_puts(const struct arena_cache *c, const void *p, bool alone)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_report_puts, c, p, alone);
	pr_err_ratelimited("cache %s: %s %p was given to kfree() or put_page(): use %s\n",
			   c->name, alone ? "block" : "a block in the page of",
			   p, free_of(c));
}
EXPORT_SYMBOL_IF_KUNIT(ac_report_puts);

/* @nr free blocks of a pool are not in its bitmap any more. */
void ac_report_lost(const struct arena_cache *c, u64 arena, unsigned int slot,
		    unsigned int nr)
{
	ac_report_count(AC_BAD_OVERRUN);
	pr_err_ratelimited("cache %s: the bitmap of arena %llu, pool %u was overwritten, %u free blocks are lost\n",
			   c->name, arena, slot, nr);
}
