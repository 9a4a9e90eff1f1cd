/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - KUnit: no arena to be had
 *
 * Answers of lower layers are replaced for the thread of the test. To leave a kernel
 * without a free run of 256 KB for real is possible, but kswapd and compaction make
 * another one at any moment.
 */
#ifndef AC_KUNIT_FAMINE_H
#define AC_KUNIT_FAMINE_H

#include <kunit/test.h>

#include "../arena.h"

/* What to allocate with in a famine: may block, so it leaves the reserve alone. */
#define AC_KUNIT_FAMINE_GFP	GFP_KERNEL

void ac_kunit_famine_start(struct kunit *test);
void ac_kunit_famine_worsen(struct kunit *test, unsigned int raw);
void ac_kunit_famine_end(struct kunit *test);

/* Stubs of layers that have nothing, for tests that choose which of them fail. */
struct page *ac_kunit_no_pages(gfp_t gfp, int node, unsigned int order);
struct ac_pool *ac_kunit_no_free_pool(struct arena_cache *c, int node,
				      unsigned long reserve);
unsigned int ac_kunit_no_blocks(struct arena_cache *c, int node, unsigned int nr,
				void **blocks);

#endif /* AC_KUNIT_FAMINE_H */
