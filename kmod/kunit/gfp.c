// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what the flags of a request do
 *
 * A case for each row of the table in docs/using.md. What reaches the page
 * allocator, kmalloc() and the slab of arena records is noted, and fails, so that
 * each request tries all that there is.
 */
#include <kunit/static_stub.h>
#include <linux/kmsg_dump.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../raw.h"
#include "famine.h"
#include "helper.h"

#define SIZE		96
#define ZONES		(__GFP_DMA | __GFP_DMA32 | __GFP_HIGHMEM | __GFP_MOVABLE)

enum way { NAMED, SIZED, SHARED, DEBUGGED, NR_WAYS };

static const char *const names[] = {
	[NAMED] = "named", [SIZED] = "by size", [SHARED] = "shared",
	[DEBUGGED] = "debug",
};

struct call {
	gfp_t gfp;
	gfp_t context;	/* what scopes leave of it */
	int node;
	unsigned int order;
};

struct calls {
	struct call call[32];
	unsigned int nr;
};

static struct calls pages, raws, records;

static void note(struct calls *calls, gfp_t gfp, int node, unsigned int order)
{
	if (calls->nr < ARRAY_SIZE(calls->call))
		calls->call[calls->nr++] = (struct call){
			gfp, current_gfp_context(gfp), node, order,
		};
}

static struct page *note_pages(gfp_t gfp, int node, unsigned int order)
{
	note(&pages, gfp, node, order);
	return NULL;
}

static void *note_raw(size_t size, gfp_t gfp, int node, enum ac_stat why)
{
	note(&raws, gfp, node, 0);
	return NULL;
}

static struct ac_arena *note_record(gfp_t gfp, int node)
{
	note(&records, gfp, node, 0);
	return NULL;
}

/* From here on the page allocator and kmalloc() have nothing. */
static void starve(struct kunit *test)
{
	pages.nr = 0;
	raws.nr = 0;
	records.nr = 0;
	ac_kunit_open_orders();
	kunit_activate_static_stub(test, ac_pages_alloc, note_pages);
	kunit_activate_static_stub(test, ac_raw_alloc_size, note_raw);
}

static void feed(struct kunit *test)
{
	kunit_deactivate_static_stub(test, ac_pages_alloc);
	kunit_deactivate_static_stub(test, ac_raw_alloc_size);
}

static struct arena_cache *caches[NR_WAYS];

static void *get(enum way way, gfp_t gfp)
{
	return way == SIZED ? arena_alloc(SIZE, gfp) :
			       arena_cache_alloc(caches[way], gfp);
}

static void put(enum way way, void *p)
{
	if (way == SIZED)
		arena_free(p);
	else
		arena_cache_free(caches[way], p);
}

/* Magazines, pools and arenas have nothing either, nor has the reserve. */
static void fail(struct kunit *test, enum way way, gfp_t gfp)
{
	void *p;

	kunit_activate_static_stub(test, ac_pool_take, ac_kunit_no_blocks);
	kunit_activate_static_stub(test, ac_arena_take_free, ac_kunit_no_free_pool);
	p = get(way, gfp);
	kunit_deactivate_static_stub(test, ac_arena_take_free);
	kunit_deactivate_static_stub(test, ac_pool_take);
	KUNIT_EXPECT_NULL_MSG(test, p, "%s, gfp %#x", names[way],
			      (__force unsigned int)gfp);
	if (p)
		put(way, p);
}

static void ask(struct kunit *test, enum way way, gfp_t gfp)
{
	starve(test);
	fail(test, way, gfp);
	feed(test);
}

static bool is_to_kmalloc(enum way way, gfp_t gfp)
{
	return way == SIZED && gfp & (ZONES | __GFP_ACCOUNT);
}

/* To sparse flags are no numbers, and KUnit compares numbers. */
static void expect_flags(struct kunit *test, gfp_t is, gfp_t wanted)
{
	KUNIT_EXPECT_EQ(test, (__force unsigned int)is,
			(__force unsigned int)wanted);
}

/* May this attempt have what the page allocator keeps for atomic requests? */
static bool is_for_atomic(const struct call *call, gfp_t gfp)
{
	return !call->order && !gfpflags_allow_blocking(gfp) &&
	       !(gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC)) &&
	       !(current->flags & PF_MEMALLOC);
}

