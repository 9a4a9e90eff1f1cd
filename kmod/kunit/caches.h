/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - KUnit: caches and blocks for tests
 */
#ifndef AC_KUNIT_CACHES_H
#define AC_KUNIT_CACHES_H

#include <kunit/test.h>
#include <linux/arena_cache.h>

#include "../arena.h"

/* Caches that go away with the test, or before it ends by ac_kunit_destroy(). */
struct arena_cache *ac_kunit_cache(struct kunit *test, unsigned int size,
				   unsigned int align, void (*ctor)(void *));
struct arena_cache *ac_kunit_debug_cache(struct kunit *test, unsigned int size,
					 unsigned int align,
					 void (*ctor)(void *));
void ac_kunit_destroy(struct kunit *test, struct arena_cache *c);

/* A cache that the test itself destroys. */
struct arena_cache *ac_kunit_create(struct kunit *test, const char *name,
				    unsigned int size, unsigned long flags,
				    void (*ctor)(void *));
bool ac_kunit_is_listed(const char *name);

/* Blocks as callers get them. */
void *ac_kunit_alloc(struct kunit *test, struct arena_cache *c);

/* Blocks straight from pools, past the magazines. */
void ac_kunit_take_blocks(struct kunit *test, struct arena_cache *c,
			  unsigned int nr, void **blocks);
void *ac_kunit_take_block(struct kunit *test, struct arena_cache *c);

struct ac_pool *ac_kunit_pool_of(const void *p);
int ac_kunit_node_of(const void *p);
void *ac_kunit_free_page(struct kunit *test, const void *p);

#endif /* AC_KUNIT_CACHES_H */
