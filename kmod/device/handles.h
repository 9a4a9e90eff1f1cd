/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - tables of handles
 *
 * Owns, for each open file, the table that leads from a handle to a block. Its
 * entries lie in chunks of a page, which come when they are needed and stay until
 * the table goes.
 *
 * States of a handle: free -> reserved -> live -> reserved -> free. ac_handle_find()
 * finds live ones only. A reserved one belongs to a caller that allocates, frees or
 * moves its block with the table unlocked.
 *
 * Invariants:
 *	an entry is free	<=> it is on the list that begins at @free, or its
 *				    number is above @top
 *	a live entry has a block; no entry has handle 0
 *
 * Lock: the owner's, which all functions but ac_handles_init() and
 * ac_handles_destroy() need.
 */
#ifndef AC_HANDLES_H
#define AC_HANDLES_H

#include <linux/build_bug.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/types.h>

/**
 * struct ac_handle - what a handle stands for
 * @block: the block, while the handle is live
 * @bytes: the size asked for
 * @charge: the bytes charged
 * @cache: number of its cache; 0 for the size classes
 * @next: the next free handle; 0 for none
 * @live: ac_handle_find() finds it
 */
struct ac_handle {
	void *block;
	u32 bytes;
	u32 charge;
	u32 cache;
	u32 next;
	bool live;
};

static_assert(sizeof(struct ac_handle) == 32);

/* Entries in a page. */
#define AC_CHUNK	(PAGE_SIZE / sizeof(struct ac_handle))

/**
 * struct ac_handles - a table
 * @lock: the owner's; protects all below
 * @chunk: pages of entries
 * @max: highest handle that there can be
 * @top: highest handle that there ever was
 * @free: first on the list of free ones; 0 for none
 */
struct ac_handles {
	struct mutex *lock;	/* the owner's */
	struct ac_handle **chunk;
	u32 max;
	u32 top;
	u32 free;
};

int ac_handles_init(struct ac_handles *t, struct mutex *lock, u32 max);
void ac_handles_destroy(struct ac_handles *t);
struct ac_handle *ac_handle_reserve(struct ac_handles *t, u32 *handle);

/*
 * The entry of a handle from 1 to @t->top. A caller looks at many handles, and asserts
 * that the lock is held once for all.
 */
static inline struct ac_handle *ac_handle_entry(struct ac_handles *t, u32 handle)
{
	u32 i = array_index_nospec(handle - 1, t->top);

	return &t->chunk[i / AC_CHUNK][i % AC_CHUNK];
}

/* The entry of a live handle, or NULL; @handle is any number. */
static inline struct ac_handle *ac_handle_find(struct ac_handles *t, u32 handle)
{
	struct ac_handle *h;

	if (!handle || handle > t->top)
		return NULL;
	h = ac_handle_entry(t, handle);
	return h->live ? h : NULL;
}

/* Frees a reserved handle. */
static inline void ac_handle_release(struct ac_handles *t, u32 handle)
{
	struct ac_handle *h;

	h = ac_handle_entry(t, handle);
	h->next = t->free;
	t->free = handle;
}

#endif /* AC_HANDLES_H */
