/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pools that caches give back
 *
 * Owns pools between their last free and their arena. They are nobody's (AC_POOL_NOBODY),
 * and still charged to their cache. Pools of most caches go back at once. A typesafe
 * cache's readers under RCU may look at blocks that are free, so its pools wait for a
 * grace period, whatever then becomes of their pages:
 *
 *	next (others wait) -> waiting (no new reader finds a block in it) -> its arena
 *
 * Until then the page is neither gone, nor written to, nor another cache's.
 *
 * Invariant:
 *	busy == a grace period or a work is pending  <=>  waiting is not empty, or a work runs
 *
 * Lock: ac_leaving.lock, see below.
 */
#ifndef AC_LEAVING_H
#define AC_LEAVING_H

#include <linux/workqueue.h>

#include "arena_pools.h"

/**
 * struct ac_leaving - pools of a typesafe cache that wait
 * @lock: protects all below; interrupts off; nothing nests inside
 * @busy: a grace period or a work is pending
 * @next: pools that came since the grace period began
 * @waiting: for the grace period
 * @work: runs after the grace period
 * @cache: whose pools they are
 */
struct ac_leaving {
	raw_spinlock_t lock;
	bool busy;
	struct list_head next;
	struct list_head waiting;
	struct rcu_work work;
	struct arena_cache *cache;
};

int ac_leaving_create(struct arena_cache *c);
void ac_leaving_destroy(struct arena_cache *c);
void ac_leaving_wait(struct arena_cache *c);
void ac_leaving_add(struct arena_cache *c, struct list_head *pools,
		    struct ac_dead *dead);

#endif /* AC_LEAVING_H */
