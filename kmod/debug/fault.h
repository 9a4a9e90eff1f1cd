/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arenas that are not to be had, on demand
 *
 * Owns the fault attribute fail_arena, which is in /sys/kernel/debug as those of
 * the kernel itself are: see Documentation/fault-injection there. An arena that
 * fails makes kmalloc() serve; failslab and fail_page_alloc do the rest. Kernels
 * without fault injection have none.
 */
#ifndef AC_FAULT_H
#define AC_FAULT_H

#include <linux/types.h>

#ifdef CONFIG_FAULT_INJECTION
void ac_fault_init(void);
void ac_fault_exit(void);
bool ac_fault_arena(void);
#else
static inline void ac_fault_init(void)
{
}

static inline void ac_fault_exit(void)
{
}

static inline bool ac_fault_arena(void)
{
	return false;
}
#endif

#endif /* AC_FAULT_H */
