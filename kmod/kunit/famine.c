// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: no arena to be had
 *
 * The page allocator's answer is replaced, for the thread of the test: to leave
 * a kernel without a free run of 256 KB for real is possible, but kswapd and
 * compaction make another one at any moment.
 */
#include <kunit/static_stub.h>
#include <linux/slab.h>

#include "../arena.h"
#include "../raw.h"
#include "helper.h"

static struct page *no_pages(gfp_t gfp, int node, unsigned int order)
{
	return NULL;
}

static bool worse;
static unsigned int raw_left;

static void *few_blocks(size_t size, gfp_t gfp, int node, enum ac_stat why)
{
	if (!raw_left)
		return NULL;
	raw_left--;
	return kmalloc_node(size, gfp, node);
}

/*
 * Until ac_kunit_famine_end() the page allocator gives no arena to the test, and
 * there is none to start with.
 */
void ac_kunit_famine_start(struct kunit *test)
{
	ac_kunit_trim(test);
	kunit_activate_static_stub(test, ac_pages_alloc, no_pages);
}

/* Nor that, and kmalloc() gives but @raw blocks; arenas that are there stay. */
void ac_kunit_famine_worsen(struct kunit *test, unsigned int raw)
{
	worse = true;
	raw_left = raw;
	kunit_activate_static_stub(test, ac_pages_alloc, no_pages);
	kunit_activate_static_stub(test, ac_raw_alloc_size, few_blocks);
}

void ac_kunit_famine_end(struct kunit *test)
{
	kunit_deactivate_static_stub(test, ac_pages_alloc);
	if (worse)
		kunit_deactivate_static_stub(test, ac_raw_alloc_size);
	worse = false;
	ac_kunit_open_orders();
}
