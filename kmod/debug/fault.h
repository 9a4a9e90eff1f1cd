/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - arenas that fail on demand
 *
 * Owns the fault attribute fail_arena, which is set in debugfs as those of the kernel
 * itself are: see Documentation/fault-injection there. When an arena fails, kmalloc()
 * serves; failslab and fail_page_alloc do the rest. A kernel without fault injection
 * has no such attribute.
 */
#ifndef AC_FAULT_H
#define AC_FAULT_H

#include <linux/types.h>

#ifdef CONFIG_FAULT_INJECTION
extern struct fault_attr ac_fault_attr;

bool ac_fault_arena(void);
#else
static inline bool ac_fault_arena(void)
{
	return false;
}
#endif

#endif /* AC_FAULT_H */
