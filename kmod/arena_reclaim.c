// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - giving arenas and pages back to the page allocator
 */
#include <linux/bitops.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "arena_reclaim.h"
#include "arena_walk.h"
#include "kunit_export.h"
#include "stats.h"

/*
 * Takes up to @nr free pools away from @arena, runs first, and without @loose nothing
 * else. Returns how many.
 */
static unsigned long strip_arena(struct ac_arena_set *set,
				 struct ac_arena *arena, unsigned long nr,
				 bool loose, struct ac_dead *dead)
{
	unsigned long n = 0, holes = 0;
	u64 free = arena->free;
	unsigned int slot, order;

	lockdep_assert_held(&set->lock);
	while (n < nr && free) {
		order = ac_arena_largest_run(free, nr - n, &slot);
		if (!order && !loose)
			break;
		if (!order)
			slot = __fls(ac_arena_loose(free) ?: free);
		free &= ~ac_arena_block(slot, order);
		ac_dead_add(dead, ac_arena_pool(arena, slot), order);
		n += BIT(order);
		if (order)
			holes += BIT(order);
	}
	ac_arena_change(set, arena, free, arena->gone | (arena->free & ~free));
	set->holes += holes;
	ac_arena_settle(set, arena, dead);
	return n;
}

/*
 * The arena in use, or in parts, that has the fewest used pools and a run; with @loose
 * one without a run is preferred. It is the likeliest to lose its used pools, too.
 */
static struct ac_arena *emptiest(struct ac_arena_set *set, bool loose)
{
	u64 lists = set->occupied;
	struct ac_arena *arena;
	unsigned int n;

	lockdep_assert_held(&set->lock);
	for (; lists; lists &= lists - 1) {
		n = __ffs64(lists);
		if (n && !loose)
			arena = list_first_entry(&set->by_used[n],
						 struct ac_arena, list);
		else
			arena = list_last_entry(&set->by_used[n],
						struct ac_arena, list);
		if (arena->free == AC_ALL_POOLS)
			continue;
		if (loose || ac_arena_runs(arena->free, AC_RUN_ORDER))
			return arena;
	}
	return NULL;
}

/* Runs first, of all arenas; with @loose also what is in none. */
static unsigned long strip_any(struct ac_arena_set *set, unsigned long nr,
			       bool loose, struct ac_dead *dead)
{
	const unsigned long reserve = ac_arena_reserve_pools();
	struct ac_arena *arena = NULL;

	lockdep_assert_held(&set->lock);
	if (set->nr_free_pools <= reserve)
		return 0;
	nr = min(nr, set->nr_free_pools - reserve);
	if (nr >= AC_RUN)
		arena = emptiest(set, false);
	if (arena)
		return strip_arena(set, arena, nr, false, dead);
	arena = loose ? emptiest(set, true) : NULL;
	return arena ? strip_arena(set, arena, nr, true, dead) : 0;
}

