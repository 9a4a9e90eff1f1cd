// SPDX-License-Identifier: GPL-2.0
/*
 * Bad frees
 *
 * What is no block of theirs is freed to two caches: blocks of others that live or
 * lived once, addresses inside them, memory of others, and what is no address at
 * all, while the arenas that some of it lies in come and go. Nobody ever allocates
 * from these caches, because one without debugging takes pointers on trust until a
 * magazine is flushed, and may hand them out before. When all is flushed, each of
 * them must have been refused, and counted once.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "torture.h"

#define NR_KNOWN	256
#define FOREIGN_SIZE	300

/* One of so many blocks is remembered, one of so many steps is a bad one. */
#define ODDS_KNOW	8
#define ODDS_BAD	64
#define ODDS_BAD_BULK	512

static bool badfrees = true;
module_param(badfrees, bool, 0644);
MODULE_PARM_DESC(badfrees, "free what is no block (default yes)");

static struct arena_cache *plain, *debug;
static void *known[NR_KNOWN];
static char *of_slab, *of_vmalloc;
static char of_module[FOREIGN_SIZE];

/**
 * ac_torture_know - perhaps remember a block, which will be freed wrongly
 * @a: who
 * @p: a block that was just allocated, or is about to be freed
 *
 * Context: any but NMI.
 */
void ac_torture_know(struct ac_torture_actor *a, void *p)
{
	if (!ac_torture_random(a, ODDS_KNOW))
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
 * @a: who
 *
 * Context: any but NMI.
 */
void ac_torture_free_badly(struct ac_torture_actor *a)
{
	if (!READ_ONCE(badfrees))
		return;
	if (!ac_torture_random(a, ODDS_BAD))
		free_one(a);
	if (!ac_torture_random(a, ODDS_BAD_BULK))
		free_many(a);
}

int ac_torture_badfree_create(void)
{
	plain = arena_cache_create("torture-bad", 256, 0, 0, NULL);
	debug = arena_cache_create("torture-bad-debug", 64, 0,
				   ARENA_CACHE_DEBUG, NULL);
	of_slab = kzalloc(FOREIGN_SIZE, GFP_KERNEL);
	of_vmalloc = vzalloc(FOREIGN_SIZE);
	if (plain && debug && of_slab && of_vmalloc)
		return 0;
	ac_torture_badfree_destroy();
	return -ENOMEM;
}

void ac_torture_badfree_destroy(void)
{
	arena_cache_destroy(plain);
	arena_cache_destroy(debug);
	kfree(of_slab);
	vfree(of_vmalloc);
}
