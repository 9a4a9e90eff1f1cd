// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - check every invariant
 */
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

/* Free and gone pools are nobody's, and all but gone ones are ours. */
static bool pools_are_bad(struct ac_arena *arena)
{
	u64 unused = ~ac_arena_used(arena);
	u64 left = ~arena->gone;

	for (; unused; unused &= unused - 1)
		if (arena->entry[__ffs64(unused)])
			return true;
	for (; left; left &= left - 1)
		if (page_ref_count(arena->page + __ffs64(left)) < AC_PAGE_REFS)
			return true;
	for (left = arena->free; left; left &= left - 1)
		if (!ac_pages_are_ours(ac_arena_pool(arena, __ffs64(left))) ||
		    !ac_page_is_spare(arena->page + __ffs64(left)))
			return true;
	return false;
}

static void verify_arena(struct ac_arena *arena, int node, struct count *count)
{
	count->bad += arena->free & arena->gone ||
		      arena->gone == AC_ALL_POOLS ||
		      arena->node != node ||
		      ac_arena_map_find(page_address(arena->page)) != arena ||
		      pools_are_bad(arena);
	count->arenas++;
	count->empty += arena->free == AC_ALL_POOLS;
	count->pools += hweight64(arena->free);
	count->loose += hweight64(ac_arena_loose(arena->free));
	count->gone += hweight64(arena->gone);
}

/* The arenas of @set with @n used pools and free ones. */
static void verify_list(struct ac_arena_set *set, unsigned int n, int node,
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
		verify_arena(arena, node, count);
	}
}

/* Number of invariants of arena_set.h and pages.h that @set breaks. */
static unsigned long verify_set(struct ac_arena_set *set, int node)
{
	struct ac_arena *arena;
	struct count count = {};
	unsigned int n;

	list_for_each_entry(arena, &set->full, list) {
		count.bad += !!arena->free;
		verify_arena(arena, node, &count);
	}
	for (n = 0; n < AC_POOLS; n++)
		verify_list(set, n, node, &count);
	count.bad += count.arenas != set->nr_arenas;
	count.bad += count.pools != set->nr_free_pools;
	count.bad += count.loose != set->nr_loose;
	count.bad += count.gone != set->nr_gone || set->holes > set->nr_gone;
	count.bad += count.empty != set->nr_empty ||
		     count.empty > ac_arena_reserve + 1;
	count.bad += set->nr_arenas > set->highwater;
	count.bad += set->low > set->nr_free_pools;
	count.bad += set->nr_reclaimable > AC_POOLS * set->nr_arenas -
					   set->nr_free_pools - set->nr_gone;
	return count.bad;
}

static unsigned long verify_sets(void)
{
	unsigned long bad = 0;
	int node;

	for_each_node(node)
		bad += verify_set(ac_arena_set(node), node);
	return bad;
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

static void check_quarantined(struct arena_cache *c, void *block, void *arg)
{
	struct ac_verify *v = arg;

	v->quarantined++;
	v->bad_blocks += ac_pool_flip(c, block) != AC_GOOD;
}

static void check_pool(struct ac_pool *pool, struct ac_verify *v)
{
	struct arena_cache *c = ac_pool_cache(pool);

	if (!c) {
		v->transit++;
		return;
	}
	v->pools++;
	v->bad_pools += ac_pool_verify(pool);
	if (c->debug)
		v->bad_bytes += check_bytes(c, pool);
}

static void check_pools(struct ac_verify *v)
{
	struct ac_arena *arena;
	unsigned long index;
	u64 used;

	for (index = 0; index < ac_arena_map->end; index++) {
		arena = ac_arena_map_at(index);
		used = arena ? ac_arena_used(arena) : 0;
		for (; used; used &= used - 1)
			check_pool(ac_arena_pool(arena, __ffs64(used)), v);
	}
}

static void check_cached(struct arena_cache *c, void *p, void *arg)
{
	struct ac_verify *v = arg;

	v->cached++;
	v->bad_blocks += ac_pool_flip(c, p) != AC_GOOD;
}

/* Toggled twice, every map is as it was, however broken. */
static void unmark_cached(struct arena_cache *c, void *p, void *arg)
{
	ac_pool_flip(c, p);
}

static int verify_stopped(void *arg)
{
	struct ac_verify *v = arg;
	struct arena_cache *c;
	unsigned long pools = 0;

	v->bad_arenas = verify_sets();
	check_pools(v);
	list_for_each_entry(c, &ac_caches, list) {
		pools += ac_pool_nr_pools(c);
		v->bad_pools += ac_pool_verify_sets(c);
		v->bad_magazines += ac_magazine_verify(c);
		ac_magazine_for_each(c, check_cached, v);
		ac_quarantine_for_each(c, check_quarantined, v);
		ac_magazine_for_each(c, unmark_cached, v);
		ac_quarantine_for_each(c, unmark_cached, v);
	}
	v->bad_pools += pools != v->pools + v->transit;
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
