// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - modules that go while blocks live that they allocated
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>

#include "flags.h"
#include "../cache.h"
#include "../kunit_export.h"
#include "../owner.h"
#include "stack.h"
#include "symbol.h"
#include "traces.h"
#include "unload.h"

/* Places that are named. */
#define AC_PLACES_SHOWN	16

/* Did code of @mod, which is there, allocate the blocks of @site? */
static bool is_of(const struct ac_site *site, const struct module *mod)
{
	return within_module(site->ip, mod) ||
	       ac_symbol_is_of(site->ip, site->when, mod);
}

static void keep_names(const struct ac_site *site, const struct module *mod)
{
	unsigned long *entries;
	unsigned int i, n;

	if (within_module(site->ip, mod))
		ac_symbol_keep(site->ip, mod);
	n = ac_stack_fetch(site->stack, &entries);
	for (i = 0; i < n; i++)
		if (within_module(entries[i], mod))
			ac_symbol_keep(entries[i], mod);
}

static unsigned long count_blocks(const struct ac_traces *t,
				  const struct module *mod)
{
	unsigned long blocks = 0;
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (is_of(&t->site[i], mod))
			blocks += t->site[i].blocks;
	return blocks;
}

static void print_sites(const struct ac_traces *t, const struct module *mod)
{
	unsigned int i, places = 0;
	char text[AC_SYMBOL_LEN];
	const struct ac_site *site;

	for (i = 0; i < t->nr; i++) {
		site = &t->site[i];
		if (!is_of(site, mod))
			continue;
		keep_names(site, mod);
		if (places++ < AC_PLACES_SHOWN)
			pr_err("  %llu blocks, %llu bytes of cache %s, from %s\n",
			       site->blocks, site->bytes,
			       ac_traces_cache(t, site),
			       ac_symbol_name(site->ip, site->when, text));
	}
	if (places > AC_PLACES_SHOWN)
		pr_err("  and from %u places more\n", places - AC_PLACES_SHOWN);
}

/**
 * ac_unload_report - report blocks that a module leaves behind
 * @mod: the module, which does not allocate any more
 *
 * Context: process context; may sleep.
 * Return: how many there are.
 */
unsigned long ac_unload_report(const struct module *mod)
{
	struct ac_traces *t = ac_traces_get();
	unsigned long blocks = 0;

	if (!t)
		return 0;
	blocks = count_blocks(t, mod);
	if (blocks) {
		pr_err("module %s goes and leaves %lu live blocks:\n",
		       mod->name, blocks);
		print_sites(t, mod);
	}
	ac_traces_put(t);
	return blocks;
}
EXPORT_SYMBOL_IF_KUNIT(ac_unload_report);

static bool leaves_blocks(const struct module *mod)
{
	struct ac_traces *t = ac_traces_get();
	bool leaves = t && count_blocks(t, mod);

	if (t)
		ac_traces_put(t);
	return leaves;
}

static void keep_init_names(const struct module *mod)
{
	struct ac_traces *t = ac_traces_get();
	unsigned int i;

	if (!t)
		return;
	for (i = 0; i < t->nr; i++)
		if (within_module_init(t->site[i].ip, mod))
			keep_names(&t->site[i], mod);
	ac_traces_put(t);
}

static void note_users(struct arena_cache *c, void *arg)
{
	*(bool *)arg |= c->debug & AC_DEBUG_USERS;
}

static int on_change(struct notifier_block *block, unsigned long state, void *mod)
{
	bool users = false;

	ac_owner_visit(note_users, &users);
	if (!users)
		return NOTIFY_DONE;
	if (state == MODULE_STATE_LIVE)
		keep_init_names(mod);
	if (state != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	/* Its callbacks of call_rcu() may free some yet, and some may wait. */
	if (leaves_blocks(mod)) {
		rcu_barrier();
		ac_cache_free_deferred();
		ac_unload_report(mod);
	}
	ac_symbol_disown(mod);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = on_change,
};

int ac_unload_init(void)
{
	return register_module_notifier(&notifier);
}

void ac_unload_exit(void)
{
	unregister_module_notifier(&notifier);
}
