/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches of blocks above 512 bytes
 *
 * Owns the kmem_cache behind each of them. SLUB merges it with no other, so a block has
 * one owner. A free to another cache is refused: SLUB keeps a slab's kmem_cache in a word
 * of its struct page. Which word is learnt at load, with objects of two kmem_caches; if
 * none fits, or more than one, frees are taken on trust.
 *
 * A kmem_cache has the name of its cache in /proc/slabinfo; a number follows if another
 * one of ours has the name. The next cache of the same name, size, alignment and
 * constructor takes over the kmem_cache of a defunct one, so that each name has one line.
 * A kmem_cache whose blocks live at unload is destroyed with them, and SLUB warns, as of
 * any module that leaks.
 *
 * States of an ac_large: in use (a cache that is not defunct has it), orphaned (only
 * defunct ones have it), freed (none has).
 *
 * Invariants, under large_lock:
 *	refs == caches that have it > 0
 *	no two of the list have one name
 *
 * Lock: large_lock (mutex), see large.c.
 */
#ifndef AC_LARGE_H
#define AC_LARGE_H

#include <linux/arena_cache_cpu.h>

int ac_large_create(struct arena_cache *c);
void ac_large_orphan(struct arena_cache *c);
void ac_large_destroy(struct arena_cache *c);
void *ac_large_alloc(struct arena_cache *c, gfp_t gfp, int node);
void ac_large_free(struct arena_cache *c, void *p);
bool ac_large_can_tell(void);
void ac_large_init(void);

#endif /* AC_LARGE_H */
