/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - red zones and poison
 *
 * Owns every byte of a debug cache's block but the track, and what it must be:
 *
 *	block                             p = block + c->offset
 *	| track  | 0xfd ...             | bytes | 0xfd ...         | next block
 *	         left red zone, 8 or more asked  right red zone, 8 or more
 *
 * The track is in front because most stray writes run upwards: they meet a right red
 * zone first, and the track that names the bytes' owner stays whole.
 *
 * A bad byte is reported and repaired, so it is found once.
 *
 * Lock: none; the owner of a track owns the bytes, too; see track.h.
 */
#ifndef AC_BYTES_H
#define AC_BYTES_H

#include <linux/align.h>

#include "track.h"

#define AC_BYTE_NEW	0xcd
#define AC_BYTE_FREE	0xdd
#define AC_BYTE_REDZONE	0xfd
#define AC_REDZONE_MIN	8

/* Bytes between the start of a block and the caller's part of it. */
static inline unsigned int ac_debug_offset(unsigned int align)
{
	return ALIGN(sizeof(struct ac_track) + AC_REDZONE_MIN, align);
}

unsigned int ac_debug_check_redzones(const struct arena_cache *c, void *block,
				     size_t size, unsigned long ip);
unsigned int ac_debug_check_free(const struct arena_cache *c, void *block,
				 unsigned long ip);
void ac_debug_fill_new(const struct arena_cache *c, void *p, size_t size,
		       gfp_t gfp);
void ac_debug_fill_free(const struct arena_cache *c, void *p);
void ac_debug_fill_redzone(const struct arena_cache *c, void *p, size_t size);

#endif /* AC_BYTES_H */
