/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - blocks that live when their cache is destroyed
 *
 * Owns nothing: finds a few of them and names them in the log. No lock of ours is held
 * between two arenas, so a block may be freed between being found and being named.
 */
#ifndef AC_LEAK_H
#define AC_LEAK_H

#include <linux/arena_cache_cpu.h>

void ac_leak_report(struct arena_cache *c, long live);
void ac_leak_name(struct arena_cache *c, void *block);

#endif /* AC_LEAK_H */
