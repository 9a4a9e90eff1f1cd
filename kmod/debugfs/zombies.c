// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file zombies: what few blocks pin
 */
#include <linux/minmax.h>

#include "../debug/occupancy.h"
#include "files.h"
#include "../snapshot.h"

static void *get_occupancy(void)
{
	return ac_occupancy_get();
}

static void put_occupancy(void *o)
{
	ac_occupancy_put(o);
}

/* A head, a part for each cache that has pages, and the arenas. */
static unsigned int parts_of_occupancy(const void *figures)
{
	const struct ac_occupancy *o = figures;

	return o->nr_rows + 2;
}

static void print_head(struct seq_file *m)
{
	seq_puts(m, "# cache               pages   live_bytes  other_bytes : pages of which live:\n");
	seq_puts(m, "#                                                     :    none   <=1/8   <=1/4   <=1/2    more : fewest live blocks\n");
}

static void print_row(struct seq_file *m, const struct ac_occupancy_row *row)
{
	const struct ac_row *c = row->cache;

	seq_printf(m, "%-18s %8llu %12llu %12llu : %7llu %7llu %7llu %7llu %7llu :",
		   c->name, ac_occupancy_pages(row), row->live * c->block_size,
		   ac_occupancy_other(row), row->pages[0], row->pages[1], row->pages[2],
		   row->pages[3], row->pages[4]);
	if (row->least)
		seq_printf(m, " %u in arena %llu pool %u, block %u",
			   row->least, row->arena, row->pool, row->block);
	seq_putc(m, '\n');
}

static void print_arenas(struct seq_file *m, const struct ac_occupancy *o)
{
	unsigned int i;

	seq_puts(m, "\n# arenas by their pages with live blocks : arenas       pages        gone\n");
	for (i = 0; i < AC_SPANS; i++)
		seq_printf(m, "%17u to %-20u %7llu %11llu %11llu\n",
			   i ? 1 << (i - 1) : 0, min((1U << i) - 1, 64U),
			   o->arenas[i], o->pages[i], o->gone[i]);
	seq_printf(m, "\npages that live blocks pin, all that would stay but the reserve if everything were trimmed: %llu\n",
		   o->pinned);
}

static void show_occupancy(struct seq_file *m, const void *figures,
			   unsigned int part)
{
	const struct ac_occupancy *o = figures;

	if (part > o->nr_rows)
		print_arenas(m, o);
	else if (part)
		print_row(m, &o->row[part - 1]);
	else
		print_head(m);
}

const struct ac_picture ac_picture_zombies = {
	.get = get_occupancy,
	.put = put_occupancy,
	.parts = parts_of_occupancy,
	.show = show_occupancy,
};
