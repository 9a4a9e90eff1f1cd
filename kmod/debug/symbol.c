// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - names of code that may have gone
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "../kunit_export.h"
#include "symbol.h"

/**
 * struct symbol - a name that was kept
 * @address: the code's
 * @until: in jiffies, when it was kept
 * @name: as %pS printed it
 * @mod: its module, until that is gone
 */
struct symbol {
	unsigned long address;
	unsigned long until;
	const char *name;
	const struct module *mod;
};

/* Protects nr_symbols, and the symbols from there on. Alone. */
static DEFINE_MUTEX(keep_lock);
static struct symbol symbols[AC_SYMBOLS];
static unsigned int nr_symbols;

/* The symbol of what @address was at @when, or NULL. */
static struct symbol *find(unsigned long address, unsigned long when)
{
	/* Pairs with smp_store_release() in add(). */
	unsigned int nr = smp_load_acquire(&nr_symbols), i;

	for (i = 0; i < nr; i++)
		if (symbols[i].address == address &&
		    time_before_eq(when, symbols[i].until))
			return &symbols[i];
	return NULL;
}

static void add(unsigned long address, const struct module *mod)
{
	struct symbol *symbol = &symbols[nr_symbols];

	lockdep_assert_held(&keep_lock);
	if (nr_symbols == AC_SYMBOLS)
		return;
	symbol->name = kasprintf(GFP_KERNEL, "%pS", (void *)address);
	if (!symbol->name)
		return;
	symbol->address = address;
	symbol->until = jiffies;
	symbol->mod = mod;
	/* Pairs with smp_load_acquire() in find(). */
	smp_store_release(&nr_symbols, nr_symbols + 1);
}

/**
 * ac_symbol_keep - keep the name of code that is about to go
 * @address: the code's
 * @mod: its module
 *
 * Context: process context; may sleep.
 */
void ac_symbol_keep(unsigned long address, const struct module *mod)
{
	mutex_lock(&keep_lock);
	if (!find(address, jiffies))
		add(address, mod);
	mutex_unlock(&keep_lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_symbol_keep);

/* Was @address, at @when, kept for @mod, which is not gone yet? */
bool ac_symbol_is_of(unsigned long address, unsigned long when,
		     const struct module *mod)
{
	const struct symbol *symbol = find(address, when);

	return symbol && READ_ONCE(symbol->mod) == mod;
}

/* @mod goes; another one may get its address. */
void ac_symbol_disown(const struct module *mod)
{
	unsigned int i;

	mutex_lock(&keep_lock);
	for (i = 0; i < nr_symbols; i++)
		if (symbols[i].mod == mod)
			WRITE_ONCE(symbols[i].mod, NULL);
	mutex_unlock(&keep_lock);
}

/* The name that was kept of what @address was at @when, or NULL. */
const char *ac_symbol_kept(unsigned long address, unsigned long when)
{
	const struct symbol *symbol = find(address, when);

	return symbol ? symbol->name : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(ac_symbol_kept);

/**
 * ac_symbol_name - how to call code in a report
 * @address: the code's
 * @when: in jiffies, when it ran
 * @text: room for %AC_SYMBOL_LEN bytes
 *
 * Context: any but NMI.
 * Return: the name that was kept, or @text, with the kernel's.
 */
const char *ac_symbol_name(unsigned long address, unsigned long when,
			   char *text)
{
	const char *kept = ac_symbol_kept(address, when);

	if (kept)
		return kept;
	scnprintf(text, AC_SYMBOL_LEN, "%pS", (void *)address);
	return text;
}
EXPORT_SYMBOL_IF_KUNIT(ac_symbol_name);

void ac_symbol_exit(void)
{
	while (nr_symbols)
		kfree(symbols[--nr_symbols].name);
}
