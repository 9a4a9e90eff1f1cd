// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - many blocks at a time
 */
#include <linux/arena_cache.h>
#include <linux/export.h>

#include "block.h"
#include "fallback.h"
#include "magazine.h"

/* Blocks that a bulk call moves at once, with preemption off. */
#define AC_BULK_RUN	256U

/* Up to @nr blocks, from the nearest place that has any. */
static unsigned int alloc_run(struct arena_cache *c, gfp_t gfp,
			      unsigned int nr, void **p, unsigned long ip)
{
	unsigned int n;

	if (ac_block_is_special(c)) {
		/* Not SLUB's bulk call, which needs interrupts on. */
		*p = ac_block_alloc_special(c, gfp, NUMA_NO_NODE, ip);
		return !!*p;
	}
	nr = min(nr, AC_BULK_RUN);
	n = ac_magazine_take(c, gfp, nr, p);
	return n ?: ac_fallback_alloc(c, gfp, ac_fallback_pick_node(gfp), nr, p);
}

static noinline void free_bulk_slow(struct arena_cache *c, size_t nr, void **p,
				    unsigned long ip)
{
	unsigned int run, n;

	if (WARN_ON_ONCE(nr > INT_MAX))
		return;
	if (ac_block_is_special(c) || want_init_on_free()) {
		for (; nr--; p++)
			if (*p)
				ac_block_free(c, *p, ip);
		return;
	}
	for (; nr; nr -= run, p += run) {
		run = min_t(size_t, nr, AC_BULK_RUN);
		n = ac_magazine_put(c, run, p);
		if (n < run)
			ac_pool_put(c, run - n, p + n);
	}
}

static noinline int alloc_bulk_slow(struct arena_cache *c, gfp_t gfp,
				    size_t nr, void **p, unsigned long ip)
{
	unsigned int n, got;

	if (WARN_ON_ONCE(nr > INT_MAX))
		return 0;
	might_alloc(gfp);
	for (got = 0; got < nr; got += n) {
		n = alloc_run(c, gfp, nr - got, p + got, ip);
		if (!n) {
			/* To a debug cache this is a free like any other. */
			free_bulk_slow(c, got, p, ip);
			return 0;
		}
	}
	return nr;
}

static void watch_blocks(struct arena_cache *c, gfp_t gfp, unsigned int nr,
			 void **p)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		__arena_cache_watch(c, p[i], gfp);
}

static void unwatch_blocks(struct arena_cache *c, size_t nr, void **p)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!p[i])
			continue;
		debug_check_no_locks_freed(p[i], c->size);
		if (ARENA_CACHE_WATCHED)
			__arena_cache_unwatch(c, p[i]);
	}
}

static noinline int init_blocks(struct arena_cache *c, gfp_t gfp,
				unsigned int nr, void **p)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		p[i] = __arena_cache_init(c, p[i], gfp);
		if (unlikely(!p[i]))
			break;
	}
	if (likely(i == nr))
		return nr;
	/* One was a stray pointer, and there is no block in its place. */
	arena_cache_free_bulk(c, nr, p);
	return 0;
}

int arena_cache_alloc_bulk(struct arena_cache *c, gfp_t gfp, size_t nr,
			   void **p)
{
	__arena_cache_might_alloc(gfp);
	if (unlikely(!ac_magazine_take_run(c, nr, p)))
		nr = alloc_bulk_slow(c, gfp, nr, p, _RET_IP_);
	if (ARENA_CACHE_WATCHED && !ac_block_is_special(c))
		watch_blocks(c, gfp, nr, p);
	return want_init_on_alloc(gfp) && !ac_block_is_special(c) ?
		       init_blocks(c, gfp, nr, p) : nr;
}
EXPORT_SYMBOL_GPL(arena_cache_alloc_bulk);

void arena_cache_free_bulk(struct arena_cache *c, size_t nr, void **p)
{
	if (ARENA_CACHE_WATCHED || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		unwatch_blocks(c, nr, p);
	if (want_init_on_free() || unlikely(!ac_magazine_put_run(c, nr, p)))
		free_bulk_slow(c, nr, p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(arena_cache_free_bulk);
