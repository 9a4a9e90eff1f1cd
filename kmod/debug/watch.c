// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the kernel's own checkers: KASAN and kmemleak
 */
#include <linux/export.h>
#include <linux/kmemleak.h>

#include "watch.h"

static bool is_watched(const struct arena_cache *c, const void *p)
{
	return !c->large && !c->debug && !c->shared && ac_arena_owns(p) &&
	       ac_pool_check(c, p) == AC_GOOD;
}

/**
 * ac_watch_resize - change how many bytes of a live block its owner may use
 * @c: its cache
 * @p: the block; any other pointer is left alone
 * @size: bytes that may be used
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_watch_resize(const struct arena_cache *c, const void *p, size_t size)
{
	if (!is_watched(c, p) || c->typesafe)
		return;
	ac_shadow_close(p, c->block_size, AC_SHADOW_NEVER);
	ac_shadow_open(p, size);
}

/* A caller gets @p, and may use all of it. */
void __arena_cache_watch(struct arena_cache *c, const void *p, gfp_t gfp)
{
	if (!is_watched(c, p))
		return;
	ac_shadow_open(p, c->size);
	kmemleak_alloc(p, c->size, 1, gfp);
}
EXPORT_SYMBOL_GPL(__arena_cache_watch);

/* A caller says that it frees @p. */
void __arena_cache_unwatch(struct arena_cache *c, const void *p)
{
	if (!is_watched(c, p))
		return;
	kmemleak_free(p);
	/* Readers under RCU may look at it. */
	if (!c->typesafe)
		ac_shadow_close(p, c->block_size, AC_SHADOW_FREED);
}
EXPORT_SYMBOL_GPL(__arena_cache_unwatch);
