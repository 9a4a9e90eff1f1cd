/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - check every invariant
 *
 * Owns nothing. Stops the machine, walks all arenas, pools, magazines and depots, and
 * checks what their headers promise. While it is stopped no CPU is inside a magazine
 * or holds a lock of ours, for both keep preemption off: the picture is exact even
 * under load. The stop takes longer the larger the heap is, so only what asks for it
 * runs it: root's file in debugfs, the device's VERIFY, and tests.
 */
#ifndef AC_VERIFY_H
#define AC_VERIFY_H

/**
 * struct ac_verify - what was seen and what was wrong
 * @pools: pools of caches
 * @transit: pools on their way from an arena to a cache, or back after a grace period
 * @cached: blocks in magazines and depots
 * @quarantined: blocks in quarantine
 * @bad_arenas: broken invariants of arenas
 * @bad_pools: broken invariants of pools and pool sets
 * @bad_magazines: broken invariants of magazines and depots
 * @bad_blocks: cached or quarantined blocks that are free in their pool, met twice, or
 *	not of the cache at all
 * @bad_bytes: what ac_debug_check() found in blocks of debug caches
 */
struct ac_verify {
	unsigned long pools;
	unsigned long transit;
	unsigned long cached;
	unsigned long quarantined;
	unsigned long bad_arenas;
	unsigned long bad_pools;
	unsigned long bad_magazines;
	unsigned long bad_blocks;
	unsigned long bad_bytes;
};

unsigned long ac_verify(struct ac_verify *v);

#endif /* AC_VERIFY_H */
