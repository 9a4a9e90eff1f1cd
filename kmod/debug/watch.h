/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the kernel's own checkers: KASAN and kmemleak
 *
 * Owns nothing. In a kernel that has one of them every block of an arena passes
 * here when a caller gets it and when he frees it, on the inline paths, too;
 * ARENA_CACHE_WATCHED is 0 in all others, and nothing of this is there.
 *
 *	KASAN		the bytes asked for are open, all others of the block are not
 *	kmemleak	the block is known, and scanned for pointers to others
 *
 * Debug caches have zones and poison of their own instead of KASAN's, and tell
 * kmemleak from debug.c. Raw and large blocks are known to both already.
 *
 * Shared pages are all open: who maps them may have the kernel write to any byte.
 *
 * A pointer that is no live block leaves no trace here: what it is shows later.
 */
#ifndef AC_WATCH_H
#define AC_WATCH_H

#include "../pool.h"
#include "shadow.h"

/* Of the @size bytes at @p those that are open: what KASAN keeps silent about. */
static inline size_t ac_watch_size(const void *p, size_t size)
{
	return ac_shadow_size(p, size);
}

#if ARENA_CACHE_WATCHED
void ac_watch_resize(const struct arena_cache *c, const void *p, size_t size);
#else
static inline void ac_watch_resize(const struct arena_cache *c, const void *p,
				   size_t size)
{
}
#endif

#endif /* AC_WATCH_H */
