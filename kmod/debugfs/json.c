// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file stats.json: the figures of stats, for programs
 */
#include <linux/string_helpers.h>

#include "../arena.h"
#include "files.h"
#include "../kunit_export.h"
#include "rows.h"
#include "../stats.h"

static void print_row(struct seq_file *m, const struct ac_row *row,
		      bool first)
{
	seq_printf(m, "%s\n  {\"name\": \"", first ? "" : ",");
	seq_escape(m, row->name, "\"\\\n");
	seq_printf(m, "\", \"size\": %u, \"block_size\": %u, \"pools\": %llu, \"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"waiting\": %llu, \"free\": %llu, \"outside\": %lld}",
		   row->size, row->block_size, row->pools, row->live,
		   row->in_magazines, row->in_depots, row->quarantined,
		   row->waiting, row->free,
		   row->outside);
}

static void print_bytes(struct seq_file *m, const struct ac_bytes *b)
{
	seq_printf(m, " \"bytes\": {\"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"waiting\": %llu, \"free\": %llu, \"free_pools\": %llu, \"gone_pools\": %llu, \"pool_bitmaps\": %llu, \"quantization\": %llu, \"total\": %llu},\n",
		   b->live, b->in_magazines, b->in_depots, b->quarantined, b->waiting, b->free,
		   b->free_pools, b->gone_pools, b->maps, b->tails, b->total);
}

static void print_head(struct seq_file *m, const struct ac_snapshot *s)
{
	unsigned int i;

	seq_printf(m, "{\n \"arena_size\": %lu, \"pool_size\": %lu,\n \"arenas\": %llu, \"arenas_empty\": %llu, \"arenas_highwater\": %llu, \"free_pools\": %llu, \"gone_pools\": %llu, \"trimmable_pools\": %llu,\n",
		   AC_ARENA_SIZE, AC_POOL_SIZE, s->arenas, s->empty,
		   s->highwater, s->free_pools, s->gone_pools,
		   s->spare_pools);
	print_bytes(m, &s->bytes);
	seq_puts(m, " \"events\": {");
	for (i = 0; i < AC_NR_STATS; i++)
		seq_printf(m, "%s\"%s\": %lu", i ? ", " : "", ac_stat_name(i),
			   ac_stat_read(i));
	seq_puts(m, "},\n \"caches\": [");
}

static void show_json(struct seq_file *m, const void *figures,
		      unsigned int part)
{
	const struct ac_snapshot *s = figures;
	const struct ac_row *row = ac_rows_of(s, part);

	if (row)
		print_row(m, row, row == s->row);
	else if (!part)
		print_head(m, s);
	else
		seq_puts(m, "\n ]\n}\n");
}

const struct ac_picture ac_picture_json = AC_PICTURE_OF_ROWS(show_json);
EXPORT_SYMBOL_IF_KUNIT(ac_picture_json);
