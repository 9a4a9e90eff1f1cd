// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - depots, and the magazines in them
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "depot.h"
#include "kunit_export.h"
#include "node.h"
#include "stats.h"

/* CPUs of a node that share depots. Those of a node are next to each other. */
struct group {
	int node;
	unsigned int nr_cpus;
	unsigned int first;
	unsigned int last;
};

static struct group *groups;
static unsigned int nr_groups;
static DEFINE_PER_CPU(unsigned int, group_of_cpu);

static unsigned int magazine_bytes;
static struct kmem_cache *magazine_slab;

/* Bytes by which depots have room for more than they began with, and may have. */
static atomic_long_t grown;
long ac_depot_growth;
EXPORT_SYMBOL_IF_KUNIT(ac_depot_growth);

static unsigned int my_group(void)
{
	return raw_cpu_read(group_of_cpu);
}

static struct ac_depot *my_depot(const struct arena_cache *c)
{
	return c->depots + my_group();
}

struct ac_depot *ac_depot_of(const struct arena_cache *c, int cpu)
{
	return c->depots + per_cpu(group_of_cpu, cpu);
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_of);

static unsigned int limit_of(const struct arena_cache *c, unsigned int group)
{
	return c->depot_max * AC_DEPOT_GROWTH * groups[group].nr_cpus;
}

/* What the depot of a CPU can grow to, if there is memory. */
unsigned int ac_depot_limit(const struct arena_cache *c, int cpu)
{
	return limit_of(c, per_cpu(group_of_cpu, cpu));
}
EXPORT_SYMBOL_IF_KUNIT(ac_depot_limit);

/* Are the depots of a CPU those of a node, or is it %NUMA_NO_NODE? */
bool ac_depot_serves(int cpu, int node)
{
	return node == NUMA_NO_NODE ||
	       groups[per_cpu(group_of_cpu, cpu)].node == node;
}

static struct ac_magazine *pop(struct ac_stack *stack)
{
	struct ac_magazine *m = stack->top;

	if (m) {
		stack->top = m->next;
		stack->low = min(stack->low, --stack->nr);
	}
	return m;
}

static void push(struct ac_stack *stack, struct ac_magazine *m)
{
	m->next = stack->top;
	stack->top = m;
	stack->nr++;
}

static void free_magazine(struct ac_magazine *m)
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
 * Whoever holds the lock does so for a dozen instructions, unless interrupted:
 * so try for a moment, and do without the depot if that fails. See depot.h.
 */
static bool lock_depot(struct ac_depot *depot)
{
	return likely(raw_spin_trylock(&depot->lock)) || try_again(depot);
}

static void unlock_depot(struct ac_depot *depot)
{
	raw_spin_unlock(&depot->lock);
}

static long bytes_of(const struct arena_cache *c, unsigned int nr)
{
	return (long)nr * (c->rounds * c->block_size + ARENA_CACHE_MAGAZINE);
}

static noinline void grow(const struct arena_cache *c, struct ac_depot *depot)
{
	unsigned int limit = limit_of(c, depot - c->depots);
	unsigned int more = min(2 * depot->max, limit) - depot->max;
	long bytes = bytes_of(c, more);

	if (atomic_long_add_return(bytes, &grown) <= READ_ONCE(ac_depot_growth))
		depot->max += more;
	else
		atomic_long_sub(bytes, &grown);
}

static void shorten(const struct arena_cache *c, struct ac_depot *depot,
		    unsigned int max)
{
	atomic_long_sub(bytes_of(c, depot->max - max), &grown);
	depot->max = max;
}

/* Is there room for another full magazine, or reason to make it? */
static bool has_room(const struct arena_cache *c, struct ac_depot *depot)
{
	if (unlikely(depot->full.nr >= depot->max && ac_peek(depot->wanting))) {
		WRITE_ONCE(depot->wanting, false);
		grow(c, depot);
	}
	return depot->full.nr < depot->max;
}

/* Gives @full in exchange for an empty magazine, if any. False: no room. */
bool ac_depot_put(struct arena_cache *c, struct ac_magazine *full,
		  struct ac_magazine **empty)
{
	struct ac_depot *depot = my_depot(c);
	bool room;

	if (!lock_depot(depot))
		return false;
	room = has_room(c, depot);
	if (room) {
		push(&depot->full, full);
		*empty = pop(&depot->empty);
	}
	unlock_depot(depot);
	return room;
}

/* A full magazine for @empty, which may point to NULL, and does if @depot took it. */
static __always_inline struct ac_magazine *
exchange(struct ac_depot *depot, struct ac_magazine **empty)
{
	struct ac_magazine *full;

	if (!ac_peek(depot->full.nr) || !lock_depot(depot))
		return NULL;
	full = pop(&depot->full);
	if (full && *empty && depot->empty.nr < depot->max) {
		push(&depot->empty, *empty);
		*empty = NULL;
	}
	unlock_depot(depot);
	return full;
}