/* An attempt neither waits nor opens the kernel's reserves. */
static void expect_attempt(struct kunit *test, const struct call *call,
			   gfp_t gfp)
{
	const gfp_t always = __GFP_THISNODE | __GFP_NORETRY | __GFP_NOWARN |
			     (is_for_atomic(call, gfp) ? 0 : __GFP_NOMEMALLOC);
	const gfp_t effort = __GFP_KSWAPD_RECLAIM |
			     (call->order ? 0 : __GFP_HIGH);

	expect_flags(test, call->gfp, always | (gfp & effort));
}

/* The last request has the flags of @gfp without @drops, and with @adds. */
static void expect_last(struct kunit *test, const struct calls *calls,
			gfp_t gfp, gfp_t drops, gfp_t adds)
{
	KUNIT_ASSERT_GT(test, calls->nr, 0);
	expect_flags(test, calls->call[calls->nr - 1].gfp,
		     (gfp & ~drops) | adds);
}

static void expect_row(struct kunit *test, enum way way, gfp_t gfp)
{
	const gfp_t ignored = ZONES | __GFP_ACCOUNT;
	unsigned int i, attempts;

	ask(test, way, gfp);
	attempts = pages.nr - (way == SHARED && pages.nr);
	for (i = 0; i < attempts; i++)
		expect_attempt(test, &pages.call[i], gfp);
	if (is_to_kmalloc(way, gfp))
		KUNIT_EXPECT_EQ(test, attempts, 0);
	else
		KUNIT_EXPECT_GE(test, attempts, 2);
	if (way == SHARED) {
		KUNIT_EXPECT_EQ(test, raws.nr, 0);
		expect_last(test, &pages, gfp,
			    ignored | __GFP_ZERO | __GFP_MEMALLOC,
			    __GFP_NOMEMALLOC);
		return;
	}
	KUNIT_EXPECT_EQ(test, raws.nr, 1);
	expect_last(test, &raws, gfp, way == SIZED ? 0 : ignored, 0);
}

/* For every kind of cache, with requests that may wait and that may not. */
static void expect_rows(struct kunit *test, gfp_t gfp)
{
	enum way way;

	for (way = 0; way < NR_WAYS; way++) {
		expect_row(test, way, GFP_KERNEL | gfp);
		if (!(gfp & __GFP_NOFAIL))
			expect_row(test, way, GFP_NOWAIT | gfp);
	}
}

static gfp_t context_of_last(void)
{
	const struct calls *calls = raws.nr ? &raws : &pages;

	return calls->nr ? calls->call[calls->nr - 1].context : 0;
}

static void stop(struct kunit *test)
{
	enum way way;

	for (way = 0; way < NR_WAYS; way++) {
		arena_cache_destroy(caches[way]);
		caches[way] = NULL;
	}
}

static int start(struct kunit *test)
{
	static const unsigned long flags[] = {
		[SHARED] = ARENA_CACHE_SHARED, [DEBUGGED] = ARENA_CACHE_DEBUG,
	};
	enum way way;

	ac_kunit_pin(test, 0);
	ac_kunit_pay_by_arena(test);
	for (way = 0; way < NR_WAYS; way++) {
		caches[way] = arena_cache_create("gfp", SIZE, 0, flags[way],
						 NULL);
		if (!caches[way]) {
			stop(test);
			return -ENOMEM;
		}
	}
	ac_cache_trim();
	return 0;
}

/* --- what may be done for a request --- */

static void direct_reclaim(struct kunit *test)
{
	expect_rows(test, 0);
	expect_rows(test, __GFP_NORETRY);
	expect_rows(test, __GFP_RETRY_MAYFAIL);
}

static void high(struct kunit *test)
{
	enum way way;

	expect_rows(test, __GFP_HIGH);
	for (way = 0; way < NR_WAYS; way++)
		expect_row(test, way, GFP_ATOMIC);
}

static void nofail(struct kunit *test)
{
	expect_rows(test, __GFP_NOFAIL);
}

/* Lines of ours in the kernel's log since @iter. */
static unsigned int lines_since(struct kmsg_dump_iter *iter)
{
	static char line[256];
	unsigned int n = 0;
	size_t len;

	while (kmsg_dump_get_line(iter, false, line, sizeof(line) - 1, &len)) {
		line[len] = 0;
		n += !!strstr(line, "arena_cache: ");
	}
	return n;
}

