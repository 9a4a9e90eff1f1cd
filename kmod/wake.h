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
 *	awake (true): the work will run, or decay is off or over
 */
#ifndef AC_WAKE_H
#define AC_WAKE_H

#include <linux/compiler.h>
#include <linux/types.h>

extern bool ac_awake;

void __ac_wake(void);
void ac_wake_init(bool (*fn)(void), unsigned int ms);
void ac_wake_exit(void);

static inline void ac_wake(void)
{
	if (unlikely(!READ_ONCE(ac_awake)))
		__ac_wake();
}

#endif /* AC_WAKE_H */
