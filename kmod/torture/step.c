// SPDX-License-Identifier: GPL-2.0
/*
 * What an actor does
 */
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include <linux/arena_cache.h>

#include "actor.h"
#include "badfree.h"
#include "caches.h"
#include "faults.h"
#include "refs.h"
#include "slots.h"
#include "step.h"

/* Of so many steps of a thread one is the rare one. */
#define ODDS_MIGRATE	4096
#define ODDS_CACHE	16384
#define ODDS_SHRINK	65536
#define ODDS_PAGES	1024

/* Seconds from one famine to the next, at most. */
#define FAMINE_SECONDS	20

/*
 * Pages that a famine takes at a time: as many as an arena has. Of the last quarter
 * of memory half goes back, in smaller runs, to keep the OOM killer away.
 */
#define FAMINE_ORDER	6
#define FAMINE_LITTLE	4
#define FAMINE_STEPS	10000

DEFINE_SWITCH(align);
MODULE_PARM_DESC(align, "look at how blocks are aligned (switch; 0 or 1; 1; writable)");

DEFINE_SWITCH(famines);
MODULE_PARM_DESC(famines, "take all arenas away now and then (switch; 0 or 1; 1; writable)");

static struct ac_torture_slot *any_slot(struct ac_torture_actor *a,
					struct ac_torture_kind *kind)
{
	return &kind->slot[ac_torture_random(a, AC_TORTURE_SLOTS)];
}

static int any_node(struct ac_torture_actor *a)
{
	return (int)ac_torture_random(a, nr_node_ids + 1) - 1;
}

/* Most are small. */
static size_t any_size(struct ac_torture_actor *a,
		       const struct ac_torture_kind *kind)
{
	if (!kind->by_size)
		return kind->size;
	return 1 + ac_torture_random(a, ac_torture_one_of(a, 4) ? kind->size : 100);
}

/* To the largest power of two that divides its size, or what was asked for. */
static void check_align(const struct ac_torture_kind *kind,
			const struct ac_torture_block *b)
{
	size_t size = kind->by_size ? ALIGN(b->size, ARENA_CACHE_STEP) : b->size;
	size_t want = min_t(size_t, size & -size, PAGE_SIZE);

	want = max3(want, (size_t)kind->align, (size_t)ARENA_CACHE_STEP);
	if (!IS_ALIGNED((unsigned long)b->p, want))
		ac_torture_error(AC_TORTURE_ALIGN, "a block is not aligned",
				 b->p);
}

/* A block that was just allocated, before anything is written to it. */
static void inspect(const struct ac_torture_kind *kind,
		    const struct ac_torture_block *b, gfp_t gfp)
{
	if (READ_ONCE(do_align))
		check_align(kind, b);
	if ((gfp & __GFP_ZERO || kind->constructed) &&
	    memchr_inv(b->p, 0, b->size))
		ac_torture_error(AC_TORTURE_BYTES, "a block is not clean",
				 b->p);
}

/* Stands for the cache of a block. The last kind, by size, has one for each class. */
static u16 owner_of(const struct ac_torture_kind *kind,
		    const struct ac_torture_block *b)
{
	u16 owner = kind - ac_torture_kind_at(0);

	if (kind->by_size)
		owner += DIV_ROUND_UP(b->size, ARENA_CACHE_STEP);
	return owner;
}

/* A new block: all checks see it. */
static void welcome(struct ac_torture_actor *a,
		    const struct ac_torture_kind *kind,
		    struct ac_torture_block *b, gfp_t gfp)
{
	inspect(kind, b, gfp);
	ac_torture_refer(a, b->p, owner_of(kind, b));
	ac_torture_know(a, b->p);
	ac_torture_sign(a, b);
}

static void *allocate(struct ac_torture_actor *a, struct ac_torture_kind *kind,
		      size_t size, gfp_t gfp)
{
	if (kind->by_size)
		return arena_alloc(size, gfp);
	if (ac_torture_one_of(a, 8))
		return arena_cache_alloc_node(kind->cache, gfp, any_node(a));
	return arena_cache_alloc(kind->cache, gfp);
}

