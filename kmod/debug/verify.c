// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - check every invariant
 */
#include <linux/bitmap.h>
#include <linux/nodemask.h>
#include <linux/stop_machine.h>
#include <linux/string.h>

#include "../cache.h"
#include "debug.h"
#include "../kunit_export.h"
#include "quarantine.h"
#include "../raw.h"
#include "verify.h"

/* What the arenas of a set come to, counted one by one. */
struct count {
	unsigned long arenas;
	unsigned long empty;
	unsigned long pools;
	unsigned long loose;
	unsigned long gone;
	unsigned long bad;
};

/* pages.h: all pages but gone ones are ours; those of free pools are nobody's. */
static bool pages_are_bad(const struct ac_arena *arena)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < AC_POOLS; i++) {
		page = arena->page + i;
		if (!(arena->gone & BIT_ULL(i)) &&
		    page_ref_count(page) < AC_PAGE_REFS)
			return true;
		if (arena->free & BIT_ULL(i) &&
		    (!ac_pages_are_ours(ac_arena_pool(arena, i)) ||
		     !ac_page_is_spare(page)))
			return true;
	}
	return false;
}

static bool entries_are_bad(const struct ac_arena *arena)
{
	u64 unused = ~ac_arena_used(arena);

	for (; unused; unused &= unused - 1)
		if (arena->entry[__ffs64(unused)])
			return true;
	return false;
}

static void check_arena(struct ac_arena *arena, int node, struct count *count)
{
	count->bad += arena->free & arena->gone ||
		      arena->gone == AC_ALL_POOLS ||
		      arena->node != node ||
		      ac_arena_map_find(page_address(arena->page)) != arena ||
		      entries_are_bad(arena) || pages_are_bad(arena);
	count->arenas++;
	count->empty += arena->free == AC_ALL_POOLS;
	count->pools += hweight64(arena->free);
	count->loose += hweight64(ac_arena_loose(arena->free));
	count->gone += hweight64(arena->gone);
}

/* The arenas of @set with @n used pools and free ones. */
static void check_list(struct ac_arena_set *set, unsigned int n, int node,
		       struct count *count)
{
	struct ac_arena *arena;
	bool first = true;

	count->bad += list_empty(&set->by_used[n]) ==
		      !!(set->occupied & BIT_ULL(n));
	list_for_each_entry(arena, &set->by_used[n], list) {
		count->bad += !arena->free ||
			      hweight64(ac_arena_used(arena)) != n ||
			      ac_arena_goes_first(arena) > first;
		first = ac_arena_goes_first(arena);
		check_arena(arena, node, count);
	}
}

/* arena_set.h: the lists and the figures. */
static unsigned long check_arenas(struct ac_arena_set *set, int node)
{
	struct ac_arena *arena;
	struct count count = {};
	unsigned int n;

	list_for_each_entry(arena, &set->full, list) {
		count.bad += !!arena->free;
		check_arena(arena, node, &count);
	}
	for (n = 0; n < AC_POOLS; n++)
		check_list(set, n, node, &count);
	count.bad += count.arenas != set->nr_arenas;
	count.bad += count.pools != set->nr_free_pools;
	count.bad += count.loose != set->nr_loose;
	count.bad += count.gone != set->nr_gone || set->holes > set->nr_gone;
	count.bad += count.empty != set->nr_empty ||
		     count.empty > ac_arena_reserve + 1;
	count.bad += set->nr_arenas > set->highwater;
	count.bad += set->low > set->nr_free_pools;
	return count.bad;
}

/* arena_set.h: what caches are charged with, and what vmstat was told. */
static unsigned long check_charges(const struct ac_arena_set *set, int node)
{
	const long used = ac_arena_set_used(set);
	unsigned long all = 0, reclaimable = 0;
	struct arena_cache *c;

	list_for_each_entry(c, &ac_caches, list) {
		all += c->nr_pools[node];
		if (c->reclaimable)
			reclaimable += c->nr_pools[node];
	}
	return (all != used) + (reclaimable != set->nr_reclaimable) +
	       (set->untold >= AC_POOLS) +
	       (abs(set->told[0] + set->told[1] - used) > set->untold) +
	       (abs(set->told[2] - (long)set->nr_free_pools) > set->untold);
}

/* What users of a debug cache wrote where they should not. */
static unsigned long check_bytes(struct arena_cache *c, struct ac_pool *pool)
{
	void *block = ac_arena_pool_base(pool);
	unsigned long bad = 0;
	unsigned int i;

	for (i = 0; i < c->capacity; i++, block += c->block_size)
		bad += ac_debug_check(c, block);
	return bad;
}

/* pool.h: one pool, which is noted in its set. */
static unsigned long check_pool(struct arena_cache *c,
				const struct ac_arena *arena,
				struct ac_pool *pool)
{
	const void *base = ac_arena_pool_base(pool);
	struct ac_pool_set *set = c->pools[arena->node];
	unsigned long *map = (unsigned long *)ac_pool_map(c, pool, base);
	unsigned int entry = c->by_size ? ac_class_of(c->size) + 1 : 0;
	unsigned int bits = 64 * ac_class_map_words(c->block_size);
	unsigned long bad;

