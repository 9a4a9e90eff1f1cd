/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the free of every debug cache
 *
 * Owns nothing. A pointer is looked at before anything is done with it: one that is no
 * live block of the cache is refused and reported. A block then goes through the steps
 * of debug.h, and to quarantine or to its pool.
 */
#ifndef AC_FREE_H
#define AC_FREE_H

#include <linux/arena_cache_cpu.h>

void ac_debug_free(struct arena_cache *c, void *p, unsigned long ip);

#endif /* AC_FREE_H */
