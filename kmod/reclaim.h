/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - when memory goes back
 *
 * Owns no memory, only the occasions on which the layers below give theirs back:
 *
 *	decay		decay_ms after its last use: every quarter of that time, while
 *			there is anything to give back
 *	shrinker	when the page allocator is short: free pools, and blocks
 *			in depots, node by node
 *	OOM		before a task is killed: all of it, blocks in magazines of
 *			CPUs included
 *	memory offline	before memory leaves the machine: free pools in it, also
 *			those of the reserve
 *
 * On demand: arena_cache_shrink(), ac_cache_trim(). The timer also fills up the reserve,
 * and frees defunct caches whose last block was freed.
 *
 * Of the quarters, the first sees that magazines rest, in the second their blocks return,
 * in the third their pools stay free: memory is back after three, and after four the
 * timer is off.
 *
 * Lock: none of its own. Where the page allocator calls, ac_caches_lock is tried only: its
 * holder may wait for memory.
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
