// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file traces: who has the blocks of debug caches
 */
#include <linux/jiffies.h>
#include <linux/math64.h>

#include "../debug/stack.h"
#include "../debug/symbol.h"
#include "../debug/traces.h"
#include "files.h"

static void *get_traces(void)
{
	return ac_traces_get();
}

static void put_traces(void *t)
{
	ac_traces_put(t);
}

/* A head, a part for each site, and one for the blocks that found no room. */
static unsigned int parts_of_traces(const void *figures)
{
	const struct ac_traces *t = figures;

	return t->nr + 2;
}

static void print_site(struct seq_file *m, const struct ac_traces *t,
		       const struct ac_site *site)
{
	char text[AC_SYMBOL_LEN];
	unsigned long *entries;
	unsigned int i, n;

	seq_printf(m, "%7llu blocks %9llu bytes of %s, age %u/%u/%u ms, pid %u, %s\n",
		   site->blocks, site->bytes, ac_traces_cache(t, site),
		   jiffies_to_msecs(site->newest),
		   jiffies_to_msecs(div64_u64(site->ages, site->blocks)),
		   jiffies_to_msecs(site->oldest), site->pid,
		   ac_symbol_name(site->ip, site->when, text));
	n = ac_stack_fetch(site->stack, &entries);
	for (i = 0; i < n; i++)
		seq_printf(m, "        %s\n",
			   ac_symbol_name(entries[i], site->when, text));
}

static void show_traces(struct seq_file *m, const void *figures,
			unsigned int part)
{
	const struct ac_traces *t = figures;

	if (!part)
		seq_puts(m, "# live blocks of caches with letter U by call stack: bytes asked for, age of newest/average/oldest, pid of the task that allocated one\n");
	else if (part <= t->nr)
		print_site(m, t, &t->site[part - 1]);
	else if (t->lost)
		seq_printf(m, "%7llu blocks of more sites\n", t->lost);
}

const struct ac_picture ac_picture_traces = {
	.get = get_traces,
	.put = put_traces,
	.parts = parts_of_traces,
	.show = show_traces,
};
