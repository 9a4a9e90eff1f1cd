/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - KUnit: pools straight from arenas, and the orders that are asked for
 *
 * From a state without used arenas a test takes pools for a cache that never uses them,
 * and gives them back as it likes. Pools that it still has go with the test.
 */
#ifndef AC_KUNIT_POOLS_H
#define AC_KUNIT_POOLS_H

#include <kunit/test.h>

#include "../arena.h"

struct ac_kunit_pools {
	struct arena_cache *cache;
	struct ac_arena_set *set;
	unsigned int reserve;		/* arenas */
	int node;
	unsigned long allocated;	/* AC_STAT_ARENA_ALLOC at the start */
	unsigned long released;		/* AC_STAT_ARENA_FREE at the start */
	unsigned int nr;
	struct ac_pool *pool[5 * AC_POOLS];	/* NULL: given back */
};

struct ac_kunit_pools *ac_kunit_pools(struct kunit *test);
void ac_kunit_keep_pool(struct kunit *test, struct ac_kunit_pools *f,
			struct ac_pool *pool);
struct ac_pool *ac_kunit_take_pool(struct kunit *test, struct ac_kunit_pools *f);
void ac_kunit_take_pools(struct kunit *test, struct ac_kunit_pools *f,
			 unsigned int nr);
void ac_kunit_give_pool(struct ac_kunit_pools *f, unsigned int i);
void ac_kunit_give_pools(struct ac_kunit_pools *f, unsigned int left);
struct ac_arena *ac_kunit_arena_of(const struct ac_pool *pool);

/* What the page allocator was asked for since ac_kunit_watch_orders(). */
struct ac_kunit_asked {
	unsigned int nr;
	unsigned int nr_runs;		/* attempts at orders above 0 */
	unsigned int order[64];		/* of the first attempts */
	unsigned int fails;		/* from this order on there is nothing */
};

extern struct ac_kunit_asked ac_kunit_asked;

void ac_kunit_watch_orders(struct kunit *test, unsigned int fails);
void ac_kunit_unwatch_orders(struct kunit *test);

#endif /* AC_KUNIT_POOLS_H */
