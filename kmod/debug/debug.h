/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the life of a debug cache's block
 *
 * Owns the step from each state of a block to the next, and what is looked at there.
 * A debug cache (flags.h) keeps a track in front of each block (track.h), and red zones
 * and poison in the rest of it (bytes.h). What it finds it reports (finding.h).
 *
 * The magazines of a debug cache are the null magazine for ever: the inline paths turn
 * down every request by what they test anyway, and the slow paths come here.
 *
 * States: NEW (never given out) -> LIVE -> GOING (being freed) -> FREE -> LIVE.
 * A block whose track was overwritten is LOST once that is reported, so that it is
 * reported once. If it was free, it is NEW when it is taken from its pool again. Else
 * nobody knows whose it is: it cannot be freed, counts as live for ever,
 * and its bytes are not looked at.
 *
 * Invariants, of every block of a debug cache:
 *	Z: both red zones are 0xfd
 *	P: NEW or FREE, and no constructor	=> all c->size bytes are 0xdd
 *	LIVE					=> track.size <= c->size
 *	LOST					=> track.size == c->size; no more holds
 *	free in its pool, or in quarantine	=> not LIVE
 *
 * Lock: none; see track.h. Preemption is off from the first change of a track to the
 * last, so that a stopped machine (verify.h) shows no block half changed.
 */
#ifndef AC_DEBUG_H
#define AC_DEBUG_H

#include "bytes.h"
#include "finding.h"
#include "flags.h"
#include "track.h"

void ac_debug_format(const struct arena_cache *c, void *block);
void *ac_debug_on_alloc(const struct arena_cache *c, void *block, size_t size,
			gfp_t gfp, unsigned long ip);
bool ac_debug_on_free(const struct arena_cache *c, void *block,
		      unsigned long ip);
unsigned int ac_debug_check(const struct arena_cache *c, void *block);
size_t ac_debug_size(const struct arena_cache *c, const void *p);
void ac_debug_resize(const struct arena_cache *c, void *p, size_t size,
		     gfp_t gfp);

#endif /* AC_DEBUG_H */
