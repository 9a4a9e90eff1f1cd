// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pictures of a snapshot: a head, a part for each cache, a tail
 */
#include "rows.h"

void *ac_rows_get(void)
{
	return ac_snapshot_get();
}

void ac_rows_put(void *snapshot)
{
	ac_snapshot_put(snapshot);
}

unsigned int ac_rows_parts(const void *snapshot)
{
	const struct ac_snapshot *s = snapshot;

	return s->nr_rows + 2;
}

/* The row that is @part of @s, or NULL for the head and the tail. */
const struct ac_row *ac_rows_of(const struct ac_snapshot *s, unsigned int part)
{
	return part && part <= s->nr_rows ? &s->row[part - 1] : NULL;
}
