// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - frees that wait for a grace period
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "defer.h"
#include "kunit_export.h"
#include "magazine.h"
#include "stats.h"
#include "wake.h"

/* What all caches share. */
static struct ac_grace *shared;
static struct arena_cache_cpu __percpu *shared_cpus;

static void (*free_one)(struct arena_cache *c, void *p);

/* Words above the bottom of the magazine that a CPU fills. */
static unsigned int filled(const struct ac_grace *g, void **top)
{
	return ac_magazine_is_null(top) ?
		       0 : top - ac_grace_bottom(g, ac_magazine_of(top));
}

/* Has what a CPU fills wait. The CPU is entered, or dead. */
static void queue_filled(struct ac_grace *g, struct arena_cache_cpu *cpu)
{
	void **top = cpu->top;

	if (ac_magazine_is_null(top))
		return;
	cpu->top = ac_cpus_null_top();
	cpu->puts++;
	ac_grace_queue(g, ac_magazine_of(top), filled(g, top));
}

/* Makes room in an entered CPU's magazine. */
static bool make_room(struct ac_grace *g, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *m;

	if (!ac_magazine_is_full(cpu->top))
		return true;
	queue_filled(g, cpu);
	m = ac_grace_magazine(g);
	if (!m)
		return false;
	cpu->top = ac_grace_bottom(g, m);
	ac_wake();
	return true;
}

/* Gives a cache a part of its own. Returns whether it has one. */
static bool open_own(struct arena_cache *c)
{
	const gfp_t gfp = ac_cpus_effort(0);
	struct ac_grace *g;

	if (ac_cpus_are(&c->deferred))
		return true;
	if (!READ_ONCE(c->grace)) {
		g = ac_grace_new(c, gfp);
		if (cmpxchg(&c->grace, NULL, g))
			kfree(g);
	}
	return READ_ONCE(c->grace) && ac_cpus_open(&c->deferred, gfp);
}

static bool push_own(struct arena_cache *c, void *p)
{
	struct arena_cache_cpu *cpu;
	bool done = false;

	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->deferred));
	if (__arena_cache_enter(cpu)) {
		done = make_room(c->grace, cpu);
		if (done)
			*++cpu->top = p;
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return done;
}

static void **push_pair(void **top, struct arena_cache *c, void *p)
{
	*++top = c;
	*++top = p;
	return top;
}

