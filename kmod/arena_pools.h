/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pools that go from arenas to caches and back
 *
 * Owns nothing: takes free pools of the arenas that there are for caches, charges
 * the caches with them, and files them as free when they come back.
 *
 * A pool whose page has references of others when its last block is freed goes back to
 * the page allocator instead, for their owners may read it; so does each pool of a
 * shared cache, which user space has mapped.
 */
#ifndef AC_ARENA_POOLS_H
#define AC_ARENA_POOLS_H

#include "arena_set.h"

void ac_arena_charge(const struct ac_arena *arena, struct arena_cache *c,
		     int n);
struct ac_arena *ac_arena_fullest(struct ac_arena_set *set,
				  unsigned long reserve);
struct ac_pool *ac_arena_take_of(struct ac_arena_set *set,
				 struct ac_arena *arena, struct arena_cache *c);
struct ac_pool *ac_arena_take_checked(struct arena_cache *c,
				      struct ac_pool *pool);
struct ac_pool *ac_arena_take_free(struct arena_cache *c, int node,
				   unsigned long reserve);
void ac_arena_give_pools(struct arena_cache *c, struct list_head *pools,
			 struct ac_dead *dead);

#endif /* AC_ARENA_POOLS_H */
