// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what few blocks pin
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stop_machine.h>

#include "cache.h"
#include "quarantine.h"
#include "zombies.h"

/* Shares of a page that live: none, up to 1/8, 1/4, 1/2, more. */
#define AC_SHARES	5
/* Pages of an arena that live: none, 1, then twice as many each. */
#define AC_SPANS	8

/**
 * struct zombie_row - the pages of a cache
 * @cache: the cache; NULL if an id is nobody's
 * @pages: by share of them that lives
 * @live: live blocks
 * @least: live blocks in the page that has fewest, but not none
 * @arena: id of the arena of that page
 * @pool: its number there
 * @block: the first live block in it
 */
struct zombie_row {
	const struct arena_cache *cache;
	u64 pages[AC_SHARES];
	u64 live;
	unsigned int least;
	u64 arena;
	unsigned int pool;
	unsigned int block;
};

/**
 * struct zombies - all of it
 * @arenas: number of arenas by the pages in them that live
 * @held: pages that those arenas hold
 * @gone: pages that they gave back
 * @pinned: pages with live blocks
 * @nr_rows: rows, one more than the highest id of a cache
 * @row: by id of the cache
 */
struct zombies {
	u64 arenas[AC_SPANS];
	u64 held[AC_SPANS];
	u64 gone[AC_SPANS];
	u64 pinned;
	unsigned int nr_rows;
	struct zombie_row row[];
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

/* Counts the pool in slot @slot; returns whether any of it lives. */
static bool count_pool(struct zombies *z, struct ac_arena *arena,
		       unsigned int slot)
{
	struct ac_pool *pool = ac_arena_pool(arena, slot);
	struct arena_cache *c = ac_pool_cache(pool);
	struct zombie_row *row;
	unsigned long *map;
	unsigned int live;

	if (!c || c->id >= z->nr_rows)
		return false;
	row = &z->row[c->id];
	map = (unsigned long *)ac_pool_map(c, pool, ac_arena_pool_base(pool));
	live = c->capacity - bitmap_weight(map, c->capacity);
	row->cache = c;
	row->pages[share_of(live, c->capacity)]++;
	row->live += live;
	if (live && (!row->least || live < row->least)) {
		row->least = live;
		row->arena = arena->id;
		row->pool = slot;
		row->block = find_first_zero_bit(map, c->capacity);
	}
	return live;
}

static void count_arena(struct ac_arena *arena, void *arg)
{
	u64 used = ~(arena->free | arena->gone);
	unsigned int live = 0, span;
	struct zombies *z = arg;

	for (; used; used &= used - 1)
		live += count_pool(z, arena, __ffs64(used));
	span = fls(live);
	z->arenas[span]++;
	z->held[span] += AC_POOLS - hweight64(arena->gone);
	z->gone[span] += hweight64(arena->gone);
	z->pinned += live;
}

/* Done twice, every map is as it was. */
static void hide_cached(struct arena_cache *c, void *p, void *arg)
{
	ac_pool_flip(c, p);
}

static void hide_unused(struct arena_cache *c)
{
	ac_magazine_for_each(c, hide_cached, NULL);
	ac_quarantine_for_each(c, hide_cached, NULL);
}

static int count_stopped(void *arg)
{
	struct arena_cache *c;
	int node;

	list_for_each_entry(c, &ac_caches, list)
		hide_unused(c);
	for_each_node(node)
		ac_arena_visit(node, count_arena, arg);
	list_for_each_entry(c, &ac_caches, list)
		hide_unused(c);
	return 0;
}

static u64 pages_of(const struct zombie_row *row)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < AC_SHARES; i++)
		pages += row->pages[i];
	return pages;
}

/* Bytes that a cache holds for nobody. */
static u64 waste_of(const struct zombie_row *row)
{
	if (!row->cache)
		return 0;
	return pages_of(row) * AC_POOL_SIZE - row->live * row->cache->block_size;
}

static int by_waste(const void *a, const void *b)
{
	u64 wa = waste_of(a), wb = waste_of(b);

	return wa < wb ? 1 : wa > wb ? -1 : 0;
}

static void print_row(struct seq_file *m, const struct zombie_row *row)
{
	const struct arena_cache *c = row->cache;

	seq_printf(m, "%-18s %8llu %12llu %12llu : %7llu %7llu %7llu %7llu %7llu :",
		   c->name, pages_of(row), row->live * c->block_size,
		   waste_of(row), row->pages[0], row->pages[1], row->pages[2],
		   row->pages[3], row->pages[4]);
	if (row->least)
		seq_printf(m, " %u in arena %llu pool %u, block %u",
			   row->least, row->arena, row->pool, row->block);
	seq_putc(m, '\n');
}

static void print_arenas(struct seq_file *m, const struct zombies *z)
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

static void print_zombies(struct seq_file *m, struct zombies *z)
{
	unsigned int i;

	sort(z->row, z->nr_rows, sizeof(*z->row), by_waste, NULL);
	seq_puts(m, "# cache               pages   live_bytes unused_bytes : pages of which live:\n");
	seq_puts(m, "#                                                     :    none   <=1/8   <=1/4   <=1/2    more : fewest live blocks\n");
	for (i = 0; i < z->nr_rows && z->row[i].cache; i++)
		print_row(m, &z->row[i]);
	print_arenas(m, z);
}

static unsigned int count_ids(void)
{
	struct arena_cache *c;
	unsigned int n = 0;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		n = max(n, c->id + 1);
	mutex_unlock(&ac_caches_lock);
	return n;
}

/**
 * ac_zombies_show - print what few blocks pin
 * @m: where to
 *
 * Context: process context; may sleep. Stops all CPUs.
 * Return: 0 or -ENOMEM.
 */
int ac_zombies_show(struct seq_file *m)
{
	struct zombies *z;
	unsigned int n;

	mutex_lock(&ac_destroy_lock);
	/* Of caches that are made meanwhile, nothing is printed. */
	n = count_ids();
	z = kvzalloc(struct_size(z, row, n), GFP_KERNEL);
	if (z) {
		z->nr_rows = n;
		stop_machine(count_stopped, z, NULL);
		print_zombies(m, z);
		kvfree(z);
	}
	mutex_unlock(&ac_destroy_lock);
	return z ? 0 : -ENOMEM;
}