static unsigned int next_group(unsigned int i)
{
	return i == groups[i].last ? groups[i].first : i + 1;
}

/* Of the other depots of this node; all learn that they were wanted, if in vain. */
static noinline struct ac_magazine *
exchange_elsewhere(struct arena_cache *c, struct ac_magazine **empty)
{
	const unsigned int mine = my_group();
	struct ac_magazine *full;
	unsigned int i;

	for (i = next_group(mine); i != mine; i = next_group(i)) {
		full = exchange(c->depots + i, empty);
		if (full)
			return full;
	}
	do {
		if (!ac_peek(c->depots[i].wanting))
			WRITE_ONCE(c->depots[i].wanting, true);
		i = next_group(i);
	} while (i != mine);
	return NULL;
}

/* Takes a full magazine in exchange for @empty, which may be NULL. */
struct ac_magazine *ac_depot_get(struct arena_cache *c,
				 struct ac_magazine *empty)
{
	struct ac_magazine *full = exchange(my_depot(c), &empty) ?:
				   exchange_elsewhere(c, &empty);

	if (full)
		free_magazine(empty);
	return full;
}

/*
 * Called where the allocator may be deep in anything: no sleeping, no waking of
 * kswapd, no warning, no emergency reserve. Zeroed, for the NULL below the oldest
 * block. Whoever gives it to a CPU that had none calls ac_wake() then. Not static, so
 * that tests can replace it.
 */
struct ac_magazine *ac_magazine_new(struct arena_cache *c)
{
	struct ac_depot *depot = my_depot(c);
	struct ac_magazine *m = NULL;

