// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what depots give back
 */
#include <linux/sched.h>

#include "depot_drain.h"
#include "group.h"
#include "stats.h"

/* Moves up to @nr magazines, which have @rounds each, to @list. */
static unsigned int cut(struct ac_depot *depot, struct ac_stack *stack,
			unsigned int nr, unsigned int rounds,
			struct ac_magazine **list)
{
	struct ac_magazine *m;
	unsigned int n;

	for (n = 0; n < nr && (m = ac_depot_pop(depot, stack)); n++) {
		m->count = rounds;
		m->next = *list;
		*list = m;
	}
	return n;
}

/* Retires up to AC_DEPOT_HOLD of each. Returns how many full ones. */
static unsigned int shed_some(struct arena_cache *c, struct ac_depot *depot,
			      unsigned int full, unsigned int empty)
{
	struct ac_magazine *list = NULL;
	unsigned int n;

	raw_spin_lock_irq(&depot->lock);
	n = cut(depot, &depot->full, min(full, AC_DEPOT_HOLD), c->rounds, &list);
	cut(depot, &depot->empty, min(empty, AC_DEPOT_HOLD), 0, &list);
	raw_spin_unlock_irq(&depot->lock);
	ac_magazine_retire(c, list);
	cond_resched();
	return n;
}

/* Retires up to @full full and @empty empty ones. Returns how many full ones. */
static unsigned int shed(struct arena_cache *c, struct ac_depot *depot,
			 unsigned int full, unsigned int empty)
{
	unsigned int n = 0;

	while (full || empty) {
		n += shed_some(c, depot, full, empty);
		full -= min(full, AC_DEPOT_HOLD);
		empty -= min(empty, AC_DEPOT_HOLD);
	}
	return n;
}

static void settle_max(struct arena_cache *c, struct ac_depot *depot)
{
	unsigned int max;

	raw_spin_lock_irq(&depot->lock);
	depot->full.low = depot->full.nr;
	depot->empty.low = depot->empty.nr;
	max = max3((unsigned int)c->depot_max, depot->full.nr, depot->empty.nr);
	ac_bound_give(c, depot->max - max);
	depot->max = max;
	raw_spin_unlock_irq(&depot->lock);
}

/**
 * ac_depot_drain - return what depots have to the pools
 * @c: the cache
 * @node: NUMA node of the depots, or %NUMA_NO_NODE for all
 * @nr: how many full magazines at most
 *
 * What comes meanwhile stays.
 *
 * Context: process context; may sleep; no lock of ours held.
 * Return: number of blocks returned.
 */
unsigned long ac_depot_drain(struct arena_cache *c, int node, unsigned long nr)
{
	struct ac_depot *depot;
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; c->depots && i < ac_nr_groups && n < nr; i++) {
		if (!ac_group_serves(i, node))
			continue;
		depot = c->depots + i;
		n += shed(c, depot, min(ac_peek(depot->full.nr), nr - n),
			  ac_peek(depot->empty.nr));
		if (ac_peek(depot->max) > c->depot_max)
			settle_max(c, depot);
	}
	return n * c->rounds;
}

/**
 * ac_depot_decay - return blocks that nobody needed since the last call
 * @c: the cache
 *
 * As many magazines of each depot as were there all the time.
 *
 * Context: process context; may sleep; no lock of ours held.
 * Return: whether anything is left.
 */
bool ac_depot_decay(struct arena_cache *c)
{
	struct ac_depot *depot;
	bool left = false;
	unsigned int i;

	for (i = 0; c->depots && i < ac_nr_groups; i++) {
		depot = c->depots + i;
		if (!ac_peek(depot->full.nr) && !ac_peek(depot->empty.nr) &&
		    ac_peek(depot->max) == c->depot_max)
			continue;
		shed(c, depot, ac_peek(depot->full.low),
		     ac_peek(depot->empty.low));
		settle_max(c, depot);
		left |= ac_peek(depot->full.nr) || ac_peek(depot->empty.nr);
	}
	return left;
}
