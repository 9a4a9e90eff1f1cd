// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what few blocks pin
 */
#include <linux/bitmap.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "../cache.h"
#include "../kunit_export.h"
#include "../snapshot.h"
#include "../stats.h"
#include "occupancy.h"

static unsigned int share_of(unsigned int live, unsigned int capacity)
{
	if (!live)
		return 0;
	if (live * 8 <= capacity)
		return 1;
	if (live * 4 <= capacity)
		return 2;
	return live * 2 <= capacity ? 3 : 4;
}

static struct ac_occupancy_row *find_row(struct ac_occupancy *o,
					 const struct arena_cache *c)
{
	const struct ac_row *cache = ac_snapshot_find(o->caches, c->id);

	/* A new cache may have the id of one that went. */
	return cache && cache->cache == c ? &o->row[cache - o->caches->row] :
					    NULL;
}

/* The first taken block of @pool. */
static unsigned int first_taken(const struct arena_cache *c,
				struct ac_pool *pool)
{
	unsigned long *map;

	map = (unsigned long *)ac_pool_map(c, pool, ac_arena_pool_base(pool));
	/* The holder of the pool set's lock may change the map meanwhile. */
	return data_race(find_first_zero_bit(map, c->capacity));
}

/* Counts the pool in slot @slot. Returns whether it has a live block. */
static bool count_pool(struct ac_occupancy *o, struct ac_arena *arena,
		       unsigned int slot)
{
	struct ac_pool *pool = ac_arena_pool(arena, slot);
	struct arena_cache *c = ac_owner_of_pool(pool);
	struct ac_occupancy_row *row = c ? find_row(o, c) : NULL;
	unsigned int live;

	if (!row)
		return false;
	live = c->capacity - min_t(unsigned int, ac_peek(pool->nr_free),
				   c->capacity);
	row->pages[share_of(live, c->capacity)]++;
	row->live += live;
	if (live && (!row->least || live < row->least)) {
		row->least = live;
		row->arena = arena->id;
		row->pool = slot;
		row->block = first_taken(c, pool);
	}
	return live;
}

static void count_arena(struct ac_arena *arena, void *arg)
{
	u64 used = ~(arena->free | arena->gone);
	unsigned int live = 0, span;
	struct ac_occupancy *o = arg;

	for (; used; used &= used - 1)
		live += count_pool(o, arena, __ffs64(used));
	span = fls(live);
	o->arenas[span]++;
	o->pages[span] += AC_POOLS - hweight64(arena->gone);
	o->gone[span] += hweight64(arena->gone);
	o->pinned += live;
}

/* Pages of a cache. */
u64 ac_occupancy_pages(const struct ac_occupancy_row *row)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < AC_SHARES; i++)
		pages += row->pages[i];
	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_pages);

/* Bytes of those pages that are in no live block. */
u64 ac_occupancy_other(const struct ac_occupancy_row *row)
{
	return ac_occupancy_pages(row) * AC_POOL_SIZE - row->live * row->cache->block_size;
}

static int by_other(const void *a, const void *b)
{
	u64 ua = ac_occupancy_other(a), ub = ac_occupancy_other(b);

	/* Caches without pages are last, behind those whose pages are full. */
	if (ua == ub)
		return !ac_occupancy_pages(a) - !ac_occupancy_pages(b);
	return ua < ub ? 1 : -1;
}

static void sort_rows(struct ac_occupancy *o)
{
	sort(o->row, o->nr_rows, sizeof(*o->row), by_other, NULL);
	while (o->nr_rows && !ac_occupancy_pages(&o->row[o->nr_rows - 1]))
		o->nr_rows--;
}

static struct ac_occupancy *new_occupancy(void)
{
	struct ac_snapshot *caches = ac_snapshot_get();
	struct ac_occupancy *o = NULL;
	unsigned int i;

	if (caches)
		o = kvzalloc(struct_size(o, row, caches->nr_rows), GFP_KERNEL);
	if (!o) {
		ac_snapshot_put(caches);
		return NULL;
	}
	o->caches = caches;
	o->nr_rows = caches->nr_rows;
	for (i = 0; i < o->nr_rows; i++)
		o->row[i].cache = &caches->row[i];
	return o;
}

/**
 * ac_occupancy_get - count what few blocks pin
 *
 * Empties all magazines, depots and quarantines first, except magazines of CPUs that
 * never pause.
 *
 * Context: process context; may sleep.
 * Return: the figures, or NULL.
 */
struct ac_occupancy *ac_occupancy_get(void)
{
	struct ac_occupancy *o = new_occupancy();

	if (!o)
		return NULL;
	/* A cached block looks live to its pool: return it first. */
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	ac_arena_visit(count_arena, o);
	sort_rows(o);
	return o;
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_get);

void ac_occupancy_put(struct ac_occupancy *o)
{
	ac_snapshot_put(o->caches);
	kvfree(o);
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_put);
