// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - calls on blocks: ALLOC, FREE, REALLOC, QUERY
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/linux/arena_cache.h>

#include "../alloc.h"
#include "../arena.h"
#include "../cache.h"
#include "../pool.h"
#include "batch.h"
#include "call_blocks.h"
#include "resize.h"

static_assert(ARENA_CACHE_IN_SOFTIRQ == AC_CONTEXT_SOFTIRQ);
static_assert(ARENA_CACHE_IN_HARDIRQ == AC_CONTEXT_HARDIRQ);

/* Handles of a batch to user space: to the array, or the only one to @only. */
static int put_handles(u64 array, u32 first, const u32 *handle, u32 nr,
		       u32 *only)
{
	u32 __user *to = u64_to_user_ptr(array);

	if (!array) {
		*only = *handle;
		return 0;
	}
	return copy_to_user(to + first, handle, nr * sizeof(*to)) ? -EFAULT : 0;
}

static int get_handles(u64 array, u32 first, u32 *handle, u32 nr, u32 only)
{
	u32 __user *from = u64_to_user_ptr(array);

	if (!array) {
		*handle = only;
		return 0;
	}
	return copy_from_user(handle, from + first, nr * sizeof(*from)) ?
	       -EFAULT : 0;
}

/* Before another batch of a long call. */
static int take_breath(void)
{
	cond_resched();
	return signal_pending(current) ? -EINTR : 0;
}

/* Not in the frame of who needs one: kernels zero what they have on the stack. */
static noinline int with_many(struct ac_session *s, void *args,
			      int (*fn)(void *args, struct ac_batch *b))
{
	u32 handle[AC_BATCH];
	void *block[AC_BATCH];
	struct ac_batch b = {
		.session = s,
		.max = AC_BATCH,
		.handle = handle,
		.block = block,
	};

	return fn(args, &b);
}

static __always_inline int with_one(struct ac_session *s, void *args,
				    int (*fn)(void *args, struct ac_batch *b))
{
	u32 handle;
	void *block;
	struct ac_batch b = {
		.session = s,
		.max = 1,
		.handle = &handle,
		.block = &block,
	};

	return fn(args, &b);
}

static int alloc_some(struct arena_cache_alloc_args *a, struct ac_batch *b)
{
	int err, undelivered;

	err = ac_batch_alloc(b, min(a->count - a->done, b->max));
	if (!b->got)
		return err;
	undelivered = put_handles(a->handles, a->done, b->handle, b->got,
				  &a->handle);
	if (undelivered)
		err = undelivered;
	else
		a->done += b->got;
	ac_batch_publish(b, undelivered ? 0 : b->got);
	return err;
}

static bool alloc_is_bad(const struct arena_cache_alloc_args *a)
{
	return a->reserved || !a->count || (a->cache && a->bytes) ||
	       (!a->cache && (!a->bytes || a->bytes > AC_SESSION_MAX));
}

static int alloc_all(void *args, struct ac_batch *b)
{
	struct arena_cache_alloc_args *a = args;
	int err;

	b->context = a->flags & ARENA_CACHE_IN_MASK;
	b->cache_nr = a->cache;
	do {
		b->bytes = a->bytes;
		err = alloc_some(a, b);
		if (!err && a->done < a->count)
			err = take_breath();
	} while (!err && a->done < a->count);
	return err;
}

int ac_call_alloc(struct ac_session *s, void *args)
{
	struct arena_cache_alloc_args *a = args;

	a->done = 0;
	if (alloc_is_bad(a))
		return -EINVAL;
	if (!a->handles && a->count > 1)
		return -EFAULT;
	return a->count > 1 ? with_many(s, a, alloc_all) : with_one(s, a, alloc_all);
}

static int free_some(struct arena_cache_free_args *a, struct ac_batch *b)
{
	u32 n = min(a->count - a->done, b->max);
	int err;

	err = get_handles(a->handles, a->done, b->handle, n, a->handle);
	if (err)
		return err;
	err = ac_batch_free(b, n);
	if (err < 0)
		return err;
	a->done += err;
	return 0;
}

static int free_all(void *args, struct ac_batch *b)
{
	struct arena_cache_free_args *a = args;
	int err;

	b->context = a->flags & ARENA_CACHE_IN_MASK;
	do {
		err = free_some(a, b);
		if (!err && a->done < a->count)
			err = take_breath();
	} while (!err && a->done < a->count);
	return err;
}

int ac_call_free(struct ac_session *s, void *args)
{
	struct arena_cache_free_args *a = args;

	a->done = 0;
	if (a->reserved || !a->count)
		return -EINVAL;
	if (!a->handles && a->count > 1)
		return -EFAULT;
	return a->count > 1 ? with_many(s, a, free_all) : with_one(s, a, free_all);
}

int ac_call_realloc(struct ac_session *s, void *args)
{
	struct arena_cache_realloc_args *a = args;

	if (!a->bytes || a->bytes > AC_SESSION_MAX)
		return -EINVAL;
	return ac_resize(s, a->handle, a->bytes);
}

static void query_place(struct arena_cache_query_args *a, const void *p)
{
	struct ac_arena *arena;
	struct arena_cache *c;

	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena) {
		c = ac_pool_cache(ac_arena_pool(arena, ac_arena_slot(p)));
		a->kind = ARENA_CACHE_KIND_ARENA;
		a->arena = arena->id;
		a->pool = ac_arena_slot(p);
		a->block = ac_class_index(c, p);
		if (c->by_size)
			a->class = ac_class_of(c->size);
	}
	rcu_read_unlock();
}

static void query_handle(struct ac_session *s, const struct ac_handle *h,
			 struct arena_cache_query_args *a)
{
	const struct arena_cache *c;

	*a = (struct arena_cache_query_args){
		.size = a->size,
		.handle = a->handle,
		.kind = ARENA_CACHE_KIND_RAW,
		.cache = h->cache,
		.bytes = h->bytes,
		.usable = h->bytes,
		.class = ARENA_CACHE_NONE,
		.pool = ARENA_CACHE_NONE,
		.block = ARENA_CACHE_NONE,
		.offset = ARENA_CACHE_NO_OFFSET,
	};
	query_place(a, h->block);
	if (!h->cache) {
		a->usable = ac_alloc_room(h->block);
		return;
	}
	c = s->cache[h->cache - 1].cache;
	if (c->shared)
		a->offset = ac_window_offset(&s->windows, h->block);
}

int ac_call_query(struct ac_session *s, void *args)
{
	struct arena_cache_query_args *a = args;
	struct ac_handle *h;

	mutex_lock(&s->lock);
	h = ac_handle_find(&s->handles, a->handle);
	if (h)
		query_handle(s, h, a);
	mutex_unlock(&s->lock);
	return h ? 0 : -ENOENT;
}
