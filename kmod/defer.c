// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - frees that wait for a grace period
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "defer.h"
#include "group.h"
#include "kunit_export.h"
#include "magazine.h"
#include "stats.h"
#include "wake.h"

/* Words of a magazine of the shared part: a block, and its cache before it. */
#define AC_SHARED_ROUNDS	(AC_MAGAZINE_WORDS - 2)
/* Grace periods that a block waits for at most, its own and one that began before. */
#define AC_DEFER_PERIODS	2

static void (*free_one)(struct arena_cache *c, void *p);

/* What all caches share. */
static struct ac_defer *shared;
static struct arena_cache_cpu __percpu *shared_cpus;

/* Protects the spare magazines of the shared part; interrupts off; nothing nests inside. */
static DEFINE_RAW_SPINLOCK(spares_lock);
static struct ac_magazine *spares;
static unsigned int missing_spares;

static unsigned int rounds_of(const struct ac_defer *d)
{
	return d->cache ? d->cache->rounds : AC_SHARED_ROUNDS;
}

static void **bottom_of(const struct ac_defer *d, struct ac_magazine *m)
{
	return (void **)(m + 1) - rounds_of(d) - 1;
}

/* Words above the bottom of the magazine that a CPU fills. */
static unsigned int filled(const struct ac_defer *d, void **top)
{
	return ac_magazine_is_null(top) ?
		       0 : top - bottom_of(d, ac_magazine_of(top));
}

static unsigned int blocks_of(const struct ac_defer *d, unsigned int words)
{
	return d->cache ? words : words / 2;
}

/* --- spare magazines --- */

static struct ac_magazine *take_spare(void)
{
	struct ac_magazine *m;
	unsigned long flags;

	raw_spin_lock_irqsave(&spares_lock, flags);
	m = spares;
	if (m) {
		spares = m->next;
		missing_spares++;
	}
	raw_spin_unlock_irqrestore(&spares_lock, flags);
	return m;
}

/* Of the shared part, empty. */
static void return_magazine(struct ac_magazine *m)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spares_lock, flags);
	if (missing_spares) {
		missing_spares--;
		m->next = spares;
		spares = m;
		m = NULL;
	}
	raw_spin_unlock_irqrestore(&spares_lock, flags);
	ac_magazine_free(m);
}

static struct ac_magazine *new_magazine(const struct ac_defer *d)
{
	struct ac_magazine *m = ac_magazine_new(d->cache);

	return m || d->cache ? m : take_spare();
}

/* --- after the grace period --- */

/* Is a magazine of @c that is ripe one of free blocks, with nothing left to be done? */
static bool stays_whole(const struct arena_cache *c)
{
	return !ARENA_CACHE_WATCHED && !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) &&
	       !c->large && !c->debug && !want_init_on_free();
}

static void free_own(struct ac_defer *d, unsigned int group,
		     struct ac_magazine *m)
{
	struct arena_cache *c = d->cache;
	void **bottom = bottom_of(d, m);
	unsigned long i;

	m->next = NULL;
	if (stays_whole(c)) {
		if (m->count < c->rounds || !ac_depot_give(c, group, m))
			ac_magazine_retire(c, m);
		return;
	}
	for (i = 1; i <= m->count; i++)
		free_one(c, bottom[i]);
	ac_magazine_free(m);
}

static void free_shared(struct ac_defer *d, struct ac_magazine *m)
{
	void **bottom = bottom_of(d, m);
	unsigned long i;

	for (i = 1; i <= m->count; i += 2)
		free_one(bottom[i], bottom[i + 1]);
	return_magazine(m);
}

static void free_ripe(struct ac_defer_group *g, struct ac_magazine *ripe)
{
	struct ac_defer *d = g->defer;
	struct ac_magazine *m;
	unsigned int blocks;

	while (ripe) {
		m = ripe;
		ripe = m->next;
		blocks = blocks_of(d, m->count);
		if (d->cache)
			free_own(d, g - d->group, m);
		else
			free_shared(d, m);
		atomic_long_sub(blocks, &g->nr);
		cond_resched();
	}
}

static void on_grace_period(struct work_struct *work)
{
	struct ac_defer_group *g = container_of(to_rcu_work(work),
						struct ac_defer_group, work);
	struct ac_magazine *ripe;
	bool more;

	raw_spin_lock_irq(&g->lock);
	ripe = g->waiting;
	g->waiting = g->next;
	g->next = NULL;
	more = g->waiting;
	g->busy = more;
	raw_spin_unlock_irq(&g->lock);
	if (more)
		queue_rcu_work(system_dfl_wq, &g->work);
	free_ripe(g, ripe);
}

/* --- before it --- */

/* Has a magazine of @words wait. Preemption is off. */
static void queue(struct ac_defer *d, struct ac_magazine *m, unsigned int words)
{
	struct ac_defer_group *g = &d->group[ac_group_mine()];
	struct ac_magazine **list;
	unsigned long flags;
	bool start;

	m->count = words;
	atomic_long_add(blocks_of(d, words), &g->nr);
	raw_spin_lock_irqsave(&g->lock, flags);
	start = !g->busy;
	g->busy = true;
	list = start ? &g->waiting : &g->next;
	m->next = *list;
	*list = m;
	raw_spin_unlock_irqrestore(&g->lock, flags);
	if (start)
		queue_rcu_work(system_dfl_wq, &g->work);
}

