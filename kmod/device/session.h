/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what belongs to an open file of /dev/arena_cache
 *
 * Owns the caches of each open file, and the tables for its blocks: batch.h and
 * resize.h allocate and free these.
 *
 * States of a cache: none -> coming -> there -> none. It can go while no handle,
 * live or reserved, is of it.
 *
 * Invariants, under the lock:
 *	cache->users	== handles that are live or reserved for a block of it
 *	quota of blocks	== handles that are live or reserved
 *	quota of bytes	== sum of their charges
 *	the windows have the blocks of shared caches that are live, and those allocated
 *		for a reserved handle, but none that is about to be freed
 *
 * Lock: ac_session.lock, see there.
 */
#ifndef AC_SESSION_H
#define AC_SESSION_H

#include <linux/arena_cache.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include "handles.h"
#include "quota.h"
#include "windows.h"

/* Largest block: what the page allocator gives without effort. */
#define AC_SESSION_MAX	(PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

/**
 * struct ac_session_cache - a cache of an open file
 * @cache: the cache; NULL while there is none or it is coming
 * @users: handles that are of it
 * @coming: ac_session_cache_create() is at work on it
 */
struct ac_session_cache {
	struct arena_cache *cache;
	u32 users;
	bool coming;
};

/**
 * struct ac_session - an open file
 * @lock: protects all below
 * @handles: its handles
 * @windows: its blocks that can be mapped
 * @quota: what it has
 * @allocs: blocks allocated so far
 * @frees: blocks freed so far
 * @serial: number of the file
 * @cache: its caches; number n is @cache[n - 1]
 */
struct ac_session {
	/*
	 * Protects the whole session, with handles, windows and quota. Page faults take
	 * it inside mmap_lock, so nothing touches user memory under it. Tables grow
	 * under it, so reclaim nests inside; the allocator is called without it.
	 */
	struct mutex lock;
	struct ac_handles handles;
	struct ac_windows windows;
	struct ac_quota quota;
	u64 allocs;
	u64 frees;
	u64 serial;
	struct ac_session_cache cache[AC_QUOTA_CACHES];
};

struct ac_session *ac_session_create(void);
void ac_session_destroy(struct ac_session *s);
struct ac_session_cache *ac_session_find_cache(struct ac_session *s, u32 nr);
int ac_session_cache_create(struct ac_session *s, u32 bytes, u32 align,
			    bool shared, u32 *nr);
int ac_session_cache_destroy(struct ac_session *s, u32 nr);

/* The cache of a live or reserved handle, or NULL for the size classes. */
static inline struct arena_cache *ac_session_cache_of(struct ac_session *s,
						      const struct ac_handle *h)
{
	lockdep_assert_held(&s->lock);
	return h->cache ? s->cache[h->cache - 1].cache : NULL;
}

#endif /* AC_SESSION_H */
