// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - magazines that CPUs are asked for
 */
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "defer.h"
#include "depot_drain.h"
#include "group.h"
#include "kunit_export.h"
#include "recall.h"
#include "stats.h"

/*
 * Protects the two below and c->seen. Inside ac_caches_lock; reclaim takes it, so no
 * memory is waited for under it.
 */
static DEFINE_MUTEX(recall_lock);

/* What CPUs are asked for now, and which CPUs. */
static struct request {
	struct arena_cache *cache[AC_RECALL_CACHES];
	unsigned int nr;
	bool unneeded;
} request;
static struct cpumask asked;

static bool has_magazine(const struct arena_cache_cpu *cpu)
{
	return !ac_magazine_is_null(ac_peek(cpu->top)) ||
	       !ac_magazine_is_null(ac_peek(cpu->prev));
}

/*
 * Operations of CPU @i since the last look, not counting one that it is amid. Before the
 * first look, all that the CPU has may be needed.
 */
static unsigned int ops_of(const struct arena_cache *c, int i)
{
	if (!c->seen)
		return UINT_MAX;
	return ((u32)ac_peek(per_cpu_ptr(c->cpu, i)->seq) - c->seen[i]) / 2;
}

static unsigned int rounds_of(const struct arena_cache *c, int i)
{
	const struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, i);

	return ac_magazine_rounds(c, ac_peek(cpu->top)) +
	       ac_magazine_rounds(c, ac_peek(cpu->prev));
}

/* Are @rounds more than @ops needed? So is a magazine without any, at rest. */
static bool is_too_much(unsigned int rounds, unsigned int ops)
{
	return ops < max(rounds, 1U);
}

/* Moves the magazine of @slot to @list, and leaves the null magazine. */
static void detach(struct arena_cache *c, void ***slot,
		   struct ac_magazine **list)
{
	struct ac_magazine *m = ac_magazine_of(*slot);

	if (ac_magazine_is_null(*slot))
		return;
	m->count = ac_magazine_rounds(c, *slot);
	m->next = *list;
	*list = m;
	*slot = ac_cpus_null_top();
}

/* Leaves @list for the asker, which retires it. */
static void hand_over(struct arena_cache *c, struct ac_magazine *list)
{
	struct ac_magazine *last, *old;

	if (!list)
		return;
	for (last = list; last->next; last = last->next)
		;
	do {
		old = READ_ONCE(c->recalled);
		last->next = old;
	} while (cmpxchg(&c->recalled, old, list) != old);
}

/*
 * Runs on the CPU itself, with interrupts off; the code that it interrupted may be inside
 * the magazines. If both are too much together, but the loaded one is not, that stays.
 */
static void give_up_magazines(struct arena_cache *c, bool unneeded)
{
	struct arena_cache_cpu *cpu = raw_cpu_ptr(c->cpu);
	const int i = smp_processor_id();
	unsigned int ops = unneeded ? ops_of(c, i) : 0;
	struct ac_magazine *list = NULL;

	if (!has_magazine(cpu) || !is_too_much(rounds_of(c, i), ops) ||
	    !__arena_cache_enter(cpu))
		return;
	detach(c, &cpu->prev, &list);
	if (is_too_much(ac_magazine_rounds(c, cpu->top), ops))
		detach(c, &cpu->top, &list);
	/* This was no operation of the CPU's. */
	cpu->seq -= 2;
	__arena_cache_leave(cpu);
	hand_over(c, list);
}

/* What waits for a grace period is of no use to a CPU: its queue may have it. */
static void give_up(struct arena_cache *c, bool unneeded)
{
	give_up_magazines(c, unneeded);
	if (!unneeded || ac_defer_is_idle(c, smp_processor_id()))
		ac_defer_give_up(c);
}

static void give_up_all(void *unused)
{
	unsigned int i;

	ac_stat_inc(AC_STAT_RECALL);
	for (i = 0; i < request.nr; i++)
		give_up(request.cache[i], request.unneeded);
}

/* Notes which CPUs have to be asked. Returns whether any. */
static bool choose(int node, bool (*wanted)(const struct arena_cache *c, int i))
{
	unsigned int n;
	int i;

	lockdep_assert_held(&recall_lock);
	cpumask_clear(&asked);
	for_each_online_cpu(i) {
		if (!ac_group_serves(ac_group_of(i), node))
			continue;
		for (n = 0; n < request.nr; n++)
			if (wanted(request.cache[n], i)) {
				cpumask_set_cpu(i, &asked);
				break;
			}
		cond_resched();
	}
	return !cpumask_empty(&asked);
}

static void ask(void)
{
	unsigned int i;

	lockdep_assert_held(&recall_lock);
	on_each_cpu_mask(&asked, give_up_all, NULL, true);
	for (i = 0; i < request.nr; i++) {
		ac_magazine_retire(request.cache[i],
				   xchg(&request.cache[i]->recalled, NULL));
		cond_resched();
	}
}

static bool has_any(const struct arena_cache *c, int i)
{
	return has_magazine(per_cpu_ptr(c->cpu, i)) || ac_defer_has(c, i);
}

