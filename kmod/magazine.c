// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - magazines
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "kunit_export.h"
#include "magazine.h"
#include "node.h"
#include "wake.h"

bool __ac_magazines_open(struct arena_cache *c, gfp_t gfp)
{
	struct ac_depot *depots;

	gfp = ac_cpus_effort(gfp);
	if (!READ_ONCE(c->depots)) {
		depots = ac_depots_new(c, gfp);
		if (cmpxchg(&c->depots, NULL, depots))
			ac_depots_free(c, depots);
	}
	return READ_ONCE(c->depots) && ac_cpus_open(&c->cpu, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(__ac_magazines_open);

static bool load_from_depot(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *empty = ac_magazine_of(cpu->prev);
	struct ac_magazine *full;

	full = ac_depot_get(c, ac_magazine_is_null(cpu->prev) ? NULL : empty);
	if (!full)
		return false;
	cpu->prev = cpu->top;
	cpu->top = ac_magazine_last(full);
	cpu->gets++;
	return true;
}

/* Blocks that the loaded magazine has room for; finds a magazine if there is none. */
static unsigned int loaded_room(struct arena_cache *c,
				struct arena_cache_cpu *cpu)
{
	struct ac_magazine *m;

	if (ac_magazine_is_null(cpu->top))
		swap(cpu->top, cpu->prev);
	if (ac_magazine_is_null(cpu->top)) {
		m = ac_magazine_new(c);
		if (!m)
			return 0;
		cpu->top = ac_magazine_bottom(c, m);
		ac_wake();
	}
	return ac_magazine_last(ac_magazine_of(cpu->top)) - cpu->top;
}

static bool load_from_pools(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	unsigned int n = min(loaded_room(c, cpu), ac_magazine_batch(c));

	if (n)
		n = ac_pool_take(c, ac_node_mine(), n, cpu->top + 1);
	cpu->top += n;
	cpu->refills += !!n;
	return n;
}

/**
 * ac_magazine_adopt - fill the loaded magazine from a new pool
 * @c: the cache
 * @pool: from ac_pool_make(); published here
 *
 * Context: any but NMI.
 * Return: a block of the pool.
 */
void *ac_magazine_adopt(struct arena_cache *c, struct ac_pool *pool)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;
	void *p;

	preempt_disable();
	cpu = ac_cpus_are_open(c) ? raw_cpu_ptr(READ_ONCE(c->cpu)) : NULL;
	if (cpu && __arena_cache_enter(cpu)) {
		n = min(loaded_room(c, cpu), ac_magazine_batch(c));
		if (n) {
			n = ac_pool_publish(c, pool, n, cpu->top + 1);
			cpu->top += n - 1;
			p = cpu->top[1];
			cpu->refills++;
		}
		/* The operation that this is part of was counted before. */
		cpu->seq -= 2;
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	if (!n)
		ac_pool_publish(c, pool, 1, &p);
	return p;
}

/**
 * ac_magazine_reload - bring blocks into a loaded magazine that has none
 * @c: the cache
 * @cpu: this CPU's magazines, entered
 *
 * Return: false if neither the CPU, nor the depot, nor the pools have a block.
 */
bool ac_magazine_reload(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	if (ac_magazine_rounds(c, cpu->prev)) {
		swap(cpu->top, cpu->prev);
		cpu->swaps++;
		return true;
	}
	return load_from_depot(c, cpu) || load_from_pools(c, cpu);
}

/* The full magazine that was loaded becomes the previous one. */
static void load_empty(struct arena_cache *c, struct arena_cache_cpu *cpu,
		       struct ac_magazine *empty)
{
	cpu->prev = cpu->top;
	cpu->top = ac_magazine_bottom(c, empty);
}

/**
 * ac_magazine_unload - make room in a loaded magazine that has none
 * @c: the cache
 * @cpu: this CPU's magazines, entered
 *
 * Return: false if the CPU has no magazine and there is no memory for one.
 */
bool ac_magazine_unload(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *empty = NULL;

	if (!ac_magazine_is_full(cpu->prev)) {
		swap(cpu->top, cpu->prev);
		cpu->swaps++;
		return true;
	}
	if (!ac_magazine_is_null(cpu->prev)) {
		if (!ac_depot_put(c, ac_magazine_of(cpu->prev), &empty)) {
			cpu->prev = ac_magazine_drain(c, cpu->prev);
			swap(cpu->top, cpu->prev);
			cpu->flushes++;
			return true;
		}
		cpu->prev = ac_cpus_null_top();
		cpu->puts++;
	}
	if (empty) {
		load_empty(c, cpu, empty);
		return true;
	}
	empty = ac_magazine_new(c);
	if (empty) {
		load_empty(c, cpu, empty);
		/* It may be the CPU's first. */
		ac_wake();
		return true;
	}
	if (ac_magazine_is_null(cpu->top))
		return false;
	cpu->top = ac_magazine_drain(c, cpu->top);
	cpu->flushes++;
	return true;
}

/* Copies the newest rounds of the loaded magazine out. */
static unsigned int pop_run(struct arena_cache *c, struct arena_cache_cpu *cpu,
			    unsigned int nr, void **blocks)
{
	unsigned int n = min(nr, ac_magazine_rounds(c, cpu->top));

	cpu->top -= n;
	ac_copy_blocks(blocks, cpu->top + 1, n);
	return n;
}

/**
 * ac_magazine_take - take blocks from this CPU's magazines
 * @c: the cache
 * @gfp: the caller's
 * @nr: how many blocks are wanted
 * @blocks: gets them
 *
 * For what the loaded magazine could not serve alone. Preemption is off all along.
 *
 * Context: any but NMI.
 * Return: number of blocks taken, 0 to @nr.
 */
unsigned int ac_magazine_take(struct arena_cache *c, gfp_t gfp,
			      unsigned int nr, void **blocks)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;

	if (!ac_magazines_open(c, gfp))
		return 0;
	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		n = pop_run(c, cpu, nr, blocks);
		while (n < nr && ac_magazine_reload(c, cpu))
			n += pop_run(c, cpu, nr - n, blocks + n);
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_ALLOC);
	}
	preempt_enable();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_take);

