/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which arena is this address in?
 *
 * Owns one pointer per 256 KB of the kernel's linear map, to the arena that
 * occupies them, or NULL. A cache line covers 2 MB, so what a machine uses of the
 * map stays in its first-level cache.
 *
 * Why it is proof: an arena is aligned to its size and fills it, so 256 KB hold
 * either one arena or no part of any. While a caller holds a block, its arena
 * cannot go, so the pointer is there and stays. While a caller holds memory from
 * elsewhere, either the page allocator cannot give those 256 KB to us, so the
 * pointer is NULL and stays so; or its page is one that an arena gave back, which
 * the arena remembers until it goes itself (arena.h). Either way the answer does
 * not change under the caller, and needs no lock to be read. Addresses outside the
 * map (NULL, ZERO_SIZE_PTR, vmalloc, user space) wrap to an index beyond its end.
 *
 * Lock: map_lock, taken alone, keeps writers out while the map grows. Old maps are
 * kept until unload, because a reader may still hold one: it is right about
 * every address the reader can own, by the same argument.
 */
#ifndef AC_ARENA_MAP_H
#define AC_ARENA_MAP_H

#include <linux/mm.h>

#include "size_class.h"

struct ac_arena;

struct ac_arena_map {
	unsigned long end;		/* number of pointers */
	struct ac_arena_map *older;
	struct ac_arena *arena[];
};

extern struct ac_arena_map *ac_arena_map;

int ac_arena_map_init(void);
void ac_arena_map_exit(void);
bool ac_arena_map_set(const void *base, struct ac_arena *arena, gfp_t gfp);
void ac_arena_map_clear(const void *base);

static inline unsigned long ac_arena_map_index(const void *p)
{
	return ((unsigned long)p - PAGE_OFFSET) >> AC_ARENA_SHIFT;
}

/* The arena in whose 256 KB @p, which the caller owns or suspects, lies. */
static __always_inline struct ac_arena *ac_arena_map_find(const void *p)
{
	const struct ac_arena_map *map = READ_ONCE(ac_arena_map);
	unsigned long i = ac_arena_map_index(p);

	return likely(i < map->end) ? READ_ONCE(map->arena[i]) : NULL;
}

#endif /* AC_ARENA_MAP_H */
