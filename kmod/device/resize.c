// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - change the size of a block of an open file
 */
#include <linux/minmax.h>
#include <linux/string.h>

#include "../alloc.h"
#include "resize.h"

/* Charges the new block on top of the old one, and takes the handle out. */
static int begin_move(struct ac_session *s, u32 handle, u32 charge,
		      struct ac_handle *old)
{
	struct ac_handle *h;
	int err;

	lockdep_assert_held(&s->lock);
	h = ac_handle_find(&s->handles, handle);
	if (!h)
		return -ENOENT;
	if (h->cache)
		return -EOPNOTSUPP;
	err = ac_quota_charge(&s->quota, AC_BYTES, charge);
	if (err)
		return err;
	*old = *h;
	h->live = false;
	return 0;
}

/* A raw block that shrinks may keep its room, so the charge is for its room. */
static void end_move(struct ac_session *s, u32 handle, u32 charge,
		     const struct ac_handle *new)
{
	struct ac_handle *h;
	u32 charged;

	lockdep_assert_held(&s->lock);
	h = ac_handle_entry(&s->handles, handle);
	charged = h->charge + charge;
	*h = *new;
	h->charge = min(h->charge, charged);
	h->live = true;
	ac_quota_uncharge(&s->quota, AC_BYTES, charged - h->charge);
}

/**
 * ac_resize - change the size of a block
 * @s: the session of its file
 * @handle: the block, by size; any number
 * @bytes: its new size
 *
 * Context: process context; may sleep.
 * Return: 0, -ENOENT, -EOPNOTSUPP, -EDQUOT, -ENOSPC or -ENOMEM.
 */
int ac_resize(struct ac_session *s, u32 handle, u32 bytes)
{
	u32 charge = ac_quota_block_bytes(bytes);
	struct ac_handle h;
	void *p;
	int err;

	mutex_lock(&s->lock);
	err = begin_move(s, handle, charge, &h);
	mutex_unlock(&s->lock);
	if (err)
		return err;
	p = arena_realloc(h.block, bytes, GFP_KERNEL | __GFP_NOWARN);
	if (p) {
		if (bytes > h.bytes)
			memset(p + h.bytes, 0, bytes - h.bytes);
		h.block = p;
		h.bytes = bytes;
		h.charge = max_t(u32, charge, ac_alloc_room(p));
	}
	mutex_lock(&s->lock);
	end_move(s, handle, charge, &h);
	mutex_unlock(&s->lock);
	return p ? 0 : -ENOMEM;
}
