/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what debug caches found, and how they say it
 *
 * Owns the last finding and the reports' text. Every finding is counted; ten in five
 * seconds are printed, with the bytes around the first bad one and the block's track.
 *
 * Reports are printed under no lock of ours: the console may take as long as it likes,
 * and its own locks nest inside none of ours. The unit test reports_hold_no_lock
 * looks at each kind.
 *
 * Lock: last_lock, innermost.
 */
#ifndef AC_FINDING_H
#define AC_FINDING_H

#include "../report.h"

/**
 * struct ac_finding - what was reported last
 * @kind: what is wrong
 * @cache: the cache
 * @p: the caller's address of the block
 * @offset: of the first bad byte from @p
 * @bytes: how many bytes are bad
 * @serial: of the allocation
 */
struct ac_finding {
	enum ac_bad kind;
	const struct arena_cache *cache;
	const void *p;
	long offset;
	unsigned int bytes;
	u64 serial;
};

/**
 * struct ac_area - bytes of a block that must all be the same
 * @kind: what is wrong if they are not
 * @start: offset of the first from the block's start
 * @end: offset of the first behind them
 * @byte: what each must be
 */
struct ac_area {
	enum ac_bad kind;
	unsigned int start;
	unsigned int end;
	u8 byte;
};

void ac_debug_report_area(const struct arena_cache *c, void *block,
			  const struct ac_area *area, const u8 *bad,
			  unsigned long ip);
void ac_debug_report_track(const struct arena_cache *c, void *block,
			   unsigned long ip);
void ac_debug_report_free(const struct arena_cache *c, const void *p,
			  enum ac_bad kind, const struct arena_cache *owner,
			  unsigned long ip);
void ac_debug_describe(const struct arena_cache *c, void *block);
void ac_debug_last(struct ac_finding *f);

#endif /* AC_FINDING_H */
