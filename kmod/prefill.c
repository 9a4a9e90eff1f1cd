// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - blocks for callers that must not fail: prefills, mempools
 *
 * A prefill owns its blocks, which count as live, and belongs to one caller at a time: no
 * lock. It is memory by size itself.
 */
#include <linux/arena_cache.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/string.h>

struct arena_cache_prefill {
	struct arena_cache *cache;
	unsigned int nr;
	void *block[];
};

struct arena_cache_prefill *arena_cache_prefill(struct arena_cache *c,
						unsigned int nr, gfp_t gfp)
{
	struct arena_cache_prefill *f;

	if (!nr || nr > INT_MAX)
		return NULL;
	f = arena_alloc(struct_size(f, block, nr), gfp & ~__GFP_ZERO);
	if (!f)
		return NULL;
	f->cache = c;
	f->nr = arena_cache_alloc_bulk(c, gfp & ~__GFP_ZERO, nr, f->block);
	if (f->nr)
		return f;
	arena_free(f);
	return NULL;
}
EXPORT_SYMBOL_GPL(arena_cache_prefill);

void *arena_cache_prefill_take(struct arena_cache_prefill *f, gfp_t gfp)
{
	struct arena_cache *c = f->cache;
	void *p;

	if (!f->nr)
		return NULL;
	p = f->block[--f->nr];
	if (gfp & __GFP_ZERO && !c->ctor)
		memset(p, 0, c->size);
	return p;
}
EXPORT_SYMBOL_GPL(arena_cache_prefill_take);

unsigned int arena_cache_prefill_left(const struct arena_cache_prefill *f)
{
	return f->nr;
}
EXPORT_SYMBOL_GPL(arena_cache_prefill_left);

void arena_cache_prefill_return(struct arena_cache_prefill *f)
{
	if (!f)
		return;
	arena_cache_free_bulk(f->cache, f->nr, f->block);
	arena_free(f);
}
EXPORT_SYMBOL_GPL(arena_cache_prefill_return);

void *__arena_cache_mempool_alloc(gfp_t gfp, void *c)
{
	return arena_cache_alloc(c, gfp);
}
EXPORT_SYMBOL_GPL(__arena_cache_mempool_alloc);

void __arena_cache_mempool_free(void *p, void *c)
{
	arena_cache_free(c, p);
}
EXPORT_SYMBOL_GPL(__arena_cache_mempool_free);
