// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - depots, and the magazines in them
 */
#include <linux/slab.h>

#include "depot.h"
#include "group.h"
#include "kunit_export.h"
#include "stats.h"

static struct kmem_cache *magazine_slab;

static struct ac_depot *my_depot(const struct arena_cache *c)
{
	return c->depots + ac_group_mine();
}

struct ac_depot *ac_depot_of(const struct arena_cache *c, int cpu)
{
	return c->depots + ac_group_of(cpu);
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_of);

static unsigned int limit_of(const struct arena_cache *c, unsigned int group)
{
	return c->depot_max * AC_DEPOT_GROWTH * ac_groups[group].nr_cpus;
}

/* What the depot of a CPU can grow to. */
unsigned int ac_depot_limit(const struct arena_cache *c, int cpu)
{
	return limit_of(c, ac_group_of(cpu));
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_limit);

/* @m is empty, or NULL. */
void ac_magazine_free(struct ac_magazine *m)
{
	if (m)
		kmem_cache_free(magazine_slab, m);
}

static noinline bool try_again(struct ac_depot *depot)
{
	unsigned int failed = 1;

	for (; failed < AC_DEPOT_TRIES; failed++) {
		cpu_relax();
		if (raw_spin_trylock(&depot->lock))
			break;
	}
	ac_stat_add(AC_STAT_DEPOT_BUSY, failed);
	return failed < AC_DEPOT_TRIES;
}

/*
 * The lock is held for a dozen instructions, unless its holder is interrupted, perhaps by
 * this caller: try for a moment, and do without the depot if that fails.
 */
static bool lock_depot(struct ac_depot *depot)
{
	return likely(raw_spin_trylock(&depot->lock)) || try_again(depot);
}

static void unlock_depot(struct ac_depot *depot)
{
	raw_spin_unlock(&depot->lock);
}

static noinline void grow(const struct arena_cache *c, struct ac_depot *depot)
{
	unsigned int limit = limit_of(c, depot - c->depots);
	unsigned int more = min(2 * depot->max, limit) - depot->max;

	lockdep_assert_held(&depot->lock);
	if (ac_bound_take(c, more))
		depot->max += more;
}

/* Is there room for another full magazine, or reason to make room? */
static bool has_room(const struct arena_cache *c, struct ac_depot *depot)
{
	lockdep_assert_held(&depot->lock);
	if (unlikely(depot->full.nr >= depot->max && ac_peek(depot->wanting))) {
		WRITE_ONCE(depot->wanting, false);
		grow(c, depot);
	}
	return depot->full.nr < depot->max;
}

/**
 * ac_depot_put - give a full magazine
 * @c: the cache
 * @full: the magazine
 * @empty: gets an empty one in exchange, or NULL
 *
 * Context: any but NMI; preemption is off.
 * Return: false if there is no room, or the depot is busy; @full is the caller's still.
 */
bool ac_depot_put(struct arena_cache *c, struct ac_magazine *full,
		  struct ac_magazine **empty)
{
	struct ac_depot *depot = my_depot(c);
	bool room;

	if (!lock_depot(depot))
		return false;
	room = has_room(c, depot);
	if (room) {
		ac_depot_push(depot, &depot->full, full);
		*empty = ac_depot_pop(depot, &depot->empty);
	}
	unlock_depot(depot);
	return room;
}

/**
 * ac_depot_give - give a full magazine that no CPU had
 * @c: the cache
 * @group: the group of CPUs that is to have it
 * @full: the magazine
 *
 * Context: process context.
 * Return: false if there is no room; @full is the caller's still.
 */
bool ac_depot_give(struct arena_cache *c, unsigned int group,
		   struct ac_magazine *full)
{
	struct ac_depot *depots = READ_ONCE(c->depots);
	struct ac_depot *depot = depots + group;
	bool room;

