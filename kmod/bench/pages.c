// SPDX-License-Identifier: GPL-2.0
/*
 * How many bytes the page allocator has to give
 *
 * NR_FREE_PAGES leaves out the pages on per-CPU lists, which on recent kernels
 * grow to megabytes, and lags behind by what each CPU has not yet folded in.
 * Both are added here, so the difference of two readings is what was taken in
 * between, by any user of the page allocator: readings need an idle system. The
 * sum is read without a lock and may be off by pages that move meanwhile.
 */
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/vmstat.h>

#include "pages.h"

static s64 zone_free_pages(struct zone *zone)
{
	s64 pages = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	unsigned int cpu;

	for_each_online_cpu(cpu)
		pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
					       cpu)->count);
	return pages;
}

s64 ac_bench_free_bytes(void)
{
	struct zone *zone;
	s64 pages = 0;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			zone = &NODE_DATA(nid)->node_zones[i];
			if (populated_zone(zone))
				pages += zone_free_pages(zone);
		}
	}
	return pages * PAGE_SIZE;
}
