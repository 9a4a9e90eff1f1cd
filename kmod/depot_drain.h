/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what depots give back
 *
 * Owns nothing: takes magazines out of depots, up to AC_DEPOT_HOLD of each kind in one hold
 * of the lock, and returns their blocks to the pools when it has dropped it. A depot that
 * was drained has no more room than it uses.
 */
#ifndef AC_DEPOT_DRAIN_H
#define AC_DEPOT_DRAIN_H

#include "depot.h"

/* Magazines that are taken out in one hold of the lock. */
#define AC_DEPOT_HOLD		16

unsigned long ac_depot_drain(struct arena_cache *c, int node, unsigned long nr);
bool ac_depot_decay(struct arena_cache *c);

#endif /* AC_DEPOT_DRAIN_H */
