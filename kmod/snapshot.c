// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - all figures at one moment
 */
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "cache.h"
#include "kunit_export.h"
#include "quarantine.h"
#include "raw.h"
#include "snapshot.h"

/* The pools of all caches and the free ones: one moment for each node. */
static void read_node(struct ac_snapshot *s, int node)
{
	struct ac_arena_set *set = ac_arena_set(node);
	struct ac_row *row = s->row;
	struct arena_cache *c;

	raw_spin_lock_irq(&set->lock);
	s->arenas += set->nr_arenas;
	s->empty += set->nr_empty;
	s->highwater += set->highwater;
	s->free_pools += set->nr_free_pools;
	s->gone_pools += set->nr_gone;
	s->spare_pools += ac_arena_spare(node);
	list_for_each_entry(c, &ac_caches, list) {
		row->pools += c->nr_pools[node];
		row->used += ac_peek(c->pools[node]->used);
		row++;
	}
	raw_spin_unlock_irq(&set->lock);
}

static void read_row(struct ac_row *row, struct arena_cache *c)
{
	u64 cached = ac_magazine_cached(c);

	row->cache = c;
	row->used = min(row->used, row->pools * c->capacity);
	row->in_depots = min3((u64)ac_depot_cached(c, NUMA_NO_NODE), cached,
			      row->used);
	row->in_cpus = min(cached, row->used) - row->in_depots;
	row->held = min_t(u64, ac_quarantine_nr(c),
			  row->used - row->in_cpus - row->in_depots);
	row->live = row->used - row->in_cpus - row->in_depots - row->held;
	row->avail = row->pools * c->capacity - row->used;
	row->outside = max(ac_raw_live(c), 0L);
}

static void add_bytes(struct ac_bytes *b, const struct ac_row *row)
{
	const struct arena_cache *c = row->cache;

	if (!row->pools)
		return;
	b->live += row->live * c->block_size;
	b->in_cpus += row->in_cpus * c->block_size;
	b->in_depots += row->in_depots * c->block_size;
	b->held += row->held * c->block_size;
	b->avail += row->avail * c->block_size;
	if (c->map_offset)
		b->maps += row->pools * (AC_POOL_SIZE - c->map_offset);
	b->tails += row->pools * ((c->map_offset ?: AC_POOL_SIZE) -
				  c->capacity * c->block_size);
}

static unsigned int count_caches(void)
{
	struct arena_cache *c;
	unsigned int n = 0;

	list_for_each_entry(c, &ac_caches, list)
		n++;
	return n;
}

/**
 * ac_snapshot_get - read all figures
 *
 * Caches neither come nor go until ac_snapshot_put().
 *
 * Context: process context; may sleep.
 * Return: the snapshot, or NULL.
 */
struct ac_snapshot *ac_snapshot_get(void)
{
	struct ac_snapshot *s;
	struct arena_cache *c;
	unsigned int n;
	int node;

	mutex_lock(&ac_caches_lock);
	n = count_caches();
	s = kvzalloc(struct_size(s, row, n), GFP_KERNEL);
	if (!s) {
		mutex_unlock(&ac_caches_lock);
		return NULL;
	}
	for_each_node(node)
		read_node(s, node);
	list_for_each_entry(c, &ac_caches, list) {
		read_row(&s->row[s->nr_rows], c);
		add_bytes(&s->bytes, &s->row[s->nr_rows++]);
	}
	s->bytes.unused = s->free_pools * AC_POOL_SIZE;
	s->bytes.gone = s->gone_pools * AC_POOL_SIZE;
	s->bytes.total = s->arenas * AC_ARENA_SIZE;
	return s;
}
EXPORT_SYMBOL_IF_KUNIT(ac_snapshot_get);

void ac_snapshot_put(struct ac_snapshot *s)
{
	mutex_unlock(&ac_caches_lock);
	kvfree(s);
}
EXPORT_SYMBOL_IF_KUNIT(ac_snapshot_put);