	KUNIT_STATIC_STUB_REDIRECT(ac_magazine_new, c);
	if (ac_peek(depot->empty.nr) && lock_depot(depot)) {
		m = pop(&depot->empty);
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

/* Empties the magazines of a list, which no CPU holds any more, and frees them. */
void ac_magazine_retire(struct arena_cache *c, struct ac_magazine *list)
{
	struct ac_magazine *next;

	for (; list; list = next) {
		next = list->next;
		ac_magazine_drain(c, ac_magazine_bottom(c, list) + list->count);
		free_magazine(list);
	}
}

/* Takes up to @nr magazines with @rounds each off, and adds them to @list. */
static unsigned int cut(struct ac_stack *stack, unsigned int nr,
			unsigned int rounds, struct ac_magazine **list)
{
	struct ac_magazine *m;
	unsigned int n;

	for (n = 0; n < nr && (m = pop(stack)); n++) {
		m->count = rounds;
		m->next = *list;
		*list = m;
	}
	return n;
}

/* Up to AC_DEPOT_HOLD of each; returns how many full ones. */
static unsigned int shed_some(struct arena_cache *c, struct ac_depot *depot,
			      unsigned int full, unsigned int empty)
{
	struct ac_magazine *list = NULL;
	unsigned int n;

	raw_spin_lock_irq(&depot->lock);
	n = cut(&depot->full, min(full, AC_DEPOT_HOLD), c->rounds, &list);
	cut(&depot->empty, min(empty, AC_DEPOT_HOLD), 0, &list);
	raw_spin_unlock_irq(&depot->lock);
	ac_magazine_retire(c, list);
	cond_resched();
	return n;
}

/* Retires up to @full and @empty magazines; returns how many full ones. */
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
	raw_spin_lock_irq(&depot->lock);
	depot->full.low = depot->full.nr;
	depot->empty.low = depot->empty.nr;
	shorten(c, depot, max3((unsigned int)c->depot_max, depot->full.nr,
			       depot->empty.nr));
	raw_spin_unlock_irq(&depot->lock);
}

/**
 * ac_depot_drain - return what depots have to its pools
 * @c: the cache
 * @node: NUMA node of the depots, or %NUMA_NO_NODE for all
 * @nr: how many full magazines at most
 *
 * Of those that are there now: what comes meanwhile stays.
 *
 * Context: process context; may sleep; no lock of ours held.
 * Return: number of blocks returned.
 */
unsigned long ac_depot_drain(struct arena_cache *c, int node, unsigned long nr)
{
	struct ac_depot *depot;
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; c->depots && i < nr_groups && n < nr; i++) {
		if (node != NUMA_NO_NODE && groups[i].node != node)
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
 * ac_depot_raid - take a block out of a depot
 * @c: the cache
 * @node: NUMA node of the depot
 *
 * For callers whom nothing else served: what else was in its magazine goes to the
 * pools, where they find it next time.
 *
 * Context: any but NMI.
 * Return: the block, or NULL if the depots have none, or somebody is busy there.
 */
void *ac_depot_raid(struct arena_cache *c, int node)
{
	struct ac_magazine *m = NULL, *none = NULL;
	unsigned int i;
	void *p;

	for (i = 0; c->depots && i < nr_groups && !m; i++)
		if (groups[i].node == node)
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

/**
 * ac_depot_decay - return blocks that nobody needed since this was called last
 * @c: the cache
 *
 * Those are as many magazines of each depot as were there all the time.
 *
 * Context: process context; may sleep; no lock of ours held.
 * Return: whether anything is left.
 */
bool ac_depot_decay(struct arena_cache *c)
{
	struct ac_depot *depot;
	bool left = false;
	unsigned int i;

	for (i = 0; c->depots && i < nr_groups; i++) {
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

/* Blocks in the depots of a node, or with %NUMA_NO_NODE of all. */
unsigned long ac_depot_cached(const struct arena_cache *c, int node)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; c->depots && i < nr_groups; i++)
		if (node == NUMA_NO_NODE || groups[i].node == node)
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

	for (i = 0; c->depots && i < nr_groups; i++) {
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

	for (i = 0; c->depots && i < nr_groups; i++)
		for (m = c->depots[i].full.top; m; m = m->next)
			fn(c, ac_magazine_last(m), arg);
}

/* Rounds and the bounds of depots, for the cache's block size. */
void ac_depot_set_geometry(struct arena_cache *c)
{
	c->rounds = clamp_t(unsigned int, magazine_bytes / c->block_size, 1,
			    AC_ROUNDS_MAX);
	c->depot_max = clamp_t(unsigned int, AC_DEPOT_BEGIN * magazine_bytes /
					     (c->rounds * c->block_size),
			       1, AC_DEPOT_MAX);
}

/* The depots of a cache, as they begin, or NULL. */
struct ac_depot *ac_depots_new(const struct arena_cache *c, gfp_t gfp)
{
	struct ac_depot *depots = kcalloc(nr_groups, sizeof(*depots), gfp);
	unsigned int i;

	for (i = 0; depots && i < nr_groups; i++) {
		raw_spin_lock_init(&depots[i].lock);
		depots[i].max = c->depot_max;
	}
	return depots;
}

/* The depots are empty. */
void ac_depots_free(const struct arena_cache *c, struct ac_depot *depots)
{
	unsigned int i;

	for (i = 0; depots && i < nr_groups; i++)
		shorten(c, depots + i, c->depot_max);
	kfree(depots);
}

/* Gives back the memory of magazines that were retired. May sleep. */
void ac_depot_trim(void)
{
	kmem_cache_shrink(magazine_slab);
}

/* So that all that CPUs can have of the size classes is a share of the memory. */
static unsigned int bytes_for(unsigned long pages, unsigned int cpus)
{
	unsigned long share = pages * PAGE_SIZE / AC_DEPOT_SHARE;

	return clamp_t(unsigned long, share / cpus / (2 * ARENA_CACHE_CLASSES),
		       ARENA_CACHE_MAX_BLOCK, AC_MAGAZINE_BYTES);
}

/* Gives @cpu, of @node, a place in the last of the node's groups, which begin at @first. */
static void join(unsigned int cpu, int node, unsigned int first)
{
	struct group *g = groups + nr_groups - 1;

	if (nr_groups == first || g->nr_cpus == AC_DEPOT_CPUS) {
		g = groups + nr_groups++;
		g->node = node;
		g->first = first;
	}
	g->nr_cpus++;
	per_cpu(group_of_cpu, cpu) = g - groups;
}

/* The node with memory that is nearest to a CPU, which may never come. */
static int node_of(int cpu)
{
	int node = cpu_to_mem(cpu);

	return ac_node_nearest[node == NUMA_NO_NODE ? first_online_node : node];
}

static void form_groups(int node)
{
	const unsigned int first = nr_groups;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		if (node_of(cpu) == node)
			join(cpu, node, first);
	for (i = first; i < nr_groups; i++)
		groups[i].last = nr_groups - 1;
}

int ac_depot_init(void)
{
	int node;

	/* Machines that may get more CPUs have those seldom. */
	magazine_bytes = bytes_for(totalram_pages(), num_present_cpus());
	ac_depot_growth = totalram_pages() * PAGE_SIZE / AC_DEPOT_SHARE;
	/* What is in a magazine is in use by nobody: kmemleak shall not look. */
	magazine_slab = kmem_cache_create("arena_cache_magazine",
					  ARENA_CACHE_MAGAZINE,
					  ARENA_CACHE_MAGAZINE,
					  SLAB_NOLEAKTRACE, NULL);
	if (!magazine_slab)
		return -ENOMEM;
	/* A node begins a group of its own for less than AC_DEPOT_CPUS. */
	groups = kcalloc(num_possible_cpus(), sizeof(*groups), GFP_KERNEL);
	if (!groups) {
		kmem_cache_destroy(magazine_slab);
		return -ENOMEM;
	}
	for_each_node(node)
		form_groups(node);
	return 0;
}

void ac_depot_exit(void)
{
	kfree(groups);
	kmem_cache_destroy(magazine_slab);
}
