// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - which shared blocks of an open file can be mapped
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../arena.h"
#include "windows.h"

/**
 * struct ac_window - an arena at an offset
 * @page: first page of the arena
 * @id: number of the arena
 * @index: of the window
 * @total: live blocks of the file here
 * @live: the same, for each pool
 */
struct ac_window {
	struct page *page;
	u64 id;
	u32 index;
	u32 total;
	u16 live[AC_POOLS];
};

void ac_windows_init(struct ac_windows *w, struct mutex *lock)
{
	w->lock = lock;
	xa_init(&w->by_index);
	xa_init(&w->by_arena);
	w->next = 0;
}

/* The file has no live block. */
void ac_windows_destroy(struct ac_windows *w)
{
	WARN_ON_ONCE(!xa_empty(&w->by_index));
	xa_destroy(&w->by_index);
	xa_destroy(&w->by_arena);
}

static struct ac_window *find_window(struct ac_windows *w, const void *block)
{
	lockdep_assert_held(w->lock);
	return xa_load(&w->by_arena, ac_arena_of(block)->id);
}

static struct ac_window *open_window(struct ac_windows *w,
				     const struct ac_arena *arena)
{
	struct ac_window *window = kzalloc(sizeof(*window), GFP_KERNEL_ACCOUNT);

	lockdep_assert_held(w->lock);
	if (!window || w->next == U32_MAX)
		goto free_window;
	window->page = arena->page;
	window->id = arena->id;
	window->index = w->next;
	if (xa_err(xa_store(&w->by_arena, window->id, window,
			    GFP_KERNEL_ACCOUNT)))
		goto free_window;
	if (xa_err(xa_store(&w->by_index, window->index, window,
			    GFP_KERNEL_ACCOUNT)))
		goto erase;
	w->next++;
	return window;

erase:
	xa_erase(&w->by_arena, window->id);
free_window:
	kfree(window);
	return NULL;
}

/**
 * ac_window_add - let a block be mapped
 * @w: the windows of its file
 * @block: a live block of a shared cache
 *
 * Return: 0 or -ENOMEM.
 */
int ac_window_add(struct ac_windows *w, const void *block)
{
	struct ac_window *window;

	lockdep_assert_held(w->lock);
	window = find_window(w, block);
	if (!window)
		window = open_window(w, ac_arena_of(block));
	if (!window)
		return -ENOMEM;
	window->total++;
	window->live[ac_arena_slot(block)]++;
	return 0;
}

/**
 * ac_window_remove - let a block be mapped no more
 * @w: the windows of its file
 * @block: a block that ac_window_add() added, still live
 */
void ac_window_remove(struct ac_windows *w, const void *block)
{
	struct ac_window *window;

	lockdep_assert_held(w->lock);
	window = find_window(w, block);
	window->live[ac_arena_slot(block)]--;
	if (--window->total)
		return;
	xa_erase(&w->by_index, window->index);
	xa_erase(&w->by_arena, window->id);
	kfree(window);
}

/**
 * ac_window_offset - the offset of a block in its file
 * @w: the windows of its file
 * @block: a block that ac_window_add() added
 *
 * Return: the offset, in bytes, for mmap().
 */
u64 ac_window_offset(struct ac_windows *w, const void *block)
{
	lockdep_assert_held(w->lock);
	return ((u64)find_window(w, block)->index << AC_ARENA_SHIFT) +
	       ((unsigned long)block & (AC_ARENA_SIZE - 1));
}

/**
 * ac_window_page - the page at an offset of a file
 * @w: the windows of the file
 * @pgoff: the offset in pages
 *
 * Return: the page, with a reference for the caller, or NULL.
 */
struct page *ac_window_page(struct ac_windows *w, unsigned long pgoff)
{
	unsigned int slot = pgoff % AC_POOLS;
	struct ac_window *window;

	lockdep_assert_held(w->lock);
	window = xa_load(&w->by_index, pgoff / AC_POOLS);
	if (!window || !window->live[slot])
		return NULL;
	get_page(window->page + slot);
	return window->page + slot;
}
