/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An actor: one that allocates and frees at random
 *
 * The module is a client like any other: it sees nothing but the public header.
 *
 * *Actors* allocate and free at random, on the same caches and all at the same time:
 * threads that wander from CPU to CPU, and for each thread a timer in hard-irq and one in
 * softirq context. Blocks lie in *slots*, from which any actor may take them: most are
 * freed by another actor than the one that allocated them, on another CPU, in another
 * context.
 *
 * Every block is full of its *cookie*, which no other block ever had, and the slot keeps a
 * copy. Two owners of one block find each other out, and so does a block that anything
 * but its owner writes to.
 *
 * A *kind* is a cache, or arena_alloc(). When all actors rest, the slots say how many
 * blocks of each kind live; a script compares that with what the allocator says in debugfs.
 *
 * Besides, actors refer to pages of blocks, free what is no block, and create and destroy
 * caches. Each of these disturbances has a file, and a parameter of the module that
 * switches it off, also while it works.
 *
 * step.c	what an actor does
 * slots.c	kinds, slots, cookies
 * refs.c	references to the pages of blocks
 * badfree.c	frees of what is no block
 * caches.c	caches that come and go
 * fragment.c	memory in small pieces
 * faults.c	what must not be, counted
 * main.c	threads, timers, debugfs
 *
 * Locks: torture_lock (main.c) is held for a run. A slot's lock is a bit that is tried,
 * never waited for: an interrupt may come in between. fragment_lock (fragment.c) is taken
 * alone.
 */
#ifndef _AC_TORTURE_ACTOR_H
#define _AC_TORTURE_ACTOR_H

#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/types.h>

#define AC_TORTURE_BULK		70

/* A parameter of the module that switches a disturbance off: do_@key. */
#define DEFINE_SWITCH(key)						\
static bool do_##key = true;						\
module_param_named(key, do_##key, bool, 0644)

/**
 * struct ac_torture_actor - one that allocates and frees
 * @rnd: its dice
 * @cookie: the last one that it gave
 * @operations: blocks allocated, and blocks freed
 * @failed: allocations that failed
 * @bad_frees: what it freed that was no block
 * @famine: jiffies at which it takes all arenas away, if ever
 * @bulk: room for a bulk call
 */
struct ac_torture_actor {
	struct rnd_state rnd;
	u64 cookie;
	u64 operations;
	u64 failed;
	u64 bad_frees;
	unsigned long famine;
	void *bulk[AC_TORTURE_BULK];
};

static inline u32 ac_torture_random(struct ac_torture_actor *a, u32 below)
{
	return reciprocal_scale(prandom_u32_state(&a->rnd), below);
}

static inline bool ac_torture_one_of(struct ac_torture_actor *a, u32 n)
{
	return !ac_torture_random(a, n);
}

#endif /* _AC_TORTURE_ACTOR_H */
