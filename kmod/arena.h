/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arenas: where pools come from
 *
 * Owns nothing but the order in which a pool is looked for: free in an arena that there
 * is; of a new arena or a run; a single page. A block that comes from the page allocator
 * becomes a new arena, or enters the one that it lies in.
 *
 * The reserve stays behind: its pools are for callers that cannot wait, when the page
 * allocator had nothing for them. The timer fills it up again (reclaim.h).
 */
#ifndef AC_ARENA_H
#define AC_ARENA_H

#include "arena_pools.h"
#include "arena_reclaim.h"
#include "arena_set.h"
#include "arena_walk.h"

int ac_arena_init(unsigned int reserve);
void ac_arena_exit(void);
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node);
struct ac_pool *ac_arena_take_reserve(struct arena_cache *c, int node);
struct ac_pool *ac_arena_take_page(struct arena_cache *c, gfp_t gfp, int node);
bool ac_arena_fill(int node);

#endif /* AC_ARENA_H */
