/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the module's one timer
 *
 * Owns the work that gives back later what nobody uses (reclaim.h). Any layer calls
 * ac_wake() when it comes to hold something of that kind, from wherever it is:
 * under any lock, with interrupts off. While there is nothing to give back, no
 * timer runs.
 *
 * States, in ac_awake:
 *	asleep (false): no work is pending	-> ac_wake()
 *	awake (true): the work will run, or it is over
 *
 * Who wakes, and when: whoever comes to hold what only the work gives back, after the
 * store by which the work can see it. ac_wake() has a full barrier before it looks at
 * ac_awake; the work has one between its store to ac_awake and its first look. So
 * either the work sees what is held, or its holder sees that it has to wake it.
 *
 *	a CPU's first magazine		after the store to cpu->top
 *	a pool that became free		after its arena set's lock
 *	a new arena			after its arena set's lock
 *	a pool of the reserve		after its arena set's lock
 *	a cache that became defunct	after ac_caches_lock
 *
 * A magazine that moves between a CPU and a depot wakes nobody: see
 * ac_magazine_decay().
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
	/* What is held now is seen by the work, or its store by us: see above. */
	smp_mb();
	if (unlikely(!READ_ONCE(ac_awake)))
		__ac_wake();
}

#endif /* AC_WAKE_H */
