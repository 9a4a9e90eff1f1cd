/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches
 *
 * Owns the caches: their geometry, their list, the size classes, and their end.
 *
 * States: working -> (destroyed, no block lives) freed
 *	   working -> (destroyed, blocks live) defunct -> (the last is freed) freed
 * Blocks of a defunct cache stay valid and may be freed; the timer frees the cache.
 * Its memory goes an RCU grace period after it has left the list.
 *
 * Invariants, under ac_destroy_lock:
 *	nr_defunct == caches on the list that are defunct
 */
#ifndef AC_CACHE_H
#define AC_CACHE_H

#include <linux/mutex.h>

#include "magazine.h"

/*
 * Locks, from the outside in; all others of ours nest inside:
 *
 *	ac_destroy_lock		no cache is freed; protects nr_defunct
 *	cpus_read_lock()	which stop_machine() takes, too
 *	ac_caches_lock		protects ac_caches; only tried in reclaim
 *
 * ac_owner_visit() looks at all caches without any.
 */
extern struct mutex ac_destroy_lock;
extern struct mutex ac_caches_lock;
extern struct list_head ac_caches;

int ac_cache_init(void);
void ac_cache_exit(void);
long ac_cache_live(struct arena_cache *c);
unsigned long ac_cache_trim(void);
void ac_cache_reap(void);
void ac_cache_free_deferred(void);
void ac_cache_flush(struct arena_cache *c);
void ac_cache_flush_all(void);
void ac_cache_for_batches(void (*fn)(struct arena_cache **caches,
				     unsigned int nr, void *arg),
			  void *arg);

#endif /* AC_CACHE_H */