/* Has what a CPU fills wait. The CPU is entered, or dead. */
static void queue_filled(struct ac_defer *d, struct arena_cache_cpu *cpu)
{
	void **top = cpu->top;

	if (ac_magazine_is_null(top))
		return;
	cpu->top = ac_cpus_null_top();
	cpu->puts++;
	queue(d, ac_magazine_of(top), filled(d, top));
}

/* Makes room in an entered CPU's magazine. */
static bool make_room(struct ac_defer *d, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *m;

	if (!ac_magazine_is_full(cpu->top))
		return true;
	queue_filled(d, cpu);
	m = new_magazine(d);
	if (!m)
		return false;
	cpu->top = bottom_of(d, m);
	ac_wake();
	return true;
}

static void init_group(struct ac_defer *d, struct ac_defer_group *g)
{
	raw_spin_lock_init(&g->lock);
	INIT_RCU_WORK(&g->work, on_grace_period);
	g->defer = d;
}

static struct ac_defer *new_defer(struct arena_cache *c, gfp_t gfp)
{
	struct ac_defer *d = kzalloc(struct_size(d, group, ac_nr_groups), gfp);
	unsigned int i;

	if (!d)
		return NULL;
	d->cache = c;
	for (i = 0; i < ac_nr_groups; i++)
		init_group(d, &d->group[i]);
	return d;
}

/* Gives a cache a part of its own. Returns whether it has one. */
static bool open_own(struct arena_cache *c)
{
	const gfp_t gfp = ac_cpus_effort(0);
	struct ac_defer *d;

	if (ac_cpus_are(&c->deferred))
		return true;
	if (!READ_ONCE(c->defer)) {
		d = new_defer(c, gfp);
		if (cmpxchg(&c->defer, NULL, d))
			kfree(d);
	}
	return READ_ONCE(c->defer) && ac_cpus_open(&c->deferred, gfp);
}

static bool push_own(struct arena_cache *c, void *p)
{
	struct arena_cache_cpu *cpu;
	bool done = false;

	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->deferred));
	if (__arena_cache_enter(cpu)) {
		done = make_room(c->defer, cpu);
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
	struct ac_magazine *m = new_magazine(shared);

	if (!m)
		return false;
	push_pair(bottom_of(shared, m), c, p);
	preempt_disable();
	queue(shared, m, 2);
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
	if (!push_shared(c, p) && !queue_alone(c, p))
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

static long count(const struct ac_defer *d,
		  struct arena_cache_cpu __percpu *const *slot)
{
	long n = 0;
	unsigned int i;
	int cpu;

	for (i = 0; i < ac_nr_groups; i++)
		n += atomic_long_read(&d->group[i].nr);
	if (!ac_cpus_are(slot))
		return n;
	for_each_possible_cpu(cpu)
		n += blocks_of(d, filled(d, ac_peek(per_cpu_ptr(*slot, cpu)->top)));
	return n;
}

/* Blocks that wait in the cache's own part. Exact once the cache's users rest. */
long ac_defer_nr(const struct arena_cache *c)
{
	const struct ac_defer *d = READ_ONCE(c->defer);

	return d ? count(d, &c->deferred) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_nr);

/* The same of the part that all caches share; its blocks count as live. */
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

static void give_up(struct ac_defer *d, struct arena_cache_cpu *cpu)
{
	if (!is_filling(cpu) || !__arena_cache_enter(cpu))
		return;
	queue_filled(d, cpu);
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
		give_up(c->defer, raw_cpu_ptr(c->deferred));
}

static void give_up_shared(void *unused)
{
	give_up(shared, raw_cpu_ptr(shared_cpus));
}

/**
 * ac_defer_tend - have what CPUs no longer fill wait
 *
 * Of the shared part; ac_recall_unneeded() does so for caches.
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
		if (!is_filling(cpu))
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
		queue_filled(c->defer, per_cpu_ptr(c->deferred, cpu));
	preempt_enable();
}

static void wait_for(struct ac_defer *d)
{
	unsigned int i, n;

	for (i = 0; i < ac_nr_groups; i++)
		for (n = 0; n < AC_DEFER_PERIODS; n++)
			flush_rcu_work(&d->group[i].work);
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
		on_each_cpu(give_up_shared, NULL, true);
		wait_for(shared);
	} else if (READ_ONCE(c->defer)) {
		wait_for(c->defer);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_defer_wait);

/* --- load and unload --- */

static int make_spares(void)
{
	struct ac_magazine *m;
	unsigned int i;

	for (i = 0; i < num_possible_cpus(); i++) {
		m = ac_magazine_new(NULL);
		if (!m)
			return -ENOMEM;
		m->next = spares;
		spares = m;
	}
	return 0;
}

static void free_spares(void)
{
	struct ac_magazine *m;

	while ((m = spares)) {
		spares = m->next;
		ac_magazine_free(m);
	}
}

/* Nothing waits, and no CPU fills any. */
void ac_defer_exit(void)
{
	free_spares();
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
	shared = new_defer(NULL, GFP_KERNEL);
	if (shared && ac_cpus_open(&shared_cpus, GFP_KERNEL) && !make_spares())
		return 0;
	ac_defer_exit();
	return -ENOMEM;
}
