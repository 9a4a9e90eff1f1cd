/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches of blocks above 512 bytes
 *
 * Owns the kmem_cache behind each of them. SLUB merges it with no other one, so that
 * a block has one owner: a free to another cache is refused, by a look at the word of
 * struct page in which SLUB keeps a slab's kmem_cache. Which word that is, is found at
 * load, with objects of two kmem_caches; where no word or more than one fits, frees
 * are taken on trust.
 *
 * A kmem_cache bears the name of its cache in /proc/slabinfo, unless another one of
 * ours has it: then a number follows. That of a defunct cache is taken over by the
 * next cache of the same name, size, alignment and constructor, so that there is one
 * line for each name. One whose blocks live even at unload is given back to SLUB with
 * them: SLUB warns, as of any module that leaks.
 *
 * States of an ac_large: in use (a cache that is not defunct has it), orphaned (only
 * defunct ones have it), freed (none has).
 *
 * Invariants, under large_lock:
 *	refs == caches that have it > 0
 *	no two of the list have one name
 *
 * Lock: large_lock (mutex), taken alone or inside ac_destroy_lock. It is also what
 * keeps creation and end of kmem_caches apart: SLUB takes one off its list before it
 * takes it out of sysfs, and who creates one of that name in between gets a warning.
 */
#ifndef AC_LARGE_H
#define AC_LARGE_H

#include <linux/arena_cache.h>

int ac_large_create(struct arena_cache *c);
void ac_large_orphan(struct arena_cache *c);
void ac_large_destroy(struct arena_cache *c);
void *ac_large_alloc(struct arena_cache *c, gfp_t gfp, int node);
void ac_large_free(struct arena_cache *c, void *p);
bool ac_large_can_tell(void);
void ac_large_init(void);

#endif /* AC_LARGE_H */
