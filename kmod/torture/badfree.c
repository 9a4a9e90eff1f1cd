// SPDX-License-Identifier: GPL-2.0
/*
 * Bad frees
 *
 * Two caches are given what is none of their blocks: live and freed blocks of other
 * caches, addresses inside them, memory of other allocators, and what is no address at
 * all, while the arenas that some of it lies in come and go. No actor allocates from
 * these caches: one without debugging takes pointers on trust until a magazine is
 * flushed, and may hand them out before. When all is flushed, each pointer must have
 * been refused, and counted once.
 *
 * Arenas whose blocks are spread over all actors hardly ever go. So now and then a
 * third cache allocates some MB of blocks and frees them all at once, while other
 * actors free the same blocks again.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/task_stack.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <linux/arena_cache.h>

#include "actor.h"
#include "badfree.h"

#define NR_KNOWN	256
#define FOREIGN_SIZE	300

/* One of so many blocks is remembered, one of so many steps is a bad one. */
#define ODDS_KNOW	8
#define ODDS_BAD	64
#define ODDS_BAD_BULK	512

/* The same for steps of threads. */
#define ODDS_TIDE	8192
#define ODDS_BURST	8192

/* Blocks of a tide: some 16 arenas. Bulk calls of a burst. */
#define TIDE		8192
#define TIDE_SIZE	512
#define BURST		64

DEFINE_SWITCH(badfrees);
MODULE_PARM_DESC(badfrees, "free what is no block (switch; 0 or 1; 1; writable)");

static struct arena_cache *plain, *debug, *tides;
static void *known[NR_KNOWN];
static void *of_tide;
static char *of_slab, *of_vmalloc;
static char of_module[FOREIGN_SIZE];

/**
 * ac_torture_know - perhaps remember a block, which will be freed wrongly
 * @a: the actor
 * @p: a block that was just allocated, or is about to be freed
 *
 * Context: any but NMI.
 */
void ac_torture_know(struct ac_torture_actor *a, void *p)
{
	if (ac_torture_one_of(a, ODDS_KNOW))
		WRITE_ONCE(known[ac_torture_random(a, NR_KNOWN)], p);
}

static void *any_known(struct ac_torture_actor *a)
{
	return READ_ONCE(known[ac_torture_random(a, NR_KNOWN)]);
}

static void *any_number(struct ac_torture_actor *a)
{
	switch (ac_torture_random(a, 4)) {
	case 0:
		return (void *)(unsigned long)ac_torture_random(a, 64);
	case 1:
		return (void *)(unsigned long)ac_torture_random(a, PAGE_SIZE);
	case 2:
		return ERR_PTR(-1L - ac_torture_random(a, MAX_ERRNO));
	default:
		return (void *)((unsigned long)prandom_u32_state(&a->rnd) << 32 |
				prandom_u32_state(&a->rnd));
	}
}

/* May be NULL by chance, which is not bad. */
static void *any_bad(struct ac_torture_actor *a)
{
	unsigned int inside = 1 + ac_torture_random(a, FOREIGN_SIZE - 1);

	switch (ac_torture_random(a, 8)) {
	case 0:
		return of_slab + inside;
	case 1:
		return of_vmalloc + inside;
	case 2:
		return of_module + inside;
	case 3:
		return task_stack_page(current) + inside;
	case 4:
		return any_number(a);
	case 5:
		return any_known(a) + inside;
	default:
		return any_known(a);
	}
}

static struct arena_cache *any_cache(struct ac_torture_actor *a)
{
	return ac_torture_random(a, 8) ? plain : debug;
}

static void free_one(struct ac_torture_actor *a)
{
	void *p = any_bad(a);

	a->bad_frees += !!p;
	arena_cache_free(any_cache(a), p);
}

static void free_many(struct ac_torture_actor *a)
{
	unsigned int i, nr = 1 + ac_torture_random(a, AC_TORTURE_BULK);

	for (i = 0; i < nr; i++) {
		a->bulk[i] = ac_torture_random(a, 8) ? any_bad(a) : NULL;
		a->bad_frees += !!a->bulk[i];
	}
	arena_cache_free_bulk(any_cache(a), nr, a->bulk);
}

/**
 * ac_torture_free_badly - perhaps free what is no block
 * @a: the actor
 *
 * Context: any but NMI.
 */
void ac_torture_free_badly(struct ac_torture_actor *a)
{
	if (!READ_ONCE(do_badfrees))
		return;
	if (ac_torture_one_of(a, ODDS_BAD))
		free_one(a);
	if (ac_torture_one_of(a, ODDS_BAD_BULK))
		free_many(a);
}

/* Each block has the address of the one before. */
static void *rise(struct ac_torture_actor *a)
{
	void *last = NULL, **block;
	unsigned int i;

	for (i = 0; i < TIDE; i++) {
		block = arena_cache_alloc(tides, GFP_KERNEL | __GFP_NORETRY |
						 __GFP_NOWARN);
		if (!block)
			break;
		*block = last;
		last = block;
		if (i == TIDE / 2)
			WRITE_ONCE(of_tide, block);
	}
	a->operations += 2 * i;
	return last;
}

static void fall(struct ac_torture_actor *a, void **block)
{
	unsigned int n;

	while (block) {
		for (n = 0; block && n < AC_TORTURE_BULK; n++) {
			a->bulk[n] = block;
			block = *block;
		}
		arena_cache_free_bulk(tides, n, a->bulk);
		cond_resched();
	}
}

/* Pointers into one block, whose arena may go between two of them. */
static void burst(struct ac_torture_actor *a)
{
	unsigned int i, k;
	void *p;

	for (i = 0; i < BURST; i++) {
		p = READ_ONCE(of_tide);
		if (!p)
			return;
		for (k = 0; k < AC_TORTURE_BULK; k++)
			a->bulk[k] = p + k % 16;
		a->bad_frees += AC_TORTURE_BULK;
		arena_cache_free_bulk(plain, AC_TORTURE_BULK, a->bulk);
		cond_resched();
	}
}

/**
 * ac_torture_move_tides - perhaps make arenas come and go, or free into them
 * @a: the actor
 *
 * Context: process context; may sleep.
 */
void ac_torture_move_tides(struct ac_torture_actor *a)
{
	if (!READ_ONCE(do_badfrees))
		return;
	if (ac_torture_one_of(a, ODDS_TIDE))
		fall(a, rise(a));
	if (ac_torture_one_of(a, ODDS_BURST))
		burst(a);
}

int ac_torture_badfree_create(void)
{
	plain = arena_cache_create("torture-bad", 256, 0, 0, NULL);
	debug = arena_cache_create("torture-bad-debug", 64, 0,
				   ARENA_CACHE_DEBUG, NULL);
	tides = arena_cache_create("torture-tide", TIDE_SIZE, 0, 0, NULL);
	of_slab = kzalloc(FOREIGN_SIZE, GFP_KERNEL);
	of_vmalloc = vzalloc(FOREIGN_SIZE);
	if (plain && debug && tides && of_slab && of_vmalloc)
		return 0;
	ac_torture_badfree_destroy();
	return -ENOMEM;
}

void ac_torture_badfree_destroy(void)
{
	arena_cache_destroy(plain);
	arena_cache_destroy(debug);
	arena_cache_destroy(tides);
	kfree(of_slab);
	vfree(of_vmalloc);
}