static bool obtain(struct ac_torture_actor *a, struct ac_torture_kind *kind,
		   gfp_t gfp, struct ac_torture_block *b)
{
	if (ac_torture_one_of(a, 8) && !kind->constructed)
		gfp |= __GFP_ZERO;
	b->size = any_size(a, kind);
	b->p = allocate(a, kind, b->size, gfp);
	if (!b->p) {
		a->failed++;
		return false;
	}
	a->operations++;
	welcome(a, kind, b, gfp);
	return true;
}

/* Frees what was in a slot, if anything. */
void ac_torture_release(struct ac_torture_actor *a,
			struct ac_torture_kind *kind,
			struct ac_torture_block *b)
{
	if (!b->p)
		return;
	ac_torture_check(kind, b);
	ac_torture_know(a, b->p);
	if (kind->by_size)
		arena_free(b->p);
	else
		arena_cache_free(kind->cache, b->p);
	a->operations++;
}

/* A new block for that in a slot. */
static void trade(struct ac_torture_actor *a, struct ac_torture_kind *kind,
		  gfp_t gfp)
{
	struct ac_torture_block b;

	if (!obtain(a, kind, gfp, &b))
		return;
	/* If another actor has the slot, the new block is released. */
	ac_torture_swap(any_slot(a, kind), &b);
	ac_torture_release(a, kind, &b);
}

static void drop(struct ac_torture_actor *a, struct ac_torture_kind *kind)
{
	struct ac_torture_block b = {};

	if (ac_torture_swap(any_slot(a, kind), &b))
		ac_torture_release(a, kind, &b);
}

static void resize(struct ac_torture_actor *a, struct ac_torture_kind *kind,
		   gfp_t gfp)
{
	size_t size = any_size(a, kind), kept;
	struct ac_torture_block b = {};
	void *p;

	if (!ac_torture_swap(any_slot(a, kind), &b) || !b.p)
		return;
	kept = min(size, b.size);
	p = arena_realloc(b.p, size, gfp);
	if (p) {
		b = (struct ac_torture_block){ p, kept, b.cookie };
		ac_torture_check(kind, &b);
		b.size = size;
		ac_torture_sign(a, &b);
		a->operations += 2;
	} else {
		a->failed++;
	}
	if (!ac_torture_swap(any_slot(a, kind), &b) || b.p)
		ac_torture_release(a, kind, &b);
}

/* Half of the blocks of a bulk call go to slots, in exchange for what was there. */
static void trade_bulk(struct ac_torture_actor *a, struct ac_torture_kind *kind,
		       gfp_t gfp)
{
	unsigned int i, nr = 1 + ac_torture_random(a, AC_TORTURE_BULK);
	struct ac_torture_block b;

	if (!arena_cache_alloc_bulk(kind->cache, gfp, nr, a->bulk)) {
		a->failed++;
		return;
	}
	for (i = 0; i < nr; i++) {
		b = (struct ac_torture_block){ a->bulk[i], kind->size };
		welcome(a, kind, &b, gfp);
		if (i % 2)
			ac_torture_swap(any_slot(a, kind), &b);
		if (b.p)
			ac_torture_check(kind, &b);
		a->bulk[i] = b.p;
		a->operations += 1 + !!b.p;
	}
	arena_cache_free_bulk(kind->cache, nr, a->bulk);
}

/* Live blocks rise and fall: of eight steps, one to seven free. */
static u32 ebb(void)
{
	return jiffies / HZ % 7 + 1;
}

/**
 * ac_torture_step - allocate and free
 * @a: the actor
 * @gfp: what fits the context
 *
 * Context: any but NMI.
 */