	if (!depots)
		return false;
	raw_spin_lock_irq(&depot->lock);
	room = has_room(c, depot);
	if (room)
		ac_depot_push(depot, &depot->full, full);
	raw_spin_unlock_irq(&depot->lock);
	return room;
}

/* Takes a full magazine. Leaves *@empty there if that is one and there is room. */
static __always_inline struct ac_magazine *
exchange(struct ac_depot *depot, struct ac_magazine **empty)
{
	struct ac_magazine *full;

	if (!ac_peek(depot->full.nr) || !lock_depot(depot))
		return NULL;
	full = ac_depot_pop(depot, &depot->full);
	if (full && *empty && depot->empty.nr < depot->max) {
		ac_depot_push(depot, &depot->empty, *empty);
		*empty = NULL;
	}
	unlock_depot(depot);
	return full;
}

/* The same with the other depots of this node. If none has any, all are wanting. */
static noinline struct ac_magazine *
exchange_elsewhere(struct arena_cache *c, struct ac_magazine **empty)
{
	const unsigned int mine = ac_group_mine();
	struct ac_magazine *full;
	unsigned int i;

	for (i = ac_group_next(mine); i != mine; i = ac_group_next(i)) {
		full = exchange(c->depots + i, empty);
		if (full)
			return full;
	}
	do {
		if (!ac_peek(c->depots[i].wanting))
			WRITE_ONCE(c->depots[i].wanting, true);
		i = ac_group_next(i);
	} while (i != mine);
	return NULL;
}

/**
 * ac_depot_get - take a full magazine
 * @c: the cache
 * @empty: an empty one in exchange, or NULL; left alone if there is no full one
 *
 * Context: any but NMI; preemption is off.
 * Return: the magazine, or NULL.
 */
struct ac_magazine *ac_depot_get(struct arena_cache *c,
				 struct ac_magazine *empty)
{
	struct ac_magazine *full = exchange(my_depot(c), &empty) ?:
				   exchange_elsewhere(c, &empty);

	if (full)
		ac_magazine_free(empty);
	return full;
}

/*
 * An empty magazine for @c, or for none if that is NULL; or NULL. The allocator may be
 * deep in anything here: no sleeping, no waking of kswapd, no warning, no emergency
 * reserve. Zeroed, for the NULL below the oldest block. A caller that gives it to a CPU
 * that had none calls ac_wake() then.
 */
struct ac_magazine *ac_magazine_new(struct arena_cache *c)
{
	struct ac_depot *depot = c && c->depots ? my_depot(c) : NULL;
	struct ac_magazine *m = NULL;

	KUNIT_STATIC_STUB_REDIRECT(ac_magazine_new, c);
	if (depot && ac_peek(depot->empty.nr) && lock_depot(depot)) {
		m = ac_depot_pop(depot, &depot->empty);
		unlock_depot(depot);
	}
	return m ?: kmem_cache_alloc(magazine_slab, __GFP_ZERO | __GFP_NOWARN |
						    __GFP_NOMEMALLOC);
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_new);

/* Puts the rounds below @top into their pools. Returns the new top. */
void **ac_magazine_drain(struct arena_cache *c, void **top)
{
	void **bottom = ac_magazine_bottom(c, ac_magazine_of(top));

	ac_pool_put(c, top - bottom, bottom + 1);
	return bottom;
}

/* Empties and frees a list of magazines, which no CPU has any more. */
void ac_magazine_retire(struct arena_cache *c, struct ac_magazine *list)
{
	struct ac_magazine *next;

	for (; list; list = next) {
		next = list->next;
		ac_magazine_drain(c, ac_magazine_bottom(c, list) + list->count);
		ac_magazine_free(list);
	}
}

/**
 * ac_depot_raid - take a block out of a depot
 * @c: the cache
 * @node: NUMA node of the depot
 *
 * For a caller that nothing else served. The rest of the magazine goes to the pools,
 * where the next caller finds it.
 *
 * Context: any but NMI.
 * Return: the block, or NULL if the depots have none or are busy.
 */
