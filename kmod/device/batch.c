// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - batches of blocks on their way to an open file, or from it
 */
#include <linux/sched.h>

#include "../alloc.h"
#include "batch.h"
#include "../cache.h"

static void uncharge_blocks(struct ac_quota *q, u32 nr, u32 bytes)
{
	lockdep_assert_held(q->lock);
	ac_quota_uncharge(q, AC_BYTES, bytes);
	ac_quota_uncharge(q, AC_BLOCKS, nr);
}

static int charge_blocks(struct ac_quota *q, u32 nr, u32 bytes)
{
	int err;

	lockdep_assert_held(q->lock);
	err = ac_quota_charge(q, AC_BLOCKS, nr);
	if (err)
		return err;
	err = ac_quota_charge(q, AC_BYTES, bytes);
	if (err)
		ac_quota_uncharge(q, AC_BLOCKS, nr);
	return err;
}

/* Charges up to @nr blocks and returns how many; @err says why not all. */
static u32 charge_batch(struct ac_batch *b, u32 nr, int *err)
{
	struct ac_quota *q = &b->session->quota;
	u32 n;

	lockdep_assert_held(q->lock);
	*err = charge_blocks(q, nr, nr * b->charge);
	if (!*err)
		return nr;
	for (n = 0; n < nr; n++) {
		*err = charge_blocks(q, 1, b->charge);
		if (*err)
			break;
	}
	return n;
}

static bool reserve_one(struct ac_batch *b)
{
	struct ac_handle *h;

	lockdep_assert_held(&b->session->lock);
	h = ac_handle_reserve(&b->session->handles, &b->handle[b->nr]);
	if (!h)
		return false;
	h->bytes = b->bytes;
	h->charge = b->charge;
	h->cache = b->cache_nr;
	b->nr++;
	return true;
}

/* All handles of a batch are of one cache. */
static void add_users(struct ac_batch *b, s32 nr)
{
	lockdep_assert_held(&b->session->lock);
	if (b->cache_nr)
		b->session->cache[b->cache_nr - 1].users += nr;
}

/* Releases the handles from number @from on. */
static void release_handles(struct ac_batch *b, u32 from)
{
	struct ac_session *s = b->session;
	u32 i, bytes = 0;

	lockdep_assert_held(&s->lock);
	for (i = from; i < b->nr; i++) {
		bytes += ac_handle_entry(&s->handles, b->handle[i])->charge;
		ac_handle_release(&s->handles, b->handle[i]);
	}
	add_users(b, (s32)from - b->nr);
	uncharge_blocks(&s->quota, b->nr - from, bytes);
	b->nr = from;
}

/* Finds the cache, the size and the charge of the blocks. */
static int describe(struct ac_batch *b)
{
	struct ac_session_cache *sc;

	lockdep_assert_held(&b->session->lock);
	b->cache = NULL;
	b->charge = ac_quota_block_bytes(b->bytes);
	if (!b->cache_nr)
		return 0;
	sc = ac_session_find_cache(b->session, b->cache_nr);
	if (!sc)
		return -ENOENT;
	b->cache = sc->cache;
	b->bytes = arena_cache_size(sc->cache);
	b->charge = sc->cache->large ? ac_quota_block_bytes(b->bytes) :
				       sc->cache->block_size;
	return 0;
}

/* Reserves up to @nr handles; the error says why not all. */
static int reserve(struct ac_batch *b, u32 nr)
{
	int err;

	lockdep_assert_held(&b->session->lock);
	b->nr = 0;
	err = describe(b);
	if (err)
		return err;
	nr = charge_batch(b, nr, &err);
	b->refused = b->session->quota.refused;
	while (b->nr < nr && reserve_one(b))
		;
	add_users(b, b->nr);
	if (b->nr == nr)
		return err;
	uncharge_blocks(&b->session->quota, nr - b->nr,
			(nr - b->nr) * b->charge);
	return -ENOMEM;
}

/* GFP_NOWAIT, for GFP_ATOMIC would open reserves to user space. */
static gfp_t batch_gfp(const struct ac_batch *b)
{
	return (b->context == AC_CONTEXT_PROCESS ? GFP_KERNEL : GFP_NOWAIT) |
	       __GFP_ZERO | __GFP_NOWARN;
}

static struct arena_cache *cache_of(const struct ac_batch *b)
{
	if (b->cache || b->bytes > ARENA_CACHE_MAX_BLOCK)
		return b->cache;
	return arena_cache_classes[ac_class_for(b->bytes)];
}

/*
 * In bulk, then what bulk could not give one by one: arena_alloc() has kmalloc() to
 * fall back on.
 */
static void alloc_blocks(void *arg)
{
	struct ac_batch *b = arg;
	struct arena_cache *c = cache_of(b);
	gfp_t gfp = batch_gfp(b);

	b->got = c ? arena_cache_alloc_bulk(c, gfp, b->nr, b->block) : 0;
	while (b->got < b->nr) {
		b->block[b->got] = b->cache ? arena_cache_alloc(b->cache, gfp) :
					      arena_alloc(b->bytes, gfp);
		if (!b->block[b->got])
			break;
		b->got++;
	}
}

/* Blocks by size may be memory of kmalloc(), which arena_free() tells apart. */
static void free_from(const struct ac_batch *b, u32 first)
{
	u32 i;

	if (b->cache) {
		arena_cache_free_bulk(b->cache, b->got - first, b->block + first);
		return;
	}
	for (i = first; i < b->got; i++)
		arena_free(b->block[i]);
}