/* One step of give_back(): an arena, or some pages of one. */
static unsigned long give_back_some(struct ac_arena_set *set, unsigned long nr,
				    unsigned int keep, bool loose)
{
	unsigned long flags, n = AC_POOLS;
	struct ac_arena *arena;
	struct ac_dead dead;

	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	if (set->nr_empty > keep &&
	    set->nr_free_pools >= ac_arena_reserve_pools() + AC_POOLS) {
		arena = list_first_entry(&set->by_used[0], struct ac_arena,
					 list);
		ac_arena_remove(set, arena, &dead);
	} else {
		n = strip_any(set, nr, loose, &dead);
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
	return n;
}

/*
 * Gives back @nr pages: empty arenas beyond @keep first, then runs of those in use,
 * and with @loose what is in no run. Returns the number of pages given back, which may
 * be one arena more.
 */
static unsigned long give_back(struct ac_arena_set *set, unsigned long nr,
			       unsigned int keep, bool loose)
{
	unsigned long n, sum;

	might_sleep();
	for (sum = 0; sum < nr; sum += n) {
		n = give_back_some(set, nr - sum, keep, loose);
		if (!n)
			break;
		cond_resched();
	}
	return sum;
}

/**
 * ac_arena_shrink - give back pages of a node
 * @node: the node
 * @nr: how many; up to one arena more may go
 *
 * Context: process context; pauses.
 * Return: number of pages given back, less than @nr if only the reserve is left.
 */
unsigned long ac_arena_shrink(int node, unsigned long nr)
{
	return give_back(ac_arena_set(node), nr, ac_arena_reserve, true);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_shrink);

/* Free pools that stay: the reserve, and @keep empty arenas if there are any. */
static unsigned long kept_pools(const struct ac_arena_set *set,
				unsigned int keep)
{
	unsigned long empty = min_t(unsigned long, ac_peek(set->nr_empty), keep);

	return max(empty * AC_POOLS, ac_arena_reserve_pools());
}

/* Number of pages that ac_arena_shrink() would find. */
unsigned long ac_arena_spare(int node)
{
	const struct ac_arena_set *set = ac_arena_set(node);
	unsigned long kept = kept_pools(set, ac_arena_reserve);
	unsigned long pools = ac_peek(set->nr_free_pools);

	return pools - min(pools, kept);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_spare);

/**
 * ac_arena_trim - give back every free pool but those of the reserve
 *
 * Context: process context; pauses.
 * Return: number of pages given back.
 */
unsigned long ac_arena_trim(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_shrink(node, ULONG_MAX);
	ac_arena_tell();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_trim);

struct evacuation {
	unsigned long nr;
	struct ac_dead dead;
};

/* Takes every free pool away from @arena. */
static void empty_arena(struct ac_arena *arena, void *arg)
{
	struct ac_arena_set *set = ac_arena_set_of(arena);
	struct evacuation *e = arg;

	lockdep_assert_held(&set->lock);
	if (arena->free == AC_ALL_POOLS) {
		ac_arena_remove(set, arena, &e->dead);
		e->nr += AC_POOLS;
	} else {
		e->nr += strip_arena(set, arena, AC_POOLS, true, &e->dead);
	}
}

/**
 * ac_arena_evacuate - give back every free pool in a range of pages
 * @pfn: first page
 * @nr: how many
 *
 * Also those of the reserve: the memory is about to leave the machine.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back.
 */
unsigned long ac_arena_evacuate(unsigned long pfn, unsigned long nr)
{
	const unsigned long end = pfn + nr;
	struct evacuation e = {};

	for (; pfn < end; pfn = ALIGN(pfn + 1, AC_POOLS)) {
		ac_dead_init(&e.dead);
		ac_arena_visit_at(ac_arena_map_index(__va(PFN_PHYS(pfn))),
				  empty_arena, &e);
		ac_arena_release(&e.dead);
		cond_resched();
	}
	return e.nr;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_evacuate);

/*
 * Free pools that the decay may take: in empty arenas and in runs, beyond what stays. 0
 * for less than a run.
 */
static unsigned long decaying_pools(const struct ac_arena_set *set)
{
	const unsigned int keep = ac_arena_reserve + 1;
	unsigned long empty = min_t(unsigned long, ac_peek(set->nr_empty), keep);
	unsigned long stay = max(kept_pools(set, keep), ac_peek(set->nr_loose) +
							empty * AC_POOLS);
	unsigned long pools = ac_peek(set->nr_free_pools);

	return pools >= stay + AC_RUN ? pools - stay : 0;
}

/**
 * ac_arena_decay - give back what was not needed since this was called last
 * @node: the node
 *
 * Those are as many pools as were free all the time, if they make a run at least: single
 * pages stay, as do the reserve and one empty arena.
 *
 * Context: process context; pauses.
 * Return: whether calling it again later may give back more.
 */
bool ac_arena_decay(int node)
{
	struct ac_arena_set *set = ac_arena_set(node);
	const unsigned int keep = ac_arena_reserve + 1;
	unsigned long kept = kept_pools(set, keep);
	unsigned long low = ac_peek(set->low);
	unsigned long flags;

	if (low > kept)
		give_back(set, min(low - kept, decaying_pools(set)), keep,
			  false);
	raw_spin_lock_irqsave(&set->lock, flags);
	set->low = set->nr_free_pools;
	ac_arena_tell_set(set);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return decaying_pools(set);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_decay);
