// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the life of a debug cache's block
 */
#include <linux/atomic.h>
#include <linux/kmemleak.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "../arena.h"
#include "debug.h"
#include "../kunit_export.h"

static atomic64_t last_serial;

/* Reports a broken track, last seen in @state, and makes it one that is known as such. */
static void lose_block(const struct arena_cache *c, void *block, u32 state,
		       unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);

	ac_debug_report_track(c, block, ip);
	if (ac_debug_is_whole(c, track) ||
	    cmpxchg(&track->state, state, AC_STATE_LOST) != state)
		return;
	track->size = c->size;
	track->serial = 0;
	track->alloc = (struct ac_event){};
	track->free = (struct ac_event){};
	ac_debug_seal(track);
}

/**
 * ac_debug_check - look at a block
 * @c: a debug cache
 * @block: the block, which nobody allocates or frees meanwhile
 *
 * Reports what it finds and repairs it, so that each bug is reported once.
 *
 * Context: any but NMI; no lock of ours held: it may print.
 * Return: number of findings.
 */
unsigned int ac_debug_check(const struct arena_cache *c, void *block)
{
	struct ac_track *track = ac_debug_track(block);

	if (!ac_debug_is_whole(c, track)) {
		lose_block(c, block, track->state, _RET_IP_);
		return 1;
	}
	switch (track->state) {
	case AC_STATE_LIVE:
		return ac_debug_check_redzones(c, block, track->size, _RET_IP_);
	case AC_STATE_LOST:
		return 0;
	default:
		return ac_debug_check_free(c, block, _RET_IP_);
	}
}

/**
 * ac_debug_format - make a block that was never given out
 * @c: a debug cache
 * @block: the block, which nobody else knows of; the constructor runs later
 *
 * Context: any.
 */
void ac_debug_format(const struct arena_cache *c, void *block)
{
	struct ac_track *track = ac_debug_track(block);

	memset(block, AC_BYTE_REDZONE, c->block_size);
	memset(block + c->offset, c->typesafe ? 0 : AC_BYTE_FREE, c->size);
	*track = (struct ac_track){ .state = AC_STATE_NEW };
	ac_debug_seal(track);
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_format);

/* A block just taken from its pool has no owner. With a broken track it starts anew. */
static void check_reuse(const struct arena_cache *c, void *block,
			unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);
	bool broken = !ac_debug_is_whole(c, track) ||
		      track->state == AC_STATE_LIVE;

	if (broken)
		ac_debug_report_track(c, block, ip);
	if (broken || track->state == AC_STATE_LOST)
		*track = (struct ac_track){ .state = AC_STATE_NEW };
	ac_debug_check_free(c, block, ip);
}

/**
 * ac_debug_on_alloc - give a block to a caller
 * @c: a debug cache
 * @block: taken from its pool, or raw
 * @size: bytes asked for, at most c->size
 * @gfp: the caller's
 * @ip: the caller
 *
 * Context: any but NMI; no lock of ours held: it may print.
 * Return: the caller's part of it.
 */
void *ac_debug_on_alloc(const struct arena_cache *c, void *block, size_t size,
			gfp_t gfp, unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);
	void *p = block + c->offset;
	u32 stack = ac_debug_save_stack(c, ip);

	preempt_disable();
	check_reuse(c, block, ip);
	ac_debug_fill_new(c, p, size, gfp);
	ac_debug_fill_redzone(c, p, size);
	track->size = size;
	track->serial = atomic64_inc_return(&last_serial);
	ac_debug_note(c, &track->alloc, ip, stack);
	track->free = (struct ac_event){};
	ac_debug_seal(track);
	/* Pairs with end_life(): a CPU that sees LIVE sees a whole track. */
	smp_store_release(&track->state, AC_STATE_LIVE);
	preempt_enable();
	if (ac_arena_owns(block))
		kmemleak_alloc(p, c->size, 1, gfp);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_on_alloc);