static void free_blocks(void *arg)
{
	free_from(arg, 0);
}

static bool is_shared(const struct ac_batch *b)
{
	return b->cache && b->cache->shared;
}

/* Opens windows on new blocks, and frees those that cannot have one. */
static void show_blocks(struct ac_batch *b)
{
	u32 n;

	mutex_lock(&b->session->lock);
	for (n = 0; n < b->got; n++)
		if (ac_window_add(&b->session->windows, b->block[n]))
			break;
	mutex_unlock(&b->session->lock);
	if (n < b->got)
		free_from(b, n);
	b->got = n;
}

/**
 * ac_batch_alloc - allocate blocks that no call can find yet
 * @b: the session, context, cache number, size and room; gets handles and blocks
 * @nr: how many, at most its @max
 *
 * The caller must call ac_batch_publish() unless it got no block.
 *
 * Context: process context; may sleep.
 * Return: 0, or why @b has fewer: -ENOENT, -EDQUOT, -ENOSPC, -ENOMEM.
 */
int ac_batch_alloc(struct ac_batch *b, u32 nr)
{
	int err;

	mutex_lock(&b->session->lock);
	err = reserve(b, nr);
	mutex_unlock(&b->session->lock);
	b->got = 0;
	if (!b->nr)
		return err;
	ac_context_run(b->context, alloc_blocks, b);
	if (is_shared(b))
		show_blocks(b);
	if (b->got == b->nr)
		return err;
	mutex_lock(&b->session->lock);
	release_handles(b, b->got);
	mutex_unlock(&b->session->lock);
	return -ENOMEM;
}

static void hide_block(struct ac_batch *b, void *p)
{
	lockdep_assert_held(&b->session->lock);
	if (is_shared(b))
		ac_window_remove(&b->session->windows, p);
}

/* Makes the first @nr handles live. */
static void publish(struct ac_batch *b, u32 nr)
{
	struct ac_handle *h;
	u32 i;

	lockdep_assert_held(&b->session->lock);
	for (i = 0; i < nr; i++) {
		h = ac_handle_entry(&b->session->handles, b->handle[i]);
		h->block = b->block[i];
		h->live = true;
	}
	b->session->allocs += nr;
}

/**
 * ac_batch_publish - let calls find new blocks
 * @b: what ac_batch_alloc() filled
 * @nr: how many of the blocks; the others are freed
 *
 * Context: process context; may sleep.
 */
void ac_batch_publish(struct ac_batch *b, u32 nr)
{
	u32 i;

	mutex_lock(&b->session->lock);
	publish(b, nr);
	for (i = nr; i < b->got; i++)
		hide_block(b, b->block[i]);
	mutex_unlock(&b->session->lock);
	if (nr == b->got)
		return;
	free_from(b, nr);
	mutex_lock(&b->session->lock);
	release_handles(b, nr);
	mutex_unlock(&b->session->lock);
}

/*
 * Takes out the first of @nr handles, and those behind it that are live and of the
 * same cache. A handle that is there twice is not live the second time.
 */
static void take_out(struct ac_batch *b, u32 nr)
{
	struct ac_session *s = b->session;
	struct ac_handle *h;

	lockdep_assert_held(&s->lock);
	for (b->nr = 0; b->nr < nr; b->nr++) {
		h = ac_handle_find(&s->handles, b->handle[b->nr]);
		if (!h || (b->nr && h->cache != b->cache_nr))
			break;
		b->cache_nr = h->cache;
		b->cache = ac_session_cache_of(s, h);
		b->block[b->nr] = h->block;
		h->live = false;
		hide_block(b, h->block);
	}
	b->got = b->nr;
	s->frees += b->nr;
}

/**
 * ac_batch_free - free blocks, as many as are of one cache
 * @b: the session, context and handles
 * @nr: how many handles, at most its @max
 *
 * Context: process context; may sleep.
 * Return: how many, or -ENOENT if the first handle is not live.
 */
int ac_batch_free(struct ac_batch *b, u32 nr)
{
	u32 done;

	mutex_lock(&b->session->lock);
	take_out(b, nr);
	mutex_unlock(&b->session->lock);
	done = b->nr;
	if (!done)
		return -ENOENT;
	ac_context_run(b->context, free_blocks, b);
	mutex_lock(&b->session->lock);
	release_handles(b, 0);
	mutex_unlock(&b->session->lock);
	return done;
}

/* Fills @b with live handles from @first on; returns how many there are. */
static u32 find_live(struct ac_batch *b, u32 first)
{
	struct ac_handles *t = &b->session->handles;
	u32 nr = 0;

	mutex_lock(&b->session->lock);
	for (; first <= t->top && nr < b->max; first++)
		if (ac_handle_find(t, first))
			b->handle[nr++] = first;
	mutex_unlock(&b->session->lock);
	return nr;
}

/**
 * ac_batch_free_all - free all blocks of a file that is being closed
 * @s: its session
 *
 * Context: process context; may sleep. No other call on @s may be running.
 */
void ac_batch_free_all(struct ac_session *s)
{
	u32 handle[AC_BATCH], next = 1, nr;
	void *block[AC_BATCH];
	struct ac_batch b = {
		.session = s,
		.max = AC_BATCH,
		.handle = handle,
		.block = block,
	};

	while ((nr = find_live(&b, next))) {
		nr = ac_batch_free(&b, nr);
		next = handle[nr - 1] + 1;
		cond_resched();
	}
}
