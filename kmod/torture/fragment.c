// SPDX-License-Identifier: GPL-2.0
/*
 * Fragmented memory
 *
 * A write of an order to the file fragment in debugfs leaves nothing free of that order
 * or above, but half of it in pieces of the order below. Write it again for what became
 * free since; 0 gives all back. Read: how many pages are kept.
 *
 * A run of the order is taken, one half of it kept, the other freed. So half of what was
 * free stays free, and no task waits for memory or is killed for it.
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vmstat.h>

#include "fragment.h"
#include "refs.h"

/* This share of memory stays free, however often an order is written. */
#define MARGIN		8

/* An arena's order is 6, the page allocator's largest 10. */
#define ORDER_MAX	10

/* Protects both below. */
static DEFINE_MUTEX(fragment_lock);
static LIST_HEAD(kept);
static unsigned long nr_kept;

static bool is_enough_left(void)
{
	return global_zone_page_state(NR_FREE_PAGES) >
	       totalram_pages() / MARGIN;
}

static void keep_half(struct page *page, unsigned int order)
{
	unsigned int i, half = 1 << order >> 1;

	split_page(page, order);
	for (i = 0; i < half; i++) {
		list_add(&page[i].lru, &kept);
		__free_page(page + half + i);
	}
	nr_kept += half;
}

static void fragment_zone(int node, gfp_t zone, unsigned int order)
{
	const gfp_t gfp = zone | __GFP_THISNODE | __GFP_NOWARN |
			  __GFP_NOMEMALLOC;
	struct page *page;

	while (is_enough_left() && !signal_pending(current)) {
		page = alloc_pages_node(node, gfp, order);
		if (!page)
			return;
		ac_torture_check_pages(page, 1 << order);
		keep_half(page, order);
		cond_resched();
	}
}

/* Without these flags the page allocator spares the low zones. */
static void fragment(unsigned int order)
{
	int node;

	for_each_node_state(node, N_MEMORY) {
		fragment_zone(node, 0, order);
		fragment_zone(node, __GFP_DMA32, order);
		fragment_zone(node, __GFP_DMA, order);
	}
}

static void give_back(void)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &kept, lru) {
		__free_page(page);
		cond_resched();
	}
	INIT_LIST_HEAD(&kept);
	nr_kept = 0;
}

static int fragment_get(void *data, u64 *value)
{
	*value = READ_ONCE(nr_kept);
	return 0;
}

static int fragment_set(void *data, u64 order)
{
	if (order > ORDER_MAX)
		return -EINVAL;
	if (mutex_lock_interruptible(&fragment_lock))
		return -EINTR;
	if (order)
		fragment(order);
	else
		give_back();
	mutex_unlock(&fragment_lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fragment_fops, fragment_get, fragment_set, "%llu\n");

void ac_torture_fragment_create(struct dentry *parent)
{
	debugfs_create_file("fragment", 0600, parent, NULL, &fragment_fops);
}

/* The file is gone. */
void ac_torture_fragment_destroy(void)
{
	give_back();
}
