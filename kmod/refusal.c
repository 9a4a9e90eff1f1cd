// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - caches that there cannot be
 */
#include <linux/arena_cache.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "kunit_export.h"
#include "refusal.h"

#define AC_KNOWN_FLAGS \
	(ARENA_CACHE_SHARED | ARENA_CACHE_DEBUG | ARENA_CACHE_RECLAIMABLE | \
	 ARENA_CACHE_TYPESAFE_BY_RCU)

#define AC_NOT_SHARED	(ARENA_CACHE_DEBUG | ARENA_CACHE_TYPESAFE_BY_RCU)

static int refuse_flags(unsigned long flags, char *why)
{
	if (flags & ~AC_KNOWN_FLAGS)
		return snprintf(why, AC_REFUSAL_WHY,
				"flags %#lx: allowed are ARENA_CACHE_SHARED %#lx, _DEBUG %#lx, _RECLAIMABLE %#lx, _TYPESAFE_BY_RCU %#lx",
				flags, ARENA_CACHE_SHARED, ARENA_CACHE_DEBUG,
				ARENA_CACHE_RECLAIMABLE,
				ARENA_CACHE_TYPESAFE_BY_RCU);
	if (flags & ARENA_CACHE_SHARED && flags & AC_NOT_SHARED)
		return snprintf(why, AC_REFUSAL_WHY,
				"flags %#lx: ARENA_CACHE_SHARED excludes _DEBUG and _TYPESAFE_BY_RCU",
				flags);
	return 0;
}

static int refuse_geometry(unsigned int size, unsigned int align, bool shared,
			   char *why)
{
	const unsigned long most = shared ? ARENA_CACHE_MAX_BLOCK :
					    KMALLOC_MAX_SIZE;

	if (!size || size > most)
		return snprintf(why, AC_REFUSAL_WHY, "size %u: allowed is 1 to %lu%s",
				size, most,
				shared ? " with ARENA_CACHE_SHARED" : "");
	if ((align && !is_power_of_2(align)) || align > PAGE_SIZE)
		return snprintf(why, AC_REFUSAL_WHY,
				"align %u: allowed is 0, or a power of two up to %lu",
				align, PAGE_SIZE);
	return 0;
}

/**
 * ac_refusal_find - can there be no such cache?
 * @name: as for arena_cache_create()
 * @size: the same
 * @align: the same
 * @flags: the same
 * @why: gets what was given and what is allowed, in AC_REFUSAL_WHY bytes at most
 *
 * Return: whether there can be none.
 */
bool ac_refusal_find(const char *name, unsigned int size, unsigned int align,
		     unsigned long flags, char *why)
{
	if (!name || !*name)
		return snprintf(why, AC_REFUSAL_WHY, "name is %s: allowed is any text",
				name ? "empty" : "NULL");
	return refuse_flags(flags, why) ||
	       refuse_geometry(size, align, flags & ARENA_CACHE_SHARED, why);
}
EXPORT_SYMBOL_IF_KUNIT(ac_refusal_find);