/* Of several callers that free a block one gets it; a broken one none gets. */
static enum ac_bad end_life(const struct arena_cache *c, void *block,
			    unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);
	bool whole;
	u32 state;

	/* Pairs with ac_debug_on_alloc(). */
	state = smp_load_acquire(&track->state);
	whole = ac_debug_is_whole(c, track);
	if (state == AC_STATE_LIVE && whole)
		return cmpxchg(&track->state, AC_STATE_LIVE, AC_STATE_GOING) ==
		       AC_STATE_LIVE ? AC_GOOD : AC_BAD_DOUBLE;
	if (ac_debug_is_state(state) && state != AC_STATE_LIVE &&
	    state != AC_STATE_LOST)
		return AC_BAD_DOUBLE;
	/* A track that another caller is freeing, cmpxchg first, is not whole either. */
	smp_rmb();
	if (READ_ONCE(track->state) != state)
		return AC_BAD_DOUBLE;
	lose_block(c, block, state, ip);
	return AC_BAD_TRACK;
}

static void bury(const struct arena_cache *c, void *block, unsigned long ip,
		 u32 stack)
{
	struct ac_track *track = ac_debug_track(block);

	ac_debug_check_redzones(c, block, track->size, ip);
	ac_debug_fill_free(c, block + c->offset);
	ac_debug_note(c, &track->free, ip, stack);
	WRITE_ONCE(track->state, AC_STATE_FREE);
	ac_debug_seal(track);
}

/**
 * ac_debug_on_free - take a block back from a caller
 * @c: a debug cache
 * @block: one of its blocks, taken from its pool
 * @ip: the caller
 *
 * A block whose track was overwritten is refused: nobody knows whose it is. It counts
 * as live for ever, and each attempt to free it is reported as a bad free.
 *
 * Context: any but NMI; no lock of ours held: it may print.
 * Return: whether the block is the allocator's now.
 */
bool ac_debug_on_free(const struct arena_cache *c, void *block, unsigned long ip)
{
	u32 stack = ac_debug_save_stack(c, ip);
	enum ac_bad bad;

	preempt_disable();
	bad = end_life(c, block, ip);
	if (!bad) {
		if (ac_arena_owns(block))
			kmemleak_free(block + c->offset);
		bury(c, block, ip, stack);
	}
	preempt_enable();
	if (bad == AC_BAD_DOUBLE)
		ac_debug_report_free(c, block + c->offset, bad, c, ip);
	return !bad;
}

/**
 * ac_debug_size - bytes that the owner of a block may write
 * @c: a debug cache
 * @p: the caller's part of it
 *
 * Context: any.
 * Return: the bytes that the owner asked for, or c->size if the track is lost.
 */
size_t ac_debug_size(const struct arena_cache *c, const void *p)
{
	const struct ac_track *track = ac_debug_track((void *)p - c->offset);

	return ac_debug_is_whole(c, track) ? track->size : c->size;
}

/**
 * ac_debug_resize - have a block shrink or grow in its place
 * @c: a debug cache
 * @p: its owner's part of it
 * @size: bytes that the owner asks for, at most c->size
 * @gfp: says how the bytes beyond the old size are filled
 *
 * Context: any but NMI; no lock of ours held: it may print.
 */
void ac_debug_resize(const struct arena_cache *c, void *p, size_t size,
		     gfp_t gfp)
{
	struct ac_track *track = ac_debug_track(p - c->offset);

	preempt_disable();
	if (READ_ONCE(track->state) == AC_STATE_LIVE &&
	    ac_debug_is_whole(c, track)) {
		ac_debug_check_redzones(c, track, track->size, _RET_IP_);
		if (size > track->size)
			ac_debug_fill_new(c, p + track->size,
					  size - track->size, gfp);
		ac_debug_fill_redzone(c, p, size);
		track->size = size;
		ac_debug_seal(track);
	}
	preempt_enable();
}
