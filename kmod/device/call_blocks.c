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
#include "../pool_put.h"
#include "batch.h"
#include "call_blocks.h"
#include "resize.h"

static_assert(ARENA_CACHE_IN_SOFTIRQ == AC_CONTEXT_SOFTIRQ);
static_assert(ARENA_CACHE_IN_HARDIRQ == AC_CONTEXT_HARDIRQ);

/**
 * struct bulk - an ALLOC or a FREE
 * @batch: blocks on their way
 * @some: allocates or frees a batch, or fewer
 * @array: the user's array of handles, or NULL
 * @only: the handle, if there is no array
 * @count: how many blocks
 * @done: how many so far
 */
struct bulk {
	struct ac_batch batch;
	int (*some)(struct bulk *bulk);
	u32 __user *array;
	u32 *only;
	u32 count;
	u32 *done;
};

static int put_handles(struct bulk *bulk)
{
	struct ac_batch *b = &bulk->batch;

	if (!bulk->array) {
		*bulk->only = *b->handle;
		return 0;
	}
	return copy_to_user(bulk->array + *bulk->done, b->handle,
			    b->got * sizeof(*b->handle)) ? -EFAULT : 0;
}

static int get_handles(struct bulk *bulk, u32 nr)
{
	struct ac_batch *b = &bulk->batch;

	if (!bulk->array) {
		*b->handle = *bulk->only;
		return 0;
	}
	return copy_from_user(b->handle, bulk->array + *bulk->done,
			      nr * sizeof(*b->handle)) ? -EFAULT : 0;
}

static u32 next_batch(const struct bulk *bulk)
{
	return min(bulk->count - *bulk->done, bulk->batch.max);
}

static int alloc_some(struct bulk *bulk)
{
	struct ac_batch *b = &bulk->batch;
	int err, undelivered;

	err = ac_batch_alloc(b, next_batch(bulk));
	if (!b->got)
		return err;
	undelivered = put_handles(bulk);
	if (undelivered)
		err = undelivered;
	else
		*bulk->done += b->got;
	ac_batch_publish(b, undelivered ? 0 : b->got);
	return err;
}

static int free_some(struct bulk *bulk)
{
	u32 nr = next_batch(bulk);
	int err;

	err = get_handles(bulk, nr);
	if (err)
		return err;
	err = ac_batch_free(&bulk->batch, nr);
	if (err < 0)
		return err;
	*bulk->done += err;
	return 0;
}

/* Batch after batch, until all is done, one fails, or a signal comes. */
static int run_batches(struct bulk *bulk)
{
	int err;

	for (;;) {
		err = bulk->some(bulk);
		if (err || *bulk->done == bulk->count)
			return err;
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	}
}

/* A frame of its own, for kernels that zero what they have on the stack. */
static noinline int run_many(struct bulk *bulk)
{
	u32 handle[AC_BATCH];
	void *block[AC_BATCH];

	bulk->batch.max = AC_BATCH;
	bulk->batch.handle = handle;
	bulk->batch.block = block;
	return run_batches(bulk);
}

static int run_one(struct bulk *bulk)
{
	u32 handle;
	void *block;

	bulk->batch.max = 1;
	bulk->batch.handle = &handle;
	bulk->batch.block = &block;
	return bulk->some(bulk);
}

static int run_bulk(struct bulk *bulk)
{
	if (bulk->count == 1)
		return run_one(bulk);
	return bulk->array ? run_many(bulk) : -EFAULT;
}

static bool alloc_is_bad(const struct arena_cache_alloc_args *a)
{
	return !a->count || (a->cache && a->bytes) ||
	       (!a->cache && (!a->bytes || a->bytes > AC_SESSION_MAX));
}

/* Only blocks and bytes are charged for blocks. */
static u32 limit_met(const struct ac_batch *b, int err)
{
	if (err != -EDQUOT && err != -ENOSPC)
		return 0;
	return b->refused == AC_BLOCKS ? ARENA_CACHE_LIMIT_BLOCKS :
					 ARENA_CACHE_LIMIT_BYTES;
}

int ac_call_alloc(struct ac_session *s, void *args)
{
	struct arena_cache_alloc_args *a = args;
	struct bulk bulk = {
		.batch.session = s,
		.batch.context = a->flags,
		.batch.cache_nr = a->cache,
		.batch.bytes = a->bytes,
		.some = alloc_some,
		.array = u64_to_user_ptr(a->handles),
		.only = &a->handle,
		.count = a->count,
		.done = &a->done,
	};

	int err;

	a->done = 0;
	err = alloc_is_bad(a) ? -EINVAL : run_bulk(&bulk);
	a->limit = limit_met(&bulk.batch, err);
	return err;
}

int ac_call_free(struct ac_session *s, void *args)
{
	struct arena_cache_free_args *a = args;
	struct bulk bulk = {
		.batch.session = s,
		.batch.context = a->flags,
		.some = free_some,
		.array = u64_to_user_ptr(a->handles),
		.only = &a->handle,
		.count = a->count,
		.done = &a->done,
	};

	a->done = 0;
	return a->reserved || !a->count ? -EINVAL : run_bulk(&bulk);
}

int ac_call_realloc(struct ac_session *s, void *args)
{
	struct arena_cache_realloc_args *a = args;

	if (!a->bytes || a->bytes > AC_SESSION_MAX)
		return -EINVAL;
	return ac_resize(s, a->handle, a->bytes);
}

/* The place of a block in its arena, if it has one. */
static void query_place(struct arena_cache_query_args *a, const void *p)
{
	struct ac_arena *arena;
	struct arena_cache *c;

	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena) {
		c = ac_owner_of_pool(ac_arena_pool(arena, ac_arena_slot(p)));
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

	lockdep_assert_held(&s->lock);
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
	c = ac_session_cache_of(s, h);
	if (!c)
		a->usable = ac_alloc_room(h->block);
	else if (c->shared)
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
