/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - magazines that CPUs are asked for
 *
 * Only a CPU itself may touch its magazines, so others ask for them by an interrupt. Owns
 * the magazines that a CPU has just given up (c->recalled), until the asker retires them.
 *
 * Bounds, whatever the CPUs do meanwhile:
 *	a CPU that has no magazine of the caches asked for is not interrupted
 *	one interrupt asks for up to AC_RECALL_CACHES caches
 *	a CPU is asked AC_RECALL_TIMES times at most, again only if it was inside such a
 *	magazine the last time: a CPU that is inside each time needs what it has
 *	what was given up is back in its pools before the next interrupt
 *
 * A CPU is asked for all magazines of a cache, or for those that it did not need: those
 * with more blocks than the CPU had operations since the last ac_recall_unneeded()
 * (c->seen). A CPU that must not be disturbed (nohz_full, isolated) is not asked for those.
 *
 * Lock: recall_lock (mutex), see recall.c. c->recalled is a list without a lock.
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