/*
 * Asks for those of @caches that can have magazines, up to AC_RECALL_CACHES. Returns how
 * many of @caches it has looked at.
 */
static unsigned int fill_request(struct arena_cache **caches, unsigned int nr,
				 bool unneeded)
{
	unsigned int i;

	lockdep_assert_held(&recall_lock);
	request.unneeded = unneeded;
	request.nr = 0;
	for (i = 0; i < nr && request.nr < AC_RECALL_CACHES; i++)
		if ((!caches[i]->large && ac_cpus_are_open(caches[i])) ||
		    ac_cpus_are(&caches[i]->deferred))
			request.cache[request.nr++] = caches[i];
	return i;
}

/**
 * ac_recall_cpus - have CPUs give up all their magazines
 * @caches: of these caches, none of which is freed meanwhile
 * @nr: how many they are
 * @node: NUMA node whose CPUs are asked, or %NUMA_NO_NODE for all
 *
 * A CPU that is inside its magazines each time that it is asked keeps them.
 *
 * Context: process context; may sleep.
 */
void ac_recall_cpus(struct arena_cache **caches, unsigned int nr, int node)
{
	unsigned int n, times;

	mutex_lock(&recall_lock);
	for (; nr; nr -= n, caches += n) {
		n = fill_request(caches, nr, false);
		for (times = 0; times < AC_RECALL_TIMES; times++) {
			if (!choose(node, has_any))
				break;
			ask();
		}
	}
	mutex_unlock(&recall_lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_recall_cpus);

/* Where tests let something happen. */
void ac_recall_between(struct arena_cache *c)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_recall_between, c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_recall_between);

/**
 * ac_recall_all - return every cached block to its pool
 * @caches: of these caches, none of which is freed meanwhile
 * @nr: how many they are
 *
 * Except what is in use at the time: see ac_recall_cpus(), ac_depot_drain().
 *
 * Context: process context; may sleep.
 */
void ac_recall_all(struct arena_cache **caches, unsigned int nr)
{
	unsigned int i;

	ac_recall_cpus(caches, nr, NUMA_NO_NODE);
	for (i = 0; i < nr; i++) {
		ac_recall_between(caches[i]);
		ac_depot_drain(caches[i], NUMA_NO_NODE, ULONG_MAX);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_recall_all);

static bool is_surplus(const struct arena_cache *c, int i)
{
	return ac_cpus_may_disturb(i) &&
	       (ac_defer_is_idle(c, i) ||
		(has_magazine(per_cpu_ptr(c->cpu, i)) &&
		 is_too_much(rounds_of(c, i), ops_of(c, i))));
}

/* For the next look. Returns whether a CPU that may be disturbed has a magazine. */
static bool note_ops(struct arena_cache *c)
{
	bool left = false;
	int i;

	lockdep_assert_held(&recall_lock);
	if (!c->seen)
		c->seen = kcalloc(nr_cpu_ids, sizeof(*c->seen),
				  GFP_NOWAIT | __GFP_NOWARN);
	for_each_online_cpu(i) {
		if (!ac_cpus_may_disturb(i))
			continue;
		left |= has_any(c, i);
		if (c->seen)
			c->seen[i] = ac_peek(per_cpu_ptr(c->cpu, i)->seq);
		ac_defer_note(c, i);
	}
	return left;
}

/* Looks at as many of @caches as one request has room for. Returns how many. */
static unsigned int recall_some(struct arena_cache **caches, unsigned int nr,
				bool *left)
{
	unsigned int n, i;

	mutex_lock(&recall_lock);
	n = fill_request(caches, nr, true);
	if (choose(NUMA_NO_NODE, is_surplus))
		ask();
	for (i = 0; i < request.nr; i++)
		*left |= note_ops(request.cache[i]);
	mutex_unlock(&recall_lock);
	return n;
}

/**
 * ac_recall_unneeded - return blocks that nobody needed since the last call
 * @caches: of these caches, none of which is freed meanwhile
 * @nr: how many they are
 *
 * Depots come first: a magazine that leaves a depot is then seen with its CPU, and a CPU
 * that has left one in a depot has others. So none is forgotten in between.
 *
 * Context: process context; may sleep.
 * Return: whether calling it again later may return more.
 */
bool ac_recall_unneeded(struct arena_cache **caches, unsigned int nr)
{
	bool left = false;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		left |= ac_depot_decay(caches[i]);
		ac_recall_between(caches[i]);
	}
	for (i = 0; i < nr; )
		i += recall_some(caches + i, nr - i, &left);
	return left;
}
EXPORT_SYMBOL_IF_KUNIT(ac_recall_unneeded);

/**
 * ac_recall_pages - pages that magazines of a node's CPUs may pin
 * @c: the cache
 * @node: NUMA node
 *
 * Return: the number of blocks, as if each were alone in a page; at most the pages that
 *	the cache has there.
 */
unsigned long ac_recall_pages(struct arena_cache *c, int node)
{
	unsigned long n = 0;
	int i;

	if (c->large || !ac_cpus_are_open(c))
		return 0;
	for_each_online_cpu(i)
		if (ac_group_serves(ac_group_of(i), node))
			n += rounds_of(c, i);
	return min(n, ac_peek(c->nr_pools[node]));
}
