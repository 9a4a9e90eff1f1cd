/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what users do wrong
 *
 * Owns nothing. A pointer that is no live block of the cache it is freed to is left
 * alone: nothing is freed, one line is logged (rate limited) and a counter goes up. The
 * same happens when a pool's bitmap turns out to be overwritten. Debug caches see
 * more, and say more; see debug.h.
 *
 * Each function that logs is called without a lock of ours: printk() may take locks
 * under which callers allocate.
 */
#ifndef AC_REPORT_H
#define AC_REPORT_H

#include <linux/arena_cache_cpu.h>

enum ac_bad {
	AC_GOOD,
	AC_BAD_FOREIGN,		/* in no arena, and no raw block of this cache */
	AC_BAD_CACHE,		/* in a pool of another cache, or of none */
	AC_BAD_INTERIOR,	/* in one of our pools, but not where a block starts */
	AC_BAD_DOUBLE,		/* a block that is free */
	/* only debug caches see these, but for a write into a pool's bitmap */
	AC_BAD_OVERRUN,		/* bytes behind the caller's were written */
	AC_BAD_UNDERRUN,	/* bytes in front of the caller's were written */
	AC_BAD_STALE,		/* a free block was written */
	AC_BAD_TRACK,		/* the record of a block was written */
	/* seen when a page changes hands */
	AC_BAD_PAGE,		/* a reference was put that had not been taken */
};

void ac_report_count(enum ac_bad kind);
const char *ac_report_text(enum ac_bad kind);

void ac_report_bad_free(const struct arena_cache *c, const void *p,
			enum ac_bad kind);
void ac_report_page(const struct arena_cache *c, const struct page *page);
void ac_report_puts(const struct arena_cache *c, const void *p, bool alone);
void ac_report_lost(const struct arena_cache *c, u64 arena, unsigned int slot,
		    unsigned int nr);

#endif /* AC_REPORT_H */
