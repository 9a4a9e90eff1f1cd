// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - red zones and poison
 */
#include <linux/mm.h>
#include <linux/string.h>

#include "bytes.h"
#include "finding.h"
#include "flags.h"

/* Returns 1 if it was bad. Repairs it, so that it is reported once. */
static unsigned int check_area(const struct arena_cache *c, void *block,
			       const struct ac_area *area, unsigned long ip)
{
	const unsigned int size = area->end - area->start;
	const u8 *bad = memchr_inv(block + area->start, area->byte, size);

	if (likely(!bad))
		return 0;
	ac_debug_report_area(c, block, area, bad, ip);
	memset(block + area->start, area->byte, size);
	return 1;
}

/* Looks at the red zones around @size bytes. Returns the number of findings. */
unsigned int ac_debug_check_redzones(const struct arena_cache *c, void *block,
				     size_t size, unsigned long ip)
{
	const struct ac_area left = {
		.kind = AC_BAD_UNDERRUN,
		.start = sizeof(struct ac_track),
		.end = c->offset,
		.byte = AC_BYTE_REDZONE,
	};
	const struct ac_area right = {
		.kind = AC_BAD_OVERRUN,
		.start = c->offset + size,
		.end = c->block_size,
		.byte = AC_BYTE_REDZONE,
	};

	if (!(c->debug & AC_DEBUG_REDZONES))
		return 0;
	return check_area(c, block, &left, ip) +
	       check_area(c, block, &right, ip);
}

/* A constructed block keeps its state while it is free. */
static bool has_poison(const struct arena_cache *c)
{
	return c->debug & AC_DEBUG_POISON && !c->ctor;
}

/* Looks at poison and red zones of a free block. Returns the number of findings. */
unsigned int ac_debug_check_free(const struct arena_cache *c, void *block,
				 unsigned long ip)
{
	const struct ac_area bytes = {
		.kind = AC_BAD_STALE,
		.start = c->offset,
		.end = c->offset + c->size,
		.byte = AC_BYTE_FREE,
	};
	unsigned int bad = 0;

	if (has_poison(c))
		bad = check_area(c, block, &bytes, ip);
	return bad + ac_debug_check_redzones(c, block, c->size, ip);
}

/* The caller's @size bytes at @p as @gfp and the cache want them. */
void ac_debug_fill_new(const struct arena_cache *c, void *p, size_t size,
		       gfp_t gfp)
{
	if (c->ctor)
		return;
	if (gfp & __GFP_ZERO)
		memset(p, 0, size);
	else if (c->debug & AC_DEBUG_POISON)
		memset(p, AC_BYTE_NEW, size);
	else if (want_init_on_alloc(gfp) && !c->typesafe)
		memset(p, 0, size);
}

/* All bytes of a block at @p that its caller has freed. */
void ac_debug_fill_free(const struct arena_cache *c, void *p)
{
	if (has_poison(c))
		memset(p, AC_BYTE_FREE, c->size);
	else if (want_init_on_free() && !c->ctor && !c->typesafe)
		memset(p, 0, c->size);
}

/* The bytes at @p behind the @size that its caller asked for. */
void ac_debug_fill_redzone(const struct arena_cache *c, void *p, size_t size)
{
	memset(p + size, AC_BYTE_REDZONE, c->size - size);
}