static void **push_careful(void **top, unsigned int nr, void **blocks)
{
	for (; nr; nr--, blocks++)
		if (*blocks)
			*++top = *blocks;
	return top;
}

/* Copies blocks into the loaded magazine until it is full. */
static unsigned int push_run(struct arena_cache_cpu *cpu, unsigned int nr,
			     void **blocks)
{
	void **top = cpu->top;
	unsigned int n;

	n = min_t(unsigned long, nr, ac_magazine_last(ac_magazine_of(top)) - top);
	if (likely(ac_copy_blocks(top + 1, blocks, n)))
		cpu->top = top + n;
	else
		cpu->top = push_careful(top, n, blocks);
	return n;
}

/**
 * ac_magazine_put - put blocks into this CPU's magazines
 * @c: the cache
 * @nr: number of blocks
 * @blocks: the blocks; NULLs are skipped
 *
 * Context: any but NMI.
 * Return: number of blocks dealt with, 0 to @nr.
 */
unsigned int ac_magazine_put(struct arena_cache *c, unsigned int nr,
			     void **blocks)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;

	if (!ac_magazines_open(c, 0))
		return 0;
	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		n = push_run(cpu, nr, blocks);
		while (n < nr && ac_magazine_unload(c, cpu))
			n += push_run(cpu, nr - n, blocks + n);
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_FREE);
	}
	preempt_enable();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_put);

static void drain_dead(struct arena_cache *c, void ***slot)
{
	struct ac_magazine *m = ac_magazine_of(*slot);

	if (ac_magazine_is_null(*slot))
		return;
	m->count = ac_magazine_rounds(c, *slot);
	m->next = NULL;
	*slot = ac_cpus_null_top();
	ac_magazine_retire(c, m);
}

/**
 * ac_magazine_flush_dead - return what a CPU that is gone had cached
 * @c: the cache
 * @cpu: number of the CPU, which is offline
 */
void ac_magazine_flush_dead(struct arena_cache *c, int cpu)
{
	struct arena_cache_cpu *dead = per_cpu_ptr(c->cpu, cpu);

	if (!ac_cpus_are_open(c))
		return;
	drain_dead(c, &dead->top);
	drain_dead(c, &dead->prev);
}

/**
 * ac_magazine_cached - number of blocks in magazines and depots
 * @c: the cache
 *
 * Return: exact once the cache's users rest.
 */
unsigned long ac_magazine_cached(struct arena_cache *c)
{
	unsigned long n = ac_depot_cached(c, NUMA_NO_NODE);
	int i;

	if (!ac_cpus_are_open(c))
		return n;
	for_each_possible_cpu(i) {
		struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, i);

		n += ac_magazine_rounds(c, ac_peek(cpu->top));
		n += ac_magazine_rounds(c, ac_peek(cpu->prev));
	}
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_cached);

/**
 * ac_magazine_verify - check a cache's magazines and depots
 * @c: the cache
 *
 * Context: nothing else runs; see verify.h.
 * Return: number of invariants of magazine.h and depot.h that they break.
 */
unsigned long ac_magazine_verify(struct arena_cache *c)
{
	unsigned long bad = ac_depot_verify(c);
	int i;

	for_each_possible_cpu(i)
		bad += per_cpu_ptr(c->cpu, i)->seq & 1;
	return bad;
}

struct walk {
	void (*fn)(struct arena_cache *c, void *p, void *arg);
	void *arg;
};

static void walk_rounds(struct arena_cache *c, void **top, void *arg)
{
	const struct walk *walk = arg;
	unsigned int n = ac_magazine_rounds(c, top);

	for (; n; n--)
		walk->fn(c, *top--, walk->arg);
}

/**
 * ac_magazine_for_each - look at every cached block of a cache
 * @c: the cache
 * @fn: called for each
 * @arg: passed to @fn
 *
 * Context: nothing else runs; see verify.h.
 */
void ac_magazine_for_each(struct arena_cache *c,
			  void (*fn)(struct arena_cache *c, void *p, void *arg),
			  void *arg)
{
	struct walk walk = { .fn = fn, .arg = arg };
	int i;

	for_each_possible_cpu(i) {
		walk_rounds(c, per_cpu_ptr(c->cpu, i)->top, &walk);
		walk_rounds(c, per_cpu_ptr(c->cpu, i)->prev, &walk);
	}
	ac_depot_for_each(c, walk_rounds, &walk);
}

/**
 * ac_magazines_create - give a new cache what it needs for magazines
 * @c: the cache; its block size is set
 *
 * Those of size classes are open from the start: the fast path has their entries.
 *
 * Return: 0 or -ENOMEM; ac_magazines_destroy() cleans up after both.
 */
int ac_magazines_create(struct arena_cache *c)
{
	ac_bound_set(c);
	ac_cpus_create(c, c->by_size ? ac_class_of(c->size) + 1 : 0);
	if (!c->by_size)
		return 0;
	c->depots = ac_depots_new(c, GFP_KERNEL);
	return c->depots ? 0 : -ENOMEM;
}

/* The magazines and depots are empty. */
void ac_magazines_destroy(struct arena_cache *c)
{
	ac_depots_free(c, c->depots);
	ac_cpus_destroy(c);
	kfree(c->seen);
}
