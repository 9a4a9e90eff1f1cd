/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what users see under /sys/kernel/debug/arena_cache
 *
 * Owns the files; docs/stats.md explains every line of them.
 */
#ifndef AC_DEBUGFS_H
#define AC_DEBUGFS_H

void ac_debugfs_init(void);
void ac_debugfs_exit(void);

#endif /* AC_DEBUGFS_H */
