/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what few blocks pin
 *
 * Owns nothing. One live block is enough to pin its page. This sorts the pages of every
 * cache, and the pages of every arena, by how much of them is live, so that a person sees
 * whether memory leaks (pages full of live blocks) or is retained (many pages with a few),
 * and by which cache.
 *
 * Cached blocks count as dead, because a trim returns them: they are flushed before
 * anything is counted, one arena at a time. The figures are exact once the callers rest.
 * While callers work, a block that moves is counted where it is met, and a block that
 * was cached since the flush counts as live.
 */
#ifndef AC_OCCUPANCY_H
#define AC_OCCUPANCY_H

#include <linux/types.h>

/* Shares of a page that live: none, up to 1/8, 1/4, 1/2, more. */
#define AC_SHARES	5
/* Pages of an arena that live: none, 1, then twice as many each. */
#define AC_SPANS	8

/**
 * struct ac_occupancy_row - the pages of a cache
 * @cache: the cache, as it was in the beginning
 * @pages: by share of them that lives
 * @live: live blocks
 * @least: live blocks in the page that has fewest, but not none
 * @arena: id of the arena of that page
 * @pool: its number there
 * @block: the first live block in it
 */
struct ac_occupancy_row {
	const struct ac_row *cache;
	u64 pages[AC_SHARES];
	u64 live;
	unsigned int least;
	u64 arena;
	unsigned int pool;
	unsigned int block;
};

/**
 * struct ac_occupancy - all of it
 * @caches: the caches that are counted; one that is made later is not
 * @arenas: number of arenas by the pages in them that live
 * @pages: pages that those arenas have
 * @gone: pages that they gave back
 * @pinned: pages with live blocks
 * @nr_rows: rows that have pages, once they are sorted
 * @row: as in @caches, then by their other bytes, most first
 */
struct ac_occupancy {
	struct ac_snapshot *caches;
	u64 arenas[AC_SPANS];
	u64 pages[AC_SPANS];
	u64 gone[AC_SPANS];
	u64 pinned;
	unsigned int nr_rows;
	struct ac_occupancy_row row[];
};

struct ac_occupancy *ac_occupancy_get(void);
void ac_occupancy_put(struct ac_occupancy *o);
u64 ac_occupancy_pages(const struct ac_occupancy_row *row);
u64 ac_occupancy_other(const struct ac_occupancy_row *row);

#endif /* AC_OCCUPANCY_H */
