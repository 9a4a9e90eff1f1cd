/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - pages: what passes between us and the page allocator
 *
 * Owns what a page is while we have it. Pages come as one block of order 6, which is
 * a whole arena; as a run of order 3; or one by one. They go back in blocks as large
 * as they came, of order 6 or of order 5 to 3, if nobody else has a reference to any
 * page of the block; else one by one.
 *
 * References: we hold AC_PAGE_REFS on every page. Others may take and put more, and
 * a page that we give back stays with them until they put the last one. One reference
 * of ours would do. The others are for bugs: some code puts a reference that it did
 * not take, as kfree() of a block does on 6.1 and 6.12. The page stays ours then, and
 * is reported when its pool is next taken or given back; verify and the report of live
 * blocks name it before.
 *
 * Back-off: an order that was not to be had is closed for AC_BACKOFF, or until we
 * give back a block of it. Filling the reserve may make the page allocator work harder
 * for an arena, and has a time of its own. Where there is no run there is no arena, so
 * a failure of order 3 closes both, and order 3 is tried first from then on.
 *
 * Invariants of a page that we have:
 *	page_ref_count()	>= AC_PAGE_REFS
 *	its pool is free	=> the descriptor's cache is AC_POOL_NOBODY, and the
 *				   page is of the type that memory offlining passes over
 *
 * Lock: none. ac_backoff is a hint. The page allocator is never called with a lock
 * of ours held.
 */
#ifndef AC_PAGES_H
#define AC_PAGES_H

#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "size_class.h"

/* References that we hold on each page: fewer than a pin counts for. */
#define AC_PAGE_REFS	256

/*
 * How long orders stay closed. In a second at most ten attempts fail: two at first,
 * then one each AC_BACKOFF, and one of the reserve's.
 */
#define AC_BACKOFF	(HZ / 7)
#define AC_BACKOFF_FILL	HZ

/*
 * No cache has this id, nor a lower one. The page allocator keeps orders and
 * migrate types in this word of its own pages, and 0.
 */
#define AC_POOL_NOBODY	0xac00

/**
 * struct ac_pool - one pool: what its struct page is while we have it
 * @flags: the page's
 * @list: link in its pool set's lists of partial pools
 * @mapping: the page's: NULL
 * @map: a set bit is a free block; not for blocks below 64 bytes
 * @cache: id of its owner, or AC_POOL_NOBODY while the pool is free, being made
 *	ready or on its way back
 * @nr_free: set bits in the map that stand for blocks; of pools on their way back the
 *	order of the block that goes
 *
 * All but @cache belong to the pool layer; see pool.h.
 */
struct ac_pool {
	unsigned long flags;
	struct list_head list;
	unsigned long mapping;
	u64 map;
	u32 cache;
	u16 nr_free;
};

static_assert(sizeof(struct ac_pool) <= sizeof(struct page));
static_assert(offsetof(struct ac_pool, list) == offsetof(struct page, lru));
static_assert(offsetof(struct ac_pool, mapping) ==
	      offsetof(struct page, mapping));
static_assert(offsetof(struct ac_pool, map) ==
	      offsetof(struct page, AC_PAGE_INDEX));
static_assert(offsetof(struct ac_pool, cache) == offsetof(struct page, private));

/* Orders of more than one page; an arena twice, by whether the caller can wait. */
enum ac_order { AC_ORDER_ARENA, AC_ORDER_RUN, AC_ORDER_FILL, AC_NR_ORDERS };

/**
 * struct ac_backoff - what a node's page allocator did not have lately
 * @closed: in jiffies, until when an order is not asked for
 * @scarce: the last run was not to be had
 *
 * No lock: each is one word that any CPU writes.
 */
struct ac_backoff {
	unsigned long closed[AC_NR_ORDERS];
	bool scarce;
};

static inline bool ac_pages_are_closed(const struct ac_backoff *backoff,
				       enum ac_order which)
{
	return time_before(jiffies, READ_ONCE(backoff->closed[which]));
}

/*
 * Is the page of a free pool still ours alone? Code that puts references that it did
 * not take may have brought it back to the page allocator.
 */
static inline bool ac_pages_are_ours(const struct ac_pool *pool)
{
	return READ_ONCE(pool->cache) == AC_POOL_NOBODY &&
	       page_ref_count((struct page *)pool) >= AC_PAGE_REFS &&
	       !pool->mapping;
}

/* References of ours to the page of @pool that somebody put. */
static inline int ac_pages_puts(const struct ac_pool *pool)
{
	return max(AC_PAGE_REFS - page_ref_count((struct page *)pool), 0);
}

struct page *ac_pages_alloc(gfp_t gfp, int node, unsigned int order);
struct page *ac_pages_try(gfp_t effort, int node, unsigned int order);
struct page *ac_pages_try_order(struct ac_backoff *backoff, gfp_t effort,
				int node, enum ac_order which);
gfp_t ac_pages_effort(gfp_t gfp);
bool ac_pages_are_dear(gfp_t gfp);
int ac_pages_policy_node(gfp_t gfp);
void ac_pages_own(struct page *page, unsigned int order);
bool ac_pages_give_whole(struct ac_backoff *backoff, struct page *page,
			 unsigned int order);
void ac_pages_give(struct ac_backoff *backoff, struct page *page,
		   unsigned int order, const struct arena_cache *owner);

#endif /* AC_PAGES_H */
