/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - allocation by size, for callers that count blocks, not bytes
 *
 * Owns nothing. No lock: the caller has the memory.
 */
#ifndef AC_ALLOC_H
#define AC_ALLOC_H

#include <linux/types.h>

struct arena_cache;

void ac_alloc_free_deferred(struct arena_cache *c, void *p);
size_t ac_alloc_room(const void *p);

#endif /* AC_ALLOC_H */
