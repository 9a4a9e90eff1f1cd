// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: no arena to be had
 */
#include <kunit/static_stub.h>
#include <linux/slab.h>

#include "../raw.h"
#include "famine.h"
#include "helper.h"

struct page *ac_kunit_no_pages(gfp_t gfp, int node, unsigned int order)
{
	return NULL;
}

struct ac_pool *ac_kunit_no_free_pool(struct arena_cache *c, int node,
				      unsigned long reserve)
{
	return NULL;
}

unsigned int ac_kunit_no_blocks(struct arena_cache *c, int node, unsigned int nr,
				void **blocks)
{
	return 0;
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
 * Gives all arenas back. Until ac_kunit_famine_end() the page allocator gives the test
 * none. The test must hold no blocks: see ac_kunit_trim().
 */
void ac_kunit_famine_start(struct kunit *test)
{
	ac_kunit_trim(test);
	kunit_activate_static_stub(test, ac_pages_alloc, ac_kunit_no_pages);
}

/* Keeps the arenas that are there, but kmalloc() gives no more than @raw blocks. */
void ac_kunit_famine_worsen(struct kunit *test, unsigned int raw)
{
	worse = true;
	raw_left = raw;
	kunit_activate_static_stub(test, ac_pages_alloc, ac_kunit_no_pages);
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
