// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: memory without a free run of 256 KB
 *
 * How to see the allocator without arenas on any kernel: take every run of 64
 * pages and more. A few of them go back in pieces of less than 32 pages, for
 * the rest of the kernel to live on.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>

#include "../arena.h"
#include "helper.h"

/* For everybody else, beyond what the watermarks hold back: 16 MB. */
#define CUSHION_PAGES	4096
/* Of 64 pages stay 0 and 32: no two free neighbours make 32. */
#define KEPT_EVERY	32

struct ac_kunit_famine {
	/* by order */
	struct list_head runs[MAX_PAGE_ORDER + 1];
	struct list_head kept;
};

/* With GFP_KERNEL, as the allocator asks for an arena. */
static struct page *take_run(gfp_t gfp, int node, unsigned int order)
{
	return alloc_pages_node(node, gfp | __GFP_THISNODE | __GFP_NORETRY |
				__GFP_NOWARN | __GFP_NOMEMALLOC, order);
}

static void take_all_runs(struct ac_kunit_famine *famine, gfp_t gfp, int node)
{
	unsigned int order = MAX_PAGE_ORDER;
	struct page *page;

	while (order >= AC_ARENA_ORDER) {
		page = take_run(gfp, node, order);
		if (page)
			list_add(&page->lru, &famine->runs[order]);
		else
			order--;
	}
}

static void take_all(struct ac_kunit_famine *famine, gfp_t gfp)
{
	int node;

	for_each_node_state(node, N_MEMORY)
		take_all_runs(famine, gfp, node);
}

/* Runs below the watermarks can only be taken once as much else is free. */
static unsigned int cushion_runs(int node)
{
	unsigned long pages = CUSHION_PAGES;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		pages += 2 * high_wmark_pages(&NODE_DATA(node)->node_zones[i]);
	return pages >> AC_ARENA_ORDER;
}

static unsigned int take_cushion(int node, struct page **cushion,
				 unsigned int nr)
{
	unsigned int n;

	for (n = 0; n < nr; n++) {
		cushion[n] = take_run(GFP_KERNEL, node, AC_ARENA_ORDER);
		if (!cushion[n])
			break;
	}
	return n;
}

/* From here on small allocations succeed again, and order 5 cannot. */
static void release_cushion(struct ac_kunit_famine *famine,
			    struct page **cushion, unsigned int nr)
{
	unsigned int i, j;

	for (i = 0; i < nr; i++) {
		split_page(cushion[i], AC_ARENA_ORDER);
		for (j = 0; j < 1U << AC_ARENA_ORDER; j++) {
			if (j % KEPT_EVERY)
				__free_page(cushion[i] + j);
			else
				list_add(&cushion[i][j].lru, &famine->kept);
		}
	}
}

static void feed(void *arg)
{
	struct ac_kunit_famine *famine = arg;
	struct page *page, *next;
	unsigned int order;

	list_for_each_entry_safe(page, next, &famine->kept, lru)
		__free_page(page);
	for (order = 0; order <= MAX_PAGE_ORDER; order++)
		list_for_each_entry_safe(page, next, &famine->runs[order], lru)
			__free_pages(page, order);
}

static struct ac_kunit_famine *make_famine(struct kunit *test)
{
	struct ac_kunit_famine *famine;
	unsigned int i;

	famine = ac_kunit_zalloc(test, sizeof(*famine));
	INIT_LIST_HEAD(&famine->kept);
	for (i = 0; i <= MAX_PAGE_ORDER; i++)
		INIT_LIST_HEAD(&famine->runs[i]);
	return famine;
}

struct cushions {
	struct page **page;
	unsigned int nr;
	unsigned int got;
};

static void take_all_but_cushions(struct kunit *test,
				  struct ac_kunit_famine *famine)
{
	struct cushions *cushions;
	int node;

	cushions = ac_kunit_zalloc(test, nr_node_ids * sizeof(*cushions));
	for_each_node_state(node, N_MEMORY) {
		cushions[node].nr = cushion_runs(node);
		cushions[node].page =
			ac_kunit_zalloc(test, cushions[node].nr *
					      sizeof(struct page *));
	}
	/* Nothing must end the test until the cushions are free again. */
	for_each_node_state(node, N_MEMORY)
		cushions[node].got = take_cushion(node, cushions[node].page,
						  cushions[node].nr);
	take_all(famine, GFP_KERNEL);
	for_each_node_state(node, N_MEMORY)
		release_cushion(famine, cushions[node].page,
				cushions[node].got);
}

/* Free pools would serve the test in the place of arenas. */
static bool no_pool(struct arena_cache *c)
{
	struct ac_pool *pool;
	LIST_HEAD(dead);

	pool = ac_arena_take_pool(c, GFP_KERNEL, numa_mem_id());
	if (!pool)
		return true;
	local_irq_disable();
	ac_arena_give_pool(c, pool, &dead);
	local_irq_enable();
	ac_arena_release(&dead);
	ac_arena_trim();
	return false;
}

/*
 * Until ac_kunit_famine_end() there is no arena to be had for callers that use
 * AC_KUNIT_FAMINE_GFP. @c is any named cache. All arenas must be empty. Skips
 * the test if the kernel always finds another run of pages.
 */
struct ac_kunit_famine *ac_kunit_famine_start(struct kunit *test,
					      struct arena_cache *c)
{
	struct ac_kunit_famine *famine = make_famine(test);
	unsigned int tries = 0, without = 0;

	ac_kunit_trim(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, feed, famine), 0);
	take_all_but_cushions(test, famine);
	/* Reclaim and compaction may find more at the second attempt. */
	while (without < 3) {
		without = no_pool(c) ? without + 1 : 0;
		if (++tries > 30)
			kunit_skip(test, "arenas are to be had all the time");
		take_all(famine, GFP_KERNEL);
	}
	return famine;
}

/*
 * The rest of the kernel frees memory, too: call this before an allocation that
 * is to find no arena.
 */
void ac_kunit_famine_go_on(struct ac_kunit_famine *famine)
{
	take_all(famine, 0);
}

/*
 * Down to 4 MB above the watermark: callers that may not reclaim soon get no
 * memory of any size. Single pages come back, so that they make no arena.
 * Nobody else should have to live like that for long.
 */
void ac_kunit_famine_worsen(struct ac_kunit_famine *famine)
{
	struct page *page, *next;
	unsigned int n = 0;
	LIST_HEAD(taken);
	int node;

	for_each_node_state(node, N_MEMORY)
		while ((page = take_run(0, node, 0)))
			list_add(&page->lru, &taken);
	list_for_each_entry_safe(page, next, &taken, lru) {
		if (page_to_pfn(page) % 2)
			continue;
		if (++n > SZ_4M / PAGE_SIZE)
			break;
		list_del(&page->lru);
		__free_page(page);
	}
	list_splice(&taken, &famine->kept);
}

void ac_kunit_famine_end(struct kunit *test, struct ac_kunit_famine *famine)
{
	kunit_release_action(test, feed, famine);
}
