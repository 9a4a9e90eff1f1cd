/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - magazines that wait for a grace period
 *
 * Owns magazines whose blocks readers under RCU may still see. Nothing is written to a
 * block, so a magazine holds its address. Whole magazines wait:
 *
 *	next (others of the group of CPUs wait)
 *	  -> waiting (no new reader can find its blocks)
 *	  -> ripe (the grace period is over, a work has it)
 *	  -> a full magazine of a depot, as it is; else its blocks are freed one by one
 *
 * A group asks for one grace period at a time, and for the next one when that is over. So
 * a block waits for two at most.
 *
 * A magazine is of one cache, or shared: then each block follows its cache, or NULL if it
 * is kmalloc()'s. Shared magazines serve when there is no memory. Of these there are
 * spares, one for each CPU, which come back when they were ripe.
 *
 * Invariants:
 *	nr == blocks of next + waiting + ripe
 *	busy  <=>  waiting is not empty
 *	spares + missing == number of possible CPUs
 *
 * Locks: ac_grace_group.lock, below; spares_lock, see grace.c.
 */
#ifndef AC_GRACE_H
#define AC_GRACE_H

#include <linux/workqueue.h>

#include "depot.h"

/* Words of a shared magazine: its cache, and a block, in turns. */
#define AC_SHARED_ROUNDS	(AC_MAGAZINE_WORDS - 2)

struct ac_grace;

/**
 * struct ac_grace_group - what a group of CPUs has filled
 * @lock: protects @busy, @next and @waiting; interrupts off. Inside a CPU's odd seq;
 *	nothing nests inside
 * @busy: a grace period is pending
 * @next: magazines that came since it began
 * @waiting: those that wait for it
 * @nr: blocks in all of them, ripe ones too
 * @work: runs after the grace period
 * @grace: what it belongs to
 */
struct ac_grace_group {
	raw_spinlock_t lock;
	bool busy;
	struct ac_magazine *next;
	struct ac_magazine *waiting;
	atomic_long_t nr;
	struct rcu_work work;
	struct ac_grace *grace;
} ____cacheline_aligned_in_smp;

/**
 * struct ac_grace - magazines that wait, of a cache or shared
 * @cache: the cache, or NULL
 * @group: for each of ac_groups
 */
struct ac_grace {
	struct arena_cache *cache;
	struct ac_grace_group group[];
};

/* The word below the oldest one. */
static inline void **ac_grace_bottom(const struct ac_grace *g,
				     struct ac_magazine *m)
{
	return (void **)(m + 1) - 1 -
	       (g->cache ? g->cache->rounds : AC_SHARED_ROUNDS);
}

/* Blocks in @words of a magazine. */
static inline unsigned int ac_grace_blocks(const struct ac_grace *g,
					   unsigned int words)
{
	return g->cache ? words : words / 2;
}

int ac_grace_init(void (*fn)(struct arena_cache *c, void *p));
void ac_grace_exit(void);
struct ac_grace *ac_grace_new(struct arena_cache *c, gfp_t gfp);
struct ac_magazine *ac_grace_magazine(const struct ac_grace *g);
void ac_grace_queue(struct ac_grace *g, struct ac_magazine *m,
		    unsigned int words);
long ac_grace_nr(const struct ac_grace *g);
void ac_grace_wait(struct ac_grace *g);

#endif /* AC_GRACE_H */
