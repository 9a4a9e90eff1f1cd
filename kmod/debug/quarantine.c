// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - quarantine for freed blocks of debug caches
 */
#include <linux/kmemleak.h>
#include <linux/lockdep.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "debug.h"
#include "../kunit_export.h"
#include "../param.h"
#include "quarantine.h"

static struct ac_param quarantine = { SZ_64K, SZ_1G };
AC_PARAM(quarantine, quarantine, 0644);
MODULE_PARM_DESC(quarantine, "freed blocks that each cache made from now on with letter Q keeps from use (bytes; 0 to 1G; 64K; writable)");

int ac_quarantine_create(struct arena_cache *c)
{
	unsigned int room = READ_ONCE(quarantine.value) / c->block_size;
	struct ac_quarantine *q;

	if (!(c->debug & AC_DEBUG_QUARANTINE) || !room)
		return 0;
	q = kvzalloc(struct_size(q, ring, room), GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	raw_spin_lock_init(&q->lock);
	q->room = room;
	/* Nobody uses a quarantined block: it keeps nothing alive. */
	kmemleak_no_scan(q);
	c->quarantine = q;
	return 0;
}

/* The quarantine is empty; see ac_quarantine_flush(). */
void ac_quarantine_destroy(struct arena_cache *c)
{
	kvfree(c->quarantine);
}

static void *pop_oldest(struct ac_quarantine *q)
{
	void *block;

	lockdep_assert_held(&q->lock);
	if (!q->nr)
		return NULL;
	block = q->ring[q->head];
	q->head = (q->head + 1) % q->room;
	q->nr--;
	return block;
}

/* Puts @block in. Returns the block that leaves for it, or NULL. */
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

/* Looks at a block that leaves, and puts it back into its pool. */
static void release(struct arena_cache *c, void *block)
{
	preempt_disable();
	ac_debug_check(c, block);
	preempt_enable();
	ac_pool_put(c, 1, &block);
}

/**
 * ac_quarantine_add - quarantine a block
 * @c: a debug cache
 * @block: one of its blocks, freed by its caller
 *
 * The oldest block leaves if there is no room for another one.
 *
 * Context: any but NMI; no lock of ours held.
 * Return: whether the quarantine has the block; if not, it goes to its pool.
 */
bool ac_quarantine_add(struct arena_cache *c, void *block)
{
	void *old;

	if (!c->quarantine || !ac_arena_owns(block))
		return false;
	old = exchange(c->quarantine, block);
	if (old)
		release(c, old);
	return true;
}

/**
 * ac_quarantine_flush - return every quarantined block to its pool
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
 * ac_quarantine_for_each - look at every quarantined block
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