static void nowarn(struct kunit *test)
{
	struct kmsg_dump_iter iter;

	kmsg_dump_rewind(&iter);
	iter.cur_seq = iter.next_seq;
	expect_rows(test, __GFP_NOWARN);
	expect_rows(test, 0);
	KUNIT_EXPECT_EQ(test, lines_since(&iter), 0);
	/* A line of ours would have been seen. */
	KUNIT_EXPECT_NULL(test, arena_cache_create("nowarn", 0, 0, 0, NULL));
	KUNIT_EXPECT_EQ(test, lines_since(&iter), 1);
}

static void nofs_and_noio(struct kunit *test)
{
	unsigned int scope;
	enum way way;

	for (way = 0; way < NR_WAYS; way++) {
		expect_row(test, way, GFP_NOFS);
		expect_row(test, way, GFP_NOIO);
		scope = memalloc_nofs_save();
		expect_row(test, way, GFP_KERNEL);
		memalloc_nofs_restore(scope);
		expect_flags(test, context_of_last() & GFP_KERNEL, GFP_NOFS);
		scope = memalloc_noio_save();
		expect_row(test, way, GFP_KERNEL);
		memalloc_noio_restore(scope);
		expect_flags(test, context_of_last() & GFP_KERNEL, GFP_NOIO);
	}
}

/* --- reserves --- */

/* Gives single pages that lie where no arena has a record. */
static struct page *give_page(gfp_t gfp, int node, unsigned int order)
{
	struct page *page, *next, *good = NULL;
	LIST_HEAD(others);

	note(&pages, gfp, node, order);
	while (!order && !good) {
		page = alloc_pages_node(node, gfp, 0);
		if (!page)
			break;
		if (ac_arena_map_find(page_address(page)))
			list_add(&page->lru, &others);
		else
			good = page;
	}
	list_for_each_entry_safe(page, next, &others, lru)
		__free_page(page);
	return good;
}

/* There are pages, but no records. A request for one opens no emergency reserve. */
static void expect_records(struct kunit *test, gfp_t gfp)
{
	enum way way;
	unsigned int i;

	for (way = 0; way < NR_WAYS; way++) {
		if (is_to_kmalloc(way, gfp))
			continue;
		starve(test);
		kunit_activate_static_stub(test, ac_pages_alloc, give_page);
		kunit_activate_static_stub(test, ac_arena_record, note_record);
		fail(test, way, gfp);
		kunit_deactivate_static_stub(test, ac_arena_record);
		feed(test);
		KUNIT_EXPECT_GT(test, records.nr, 0);
		for (i = 0; i < records.nr; i++)
			expect_flags(test, records.call[i].gfp &
				     (__GFP_NOMEMALLOC | __GFP_MEMALLOC |
				      __GFP_THISNODE | __GFP_ACCOUNT),
				     __GFP_NOMEMALLOC);
	}
}

static void memalloc(struct kunit *test)
{
	expect_rows(test, __GFP_MEMALLOC);
	expect_records(test, GFP_KERNEL | __GFP_MEMALLOC);
}

/* Is a block to be had where nothing but our reserve is left? */
static bool gets_of_reserve(struct kunit *test, enum way way, gfp_t gfp)
{
	void *p;

	ac_cache_trim();
	starve(test);
	p = get(way, gfp);
	feed(test);
	if (p)
		put(way, p);
	return p;
}

static void the_reserve(struct kunit *test)
{
	enum way way;

	ac_kunit_need_reserve(test);
	for (way = 0; way < NR_WAYS; way++) {
		KUNIT_EXPECT_TRUE(test, gets_of_reserve(test, way, GFP_ATOMIC));
		KUNIT_EXPECT_TRUE(test, gets_of_reserve(test, way, GFP_NOWAIT));
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way, GFP_KERNEL));
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way, GFP_NOIO));
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way, GFP_KERNEL |
							 __GFP_HIGH));
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way, GFP_KERNEL |
							 __GFP_MEMALLOC));
	}
}

static void nomemalloc(struct kunit *test)
{
	const gfp_t no = __GFP_NOMEMALLOC;
	unsigned int scope;
	enum way way;

	expect_rows(test, no);
	expect_rows(test, no | __GFP_MEMALLOC);
	ac_kunit_need_reserve(test);
	for (way = 0; way < NR_WAYS; way++) {
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way,
							 GFP_ATOMIC | no));
		scope = memalloc_noreclaim_save();
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way,
							 GFP_KERNEL | no));
		memalloc_noreclaim_restore(scope);
	}
}

