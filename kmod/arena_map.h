/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which arena is this address in?
 *
 * Owns one pointer per 256 KB of the kernel's linear map, to the arena that
 * occupies them, or NULL. A cache line covers 2 MB, so the part of the map that a
 * machine uses stays in its first-level cache.
 *
 * Why it is proof: the pointer leads to the arena's record, and the record says of
 * each of its 64 pages whether it is ours or gone. While a caller owns a block, its
 * page is ours: the record is there, and the page's bit stays clear. While a caller
 * owns memory from elsewhere, its page is not ours, for the page allocator gives a
 * page to one owner at a time: either there is no record, or the page's bit is set
 * in it, and records that come or go meanwhile say the same. A page's bit changes only
 * while we have the page: it is set before the page goes back and cleared after the
 * page came; a write for a neighbour leaves it as it was. So the answer does not change
 * under the caller and needs no lock to be read, only RCU to keep the record. Addresses
 * outside the map (NULL, ZERO_SIZE_PTR, vmalloc, user space) wrap to an index beyond
 * its end.
 *
 * A pointer that its caller does not own has no such proof: see ac_arena_of().
 *
 * Lock: map_lock, the innermost of all, keeps writers out while the map grows. Old
 * maps stay until unload, because a reader may still have one: it is right about
 * every address that the reader can own, by the same argument.
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
bool ac_arena_map_reach(const void *last);
bool ac_arena_map_set(const void *base, struct ac_arena *arena);
void ac_arena_map_clear(const void *base);
bool ac_arena_map_skip(unsigned long *index);

static inline unsigned long ac_arena_map_index(const void *p)
{
	return ((unsigned long)p - PAGE_OFFSET) >> AC_ARENA_SHIFT;
}

/* The arena at @index, or NULL. Hold RCU. */
static inline struct ac_arena *ac_arena_map_at(unsigned long index)
{
	const struct ac_arena_map *map = READ_ONCE(ac_arena_map);

	return index < map->end ? READ_ONCE(map->arena[index]) : NULL;
}

/* The arena in whose 256 KB @p, which the caller owns or suspects, lies. */
static __always_inline struct ac_arena *ac_arena_map_find(const void *p)
{
	const struct ac_arena_map *map = READ_ONCE(ac_arena_map);
	unsigned long i = ac_arena_map_index(p);

	return likely(i < map->end) ? READ_ONCE(map->arena[i]) : NULL;
}

#endif /* AC_ARENA_MAP_H */
