// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pages: what passes between us and the page allocator
 */
#include <linux/sched.h>

#include "debug/fault.h"
#include "debug/shadow.h"
#include "kunit_export.h"
#include "node.h"
#include "pages.h"
#include "report.h"
#include "stats.h"

/*
 * Without emergency reserves and without a warning, unless nothing stands behind it
 * (ac_arena_take_page()). Not static, so that tests can replace it.
 */
struct page *ac_pages_alloc(gfp_t gfp, int node, unsigned int order)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_pages_alloc, gfp, node, order);
	if (!(gfp & __GFP_NOFAIL) && ac_fault_arena())
		return NULL;
	/* Without a node the task's mempolicy chooses. */
	return node == NUMA_NO_NODE ? alloc_pages(gfp, order) :
				      alloc_pages_node(node, gfp, order);
}
EXPORT_SYMBOL_IF_KUNIT(ac_pages_alloc);

/* An attempt that may fail: @effort is what the page allocator may do for it. */
struct page *ac_pages_try(gfp_t effort, int node, unsigned int order)
{
	return ac_pages_alloc(effort | __GFP_THISNODE | __GFP_NORETRY |
			      __GFP_NOWARN, node, order);
}

static const unsigned int orders[AC_NR_ORDERS] = {
	[AC_ORDER_ARENA] = AC_ARENA_ORDER,
	[AC_ORDER_RUN] = AC_RUN_ORDER,
	[AC_ORDER_FILL] = AC_ARENA_ORDER,
};

/* It was not to be had. */
static void close_order(struct ac_backoff *backoff, enum ac_order which)
{
	unsigned long until = jiffies + AC_BACKOFF;

	ac_stat_inc(AC_STAT_ARENA_FAIL);
	WRITE_ONCE(backoff->closed[which], which == AC_ORDER_FILL ?
					   jiffies + AC_BACKOFF_FILL : until);
	if (which != AC_ORDER_RUN)
		return;
	WRITE_ONCE(backoff->closed[AC_ORDER_ARENA], until);
	WRITE_ONCE(backoff->scarce, true);
}

/* There is a block of @order to be had: it was just given back. */
static void open_orders(struct ac_backoff *backoff, unsigned int order)
{
	if (order < AC_RUN_ORDER)
		return;
	WRITE_ONCE(backoff->scarce, false);
	WRITE_ONCE(backoff->closed[AC_ORDER_RUN], 0);
	if (order < AC_ARENA_ORDER)
		return;
	WRITE_ONCE(backoff->closed[AC_ORDER_ARENA], 0);
	WRITE_ONCE(backoff->closed[AC_ORDER_FILL], 0);
}

/**
 * ac_pages_try_order - ask for a block of more than one page
 * @backoff: the node's
 * @effort: what the page allocator may do for it
 * @node: NUMA node
 * @which: the order, which is not closed
 *
 * Context: may sleep if @effort allows it; no lock held.
 * Return: the first page of the block, or NULL; the order is closed then.
 */
struct page *ac_pages_try_order(struct ac_backoff *backoff, gfp_t effort,
				int node, enum ac_order which)
{
	struct page *page;

	page = ac_pages_try(effort | __GFP_NOMEMALLOC, node, orders[which]);
	if (!page)
		close_order(backoff, which);
	else if (which == AC_ORDER_RUN && READ_ONCE(backoff->scarce))
		WRITE_ONCE(backoff->scarce, false);
	return page;
}

/*
 * What the page allocator may do for a single page. Callers that cannot wait get more
 * of it than others, if they do not forbid it: our reserve comes after that. A caller
 * that may have all of it, to the last page, gets no pool of these pages, for a pool
 * has room for others.
 */
gfp_t ac_pages_effort(gfp_t gfp)
{
	gfp_t effort = gfp & (__GFP_KSWAPD_RECLAIM | __GFP_HIGH);

	if (gfpflags_allow_blocking(gfp) ||
	    gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC) ||
	    current->flags & PF_MEMALLOC)
		effort |= __GFP_NOMEMALLOC;
	return effort;
}

/**
 * ac_pages_are_dear - does each page cost a caller that cannot wait a lot?
 * @gfp: the caller's
 *
 * It does where the page allocator zeroes, poisons or maps what it gives. Not static,
 * so that tests can replace it.
 *
 * Return: whether one page serves the caller better than many.
 */
