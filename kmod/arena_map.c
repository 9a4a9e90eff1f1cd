// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - which arena is this address in?
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "arena_map.h"
#include "kunit_export.h"

/* 64 TB. Where this is not enough, PAGE_OFFSET is not where memory starts. */
#define AC_ARENA_MAP_MAX	SZ_256M

/* How many empty entries ac_arena_map_skip() passes over at most: 1 GB of addresses. */
#define AC_ARENA_MAP_STRIDE	4096UL

struct ac_arena_map *ac_arena_map;
EXPORT_SYMBOL_IF_KUNIT(ac_arena_map);

/* Protects the pointers and the head of the list of maps. Innermost. */
static DEFINE_RAW_SPINLOCK(map_lock);

static struct ac_arena_map *make_map(unsigned long end)
{
	struct ac_arena_map *map;

	map = kvzalloc(struct_size(map, arena, end), GFP_KERNEL);
	if (map)
		map->end = end;
	return map;
}

/**
 * ac_arena_map_reach - make the map large enough for memory that is about to come
 * @last: its last byte
 *
 * Context: process context; may sleep.
 * Return: false if there is no memory for a larger map.
 */
bool ac_arena_map_reach(const void *last)
{
	unsigned long index = ac_arena_map_index(last);
	struct ac_arena_map *map;
	unsigned long flags;

	if (index < READ_ONCE(ac_arena_map)->end)
		return true;
	if (index >= AC_ARENA_MAP_MAX)
		return false;
	map = make_map(index + index / 4 + 1);
	if (!map)
		return false;

	raw_spin_lock_irqsave(&map_lock, flags);
	if (map->end > ac_arena_map->end) {
		memcpy(map->arena, ac_arena_map->arena,
		       ac_arena_map->end * sizeof(*map->arena));
		map->older = ac_arena_map;
		/* Pairs with READ_ONCE() in ac_arena_map_find(). */
		smp_store_release(&ac_arena_map, map);
		map = NULL;
	}
	raw_spin_unlock_irqrestore(&map_lock, flags);
	kvfree(map);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_map_reach);

/**
 * ac_arena_map_set - enter a new arena
 * @base: its first byte
 * @arena: the arena
 *
 * Context: any.
 * Return: false if the map does not reach so far.
 */
bool ac_arena_map_set(const void *base, struct ac_arena *arena)
{
	unsigned long i = ac_arena_map_index(base);
	unsigned long flags;
	bool reached;

	raw_spin_lock_irqsave(&map_lock, flags);
	reached = i < ac_arena_map->end;
	if (reached)
		/* Pairs with READ_ONCE() in ac_arena_map_find(). */
		smp_store_release(&ac_arena_map->arena[i], arena);
	raw_spin_unlock_irqrestore(&map_lock, flags);
	return reached;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_map_set);

/* Call before the arena's pages go back. */
void ac_arena_map_clear(const void *base)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&map_lock, flags);
	WRITE_ONCE(ac_arena_map->arena[ac_arena_map_index(base)], NULL);
	raw_spin_unlock_irqrestore(&map_lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_map_clear);

/**
 * ac_arena_map_skip - pass over addresses without an arena
 * @index: where to begin; gets the next index that has an arena, or the one
 *	%AC_ARENA_MAP_STRIDE further on
 *
 * Context: any.
 * Return: false if the map ends there.
 */
bool ac_arena_map_skip(unsigned long *index)
{
	const struct ac_arena_map *map = READ_ONCE(ac_arena_map);
	unsigned long stop = min(*index + AC_ARENA_MAP_STRIDE, map->end);

	while (*index < stop && !READ_ONCE(map->arena[*index]))
		++*index;
	return *index < map->end;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_map_skip);

int ac_arena_map_init(void)
{
	unsigned long end = ac_arena_map_index(high_memory - 1) + 1;

	/* Physical alignment must mean virtual alignment. */
	if (PAGE_OFFSET & (AC_ARENA_SIZE - 1) || end > AC_ARENA_MAP_MAX)
		return -ENODEV;
	ac_arena_map = make_map(end);
	return ac_arena_map ? 0 : -ENOMEM;
}

void ac_arena_map_exit(void)
{
	struct ac_arena_map *map, *older;

	for (map = ac_arena_map; map; map = older) {
		older = map->older;
		kvfree(map);
	}
}
