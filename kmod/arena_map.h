/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - "is this address in an arena?"
 *
 * Owns one byte per 256 KB of the kernel's linear map, set exactly while an
 * arena occupies those 256 KB. A cache line covers 16 MB, so what a machine uses
 * of the map stays in its first-level cache. (A bit each costs three more
 * instructions to test.)
 *
 * Why the byte is proof: an arena is aligned to its size and fills it, so 256 KB
 * hold either one arena and nothing else, or no part of any. While a caller
 * holds a block, its arena cannot go, so the byte is set; while a caller holds
 * memory from elsewhere, the page allocator cannot give those 256 KB to us, so
 * the byte is clear. Either way it does not change under the caller, and needs
 * no lock to be read. Addresses outside the map (NULL, ZERO_SIZE_PTR,
 * vmalloc, user space) wrap to an index beyond its end.
 *
 * Lock: map_lock, taken alone, keeps writers out while the map grows. Old maps are
 * kept until unload, because a reader may still hold one: it is right about
 * every address the reader can own, by the same argument.
 */
#ifndef AC_ARENA_MAP_H
#define AC_ARENA_MAP_H

#include <linux/mm.h>

#include "size_class.h"

struct ac_arena_map {
	unsigned long end;		/* number of bytes */
	struct ac_arena_map *older;
	bool held[];
};

extern struct ac_arena_map *ac_arena_map;

int ac_arena_map_init(void);
void ac_arena_map_exit(void);
bool ac_arena_map_set(const void *arena, gfp_t gfp);
void ac_arena_map_clear(const void *arena);

static inline unsigned long ac_arena_map_index(const void *p)
{
	return ((unsigned long)p - PAGE_OFFSET) >> AC_ARENA_SHIFT;
}

/* True if @p, which the caller owns or suspects, lies in an arena. */
static __always_inline bool ac_arena_map_test(const void *p)
{
	const struct ac_arena_map *map = READ_ONCE(ac_arena_map);
	unsigned long i = ac_arena_map_index(p);

	return likely(i < map->end) && map->held[i];
}

#endif /* AC_ARENA_MAP_H */
