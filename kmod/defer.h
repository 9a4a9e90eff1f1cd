/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - frees that wait for a grace period
 *
 * Owns blocks that were freed by arena_cache_free_rcu() or arena_free_rcu(), until every
 * reader under RCU that may see them is gone. Nothing is written to a block meanwhile, so
 * magazines hold their addresses. Whole magazines wait:
 *
 *	filling (a CPU has it)
 *	  -> next (its group of CPUs has it; other magazines of the group wait)
 *	  -> waiting (since then no new reader can find its blocks)
 *	  -> ripe (a work has it; the grace period is over)
 *	  -> a full magazine of a depot, as it is, or its blocks are freed one by one
 *
 * A group asks for one grace period at a time, and asks for the next when it is over.
 *
 * A cache has a part of its own from its first use on (c->defer, c->deferred). What it
 * cannot serve goes with its cache, as two words, to a part that all caches share: blocks
 * of an interrupt of an operation on the cache's part, blocks for which there is no
 * memory, memory of kmalloc(). The shared part has spare magazines. If these are used up,
 * too, a caller that can waits for a grace period itself. For one that cannot, the block is
 * lost: it stays taken, and is counted (rcu_lost).
 *
 * Of struct arena_cache_cpu a CPU's part uses @seq and @top as magazines do, @puts for
 * magazines that left the CPU, and @misses for the @seq of the timer's last look.
 *
 * Invariants:
 *	nr == blocks of next + waiting + ripe
 *	busy == a grace period or a work is pending  <=>  waiting is not empty, or a work runs
 *	ac_defer_nr() == blocks freed so, and neither free, cached nor in quarantine
 *
 * Lock: ac_defer_group.lock, see below. A CPU's part belongs to the code that made its seq
 * odd, with preemption off; a dead CPU's to the CPU hotplug callback.
 */
#ifndef AC_DEFER_H
#define AC_DEFER_H

#include <linux/workqueue.h>

#include "cpus.h"
#include "depot.h"

struct ac_defer;

/**
 * struct ac_defer_group - magazines that a group of CPUs has filled
 * @lock: protects all below but @nr; interrupts off. Inside a CPU's odd seq; nothing nests
 *	inside
 * @busy: a grace period or a work is pending
 * @next: filled since the grace period began
 * @waiting: for the grace period
 * @nr: blocks in all of them
 * @work: runs after the grace period
 * @defer: the part that it belongs to
 */
struct ac_defer_group {
	raw_spinlock_t lock;
	bool busy;
	struct ac_magazine *next;
	struct ac_magazine *waiting;
	atomic_long_t nr;
	struct rcu_work work;
	struct ac_defer *defer;
} ____cacheline_aligned_in_smp;

/**
 * struct ac_defer - what groups of CPUs have of a cache, or of all
 * @cache: the cache, or NULL: each block follows its cache, or NULL if it is kmalloc()'s
 * @group: for each of ac_groups
 */
struct ac_defer {
	struct arena_cache *cache;
	struct ac_defer_group group[];
};

void ac_defer_free(struct arena_cache *c, void *p);
void ac_defer_free_shared(struct arena_cache *c, void *p);
long ac_defer_nr(const struct arena_cache *c);
long ac_defer_nr_shared(void);
bool ac_defer_has(const struct arena_cache *c, int i);
bool ac_defer_is_idle(const struct arena_cache *c, int i);
void ac_defer_note(const struct arena_cache *c, int i);
void ac_defer_give_up(struct arena_cache *c);
void ac_defer_flush_dead(struct arena_cache *c, int cpu);
void ac_defer_wait(struct arena_cache *c);
bool ac_defer_tend(void);
int ac_defer_init(void (*free_one)(struct arena_cache *c, void *p));
void ac_defer_exit(void);

#endif /* AC_DEFER_H */
