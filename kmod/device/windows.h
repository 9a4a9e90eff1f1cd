/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what of an open file's shared blocks can be mapped
 *
 * Owns, for each open file, its windows: an arena in which the file has live blocks
 * of shared caches, at an offset of the file. A page of it can be mapped as long as
 * one of these blocks lies there: the block keeps the page where it is, and a page
 * of a shared cache has blocks of no other. What is mapped has a reference of its
 * own and stays.
 *
 * An offset is never used for two arenas. Who still has the page of one that went
 * would otherwise see it where others see the new one.
 *
 * Invariants, per window:
 *	total		== sum over live[] > 0
 *	by_index[index]	== by_arena[id of its arena] == the window
 *
 * Lock: the owner's.
 */
#ifndef AC_WINDOWS_H
#define AC_WINDOWS_H

#include <linux/xarray.h>

struct page;

/**
 * struct ac_windows - the windows of a file
 * @by_index: by index, which is the offset divided by the size of an arena
 * @by_arena: by the number of the arena
 * @next: index of the next
 */
struct ac_windows {
	struct xarray by_index;
	struct xarray by_arena;
	u32 next;
};

void ac_windows_init(struct ac_windows *w);
void ac_windows_destroy(struct ac_windows *w);
int ac_window_add(struct ac_windows *w, const void *block);
void ac_window_remove(struct ac_windows *w, const void *block);
u64 ac_window_offset(struct ac_windows *w, const void *block);
struct page *ac_window_page(struct ac_windows *w, unsigned long pgoff);

#endif /* AC_WINDOWS_H */
