/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - giving blocks back to their pools
 *
 * Owns nothing. Each block is checked: one that is no taken block of the cache is
 * refused and reported. A pool that becomes empty goes back to its arena once no lock is
 * held. Where there are nodes, whose blocks may alternate, each node's lock is taken
 * once for AC_POOL_HOLD of its blocks.
 *
 * Under init_on_free no byte of a pool that goes back is left as it was: neither of
 * blocks that a constructor made, nor of the map, nor what a debug cache keeps there.
 */
#ifndef AC_POOL_PUT_H
#define AC_POOL_PUT_H

#include "pool.h"

void ac_pool_put(struct arena_cache *c, unsigned int nr, void **blocks);

#endif /* AC_POOL_PUT_H */