	bad = bitmap_weight(map, c->capacity) != pool->nr_free;
	bad += find_next_zero_bit(map, bits, c->capacity) < bits;
	bad += pool->nr_free >= c->capacity;
	bad += arena->entry[ac_arena_slot(base)] != entry;
	set->seen.taken += c->capacity - pool->nr_free;
	set->seen.pools++;
	set->seen.partial += !!pool->nr_free;
	return bad;
}

static void look_at_pool(const struct ac_arena *arena, struct ac_pool *pool,
			 struct ac_verify *v)
{
	struct arena_cache *c = ac_owner_of_pool(pool);

	if (!c) {
		v->transit++;
		return;
	}
	v->pools++;
	v->bad_pools += check_pool(c, arena, pool);
	if (ac_pages_puts(pool))
		ac_report_puts(c, ac_arena_pool_base(pool), false);
	if (c->debug)
		v->bad_bytes += check_bytes(c, pool);
}

static void look_at_pools(struct ac_verify *v)
{
	struct ac_arena *arena;
	unsigned long index;
	u64 used;

	for (index = 0; index < ac_arena_map->end; index++) {
		arena = ac_arena_map_at(index);
		used = arena ? ac_arena_used(arena) : 0;
		for (; used; used &= used - 1)
			look_at_pool(arena, ac_arena_pool(arena, __ffs64(used)),
				     v);
	}
}

/* Returns what is wrong with the lists, and their lengths in @nr. */
static unsigned long check_partial(struct arena_cache *c,
				   struct ac_pool_set *set, unsigned long *nr)
{
	struct ac_pool *pool;
	unsigned long bad = 0;
	unsigned int i;

	*nr = 0;
	for (i = 0; i < AC_FULLNESS; i++) {
		list_for_each_entry(pool, &set->partial[i], list) {
			bad += !ac_owner_is(c, pool) || !pool->nr_free ||
			       pool->nr_free >> c->fullness_shift != i;
			++*nr;
		}
	}
	return bad;
}

/* pool.h: the sets of @c, compared with all of its pools, which were seen. */
static unsigned long check_pool_sets(struct arena_cache *c)
{
	unsigned long partial, bad = 0;
	struct ac_pool_set *set;
	int node;

	for_each_node(node) {
		set = c->pools[node];
		bad += check_partial(c, set, &partial);
		bad += partial != set->seen.partial;
		bad += set->taken != set->seen.taken;
		bad += c->nr_pools[node] < set->seen.pools;
		memset(&set->seen, 0, sizeof(set->seen));
	}
	return bad;
}

/*
 * Makes the block @p, if it is one, free if it was taken, and the other way round, in
 * its map alone. So cached blocks are told from live ones, and one that is in two
 * places is met as a free one. Flipped twice, every map is as it was, however broken.
 * Returns what was wrong with it before.
 */
static enum ac_bad flip(struct arena_cache *c, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);
	enum ac_bad bad = ac_pool_check(c, p);
	u64 *map;

	if (arena && (bad == AC_GOOD || bad == AC_BAD_DOUBLE)) {
		map = ac_pool_map(c, ac_arena_pool_at(arena, p), p);
		__change_bit(ac_class_index(c, p), (unsigned long *)map);
	}
	return bad;
}

static void check_cached(struct arena_cache *c, void *p, void *arg)
{
	struct ac_verify *v = arg;

	v->cached++;
	v->bad_blocks += flip(c, p) != AC_GOOD;
}

static void check_quarantined(struct arena_cache *c, void *block, void *arg)
{
	struct ac_verify *v = arg;

	v->quarantined++;
	v->bad_blocks += flip(c, block) != AC_GOOD;
}

static void flip_back(struct arena_cache *c, void *p, void *arg)
{
	flip(c, p);
}

/* magazine.h, depot.h, and the blocks that are in magazines or quarantined. */
static void check_blocks(struct arena_cache *c, struct ac_verify *v)
{
	v->bad_magazines += ac_magazine_verify(c);
	ac_magazine_for_each(c, check_cached, v);
	ac_quarantine_for_each(c, check_quarantined, v);
	ac_magazine_for_each(c, flip_back, v);
	ac_quarantine_for_each(c, flip_back, v);
}

static int verify_stopped(void *arg)
{
	struct ac_verify *v = arg;
	struct arena_cache *c;
	int node;

	for_each_node(node) {
		v->bad_arenas += check_arenas(ac_arena_set(node), node);
		v->bad_pools += check_charges(ac_arena_set(node), node);
	}
	look_at_pools(v);
	list_for_each_entry(c, &ac_caches, list) {
		v->bad_pools += check_pool_sets(c);
		check_blocks(c, v);
	}
	return 0;
}

/**
 * ac_verify - check every invariant
 * @v: gets what was seen
 *
 * Context: process context; may sleep. Stops all CPUs.
 * Return: number of violations; 0 is how it should be.
 */
unsigned long ac_verify(struct ac_verify *v)
{
	memset(v, 0, sizeof(*v));
	stop_machine(verify_stopped, v, NULL);
	return v->bad_arenas + v->bad_pools + v->bad_magazines + v->bad_blocks +
	       v->bad_bytes;
}
EXPORT_SYMBOL_IF_KUNIT(ac_verify);
