// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what few blocks pin
 */
#include <linux/bitmap.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "../cache.h"
#include "../kunit_export.h"
#include "../snapshot.h"
#include "../stats.h"
#include "occupancy.h"

/* Shares of a page that live: none, up to 1/8, 1/4, 1/2, more. */
#define AC_SHARES	5
/* Pages of an arena that live: none, 1, then twice as many each. */
#define AC_SPANS	8

/**
 * struct ac_occupancy_row - the pages of a cache
 * @cache: the cache, as it was in the beginning
 * @pages: by share of them that lives
 * @live: live blocks
 * @least: live blocks in the page that has fewest, but not none
 * @arena: id of the arena of that page
 * @pool: its number there
 * @block: the first live block in it
 */
struct ac_occupancy_row {
	const struct ac_row *cache;
	u64 pages[AC_SHARES];
	u64 live;
	unsigned int least;
	u64 arena;
	unsigned int pool;
	unsigned int block;
};

/**
 * struct ac_occupancy - all of it
 * @caches: whose they can be; of those that are made later, nothing is counted
 * @arenas: number of arenas by the pages in them that live
 * @held: pages that those arenas hold
 * @gone: pages that they gave back
 * @pinned: pages with live blocks
 * @nr_rows: rows that have pages, once they are sorted
 * @row: as in @caches, then those that waste most first
 */
struct ac_occupancy {
	struct ac_snapshot *caches;
	u64 arenas[AC_SPANS];
	u64 held[AC_SPANS];
	u64 gone[AC_SPANS];
	u64 pinned;
	unsigned int nr_rows;
	struct ac_occupancy_row row[];
};

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

static struct ac_occupancy_row *find_row(struct ac_occupancy *z,
					 const struct arena_cache *c)
{
	const struct ac_row *cache = ac_snapshot_find(z->caches, c->id);

	/* Another one may have the id of one that went. */
	return cache && cache->cache == c ? &z->row[cache - z->caches->row] :
					    NULL;
}

/* The first taken block of @pool. */
static unsigned int first_taken(const struct arena_cache *c,
				struct ac_pool *pool)
{
	unsigned long *map;

	map = (unsigned long *)ac_pool_map(c, pool, ac_arena_pool_base(pool));
	/* Whoever has the lock of its pool set may change the map. */
	return data_race(find_first_zero_bit(map, c->capacity));
}

/* Counts the pool in slot @slot; returns whether any of it lives. */
static bool count_pool(struct ac_occupancy *z, struct ac_arena *arena,
		       unsigned int slot)
{
	struct ac_pool *pool = ac_arena_pool(arena, slot);
	struct arena_cache *c = ac_pool_cache(pool);
	struct ac_occupancy_row *row = c ? find_row(z, c) : NULL;
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
	struct ac_occupancy *z = arg;

	for (; used; used &= used - 1)
		live += count_pool(z, arena, __ffs64(used));
	span = fls(live);
	z->arenas[span]++;
	z->held[span] += AC_POOLS - hweight64(arena->gone);
	z->gone[span] += hweight64(arena->gone);
	z->pinned += live;
}

static u64 pages_of(const struct ac_occupancy_row *row)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < AC_SHARES; i++)
		pages += row->pages[i];
	return pages;
}

/* Bytes that a cache holds for nobody. */
static u64 waste_of(const struct ac_occupancy_row *row)
{
	return pages_of(row) * AC_POOL_SIZE - row->live * row->cache->block_size;
}

static int by_waste(const void *a, const void *b)
{
	u64 wa = waste_of(a), wb = waste_of(b);

	/* Those that hold nothing are last, also behind those that waste nothing. */
	if (wa == wb)
		return !pages_of(a) - !pages_of(b);
	return wa < wb ? 1 : -1;
}

static void print_row(struct seq_file *m, const struct ac_occupancy_row *row)
{
	const struct ac_row *c = row->cache;

	seq_printf(m, "%-18s %8llu %12llu %12llu : %7llu %7llu %7llu %7llu %7llu :",
		   c->name, pages_of(row), row->live * c->block_size,
		   waste_of(row), row->pages[0], row->pages[1], row->pages[2],
		   row->pages[3], row->pages[4]);
	if (row->least)
		seq_printf(m, " %u in arena %llu pool %u, block %u",
			   row->least, row->arena, row->pool, row->block);
	seq_putc(m, '\n');
}

static void print_arenas(struct seq_file *m, const struct ac_occupancy *z)
{
	unsigned int i;

	seq_puts(m, "\n# arenas with so many pages that live : arenas  pages held  given back\n");
	for (i = 0; i < AC_SPANS; i++)
		seq_printf(m, "%18u to %-18u %7llu %11llu %11llu\n",
			   i ? 1 << (i - 1) : 0, min((1U << i) - 1, 64U),
			   z->arenas[i], z->held[i], z->gone[i]);
	seq_printf(m, "\npages that live blocks pin, all that would stay but the reserve if everything were trimmed: %llu\n",
		   z->pinned);
}

static void sort_rows(struct ac_occupancy *z)
{
	sort(z->row, z->nr_rows, sizeof(*z->row), by_waste, NULL);
	while (z->nr_rows && !pages_of(&z->row[z->nr_rows - 1]))
		z->nr_rows--;
}

static struct ac_occupancy *new_occupancy(void)
{
	struct ac_snapshot *caches = ac_snapshot_get();
	struct ac_occupancy *z = NULL;
	unsigned int i;

	if (caches)
		z = kvzalloc(struct_size(z, row, caches->nr_rows), GFP_KERNEL);
	if (!z) {
		ac_snapshot_put(caches);
		return NULL;
	}
	z->caches = caches;
	z->nr_rows = caches->nr_rows;
	for (i = 0; i < z->nr_rows; i++)
		z->row[i].cache = &caches->row[i];
	return z;
}

/**
 * ac_occupancy_get - count what few blocks pin
 *
 * Empties all magazines, depots and quarantines first, but those of CPUs that are at
 * work all the time.
 *
 * Context: process context; may sleep.
 * Return: the figures, or NULL.
 */
struct ac_occupancy *ac_occupancy_get(void)
{
	struct ac_occupancy *z = new_occupancy();

	if (!z)
		return NULL;
	/* What is cached looks live: it goes back to its pages first. */
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	ac_arena_visit(count_arena, z);
	sort_rows(z);
	return z;
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_get);

void ac_occupancy_put(struct ac_occupancy *z)
{
	ac_snapshot_put(z->caches);
	kvfree(z);
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_put);

/* A head, a part for each cache that has pages, and the arenas. */
unsigned int ac_occupancy_parts(const struct ac_occupancy *z)
{
	return z->nr_rows + 2;
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_parts);

/**
 * ac_occupancy_show - print a part of it
 * @m: where to
 * @z: the figures
 * @part: which, below ac_occupancy_parts()
 */
void ac_occupancy_show(struct seq_file *m, const struct ac_occupancy *z,
		       unsigned int part)
{
	if (part > z->nr_rows) {
		print_arenas(m, z);
	} else if (part) {
		print_row(m, &z->row[part - 1]);
	} else {
		seq_puts(m, "# cache               pages   live_bytes unused_bytes : pages of which live:\n");
		seq_puts(m, "#                                                     :    none   <=1/8   <=1/4   <=1/2    more : fewest live blocks\n");
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_occupancy_show);
