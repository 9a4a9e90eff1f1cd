/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - how much may be cached: a share of the machine's memory
 *
 * Owns the size of magazines, and what all depots together have grown by.
 *
 * A CPU has two magazines of each cache. Those of all size classes and present CPUs come
 * to 1/64 of the memory or less: a magazine has 16 KB of blocks, less where there are many
 * CPUs for little memory. A depot begins with what two CPUs have. All that depots grow
 * by, those of named caches included, is 1/64 more.
 *
 * Invariant:
 *	sum of (max - c->depot_max) * bytes of a magazine, over all depots == grown
 *
 * No lock: the sum is atomic.
 */
#ifndef AC_BOUND_H
#define AC_BOUND_H

#include <linux/arena_cache_cpu.h>
#include <linux/sizes.h>

#define AC_MAGAZINE_WORDS	(ARENA_CACHE_MAGAZINE / sizeof(void *))
/* All words but next, count and the NULL below the oldest block. */
#define AC_ROUNDS_MAX		(AC_MAGAZINE_WORDS - 3)
#define AC_MAGAZINE_BYTES	SZ_16K
/* A depot begins with room for the bytes of so many magazines, and with so many at most. */
#define AC_DEPOT_BEGIN		4
#define AC_DEPOT_MAX		16
/* One part of so many of the machine's memory. */
#define AC_BOUND_SHARE		64

extern long ac_bound_growth;

void ac_bound_init(void);
void ac_bound_set(struct arena_cache *c);
bool ac_bound_take(const struct arena_cache *c, unsigned int nr);
void ac_bound_give(const struct arena_cache *c, unsigned int nr);

#endif /* AC_BOUND_H */
