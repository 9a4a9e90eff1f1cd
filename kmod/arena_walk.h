/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - walks: look at every arena, or at every used pool
 *
 * Owns nothing. A walk goes through the arena map and takes the lock of a node's
 * arenas for one arena at a time, or for one pool. An arena that is there all the time
 * is met once, in the order of addresses; others may come and go in between.
 */
#ifndef AC_ARENA_WALK_H
#define AC_ARENA_WALK_H

#include "arena_set.h"

void ac_arena_pause(void);
bool ac_arena_visit_at(unsigned long index,
		       void (*fn)(struct ac_arena *arena, void *arg),
		       void *arg);
bool ac_arena_visit_next(unsigned long *at,
			 void (*fn)(struct ac_arena *arena, void *arg),
			 void *arg);
void ac_arena_visit(void (*fn)(struct ac_arena *arena, void *arg), void *arg);
void ac_arena_visit_pools(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg);

#endif /* AC_ARENA_WALK_H */
