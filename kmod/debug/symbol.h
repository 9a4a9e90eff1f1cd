/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - names of code that may have gone
 *
 * Owns the names of addresses whose module was unloaded, or freed its initialisation code,
 * while blocks lived that were allocated there. A name is good for what happened until it
 * was kept: later other code may lie at its address. Others have their names from the
 * kernel.
 *
 * There is room for AC_SYMBOLS names, which stay; addresses that find no room stay
 * numbers.
 *
 * Lock: keep_lock, alone, to keep a name. To look for one takes none.
 */
#ifndef AC_SYMBOL_H
#define AC_SYMBOL_H

#include <linux/types.h>

struct module;

#define AC_SYMBOLS	256
/* Bytes of a name at most, the NUL included. */
#define AC_SYMBOL_LEN	256

void ac_symbol_keep(unsigned long address, const struct module *mod);
bool ac_symbol_is_of(unsigned long address, unsigned long when,
		     const struct module *mod);
void ac_symbol_disown(const struct module *mod);
const char *ac_symbol_kept(unsigned long address, unsigned long when);
const char *ac_symbol_name(unsigned long address, unsigned long when,
			   char *text);
void ac_symbol_exit(void);

#endif /* AC_SYMBOL_H */
