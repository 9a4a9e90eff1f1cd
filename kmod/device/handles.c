// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - tables of handles
 */
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "handles.h"

static u32 nr_chunks(u32 handles)
{
	return DIV_ROUND_UP(handles, AC_CHUNK);
}

/**
 * ac_handles_init - make a table
 * @t: the table
 * @lock: the owner's lock
 * @max: how many handles there can be
 *
 * Return: 0 or -ENOMEM.
 */
int ac_handles_init(struct ac_handles *t, struct mutex *lock, u32 max)
{
	t->chunk = kvcalloc(nr_chunks(max), sizeof(*t->chunk),
			    GFP_KERNEL_ACCOUNT);
	t->lock = lock;
	t->max = max;
	t->top = 0;
	t->free = 0;
	return t->chunk ? 0 : -ENOMEM;
}

void ac_handles_destroy(struct ac_handles *t)
{
	u32 i;

	for (i = 0; i < nr_chunks(t->top); i++)
		free_page((unsigned long)t->chunk[i]);
	kvfree(t->chunk);
}

/* Raises @t->top by one free handle. */
static bool extend(struct ac_handles *t)
{
	struct ac_handle **chunk;

	lockdep_assert_held(t->lock);
	if (t->top == t->max)
		return false;
	chunk = &t->chunk[t->top / AC_CHUNK];
	if (!*chunk)
		*chunk = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!*chunk)
		return false;
	t->free = ++t->top;
	return true;
}

/**
 * ac_handle_reserve - take a free handle
 * @t: the table
 * @handle: gets its number
 *
 * Return: its entry, or NULL if the table can have no more.
 */
struct ac_handle *ac_handle_reserve(struct ac_handles *t, u32 *handle)
{
	struct ac_handle *h;

	lockdep_assert_held(t->lock);
	if (!t->free && !extend(t))
		return NULL;
	*handle = t->free;
	h = ac_handle_entry(t, t->free);
	t->free = h->next;
	return h;
}