bool ac_pages_are_dear(gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_pages_are_dear, gfp);
	return !gfpflags_allow_blocking(gfp) &&
	       (want_init_on_alloc(0) || page_poisoning_enabled_static() ||
		debug_pagealloc_enabled_static());
}
EXPORT_SYMBOL_IF_KUNIT(ac_pages_are_dear);

/**
 * ac_pages_policy_node - the node that the task's mempolicy wants next
 * @gfp: the caller's
 *
 * The page allocator knows: one page is allocated and freed again. That moves on the
 * turn of an interleaving task.
 *
 * Context: any but NMI; no lock held.
 * Return: the node; the nearest one if there is no page.
 */
int ac_pages_policy_node(gfp_t gfp)
{
	const gfp_t effort = (gfp & __GFP_KSWAPD_RECLAIM) | __GFP_NORETRY |
			     __GFP_NOWARN | __GFP_NOMEMALLOC;
	struct page *page = ac_pages_alloc(effort, NUMA_NO_NODE, 0);
	int node;

	if (!page)
		return ac_node_mine();
	node = page_to_nid(page);
	__free_page(page);
	return node;
}
EXPORT_SYMBOL_IF_KUNIT(ac_pages_policy_node);

/* From here on the page, which was just allocated, is a free pool. */
static void own_page(struct page *page)
{
	struct ac_pool *pool = (struct ac_pool *)page;

	page_ref_add(page, AC_PAGE_REFS - 1);
	ac_page_mark_spare(page);
	pool->nr_free = 0;
	/* Stale pointers may be looked up at any time. */
	WRITE_ONCE(pool->cache, AC_POOL_NOBODY);
	ac_shadow_close(page_address(page), AC_POOL_SIZE, AC_SHADOW_NEVER);
}

/**
 * ac_pages_own - make free pools of a block that was just allocated
 * @page: its first page
 * @order: its order
 *
 * Context: any.
 */
void ac_pages_own(struct page *page, unsigned int order)
{
	unsigned int i;

	if (order)
		split_page(page, order);
	for (i = 0; i < 1U << order; i++)
		own_page(page + i);
}

/* @page is on no list any more. It stays with others that have references. */
static void give_page(struct page *page, const struct arena_cache *owner)
{
	if (unlikely(!ac_pages_are_ours((struct ac_pool *)page))) {
		ac_report_page(owner, page);
		return;
	}
	ac_page_unmark_spare(page);
	WRITE_ONCE(page->private, 0);
	page_ref_sub(page, AC_PAGE_REFS - 1);
	__free_page(page);
}

static bool freeze_pages(struct page *page, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!page_ref_freeze(page + i, AC_PAGE_REFS))
			break;
	if (i == nr)
		return true;
	while (i--)
		page_ref_unfreeze(page + i, AC_PAGE_REFS);
	return false;
}

/**
 * ac_pages_give_whole - give back a block, as one or not at all
 * @backoff: its node's
 * @page: its first page
 * @order: its order
 *
 * Context: any but NMI; no lock of ours held.
 * Return: false if a page of it is not ours alone, and nothing was given back.
 */
bool ac_pages_give_whole(struct ac_backoff *backoff, struct page *page,
			 unsigned int order)
{
	const unsigned int nr = 1U << order;
	unsigned int i;

	if (AC_PAGES_ARE_TAGGED ||
	    page_zone(page) != page_zone(page + nr - 1) ||
	    !freeze_pages(page, nr))
		return false;
	for (i = 0; i < nr; i++) {
		ac_page_unmark_spare(page + i);
		WRITE_ONCE(page[i].private, 0);
	}
	page_ref_unfreeze(page, 1);
	__free_pages(page, order);
	open_orders(backoff, order);
	return true;
}

/* The same, or one page at a time. @owner, a cache or NULL, had it until now. */
void ac_pages_give(struct ac_backoff *backoff, struct page *page,
		   unsigned int order, const struct arena_cache *owner)
{
	unsigned int i;

	if (order && ac_pages_give_whole(backoff, page, order))
		return;
	for (i = 0; i < 1U << order; i++)
		give_page(page + i, owner);
}
