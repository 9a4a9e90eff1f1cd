// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - freed blocks of debug caches, held back
 */
#include <linux/kmemleak.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "debug.h"
#include "../kunit_export.h"
#include "quarantine.h"

static unsigned int quarantine = SZ_64K;
module_param(quarantine, uint, 0644);
MODULE_PARM_DESC(quarantine, "bytes of freed blocks that each debug cache with letter Q holds back (default 65536)");

int ac_quarantine_create(struct arena_cache *c)
{
	unsigned int room = READ_ONCE(quarantine) / c->block_size;
	struct ac_quarantine *q;

	if (!(c->debug & AC_DEBUG_QUARANTINE) || !room)
		return 0;
	q = kvzalloc(struct_size(q, ring, room), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	raw_spin_lock_init(&q->lock);
	q->room = room;
	/* Who is in here is in use by nobody. */
	kmemleak_no_scan(q);
	c->quarantine = q;
	return 0;
}

/* It is empty; see ac_quarantine_flush(). */
void ac_quarantine_destroy(struct arena_cache *c)
{
	kvfree(c->quarantine);
}

static void *pop_oldest(struct ac_quarantine *q)
{
	void *block;

	if (!q->nr)
		return NULL;
	block = q->ring[q->head];
	q->head = (q->head + 1) % q->room;
	q->nr--;
	return block;
}

/* Puts @block in. Returns the one that has to leave for it, if any. */
static void *exchange(struct ac_quarantine *q, void *block)
{
	unsigned long flags;
	void *old = NULL;

	raw_spin_lock_irqsave(&q->lock, flags);
	if (q->nr == q->room)
		old = pop_oldest(q);
	q->ring[(q->head + q->nr++) % q->room] = block;
	raw_spin_unlock_irqrestore(&q->lock, flags);
	return old;
}

static void release(struct arena_cache *c, void *block)
{
	preempt_disable();
	ac_debug_check(c, block);
	preempt_enable();
	ac_pool_put(c, 1, &block);
}

/* What is wrong with a pointer that a caller says it got from @c. */
static enum ac_bad check_pointer(const struct arena_cache *c, const void *p)
{
	const void *block = p - c->offset;
	enum ac_bad bad = ac_pool_check(c, p);

	/* Where blocks start, callers have no bytes. */
	if (bad == AC_BAD_CACHE)
		return bad;
	if (bad == AC_BAD_FOREIGN)
		return ac_pool_check(c, block);
	if (offset_in_page(p) < c->offset)
		return AC_BAD_INTERIOR;
	return ac_pool_check(c, block);
}

static void refuse(struct arena_cache *c, const void *p, enum ac_bad bad,
		   unsigned long ip)
{
	rcu_read_lock();
	ac_debug_bad_free(c, p, bad, ac_pool_owner(p), ip);
	rcu_read_unlock();
}

/**
 * ac_quarantine_free - free a block of a debug cache
 * @c: the cache
 * @p: what its caller has of it
 * @ip: the caller
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_quarantine_free(struct arena_cache *c, void *p, unsigned long ip)
{
	enum ac_bad bad = check_pointer(c, p);
	void *block = p - c->offset;

	if (bad) {
		refuse(c, p, bad, ip);
		return;
	}
	if (!ac_debug_on_free(c, block, ip))
		return;
	if (!c->quarantine || !ac_arena_owns(block)) {
		ac_pool_put(c, 1, &block);
		return;
	}
	block = exchange(c->quarantine, block);
	if (block)
		release(c, block);
}

/**
 * ac_quarantine_flush - let go of every block that a cache holds back
 * @c: the cache
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_quarantine_flush(struct arena_cache *c)
{
	struct ac_quarantine *q = c->quarantine;
	unsigned long flags;
	void *block;

	if (!q)
		return;
	do {
		raw_spin_lock_irqsave(&q->lock, flags);
		block = pop_oldest(q);
		raw_spin_unlock_irqrestore(&q->lock, flags);
		if (block)
			release(c, block);
	} while (block);
}
EXPORT_SYMBOL_IF_KUNIT(ac_quarantine_flush);

/**
 * ac_quarantine_for_each - look at every block that a cache holds back
 * @c: the cache
 * @fn: called for each
 * @arg: passed to @fn
 *
 * Context: nothing else runs; see verify.h.
 */
void ac_quarantine_for_each(struct arena_cache *c,
			    void (*fn)(struct arena_cache *c, void *block,
				       void *arg),
			    void *arg)
{
	struct ac_quarantine *q = c->quarantine;
	unsigned int i;

	for (i = 0; q && i < q->nr; i++)
		fn(c, q->ring[(q->head + i) % q->room], arg);
}