void *ac_depot_raid(struct arena_cache *c, int node)
{
	struct ac_magazine *m = NULL, *none = NULL;
	unsigned int i;
	void *p;

	for (i = 0; c->depots && i < ac_nr_groups && !m; i++)
		if (ac_group_serves(i, node))
			m = exchange(c->depots + i, &none);
	if (!m)
		return NULL;
	p = *ac_magazine_last(m);
	m->count = c->rounds - 1;
	m->next = NULL;
	ac_magazine_retire(c, m);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_raid);

/* Blocks in the depots of @node, or of all nodes if that is NUMA_NO_NODE. */
unsigned long ac_depot_cached(const struct arena_cache *c, int node)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; c->depots && i < ac_nr_groups; i++)
		if (ac_group_serves(i, node))
			n += ac_peek(c->depots[i].full.nr);
	return n * c->rounds;
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_cached);

static bool stack_is_bad(const struct ac_depot *depot,
			 const struct ac_stack *stack)
{
	const struct ac_magazine *m;
	unsigned int n = 0;

	for (m = stack->top; m; m = m->next)
		n++;
	return n != stack->nr || n > depot->max || stack->low > n;
}

/* Number of invariants of depot.h that the depots break. Nothing else runs. */
unsigned long ac_depot_verify(const struct arena_cache *c)
{
	const struct ac_depot *depot;
	unsigned long bad = 0;
	unsigned int i;

	for (i = 0; c->depots && i < ac_nr_groups; i++) {
		depot = c->depots + i;
		bad += depot->max < c->depot_max ||
		       depot->max > max(limit_of(c, i), (unsigned int)c->depot_max);
		bad += stack_is_bad(depot, &depot->full);
		bad += stack_is_bad(depot, &depot->empty);
	}
	return bad;
}

/* Calls @fn for every full magazine. Nothing else runs. */
void ac_depot_for_each(struct arena_cache *c,
		       void (*fn)(struct arena_cache *c, void **top, void *arg),
		       void *arg)
{
	struct ac_magazine *m;
	unsigned int i;

	for (i = 0; c->depots && i < ac_nr_groups; i++)
		for (m = c->depots[i].full.top; m; m = m->next)
			fn(c, ac_magazine_last(m), arg);
}

/* The depots of a cache, as they begin, or NULL. */
struct ac_depot *ac_depots_new(const struct arena_cache *c, gfp_t gfp)
{
	struct ac_depot *depots = kcalloc(ac_nr_groups, sizeof(*depots), gfp);
	unsigned int i;

	for (i = 0; depots && i < ac_nr_groups; i++) {
		raw_spin_lock_init(&depots[i].lock);
		depots[i].max = c->depot_max;
	}
	return depots;
}

/* The depots are empty. */
void ac_depots_free(const struct arena_cache *c, struct ac_depot *depots)
{
	unsigned int i;

	for (i = 0; depots && i < ac_nr_groups; i++)
		ac_bound_give(c, depots[i].max - c->depot_max);
	kfree(depots);
}

/* Gives back the memory of magazines that were retired. May sleep. */
void ac_depot_trim(void)
{
	kmem_cache_shrink(magazine_slab);
}

int ac_depot_init(void)
{
	int err;

	/* Blocks in a magazine are nobody's: kmemleak must not take them for referenced. */
	magazine_slab = kmem_cache_create("arena_cache_magazine",
					  ARENA_CACHE_MAGAZINE,
					  ARENA_CACHE_MAGAZINE,
					  SLAB_NOLEAKTRACE, NULL);
	if (!magazine_slab)
		return -ENOMEM;
	ac_bound_init();
	err = ac_group_init();
	if (err)
		kmem_cache_destroy(magazine_slab);
	return err;
}

void ac_depot_exit(void)
{
	ac_group_exit();
	kmem_cache_destroy(magazine_slab);
}
