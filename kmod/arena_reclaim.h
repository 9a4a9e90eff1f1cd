/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - giving arenas and pages back to the page allocator
 *
 * Owns nothing: takes free pools away from arena sets. In this order go: empty
 * arenas; runs of arenas in use, those with fewest used pools first; loose pools, and
 * only if memory is short (the decay leaves them). The reserve stays, but for memory
 * that is about to leave the machine.
 */
#ifndef AC_ARENA_RECLAIM_H
#define AC_ARENA_RECLAIM_H

#include "arena_set.h"

unsigned long ac_arena_shrink(int node, unsigned long nr);
unsigned long ac_arena_spare(int node);
unsigned long ac_arena_trim(void);
unsigned long ac_arena_evacuate(unsigned long pfn, unsigned long nr);
bool ac_arena_decay(int node);

#endif /* AC_ARENA_RECLAIM_H */
