/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what serves when this CPU's magazines and its node's pools cannot
 *
 * Owns nothing. Each step that cannot serve hands on to the next:
 *
 *	a new pool of the node: a free one, of a new arena, of a single page
 *	pools, then a new pool, of other nodes, nearest first
 *	the reserve, for callers that cannot wait
 *	raw: kmalloc(), or for a shared cache a page; with all that gfp allows
 *	depots of all nodes, quarantine
 */
#ifndef AC_FALLBACK_H
#define AC_FALLBACK_H

#include <linux/arena_cache_cpu.h>

int ac_fallback_node_of(struct arena_cache *c, const void *p);
int ac_fallback_pick_node(gfp_t gfp);
unsigned int ac_fallback_alloc(struct arena_cache *c, gfp_t gfp, int node,
			       unsigned int nr, void **p);
void *ac_fallback_grow(struct arena_cache *c, gfp_t gfp);

#endif /* AC_FALLBACK_H */
