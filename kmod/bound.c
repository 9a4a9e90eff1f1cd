// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - how much may be cached: a share of the machine's memory
 */
#include <linux/cpumask.h>
#include <linux/mm.h>

#include "bound.h"
#include "kunit_export.h"

static unsigned int magazine_bytes;

/* Bytes that depots have grown by, and may grow by. */
static atomic_long_t grown;
long ac_bound_growth;
EXPORT_SYMBOL_IF_KUNIT(ac_bound_growth);

static long bytes_of(const struct arena_cache *c, unsigned int nr)
{
	return (long)nr * (c->rounds * c->block_size + ARENA_CACHE_MAGAZINE);
}

/**
 * ac_bound_take - let a depot grow
 * @c: its cache
 * @nr: by so many magazines
 *
 * Context: any.
 * Return: whether it may.
 */
bool ac_bound_take(const struct arena_cache *c, unsigned int nr)
{
	long bytes = bytes_of(c, nr);

	if (atomic_long_add_return(bytes, &grown) <= READ_ONCE(ac_bound_growth))
		return true;
	atomic_long_sub(bytes, &grown);
	return false;
}

/* A depot of @c has room for @nr fewer magazines than it had. */
void ac_bound_give(const struct arena_cache *c, unsigned int nr)
{
	atomic_long_sub(bytes_of(c, nr), &grown);
}

/* Sets the rounds of a magazine and what a depot begins with, by the block size. */
void ac_bound_set(struct arena_cache *c)
{
	c->rounds = clamp_t(unsigned int, magazine_bytes / c->block_size, 1,
			    AC_ROUNDS_MAX);
	c->depot_max = clamp_t(unsigned int, AC_DEPOT_BEGIN * magazine_bytes /
					     (c->rounds * c->block_size),
			       1, AC_DEPOT_MAX);
}

void ac_bound_init(void)
{
	unsigned long share = totalram_pages() * PAGE_SIZE / AC_BOUND_SHARE;

	/* CPUs that may come later seldom do. */
	magazine_bytes = clamp_t(unsigned long, share / num_present_cpus() /
						(2 * ARENA_CACHE_CLASSES),
				 ARENA_CACHE_MAX_BLOCK, AC_MAGAZINE_BYTES);
	ac_bound_growth = share;
}
