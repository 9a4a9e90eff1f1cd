// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the per-CPU part of caches
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/sched/isolation.h>
#include <linux/sched/mm.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>

#include "cpus.h"
#include "kunit_export.h"
#include "owner.h"

void *const ac_null_magazine[AC_NULL_WORDS] __aligned(ARENA_CACHE_MAGAZINE);
EXPORT_SYMBOL_IF_KUNIT(ac_null_magazine);

struct arena_cache_cpu __percpu *arena_cache_class_cpus;
EXPORT_SYMBOL_GPL(arena_cache_class_cpus);

/* Serializes the opening of caches; interrupts off; nothing nests inside. */
static DEFINE_RAW_SPINLOCK(cpus_lock);

/* What each CPU did in caches that are gone. */
static DEFINE_PER_CPU(struct ac_cpu_counts, past);
/* A cache's counts move to @past; the lock of owner.c's xarray nests inside. */
static DEFINE_SEQLOCK(past_lock);

static void empty_cpus(struct arena_cache_cpu __percpu *cpus)
{
	int i;

	for_each_possible_cpu(i) {
		per_cpu_ptr(cpus, i)->top = ac_cpus_null_top();
		per_cpu_ptr(cpus, i)->prev = ac_cpus_null_top();
	}
}

/* A CPU that was promised quiet (nohz_full, isolated) is asked for nothing but memory. */
bool ac_cpus_may_disturb(int i)
{
	return housekeeping_test_cpu(i, HK_TYPE_TICK) &&
	       housekeeping_test_cpu(i, HK_TYPE_DOMAIN);
}

/* With @entry 0 the cache is closed. */
void ac_cpus_create(struct arena_cache *c, unsigned int entry)
{
	c->cpu = arena_cache_class_cpus + entry;
	c->deferred = arena_cache_class_cpus;
	if (entry)
		empty_cpus(c->cpu);
}

/*
 * The gfp for the parts that a cache can do without. The per-CPU allocator allocates
 * under a mutex, which callers that may wait take: a task that reclaims memory must not.
 */
gfp_t ac_cpus_effort(gfp_t gfp)
{
	const bool waits = in_task() && !(current->flags & PF_MEMALLOC) &&
			   (current_gfp_context(gfp) & GFP_KERNEL) == GFP_KERNEL;

	return (waits ? GFP_KERNEL | __GFP_NORETRY : GFP_NOWAIT) | __GFP_NOWARN;
}

/* Not static, so that tests can replace it. */
struct arena_cache_cpu __percpu *ac_cpus_new(gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_cpus_new, gfp);
	return alloc_percpu_gfp(struct arena_cache_cpu, gfp);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cpus_new);

/**
 * ac_cpus_open - give a closed cache its per-CPU part
 * @slot: &c->cpu, or &c->deferred
 * @gfp: what may be done for it; see ac_cpus_effort()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: whether it is open.
 */
bool ac_cpus_open(struct arena_cache_cpu __percpu **slot, gfp_t gfp)
{
	struct arena_cache_cpu __percpu *cpus = ac_cpus_new(gfp);
	unsigned long flags;

	if (!cpus)
		return ac_cpus_are(slot);
	empty_cpus(cpus);
	raw_spin_lock_irqsave(&cpus_lock, flags);
	if (*slot == arena_cache_class_cpus) {
		/* Pairs with ac_cpus_are(). */
		smp_store_release(slot, cpus);
		cpus = NULL;
	}
	raw_spin_unlock_irqrestore(&cpus_lock, flags);
	free_percpu(cpus);
	return true;
}

void ac_cpus_destroy(struct arena_cache *c)
{
	if (ac_cpus_are_open(c) && !c->by_size)
		free_percpu(c->cpu);
	if (ac_cpus_are(&c->deferred))
		free_percpu(c->deferred);
}

static void add_counts(struct ac_cpu_counts *sum, const struct arena_cache *c,
		       int i)
{
	const struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, i);

	sum->operations += ac_peek(cpu->seq) / 2;
	sum->misses += ac_peek(cpu->misses);
	sum->swaps += ac_peek(cpu->swaps);
	sum->gets += ac_peek(cpu->gets);
	sum->puts += ac_peek(cpu->puts);
	sum->refills += ac_peek(cpu->refills);
	sum->flushes += ac_peek(cpu->flushes);
}

/**
 * ac_cpus_forget - make a cache unknown, and keep what CPUs did in it
 * @c: the cache; nobody allocates from it any more
 *
 * A free that ends just now may be missing.
 *
 * Context: process context.
 */
void ac_cpus_forget(struct arena_cache *c)
{
	int i;

	write_seqlock(&past_lock);
	if (c->id && ac_cpus_are_open(c))
		for_each_possible_cpu(i)
			add_counts(per_cpu_ptr(&past, i), c, i);
	ac_owner_forget(c);
	write_sequnlock(&past_lock);
}

struct counting {
	struct ac_cpu_counts sum;
	int cpu;
};

static void count_cache(struct arena_cache *c, void *arg)
{
	struct counting *counting = arg;

	if (ac_cpus_are_open(c))
		add_counts(&counting->sum, c, counting->cpu);
}

/**
 * ac_cpus_counts - what a CPU did in all caches, those that are gone included
 * @cpu: number of the CPU
 *
 * Context: process context; may sleep.
 * Return: the sums; none ever falls.
 */
struct ac_cpu_counts ac_cpus_counts(int cpu)
{
	struct counting counting = { .cpu = cpu };
	unsigned int seq;

	do {
		seq = read_seqbegin(&past_lock);
		counting.sum = *per_cpu_ptr(&past, cpu);
		ac_owner_visit(count_cache, &counting);
	} while (read_seqretry(&past_lock, seq));
	return counting.sum;
}
EXPORT_SYMBOL_IF_KUNIT(ac_cpus_counts);

/**
 * ac_cpus_count - count blocks of a cache that are in no arena
 * @c: the cache
 * @n: how many more there are
 *
 * Context: any.
 */
void ac_cpus_count(struct arena_cache *c, long n)
{
	if (likely(ac_cpus_are_open(c)))
		ac_count(&c->cpu->outside, n);
	else
		atomic_long_add(n, &c->outside);
}

/* Blocks of a cache that are in no arena. Exact once the cache's users rest. */
long ac_cpus_outside(const struct arena_cache *c)
{
	long sum = atomic_long_read(&c->outside);
	int cpu;

	if (!ac_cpus_are_open(c))
		return sum;
	for_each_possible_cpu(cpu)
		sum += ac_peek(per_cpu_ptr(c->cpu, cpu)->outside);
	return sum;
}

int ac_cpus_init(void)
{
	struct arena_cache_cpu __percpu *cpus;

	cpus = __alloc_percpu((ARENA_CACHE_CLASSES + 1) * sizeof(*cpus),
			      __alignof__(*cpus));
	if (!cpus)
		return -ENOMEM;
	empty_cpus(cpus);
	arena_cache_class_cpus = cpus;
	return 0;
}

void ac_cpus_exit(void)
{
	free_percpu(arena_cache_class_cpus);
}
