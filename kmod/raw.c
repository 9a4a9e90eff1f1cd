// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - raw blocks: what arenas do not serve
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "cpus.h"
#include "debug/debug.h"
#include "kunit_export.h"
#include "raw.h"
#include "report.h"
#include "size_class.h"
#include "wake.h"

struct raw_tag {
	const struct arena_cache *cache;
	const void *block;
};

static struct raw_tag *tag_of(const struct arena_cache *c, const void *p)
{
	return (struct raw_tag *)((unsigned long)p + c->block_size);
}

static void *alloc_on_node(size_t size, gfp_t gfp, int node)
{
	return node == NUMA_NO_NODE ? kmalloc(size, gfp) :
				      kmalloc_node(size, gfp, node);
}

/*
 * Since 6.12 kmalloc() aligns to the largest power of two that divides the size. Before,
 * its caches of 96 and 192 bytes do not where SLUB looks for bugs.
 */
static void *alloc_aligned(size_t size, gfp_t gfp, int node)
{
	size_t align = ac_class_align(ALIGN(size, ARENA_CACHE_STEP));
	void *p = alloc_on_node(size, gfp, node);

	if (likely(IS_ALIGNED((unsigned long)p, align)))
		return p;
	kfree(p);
	return alloc_on_node(roundup_pow_of_two(size), gfp, node);
}

/**
 * ac_raw_alloc_size - allocate by size from kmalloc()
 * @size: bytes
 * @gfp: as for kmalloc()
 * @node: preferred NUMA node or %NUMA_NO_NODE
 * @why: the event that is counted
 *
 * Return: memory for kfree(), or NULL.
 */
void *ac_raw_alloc_size(size_t size, gfp_t gfp, int node, enum ac_stat why)
{
	void *p;

	KUNIT_STATIC_STUB_REDIRECT(ac_raw_alloc_size, size, gfp, node, why);
	p = alloc_aligned(size, gfp, node);
	if (p)
		ac_stat_inc(why);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(ac_raw_alloc_size);

/**
 * ac_raw_is_kmalloc - may this be memory of kmalloc() or a kmem_cache?
 * @p: any pointer
 *
 * Such memory is in slabs or, if large, in compound pages. Any other pointer stops
 * here, before code looks for the struct page of an address that may have none.
 *
 * Return: false if @p cannot be.
 */
bool ac_raw_is_kmalloc(const void *p)
{
	struct page *page;

	if (!virt_addr_valid(p))
		return false;
	page = virt_to_head_page(p);
	return PageSlab(page) || PageHead(page);
}

/* Also for memory of kmalloc() that never was ours. */
void ac_raw_free_size(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	if (unlikely(!ac_raw_is_kmalloc(p))) {
		ac_report_bad_free(NULL, p, AC_BAD_FOREIGN);
		return;
	}
	ac_stat_inc(AC_STAT_RAW_FREE);
	kfree(p);
}

/**
 * ac_raw_alloc - allocate a block of a named cache from kmalloc()
 * @c: the cache
 * @gfp: the caller's
 * @node: preferred NUMA node or %NUMA_NO_NODE
 *
 * Return: a constructed block, or NULL.
 */
void *ac_raw_alloc(struct arena_cache *c, gfp_t gfp, int node)
{
	size_t size = c->block_size + sizeof(struct raw_tag);
	void *p;

	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT);
	p = ac_raw_alloc_size(roundup_pow_of_two(size), gfp, node,
			      AC_STAT_RAW_ARENA);
	if (!p)
		return NULL;
	*tag_of(c, p) = (struct raw_tag){ .cache = c, .block = p };
	/* Code that frees the block got it from here, and sees this. */
	WRITE_ONCE(c->has_raw, true);
	ac_cpus_count(c, 1);
	if (c->debug)
		ac_debug_format(c, p);
	if (c->ctor)
		c->ctor(p + c->offset);
	return p;
}

/**
 * ac_raw_owns - is this a raw block of a cache?
 * @c: the cache
 * @p: any address that is in no arena
 *
 * The tag is read only if @c ever had raw blocks, and only from memory of kmalloc(),
 * which is mapped. Behind a stray pointer it may be memory that KASAN has fenced off.
 *
 * Return: whether @p is one.
 */
bool ac_raw_owns(const struct arena_cache *c, const void *p)
{
	const struct raw_tag *tag = tag_of(c, p);

	return READ_ONCE(c->has_raw) && IS_ALIGNED((unsigned long)p, 8) &&
	       ac_raw_is_kmalloc(p) && ac_raw_is_kmalloc(&tag->block) &&
	       READ_ONCE_NOCHECK(tag->cache) == c &&
	       READ_ONCE_NOCHECK(tag->block) == p;
}

void ac_raw_free(struct arena_cache *c, void *p)
{
	tag_of(c, p)->cache = NULL;
	ac_raw_free_size(p);
	ac_cpus_count(c, -1);
	if (unlikely(READ_ONCE(c->defunct)))
		ac_wake();
}

/* Exact while no caller allocates or frees. */
long ac_raw_live(const struct arena_cache *c)
{
	return ac_cpus_outside(c);
}