static bool push_shared(struct arena_cache *c, void *p)
{
	struct arena_cache_cpu *cpu;
	bool done = false;

	preempt_disable();
	cpu = raw_cpu_ptr(shared_cpus);
	if (__arena_cache_enter(cpu)) {
		done = make_room(shared, cpu);
		if (done)
			cpu->top = push_pair(cpu->top, c, p);
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return done;
}

/* A magazine for one block: in an interrupt of an operation on the shared part. */
static bool queue_alone(struct arena_cache *c, void *p)
{
	struct ac_magazine *m = ac_grace_magazine(shared);

	if (!m)
		return false;
	push_pair(ac_grace_bottom(shared, m), c, p);
	preempt_disable();
	ac_grace_queue(shared, m, 2);
	preempt_enable();
	return true;
}

/* May this caller sleep? Without a count of preemption nobody can tell. */
static bool may_wait(void)
{
	return IS_ENABLED(CONFIG_PREEMPT_COUNT) && preemptible() &&
	       !rcu_preempt_depth();
}

static void free_without_memory(struct arena_cache *c, void *p)
{
	if (may_wait()) {
		synchronize_rcu();
		free_one(c, p);
		return;
	}
	ac_stat_inc(AC_STAT_RCU_LOST);
	pr_err_once("no memory to free a block of %s after a grace period: it is lost\n",
		    c ? c->name : "kmalloc()");
}

/**
 * ac_defer_free_shared - free a block after a grace period, by the shared part
 * @c: its cache, or NULL if it is kmalloc()'s
 * @p: the block
 *
 * Context: any but NMI; sleeps only if there is no memory, and if it may.
 */
void ac_defer_free_shared(struct arena_cache *c, void *p)
{
	/* First: once it is pushed it may be freed, and be the last of its cache. */
	if (c)
		atomic_long_inc(&c->nr_shared);
	if (push_shared(c, p) || queue_alone(c, p))
		return;
	if (c)
		atomic_long_dec(&c->nr_shared);
	free_without_memory(c, p);
}

/**
 * ac_defer_free - free a block that its CPU's magazine had no room for
 * @c: its cache
 * @p: the block
 *
 * Context: any but NMI; sleeps only if there is no memory, and if it may.
 */
void ac_defer_free(struct arena_cache *c, void *p)
{
	if (!open_own(c) || !push_own(c, p))
		ac_defer_free_shared(c, p);
}

/* --- what CPUs have --- */

static void **top_of(struct arena_cache_cpu __percpu *cpus, int cpu)
{
	return ac_peek(per_cpu_ptr(cpus, cpu)->top);
}

static long count(const struct ac_grace *g,
		  struct arena_cache_cpu __percpu *const *slot)
{
	long n = ac_grace_nr(g);
	int cpu;

	if (!ac_cpus_are(slot))
		return n;
	for_each_possible_cpu(cpu)
		n += ac_grace_blocks(g, filled(g, top_of(*slot, cpu)));
	return n;
}

/* Blocks of a cache that wait. Exact once the cache's users rest. */
long ac_defer_nr(const struct arena_cache *c)
{
	const struct ac_grace *g = READ_ONCE(c->grace);
	long n = atomic_long_read(&c->nr_shared);

	return g ? n + count(g, &c->deferred) : n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_nr);

/* Blocks that wait in the part that all caches share, and memory of kmalloc(). */
long ac_defer_nr_shared(void)
{
	return count(shared, &shared_cpus);
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_nr_shared);

static bool is_filling(const struct arena_cache_cpu *cpu)
{
	return !ac_magazine_is_null(ac_peek(cpu->top));
}

/* Has it not been touched since note()? */
static bool is_idle(const struct arena_cache_cpu *cpu)
{
	return ac_peek(cpu->seq) == ac_peek(cpu->misses);
}

static void note(struct arena_cache_cpu *cpu)
{
	WRITE_ONCE(cpu->misses, ac_peek(cpu->seq));
}

/* Does CPU @i fill a magazine of @c? */
bool ac_defer_has(const struct arena_cache *c, int i)
{
	return is_filling(per_cpu_ptr(c->deferred, i));
}

/* Does it fill one that it has not touched since ac_defer_note()? */
bool ac_defer_is_idle(const struct arena_cache *c, int i)
{
	return ac_defer_has(c, i) && is_idle(per_cpu_ptr(c->deferred, i));
}

/* For the next ac_defer_is_idle(). */
void ac_defer_note(const struct arena_cache *c, int i)
{
	if (ac_cpus_are(&c->deferred))
		note(per_cpu_ptr(c->deferred, i));
}

static void give_up(struct ac_grace *g, struct arena_cache_cpu *cpu)
{
	if (!is_filling(cpu) || !__arena_cache_enter(cpu))
		return;
	queue_filled(g, cpu);
	/* This was no operation of the CPU's. */
	cpu->seq -= 2;
	__arena_cache_leave(cpu);
}

/**
 * ac_defer_give_up - have what this CPU fills wait
 * @c: the cache
 *
 * Context: interrupts off; the code that was interrupted may be inside: then it keeps it.
 */
void ac_defer_give_up(struct arena_cache *c)
{
	if (ac_cpus_are(&c->deferred))
		give_up(c->grace, raw_cpu_ptr(c->deferred));
}

static void give_up_shared(void *unused)
{
	give_up(shared, raw_cpu_ptr(shared_cpus));
}

/**
 * ac_defer_tend - have what CPUs no longer fill wait
 *
 * Of the shared part; ac_recall_unneeded() does so for caches. A CPU that must not be
 * disturbed keeps what it fills.
 *
 * Context: process context; may sleep.
 * Return: whether a CPU fills one.
 */
bool ac_defer_tend(void)
{
	struct arena_cache_cpu *cpu;
	bool again = false;
	int i;

	cpus_read_lock();
	for_each_online_cpu(i) {
		cpu = per_cpu_ptr(shared_cpus, i);
		if (!is_filling(cpu) || !ac_cpus_may_disturb(i))
			continue;
		if (is_idle(cpu))
			smp_call_function_single(i, give_up_shared, NULL, true);
		note(cpu);
		again |= is_filling(cpu);
	}
	cpus_read_unlock();
	return again;
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_tend);

/* What a CPU that is gone has filled waits. @c may be NULL, for the shared part. */
void ac_defer_flush_dead(struct arena_cache *c, int cpu)
{
	preempt_disable();
	if (!c)
		queue_filled(shared, per_cpu_ptr(shared_cpus, cpu));
	else if (ac_cpus_are(&c->deferred))
		queue_filled(c->grace, per_cpu_ptr(c->deferred, cpu));
	preempt_enable();
}

static bool fills_shared(int cpu, void *unused)
{
	return is_filling(per_cpu_ptr(shared_cpus, cpu));
}

/**
 * ac_defer_wait - free what waits
 * @c: the cache, or NULL for what all caches share
 *
 * All that CPUs had given up; of the shared part also what they fill.
 *
 * Context: process context; may sleep.
 */
void ac_defer_wait(struct arena_cache *c)
{
	if (!c) {
		on_each_cpu_cond(fills_shared, give_up_shared, NULL, true);
		ac_grace_wait(shared);
	} else if (READ_ONCE(c->grace)) {
		ac_grace_wait(c->grace);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_wait);

/* --- load and unload --- */

/* Nothing waits, and no CPU fills any. */
void ac_defer_exit(void)
{
	ac_grace_exit();
	if (ac_cpus_are(&shared_cpus))
		free_percpu(shared_cpus);
	kfree(shared);
}

/**
 * ac_defer_init - make the shared part
 * @fn: frees one block of a cache, or of kmalloc() if that is NULL
 *
 * Return: 0 or -ENOMEM.
 */
int ac_defer_init(void (*fn)(struct arena_cache *c, void *p))
{
	free_one = fn;
	shared_cpus = arena_cache_class_cpus;
	shared = ac_grace_new(NULL, GFP_KERNEL);
	if (shared && ac_cpus_open(&shared_cpus, GFP_KERNEL) &&
	    !ac_grace_init(fn))
		return 0;
	ac_defer_exit();
	return -ENOMEM;
}
