/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what belongs to an open file of /dev/arena_cache
 *
 * Owns the caches and the blocks of each open file, and frees them with it.
 *
 * Blocks are allocated and freed in batches, in three steps: handles are reserved
 * (or looked up and taken out) under the lock; the allocator is called without, in
 * whatever context the user wants; handles become live (or free) under the lock.
 * So calls to the allocator run side by side, nobody finds a block that is on its
 * way, and each of the steps is short. Nothing touches user memory under the lock,
 * which a fault in a mapping takes, too.
 *
 * States of a cache: none -> coming -> there -> none. It can go while no handle,
 * live or reserved, is of it.
 *
 * Invariants, under the lock:
 *	cache->users	== handles that are live or reserved for a block of it
 *	quota of blocks	== handles that are live or reserved
 *	quota of bytes	== sum of their charges
 *	blocks of shared caches that are live, or were allocated for a reserved handle,
 *		are in the windows; those on their way to be freed are not
 *
 * Lock: ac_session.lock (mutex). It is taken inside mmap_lock, by faults; the
 * allocator is not called under it.
 */
#ifndef AC_SESSION_H
#define AC_SESSION_H

#include <linux/arena_cache.h>
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
 * @coming: somebody creates it
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
	struct mutex lock;	/* all of it */
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

#endif /* AC_SESSION_H */
