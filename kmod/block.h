/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - one block: the paths behind the inline ones
 *
 * Owns nothing.
 *
 *	alloc: loaded magazine -> previous -> depot -> this node's pools -> fallback.h
 *	free:  loaded magazine -> previous -> depot -> pools
 *
 * Each step that cannot serve hands on to the next, in every context: with interrupts
 * off, in an interrupt amid another call, on a CPU that can have no magazine.
 *
 * Blocks above 512 bytes come from the cache's kmem_cache (large.h), and a debug cache
 * (debug.h) must see every block. The CPUs of both keep the null magazine, so that
 * every request comes here:
 *
 *	debug alloc: as above, from the pools on	free: quarantine -> pools
 *
 * A caller that frees a block of a cache that may be defunct holds RCU until it is done
 * with the cache.
 */
#ifndef AC_BLOCK_H
#define AC_BLOCK_H

#include <linux/arena_cache_cpu.h>

/* Has the cache no magazines? */
static inline bool ac_block_is_special(const struct arena_cache *c)
{
	return unlikely(c->large || c->debug);
}

void *ac_block_alloc_special(struct arena_cache *c, gfp_t gfp, int node,
			     unsigned long ip);
void ac_block_free(struct arena_cache *c, void *p, unsigned long ip);

#endif /* AC_BLOCK_H */
