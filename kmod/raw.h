/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - raw blocks: what arenas do not serve
 *
 * Owns nothing: raw memory is kmalloc()'s. There are two kinds:
 *
 * - By size (arena_alloc): plain kmalloc() memory, freed by kfree(). It cannot be
 *   told from other memory of kmalloc(), which may be freed here, too.
 * - Of a named cache that found no arena: kmalloc() memory of the next power of
 *   two, which is naturally aligned, with a tag behind the block. Magazines take
 *   any pointer on trust, so a flush must tell such a block from a stray
 *   pointer: the tag has its cache and its own address.
 */
#ifndef AC_RAW_H
#define AC_RAW_H

#include <linux/arena_cache_cpu.h>

#include "stats.h"

void *ac_raw_alloc_size(size_t size, gfp_t gfp, int node, enum ac_stat why);
bool ac_raw_is_kmalloc(const void *p);
void ac_raw_free_size(const void *p);
void *ac_raw_alloc(struct arena_cache *c, gfp_t gfp, int node);
bool ac_raw_owns(const struct arena_cache *c, const void *p);
void ac_raw_free(struct arena_cache *c, void *p);
long ac_raw_live(const struct arena_cache *c);

#endif /* AC_RAW_H */
