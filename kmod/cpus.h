/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the per-CPU part of caches
 *
 * Owns what each CPU has of a cache (struct arena_cache_cpu), without the magazines in
 * it, and the array of the size classes. On a machine with many CPUs this part is as large
 * as all else of a cache, so a cache that was never used has none.
 *
 * States of a cache:
 *	closed: c->cpu is entry 0 of arena_cache_class_cpus, which all closed caches share
 *		and nothing writes to. Its null magazine turns both fast paths down.
 *	open:	c->cpu is the cache's own, from its first use until it is freed. Size
 *		classes are open from the start.
 *
 * The null magazine is empty and full at once.
 *
 * Also owns what CPUs did in caches that are gone. At any moment a cache's counts are
 * either in the cache, which has an owner's id, or in that sum.
 *
 * Locks: cpus_lock and past_lock, see cpus.c. A reader that finds a cache open sees all
 * that was made before.
 */
#ifndef AC_CPUS_H
#define AC_CPUS_H

#include <linux/arena_cache_cpu.h>

#include "stats.h"

#define AC_NULL_WORDS	(ARENA_CACHE_MAGAZINE / sizeof(void *))

extern void *const ac_null_magazine[AC_NULL_WORDS];

/* The newest block of the null magazine, if it had one. */
static inline void **ac_cpus_null_top(void)
{
	return (void **)ac_null_magazine + AC_NULL_WORDS - 1;
}

static inline bool ac_cpus_are(struct arena_cache_cpu __percpu *const *slot)
{
	/* Pairs with ac_cpus_open(): what was made before is there. */
	return smp_load_acquire(slot) != arena_cache_class_cpus;
}

static inline bool ac_cpus_are_open(const struct arena_cache *c)
{
	return ac_cpus_are(&c->cpu);
}

/**
 * struct ac_cpu_counts - what a CPU did; see struct arena_cache_cpu
 * @operations: inside of magazines
 * @misses: operations that the loaded magazine could not serve alone
 * @swaps: exchanges of the loaded and the previous magazine
 * @gets: full magazines taken from a depot
 * @puts: full magazines given to a depot
 * @refills: magazines filled from pools
 * @flushes: magazines emptied into pools
 */
struct ac_cpu_counts {
	u64 operations;
	u64 misses;
	u64 swaps;
	u64 gets;
	u64 puts;
	u64 refills;
	u64 flushes;
};

bool ac_cpus_may_disturb(int i);
int ac_cpus_init(void);
void ac_cpus_exit(void);
void ac_cpus_create(struct arena_cache *c, unsigned int entry);
gfp_t ac_cpus_effort(gfp_t gfp);
struct arena_cache_cpu __percpu *ac_cpus_new(gfp_t gfp);
bool ac_cpus_open(struct arena_cache_cpu __percpu **slot, gfp_t gfp);
void ac_cpus_destroy(struct arena_cache *c);
void ac_cpus_forget(struct arena_cache *c);
struct ac_cpu_counts ac_cpus_counts(int cpu);
void ac_cpus_count(struct arena_cache *c, long n);
long ac_cpus_outside(const struct arena_cache *c);

#endif /* AC_CPUS_H */
