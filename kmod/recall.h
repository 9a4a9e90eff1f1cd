/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - magazines that CPUs are asked for
 *
 * Owns no magazine, but for a moment those that a CPU has just given up (c->recalled):
 * only a CPU itself may touch its magazines, so others ask it to, by an interrupt.
 *
 * Bounds, whatever the CPUs do meanwhile:
 *	a CPU that holds nothing of the caches asked for is not interrupted
 *	one interrupt asks for up to AC_RECALL_CACHES caches
 *	a CPU is asked AC_RECALL_TIMES times at most, again only if it was inside one of
 *	those magazines the last time: if it is each time, it needs what it has
 *	what was given up is back in its pools before anybody is asked again
 *
 * A CPU is asked for all magazines of a cache, or for those that it did not need: in
 * which it has more blocks than it had operations since ac_recall_unneeded() looked at
 * it last (c->seen). A CPU that may not be disturbed (nohz_full, isolated) is not asked
 * for those.
 *
 * Lock: recall_lock, a mutex inside all others of ours that can be slept under; nobody
 * waits for memory under it. c->recalled is a list without a lock.
 */
#ifndef AC_RECALL_H
#define AC_RECALL_H

#include "magazine.h"

#define AC_RECALL_CACHES	32
#define AC_RECALL_TIMES		3

void ac_recall_cpus(struct arena_cache **caches, unsigned int nr, int node);
void ac_recall_all(struct arena_cache **caches, unsigned int nr);
bool ac_recall_unneeded(struct arena_cache **caches, unsigned int nr);
void ac_recall_between(struct arena_cache *c);
unsigned long ac_recall_pages(struct arena_cache *c, int node);

#endif /* AC_RECALL_H */