/* PF_MEMALLOC is the task's, not in the flags of the request. */
static void noreclaim_scope(struct kunit *test)
{
	unsigned int scope = memalloc_noreclaim_save();
	enum way way;

	expect_rows(test, 0);
	expect_records(test, GFP_KERNEL);
	memalloc_noreclaim_restore(scope);
	ac_kunit_need_reserve(test);
	for (way = 0; way < NR_WAYS; way++) {
		scope = memalloc_noreclaim_save();
		KUNIT_EXPECT_TRUE(test, gets_of_reserve(test, way, GFP_KERNEL));
		memalloc_noreclaim_restore(scope);
		KUNIT_EXPECT_FALSE(test, gets_of_reserve(test, way, GFP_KERNEL));
	}
}

/* The page's mark is a bit of the word in which pools have a list link. */
static void no_pool_is_pfmemalloc(struct kunit *test)
{
	struct arena_cache *c = caches[NAMED];
	void **p = ac_kunit_zalloc(test, (c->capacity + 1) * sizeof(*p));
	unsigned int i, n = c->capacity + 1;

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_ATOMIC, n, p), n);
	/* A full pool and a partial one. */
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_FALSE(test, page_is_pfmemalloc(virt_to_page(p[i])));
	arena_cache_free_bulk(c, n, p);
}

/* --- what the block is like --- */

/* Without __GFP_ZERO the block shows what was there before. */
static void *dirty_raw(size_t size, gfp_t gfp, int node, enum ac_stat why)
{
	void *p = kmalloc_node(size, gfp, node);

	if (p && !(gfp & __GFP_ZERO))
		memset(p, 0xa5, size);
	return p;
}

static void expect_zeroed(struct kunit *test, enum way way)
{
	void *p = get(way, GFP_KERNEL | __GFP_ZERO);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_NULL_MSG(test, memchr_inv(p, 0, SIZE), "%s", names[way]);
	memset(p, 0xff, SIZE);
	put(way, p);
}

static struct page *last_page(gfp_t gfp, int node, unsigned int order)
{
	return gfp & __GFP_DIRECT_RECLAIM ? alloc_pages_node(node, gfp, order) :
					    NULL;
}

static void zero(struct kunit *test)
{
	enum way way;
	unsigned int i;

	expect_rows(test, __GFP_ZERO);
	for (way = 0; way < NR_WAYS; way++) {
		/* From a new pool, a magazine, a pool again, and kmalloc(). */
		for (i = 0; i < 2; i++)
			expect_zeroed(test, way);
		ac_cache_flush(way == SIZED ? arena_cache_classes[SIZE / 8 - 1] :
					       caches[way]);
		expect_zeroed(test, way);
		ac_cache_trim();
		kunit_activate_static_stub(test, ac_pages_alloc, last_page);
		kunit_activate_static_stub(test, ac_raw_alloc_size, dirty_raw);
		expect_zeroed(test, way);
		feed(test);
	}
}

static void paint(void *p)
{
	memset(p, 0x5a, SIZE);
}

static void zero_of_constructed_blocks(struct kunit *test)
{
	static const unsigned int sizes[] = { SIZE, 2 * ARENA_CACHE_MAX_BLOCK };
	struct arena_cache *c;
	unsigned int i;
	void *p;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_cache(test, sizes[i], 0, paint);
		p = arena_cache_alloc(c, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x5a, SIZE));
		arena_cache_free(c, p);
	}
}

static void large_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 1024, 0, NULL);
	const gfp_t gfp = GFP_KERNEL | __GFP_ZERO | __GFP_ACCOUNT | __GFP_NOFAIL;
	unsigned int i;
	void *p;

	for (i = 0; i < 2; i++) {
		/* SLUB would report __GFP_HIGHMEM. */
		p = arena_cache_alloc(c, gfp | __GFP_HIGHMEM);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0, 1024));
		memset(p, 0xff, 1024);
		arena_cache_free(c, p);
	}
	starve(test);
	KUNIT_EXPECT_NULL(test, arena_alloc(1024, gfp | __GFP_MEMALLOC));
	feed(test);
	KUNIT_EXPECT_EQ(test, pages.nr, 0);
	expect_last(test, &raws, gfp | __GFP_MEMALLOC, 0, 0);
}

static void account(struct kunit *test)
{
	expect_rows(test, __GFP_ACCOUNT);
	expect_records(test, GFP_KERNEL_ACCOUNT);
}

static void zone_modifiers(struct kunit *test)
{
	static const gfp_t zones[] = { __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM,
				       __GFP_MOVABLE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zones); i++)
		expect_rows(test, zones[i]);
}

/* --- where it is --- */

