/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which shared blocks of an open file can be mapped
 *
 * Owns, for each open file, its windows: arenas in which the file has live blocks of
 * shared caches, each at an offset of the file. A page of an arena can be mapped while
 * one of these blocks lies in it: the block pins the page, and a page of a shared
 * cache has blocks of no other. A mapping has a reference of its own to its page.
 *
 * An offset is never used for two arenas. A process that still maps a page of the old
 * arena would otherwise disagree with one that maps the new arena there.
 *
 * Invariants, per window:
 *	total		== sum over live[] > 0
 *	by_index[index]	== by_arena[id of its arena] == the window
 *
 * Lock: the owner's, which all functions but ac_windows_init() and
 * ac_windows_destroy() need.
 */
#ifndef AC_WINDOWS_H
#define AC_WINDOWS_H

#include <linux/mutex.h>
#include <linux/xarray.h>

struct page;

/**
 * struct ac_windows - the windows of a file
 * @lock: the owner's; protects all below
 * @by_index: by index, which is the offset divided by the size of an arena
 * @by_arena: by the number of the arena
 * @next: index of the next window
 */
struct ac_windows {
	struct mutex *lock;	/* the owner's */
	struct xarray by_index;
	struct xarray by_arena;
	u32 next;
};

void ac_windows_init(struct ac_windows *w, struct mutex *lock);
void ac_windows_destroy(struct ac_windows *w);
int ac_window_add(struct ac_windows *w, const void *block);
void ac_window_remove(struct ac_windows *w, const void *block);
u64 ac_window_offset(struct ac_windows *w, const void *block);
struct page *ac_window_page(struct ac_windows *w, unsigned long pgoff);

#endif /* AC_WINDOWS_H */
