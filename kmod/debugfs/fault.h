/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the folder fail_arena, with which arenas are made to fail
 *
 * It is in /sys/kernel/debug, beside those of the kernel's own faults; see fault.h in
 * debug/. A kernel without fault injection has none.
 */
#ifndef AC_DEBUGFS_FAULT_H
#define AC_DEBUGFS_FAULT_H

#ifdef CONFIG_FAULT_INJECTION
void ac_debugfs_fault_init(void);
void ac_debugfs_fault_exit(void);
#else
static inline void ac_debugfs_fault_init(void)
{
}

static inline void ac_debugfs_fault_exit(void)
{
}
#endif

#endif /* AC_DEBUGFS_FAULT_H */
