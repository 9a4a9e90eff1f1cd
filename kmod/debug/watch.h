/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the kernel's own checkers: KASAN and kmemleak
 *
 * Owns nothing. In a kernel that has one of them every block of an arena passes here
 * when a caller gets it and when it is freed, on the inline paths, too. In all other
 * kernels ARENA_CACHE_WATCHED is 0, and nothing of this is compiled.
 *
 *	KASAN		the bytes asked for are open, all others of the block are not
 *	kmemleak	the block is known, and scanned for pointers to others
 *
 * Debug caches have red zones and poison of their own instead of KASAN's, and debug.c
 * tells kmemleak. Both know raw and large blocks already.
 *
 * Shared pages are all open: user space may have the kernel write to any mapped byte.
 *
 * A pointer that is no live block is passed over here; a later check reports it.
 */
#ifndef AC_WATCH_H
#define AC_WATCH_H

#include "../pool.h"
#include "shadow.h"

/* How many of the @size bytes at @p KASAN lets callers use. */
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