void ac_torture_step(struct ac_torture_actor *a, gfp_t gfp)
{
	struct ac_torture_kind *kind = ac_torture_any_kind(a);

	ac_torture_drop_reference(a);
	ac_torture_free_badly(a);
	if (ac_torture_random(a, 8) < ebb())
		drop(a, kind);
	else if (kind->by_size && ac_torture_one_of(a, 4))
		resize(a, kind, gfp);
	else if (!kind->by_size && ac_torture_one_of(a, 32))
		trade_bulk(a, kind, gfp);
	else
		trade(a, kind, gfp);
}

static void migrate(struct ac_torture_actor *a)
{
	unsigned int cpu = ac_torture_random(a, nr_cpu_ids);

	/* It fails for a CPU that is offline. */
	if (cpu_possible(cpu))
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
}

static void shrink(struct ac_torture_actor *a)
{
	struct ac_torture_kind *kind = ac_torture_any_kind(a);

	if (!kind->by_size)
		arena_cache_shrink(kind->cache);
}

/* Half of the pages go back, in runs of eight: orders below an arena can be had. */
static void perforate(struct page *page, struct list_head *singles)
{
	unsigned int i;

	split_page(page, FAMINE_ORDER);
	for (i = 0; i < 1 << FAMINE_ORDER; i++)
		if (i & 8)
			__free_page(page + i);
		else
			list_add(&page[i].lru, singles);
}

static bool is_little_left(void)
{
	return global_zone_page_state(NR_FREE_PAGES) <
	       totalram_pages() / FAMINE_LITTLE;
}

static void take_pages(struct list_head *taken, struct list_head *singles)
{
	struct page *page;

	for (;;) {
		page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN,
				   FAMINE_ORDER);
		if (!page)
			return;
		ac_torture_check_pages(page, 1 << FAMINE_ORDER);
		if (is_little_left())
			perforate(page, singles);
		else
			list_add(&page->lru, taken);
		cond_resched();
	}
}

static void give_pages(struct list_head *pages, unsigned int order)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		__free_pages(page, order);
		cond_resched();
	}
}

/* For a moment no arena can be had. */
static void famine(struct ac_torture_actor *a)
{
	LIST_HEAD(taken);
	LIST_HEAD(singles);
	unsigned int i;

	take_pages(&taken, &singles);
	for (i = 0; i < FAMINE_STEPS; i++)
		ac_torture_step(a, GFP_NOWAIT | __GFP_NOWARN);
	give_pages(&taken, FAMINE_ORDER);
	give_pages(&singles, 0);
}

static void do_something_rare(struct ac_torture_actor *a)
{
	if (ac_torture_one_of(a, ODDS_MIGRATE))
		migrate(a);
	if (ac_torture_one_of(a, ODDS_CACHE))
		ac_torture_use_new_cache(a);
	if (ac_torture_one_of(a, ODDS_SHRINK))
		shrink(a);
	ac_torture_move_tides(a);
	if (ac_torture_one_of(a, ODDS_PAGES))
		ac_torture_take_pages(a);
	if (time_before(jiffies, a->famine))
		return;
	if (READ_ONCE(do_famines))
		famine(a);
	a->famine = jiffies + ac_torture_random(a, FAMINE_SECONDS * HZ);
}

/**
 * ac_torture_step_of_thread - the same, in all contexts that a thread can make
 * @a: the actor
 *
 * Context: process context; may sleep.
 */
void ac_torture_step_of_thread(struct ac_torture_actor *a)
{
	unsigned long flags;

	switch (ac_torture_random(a, 8)) {
	case 0:
		local_irq_save(flags);
		ac_torture_step(a, GFP_ATOMIC | __GFP_NOWARN);
		local_irq_restore(flags);
		break;
	case 1:
		local_bh_disable();
		ac_torture_step(a, GFP_ATOMIC | __GFP_NOWARN);
		local_bh_enable();
		break;
	case 2:
		preempt_disable();
		ac_torture_step(a, GFP_NOWAIT | __GFP_NOWARN);
		preempt_enable();
		break;
	default:
		ac_torture_step(a, GFP_KERNEL | __GFP_NOWARN);
	}
	do_something_rare(a);
}
