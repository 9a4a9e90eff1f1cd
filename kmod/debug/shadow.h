/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what KASAN knows of our memory
 *
 * Owns KASAN's shadow of the arenas, against which a kernel with KASAN checks every
 * access. KASAN exports only kasan_poison(), which has no public prototype and takes
 * whole granules of 8 bytes; the rest is done here.
 *
 * Invariants, where KASAN watches:
 *	a live block is open to the byte asked for		(watch.h)
 *	a block that was freed is AC_SHADOW_FREED
 *	one that was never given out, and the end of a pool, is AC_SHADOW_NEVER
 *	free pools are one of these two
 *	maps of pools that hold them, and pools of debug and of shared caches, are
 *		open
 */
#ifndef AC_SHADOW_H
#define AC_SHADOW_H

#include <linux/types.h>

#ifdef CONFIG_KASAN_GENERIC
#include <linux/kasan.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/string.h>

/* KASAN's own codes for objects of slabs, so that its reports fit. */
#define AC_SHADOW_FREED	0xfb
#define AC_SHADOW_NEVER	0xfc

void kasan_poison(const void *addr, size_t size, u8 value, bool init);

/* @p and @size are multiples of 8. */
static inline void ac_shadow_close(const void *p, size_t size, u8 why)
{
	kasan_poison(p, size, why, false);
}

/* The last granule is open up to the caller's last byte. */
static inline void ac_shadow_open(const void *p, size_t size)
{
	kasan_poison(p, round_down(size, 8), 0, false);
	if (size % 8)
		*(u8 *)kasan_mem_to_shadow(p + size) = size % 8;
}

/* The number of open bytes at @p before the first closed one, at most @max. */
static inline size_t ac_shadow_size(const void *p, size_t max)
{
	const u8 *shadow = kasan_mem_to_shadow(p);
	const u8 *end = memchr_inv(shadow, 0, DIV_ROUND_UP(max, 8));
	size_t size;

	if (!end)
		return max;
	size = (end - shadow) * 8;
	return min(*end < 8 ? size + *end : size, max);
}
#else
#define AC_SHADOW_FREED	0
#define AC_SHADOW_NEVER	0

static inline void ac_shadow_close(const void *p, size_t size, u8 why)
{
}

static inline void ac_shadow_open(const void *p, size_t size)
{
}

static inline size_t ac_shadow_size(const void *p, size_t max)
{
	return max;
}
#endif

#endif /* AC_SHADOW_H */
