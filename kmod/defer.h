/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - frees that wait for a grace period
 *
 * Owns the magazines that CPUs fill with blocks freed by arena_cache_free_rcu() and
 * arena_free_rcu(). A full one waits with others (grace.h).
 *
 * A cache has a part of its own from its first use on (c->deferred, c->grace). What that
 * cannot serve goes, with its cache, to a part that all caches share: blocks of an
 * interrupt of an operation on the cache's part, blocks that there is no memory to note,
 * memory of kmalloc(). If the spare magazines of the shared part are used up, too, a
 * caller that can waits for a grace period itself. For one that cannot the block is lost:
 * it stays taken, and is counted (rcu_lost).
 *
 * Of struct arena_cache_cpu a CPU's part uses @seq and @top as magazines do, @puts for
 * magazines that left the CPU, and @misses for the @seq that the timer saw last.
 *
 * Invariant:
 *	ac_defer_nr() == blocks of the cache, freed so, that are neither free, cached nor
 *			 in quarantine yet
 *	c->nr_shared  == those of them in the shared part
 *
 * Protection: a CPU's part belongs to the code that made its seq odd, with preemption off;
 * a dead CPU's to the CPU hotplug callback.
 */
#ifndef AC_DEFER_H
#define AC_DEFER_H

#include "cpus.h"
#include "grace.h"

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
int ac_defer_init(void (*fn)(struct arena_cache *c, void *p));
void ac_defer_exit(void);

#endif /* AC_DEFER_H */
