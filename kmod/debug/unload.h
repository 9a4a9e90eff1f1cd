/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - modules that go while blocks live that they allocated
 *
 * Owns the notifier of modules. When a module has been initialised, the names of its
 * initialisation code are kept (symbol.h) that lies behind live blocks of caches with
 * letter U (flags.h). When it goes, after its exit function, such blocks are leaks: they
 * are reported by the place that allocated them, and the names of those places are kept.
 *
 * Lock: none. Modules come and go while this walks the arenas.
 */
#ifndef AC_UNLOAD_H
#define AC_UNLOAD_H

struct module;

unsigned long ac_unload_report(const struct module *mod);
int ac_unload_init(void);
void ac_unload_exit(void);

#endif /* AC_UNLOAD_H */
