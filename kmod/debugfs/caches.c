// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file caches: one line for each cache
 */
#include "../debug/flags.h"
#include "files.h"
#include "rows.h"

static void show_cache(struct seq_file *m, const void *figures,
		       unsigned int part)
{
	const struct ac_row *row = ac_rows_of(figures, part);
	char letters[AC_DEBUG_LETTERS];

	if (!part)
		seq_puts(m, "# name                  live     blocks   size block_size  per_pool    pools : rounds in_magazines in_depots : outside flags\n");
	if (!row)
		return;
	ac_debug_letters(row->debug, letters);
	seq_printf(m, "%-18s %10llu %10llu %6u %10u %9u %8llu : %6u %12llu %9llu : %7lld %s%s%s%s%s\n",
		   row->name, row->live, row->pools * row->capacity, row->size,
		   row->block_size, row->capacity, row->pools, row->rounds,
		   row->in_magazines, row->in_depots, row->outside,
		   row->ctor ? "ctor " : "", row->large ? "large " : "",
		   row->defunct ? "defunct " : "", row->debug ? "debug=" : "",
		   row->debug ? letters : "");
}

const struct ac_picture ac_picture_caches = AC_PICTURE_OF_ROWS(show_cache);
