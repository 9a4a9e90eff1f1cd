/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches
 *
 * Owns the caches: their geometry, their list, and the paths that an allocation
 * and a free take through magazines, pools and arenas when the inline fast path
 * cannot serve them:
 *
 *	alloc: loaded magazine -> previous -> depot -> this node's pools -> a new
 *	       pool: free, of a new arena, of a single page -> the same of other
 *	       nodes -> the reserve -> raw -> depots of all nodes, quarantine
 *	free:  loaded magazine -> previous -> depot -> pools
 *
 * Each of these that cannot serve hands on to the next, in every context: with
 * interrupts off, in an interrupt amid another call, on a CPU that can have no
 * magazine. The reserve is for those who cannot wait.
 *
 * Blocks above 512 bytes come from a kmem_cache of the cache's own (large.h), and
 * debug caches (debug.h) see every block. The CPUs of both keep the null magazine, so
 * that every request lands here:
 *
 *	debug alloc: as above, from the pools on	free: quarantine -> pools
 *
 * A cache that is destroyed while blocks of it live becomes defunct: it stays,
 * so that they stay valid and may still be freed. The timer frees it when the last of
 * them is back. Whoever frees a block holds RCU until he is done with its cache.
 *
 * Locks, from the outside in; all others of ours are inside of them:
 *
 *	ac_destroy_lock (mutex)	no cache is freed
 *	cpus_read_lock()	which stop_machine() takes, too
 *	ac_caches_lock (mutex)	protects the list
 *
 * Who wants figures of all caches takes none of these: ac_owner_visit().
 */
#ifndef AC_CACHE_H
#define AC_CACHE_H

#include <linux/mutex.h>

#include "magazine.h"

extern struct mutex ac_destroy_lock;
extern struct mutex ac_caches_lock;
extern struct list_head ac_caches;

int ac_cache_init(void);
void ac_cache_exit(void);
long ac_cache_live(struct arena_cache *c);
unsigned long ac_cache_trim(void);
void ac_cache_report_leak(struct arena_cache *c, void *block);
void ac_cache_reap(void);
void ac_cache_flush(struct arena_cache *c);
void ac_cache_flush_all(void);
void ac_cache_for_batches(void (*fn)(struct arena_cache **caches,
				     unsigned int nr, void *arg),
			  void *arg);
void ac_cache_free(struct arena_cache *c, void *p, unsigned long ip);

#endif /* AC_CACHE_H */
