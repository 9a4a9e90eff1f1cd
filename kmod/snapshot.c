// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - all figures
 */
#include <linux/bsearch.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cache.h"
#include "defer.h"
#include "kunit_export.h"
#include "debug/quarantine.h"
#include "raw.h"
#include "snapshot.h"

/* Room for caches that are made meanwhile. */
#define AC_SPARE_ROWS	16
#define AC_SPARE_NAME	32

/* What all caches need. */
struct needs {
	unsigned int rows;
	size_t names;
};

static void add_needs(struct arena_cache *c, void *arg)
{
	struct needs *needs = arg;

	needs->rows++;
	needs->names += strlen(c->name) + 1;
}

/* A copy of the name of @c, cut to the room that is left. */
static const char *copy_name(struct ac_snapshot *s, const struct arena_cache *c)
{
	char *name = s->names;

	/* The last byte stays: names without room are empty. */
	strscpy(name, c->name, s->end - name);
	s->names = min(name + strlen(name) + 1, s->end - 1);
	return name;
}

static void describe(struct ac_row *row, const struct arena_cache *c)
{
	row->cache = c;
	row->id = c->id;
	row->class = c->by_size ? ac_class_of(c->size) : -1;
	row->size = c->size;
	row->block_size = c->block_size;
	row->capacity = c->capacity;
	row->rounds = c->rounds;
	row->debug = c->debug;
	row->ctor = c->ctor;
	row->large = c->large;
	row->defunct = READ_ONCE(c->defunct);
}

/* Each figure is read alone, so cut each to what the others leave. */
static void count(struct ac_row *row, struct arena_cache *c)
{
	u64 cached = ac_magazine_cached(c), left;

	row->pools = ac_pool_nr_pools(c);
	row->taken = min_t(u64, ac_pool_nr_taken(c), row->pools * c->capacity);
	row->in_depots = min3((u64)ac_depot_cached(c, NUMA_NO_NODE), cached,
			      row->taken);
	row->in_magazines = min(cached, row->taken) - row->in_depots;
	row->quarantined = min_t(u64, ac_quarantine_nr(c),
				 row->taken - row->in_magazines - row->in_depots);
	left = row->taken - row->in_magazines - row->in_depots - row->quarantined;
	row->waiting = clamp_t(s64, ac_defer_nr(c), 0, left);
	row->live = left - row->waiting;
	row->free = row->pools * c->capacity - row->taken;
	row->outside = max(ac_raw_live(c), 0L);
}

static void add_bytes(struct ac_bytes *b, const struct ac_row *row,
		      const struct arena_cache *c)
{
	if (!row->pools)
		return;
	b->live += row->live * c->block_size;
	b->in_magazines += row->in_magazines * c->block_size;
	b->in_depots += row->in_depots * c->block_size;
	b->quarantined += row->quarantined * c->block_size;
	b->waiting += row->waiting * c->block_size;
	b->free += row->free * c->block_size;
	if (c->map_offset)
		b->maps += row->pools * (AC_POOL_SIZE - c->map_offset);
	b->tails += row->pools * ((c->map_offset ?: AC_POOL_SIZE) -
				  c->capacity * c->block_size);
}

static void read_cache(struct arena_cache *c, void *arg)
{
	struct ac_snapshot *s = arg;
	struct ac_row *row = &s->row[s->nr_rows];

	if (s->nr_rows == s->room)
		return;
	s->nr_rows++;
	describe(row, c);
	row->name = copy_name(s, c);
	count(row, c);
	s->cache_pools += row->pools;
	add_bytes(&s->bytes, row, c);
}

static void read_node(struct ac_snapshot *s, int node)
{
	struct ac_arena_set *set = ac_arena_set(node);

	raw_spin_lock_irq(&set->lock);
	s->arenas += set->nr_arenas;
	s->empty += set->nr_empty;
	s->highwater += set->highwater;
	s->gone_pools += set->nr_gone;
	s->spare_pools += ac_arena_spare(node);
	raw_spin_unlock_irq(&set->lock);
}

/*
 * A pool that changed hands between the look at its cache and the look at its node
 * counts as free. If the arenas that are left have no room for all pools, those that
 * went are counted, too.
 */
static void settle(struct ac_snapshot *s)
{
	const u64 away = s->cache_pools + s->gone_pools;

	s->arenas = max(s->arenas, DIV_ROUND_UP(away, AC_POOLS));
	s->highwater = max(s->highwater, s->arenas);
	s->free_pools = s->arenas * AC_POOLS - away;
	s->spare_pools = min(s->spare_pools, s->free_pools);
	s->empty = min(s->empty, s->free_pools / AC_POOLS);
	s->bytes.free_pools = s->free_pools * AC_POOL_SIZE;
	s->bytes.gone_pools = s->gone_pools * AC_POOL_SIZE;
	s->bytes.total = s->arenas * AC_ARENA_SIZE;
}

static struct ac_snapshot *new_snapshot(void)
{
	struct needs needs = {
		.rows = AC_SPARE_ROWS,
		.names = AC_SPARE_ROWS * AC_SPARE_NAME,
	};
	struct ac_snapshot *s;

	ac_owner_visit(add_needs, &needs);
	s = kvzalloc(struct_size(s, row, needs.rows) + needs.names, GFP_KERNEL);
	if (!s)
		return NULL;
	s->room = needs.rows;
	s->names = (char *)&s->row[needs.rows];
	s->end = s->names + needs.names;
	return s;
}

/**
 * ac_snapshot_get - read all figures
 *
 * Takes no lock but each node's, for a few loads.
 *
 * Context: process context; may sleep.
 * Return: the snapshot, or NULL.
 */
struct ac_snapshot *ac_snapshot_get(void)
{
	struct ac_snapshot *s = new_snapshot();
	int node;

	if (!s)
		return NULL;
	ac_owner_visit(read_cache, s);
	for_each_node(node) {
		ac_arena_pause();
		read_node(s, node);
	}
	settle(s);
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(ac_snapshot_get);

void ac_snapshot_put(struct ac_snapshot *s)
{
	kvfree(s);
}
EXPORT_SYMBOL_IF_KUNIT(ac_snapshot_put);

static int compare_id(const void *key, const void *element)
{
	const struct ac_row *row = element;
	u32 id = *(const u32 *)key;

	return id < row->id ? -1 : id > row->id ? 1 : 0;
}

/* The row of the cache that has @id, or NULL. */
const struct ac_row *ac_snapshot_find(const struct ac_snapshot *s, u32 id)
{
	return bsearch(&id, s->row, s->nr_rows, sizeof(*s->row), compare_id);
}
