/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - when memory goes back
 *
 * Owns no memory, only the occasions on which the layers below give theirs back:
 *
 *	decay		a while after it was needed last: every quarter of decay_ms,
 *			while there is anything to give back
 *	shrinker	when the page allocator is short: free pools, and blocks
 *			in depots, node by node
 *	OOM		before a task dies: all of it, blocks in magazines of CPUs
 *			included
 *	memory offline	before memory leaves the machine: free pools in it, also
 *			those of the reserve
 *
 * The timer also does what nobody calls for: it fills up the reserve, and frees
 * defunct caches of which the last block is back.
 *
 * (And on demand: arena_cache_shrink(), ac_cache_trim().)
 *
 * A quarter: one to see that magazines rest, one for their blocks to return, one
 * for the pools to stay free; so that what was freed is back after three, and the
 * module sleeps after four.
 *
 * Lock: none of its own. ac_caches_lock is tried, never waited for, where the
 * page allocator calls: its holder may be waiting for memory.
 */
#ifndef AC_RECLAIM_H
#define AC_RECLAIM_H

#include <linux/types.h>

int ac_reclaim_init(unsigned int decay_ms);
void ac_reclaim_exit(void);
bool ac_reclaim_decay(void);
bool ac_reclaim_tend(void);
unsigned long ac_reclaim_count(int node);
unsigned long ac_reclaim_scan(int node, unsigned long nr);
unsigned long ac_reclaim_all(void);

#endif /* AC_RECLAIM_H */
