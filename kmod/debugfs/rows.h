/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pictures of a snapshot: a head, a part for each cache, a tail
 */
#ifndef AC_ROWS_H
#define AC_ROWS_H

#include "picture.h"
#include "../snapshot.h"

/* A picture of which @print prints each part. */
#define AC_PICTURE_OF_ROWS(print)	\
	{ ac_rows_get, ac_rows_put, ac_rows_parts, print }

void *ac_rows_get(void);
void ac_rows_put(void *snapshot);
unsigned int ac_rows_parts(const void *snapshot);
const struct ac_row *ac_rows_of(const struct ac_snapshot *s, unsigned int part);

#endif /* AC_ROWS_H */
