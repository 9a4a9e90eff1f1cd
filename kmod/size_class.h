/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the numbers: arenas, runs, pools, size classes
 *
 * A pool of 4 KB holds blocks of one size. Block i lies at offset
 * i * block_size, so it is aligned to the largest power of two in that.
 *
 * A pool's bitmap has a bit for every index that an offset below 4096 can give.
 * Up to 64 of them fit the pool's descriptor; below 64 bytes a block the bitmap
 * takes the last bytes of the pool itself.
 *
 *	map_words   = ceil(ceil(4096 / block_size) / 64)
 *	map_offset  = block_size < 64 ? 4096 - 8 * map_words : 0, for "not inside"
 *	capacity    = (map_offset ?: 4096) / block_size
 *	index of offset = offset * reciprocal >> 23, exact for offsets < 4096
 */
#ifndef AC_SIZE_CLASS_H
#define AC_SIZE_CLASS_H

#include <linux/arena_cache_cpu.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#define AC_ARENA_SHIFT		18
#define AC_ARENA_SIZE		BIT(AC_ARENA_SHIFT)
#define AC_ARENA_ORDER		(AC_ARENA_SHIFT - PAGE_SHIFT)
#define AC_POOL_SHIFT		12
#define AC_POOL_SIZE		BIT(AC_POOL_SHIFT)
#define AC_POOLS		(AC_ARENA_SIZE / AC_POOL_SIZE)

/* Pools of the smallest run. */
#define AC_RUN_ORDER		3
#define AC_RUN			BIT(AC_RUN_ORDER)

/* The smallest block whose pool keeps its bitmap in its descriptor. */
#define AC_MAP_INLINE_BLOCK	(AC_POOL_SIZE / 64)

#define AC_RECIPROCAL_SHIFT	23

/* The largest block that debug caches make of what callers get. */
#define AC_MAX_BLOCK		(4 * ARENA_CACHE_MAX_BLOCK)

static_assert(AC_POOLS == 64);
static_assert(ARENA_CACHE_CLASSES == 64);
static_assert(PAGE_SHIFT == AC_POOL_SHIFT);
static_assert(ARCH_KMALLOC_MINALIGN >= ARENA_CACHE_STEP);
static_assert(ARENA_CACHE_DMA_ALIGN >= ARCH_KMALLOC_MINALIGN);
static_assert(ARENA_CACHE_DMA_ALIGN <= ARENA_CACHE_MAX_BLOCK);
/* offset * error of the reciprocal must stay below one. */
static_assert(AC_POOL_SIZE * AC_MAX_BLOCK <= 1UL << AC_RECIPROCAL_SHIFT);
/* And their product must fit 32 bits. */
static_assert(AC_POOL_SIZE / ARENA_CACHE_STEP <=
	      1UL << (32 - AC_RECIPROCAL_SHIFT));

/* The class whose blocks have @size bytes. */
static inline unsigned int ac_class_of(size_t size)
{
	return (size - 1) / ARENA_CACHE_STEP;
}

static inline unsigned int ac_class_size(unsigned int class)
{
	return (class + 1) * ARENA_CACHE_STEP;
}

/* The class that serves requests for @size, which is 1 to 512. */
static inline unsigned int ac_class_for(size_t size)
{
	return __arena_cache_entry(size) - 1;
}

/* The alignment of blocks that are @block_size bytes apart, from a page's start. */
static inline unsigned int ac_class_align(unsigned int block_size)
{
	return min_t(unsigned int, block_size & -block_size, PAGE_SIZE);
}

static inline unsigned int ac_class_map_words(unsigned int block_size)
{
	return DIV_ROUND_UP(DIV_ROUND_UP(AC_POOL_SIZE, block_size), 64);
}

static inline unsigned int ac_class_map_offset(unsigned int block_size)
{
	return block_size < AC_MAP_INLINE_BLOCK ?
	       AC_POOL_SIZE - sizeof(u64) * ac_class_map_words(block_size) : 0;
}

static inline unsigned int ac_class_capacity(unsigned int block_size)
{
	return (ac_class_map_offset(block_size) ?: AC_POOL_SIZE) / block_size;
}

static inline u32 ac_class_reciprocal(unsigned int block_size)
{
	return DIV_ROUND_UP(1U << AC_RECIPROCAL_SHIFT, block_size);
}

static inline unsigned int ac_class_index(const struct arena_cache *c,
					  const void *p)
{
	u32 offset = (unsigned long)p & (AC_POOL_SIZE - 1);

	return offset * c->reciprocal >> AC_RECIPROCAL_SHIFT;
}

#endif /* AC_SIZE_CLASS_H */
