/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the module's one timer
 *
 * Owns the work that later gives back what is not used (reclaim.h). Any layer calls
 * ac_wake() when it gets something of that kind, in any context: under any lock, with
 * interrupts off. While there is nothing to give back, no timer runs.
 *
 * States, in ac_awake:
 *	asleep (false): no work is pending	-> ac_wake()
 *	awake (true): the work will run, or the module is being unloaded
 *
 * A layer that gets what only the work gives back calls ac_wake() after the store by
 * which the work can see it. ac_wake() has a full barrier before it looks at ac_awake;
 * the work has one between its store to ac_awake and its first look. So either the work
 * sees that store, or the layer sees that it must wake the work:
 *
 *	a CPU's first magazine		after the store to cpu->top
 *	a pool that became free		after its arena set's lock
 *	a new arena			after its arena set's lock
 *	a pool of the reserve		after its arena set's lock
 *	a cache that became defunct	after ac_caches_lock
 *
 * A magazine that moves between a CPU and a depot does not: see ac_magazine_decay().
 */
#ifndef AC_WAKE_H
#define AC_WAKE_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

extern bool ac_awake;

void __ac_wake(void);
void ac_wake_init(bool (*fn)(void), unsigned int ms);
void ac_wake_exit(void);

static inline void ac_wake(void)
{
	/* The work sees our store, or we see its store: see above. */
	smp_mb();
	if (unlikely(!READ_ONCE(ac_awake)))
		__ac_wake();
}

#endif /* AC_WAKE_H */