static void thisnode(struct kunit *test)
{
	expect_rows(test, __GFP_THISNODE);
	expect_records(test, GFP_KERNEL | __GFP_THISNODE);
}

/* Asks for a block of @node, where only pools of other nodes have blocks. */
static void *get_there(struct kunit *test, struct arena_cache *c, gfp_t gfp,
		       int node)
{
	void *p;

	ac_cache_flush(c);
	starve(test);
	p = arena_cache_alloc_node(c, gfp, node);
	feed(test);
	return p;
}

static void thisnode_of_a_node(struct kunit *test)
{
	static const enum way ways[] = { NAMED, SHARED, DEBUGGED };
	int far = ac_kunit_far_node(test);
	struct arena_cache *c;
	unsigned int i, k;
	void *held, *p;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		c = caches[ways[i]];
		held = ac_kunit_alloc(test, c);
		p = get_there(test, c, GFP_KERNEL | __GFP_THISNODE, far);
		KUNIT_EXPECT_NULL(test, p);
		KUNIT_EXPECT_GT(test, pages.nr, 0);
		for (k = 0; k < pages.nr; k++)
			KUNIT_EXPECT_EQ(test, pages.call[k].node, far);
		for (k = 0; k < raws.nr; k++)
			KUNIT_EXPECT_EQ(test, raws.call[k].node, far);
		p = get_there(test, c, GFP_KERNEL, far);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, ac_kunit_node_of(p), numa_mem_id());
		arena_cache_free(c, p);
		arena_cache_free(c, held);
	}
}

/* Fills this CPU's magazines and depot with blocks of @node. */
static void cache_blocks_of(struct kunit *test, struct arena_cache *c, int node)
{
	const unsigned int nr = 6 * c->rounds;
	void **p = ac_kunit_zalloc(test, nr * sizeof(*p));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		p[i] = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_THISNODE,
					      node);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
	}
	for (i = 0; i < nr; i++)
		arena_cache_free(c, p[i]);
	KUNIT_ASSERT_GT(test, ac_depot_of(c, raw_smp_processor_id())->full.nr, 0);
}

static void thisnode_and_magazines(struct kunit *test)
{
	struct arena_cache *c = caches[NAMED];
	int far = ac_kunit_far_node(test);
	void *p, *q;

	cache_blocks_of(test, c, far);
	p = arena_cache_alloc(c, GFP_KERNEL | __GFP_THISNODE);
	q = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_THISNODE, numa_mem_id());
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_EQ(test, ac_kunit_node_of(p), far);
	KUNIT_EXPECT_EQ(test, ac_kunit_node_of(q), numa_mem_id());
	arena_cache_free(c, p);
	arena_cache_free(c, q);
}

static void thisnode_and_the_last_resort(struct kunit *test)
{
	struct arena_cache *c = caches[NAMED];
	int far = ac_kunit_far_node(test);
	void *p, *q;

	cache_blocks_of(test, c, far);
	starve(test);
	kunit_activate_static_stub(test, ac_arena_take_free, ac_kunit_no_free_pool);
	p = arena_cache_alloc_node(c, GFP_KERNEL | __GFP_THISNODE, numa_mem_id());
	q = arena_cache_alloc_node(c, GFP_KERNEL, numa_mem_id());
	kunit_deactivate_static_stub(test, ac_arena_take_free);
	feed(test);
	KUNIT_EXPECT_NULL(test, p);
	KUNIT_EXPECT_NOT_NULL(test, q);
	arena_cache_free(c, p);
	arena_cache_free(c, q);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(direct_reclaim),
	KUNIT_CASE(high),
	KUNIT_CASE(nofail),
	KUNIT_CASE(nowarn),
	KUNIT_CASE(nofs_and_noio),
	KUNIT_CASE(memalloc),
	KUNIT_CASE(the_reserve),
	KUNIT_CASE(nomemalloc),
	KUNIT_CASE(noreclaim_scope),
	KUNIT_CASE(no_pool_is_pfmemalloc),
	KUNIT_CASE(zero),
	KUNIT_CASE(zero_of_constructed_blocks),
	KUNIT_CASE(large_blocks),
	KUNIT_CASE(account),
	KUNIT_CASE(zone_modifiers),
	KUNIT_CASE(thisnode),
	KUNIT_CASE(thisnode_of_a_node),
	KUNIT_CASE(thisnode_and_magazines),
	KUNIT_CASE(thisnode_and_the_last_resort),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_gfp",
	.init = start,
	.exit = stop,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
