// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file stats: the report of CPython's sys._debugmallocstats()
 */
#include "../arena.h"
#include "files.h"
#include "../kunit_export.h"
#include "rows.h"
#include "../stats.h"

static void print_line(struct seq_file *m, const char *label, u64 value)
{
	seq_printf(m, "%-35s= %15llu\n", label, value);
}

static void print_rule(struct seq_file *m)
{
	seq_printf(m, "%-35s  ---------------\n", "");
}

static void print_head(struct seq_file *m)
{
	seq_printf(m, "Small block threshold = %d, in %d size classes.\n\n",
		   ARENA_CACHE_MAX_BLOCK, ARENA_CACHE_CLASSES);
	seq_puts(m, "class   block size   pools   live blocks   cached blocks   free blocks   cache\n");
	seq_puts(m, "-----   ----------   -----   -----------   -------------   -----------   -----\n");
}

static void print_row(struct seq_file *m, const struct ac_row *row)
{
	if (!row->pools)
		return;
	if (row->class >= 0)
		seq_printf(m, "%5d ", row->class);
	else
		seq_puts(m, "    - ");
	seq_printf(m, "%12u %7llu %13llu %15llu %13llu   %s\n",
		   row->block_size, row->pools, row->live,
		   row->in_magazines + row->in_depots + row->quarantined +
		   row->waiting, row->free,
		   row->name);
}

static void print_counters(struct seq_file *m, enum ac_stat first,
			   enum ac_stat last)
{
	enum ac_stat stat;

	for (stat = first; stat <= last; stat++)
		print_line(m, ac_stat_label(stat), ac_stat_read(stat));
}

static void print_arenas(struct seq_file *m, const struct ac_snapshot *s)
{
	char line[64];

	seq_putc(m, '\n');
	print_counters(m, AC_STAT_ARENA_ALLOC, AC_STAT_ARENA_FREE);
	print_line(m, "# arenas highwater mark", s->highwater);
	print_line(m, "# arenas allocated current", s->arenas);
	print_line(m, "# arenas empty, kept", s->empty);
	snprintf(line, sizeof(line), "%llu arenas * %lu bytes/arena", s->arenas,
		 AC_ARENA_SIZE);
	print_line(m, line, s->bytes.total);
}

static void print_bytes(struct seq_file *m, const struct ac_snapshot *s)
{
	const struct ac_bytes *b = &s->bytes;
	char line[64];

	seq_putc(m, '\n');
	print_line(m, "# bytes in live blocks", b->live);
	print_line(m, "# bytes in magazines", b->in_magazines);
	print_line(m, "# bytes in depots", b->in_depots);
	print_line(m, "# bytes in quarantine", b->quarantined);
	print_line(m, "# bytes waiting for RCU", b->waiting);
	print_line(m, "# bytes in free blocks", b->free);
	snprintf(line, sizeof(line), "%llu free pools * %lu bytes",
		 s->free_pools, AC_POOL_SIZE);
	print_line(m, line, b->free_pools);
	snprintf(line, sizeof(line), "%llu gone pools * %lu bytes",
		 s->gone_pools, AC_POOL_SIZE);
	print_line(m, line, b->gone_pools);
	print_line(m, "# bytes lost to pool bitmaps", b->maps);
	print_line(m, "# bytes lost to quantization", b->tails);
	print_rule(m);
	print_line(m, "Total", b->live + b->in_magazines + b->in_depots + b->quarantined +
		   b->waiting + b->free + b->free_pools + b->gone_pools + b->maps + b->tails);
	seq_putc(m, '\n');
	print_line(m, "# bytes had of the page allocator", b->total - b->gone_pools);
	print_line(m, "# bytes trimmable at once", s->spare_pools *
		   AC_POOL_SIZE);
}

/* What arenas could not or would not serve, contention, and bugs of users. */
static void print_events(struct seq_file *m)
{
	seq_putc(m, '\n');
	print_counters(m, AC_STAT_RAW_LARGE, AC_STAT_RAW_FREE);
	print_counters(m, AC_STAT_ARENA_FAIL, AC_STAT_ARENA_FAIL);
	print_counters(m, AC_STAT_BUSY_ALLOC, AC_NR_STATS - 1);
}

static void show_stats(struct seq_file *m, const void *figures,
		       unsigned int part)
{
	const struct ac_snapshot *s = figures;
	const struct ac_row *row = ac_rows_of(s, part);

	if (row) {
		print_row(m, row);
	} else if (!part) {
		print_head(m);
	} else {
		print_arenas(m, s);
		print_bytes(m, s);
		print_events(m);
	}
}

const struct ac_picture ac_picture_stats = AC_PICTURE_OF_ROWS(show_stats);
EXPORT_SYMBOL_IF_KUNIT(ac_picture_stats);
