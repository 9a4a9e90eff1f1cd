// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - owners: whose pointer is this?
 */
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/xarray.h>

#include "kunit_export.h"
#include "owner.h"

/* By entry, less 1. */
struct arena_cache *arena_cache_classes[ARENA_CACHE_CLASSES];
EXPORT_SYMBOL_GPL(arena_cache_classes);

/* By id. */
static DEFINE_XARRAY_ALLOC(caches);

/* Above what the page allocator and others keep in the same word. */
static const struct xa_limit ids = XA_LIMIT(AC_POOL_NOBODY + 1, U32_MAX);

/**
 * ac_owner_of_pool - whose is this pool?
 * @pool: a pool of an arena that cannot go
 *
 * Context: any. The cache cannot go while one of the pool's blocks is taken.
 * Return: the cache, or NULL if the pool is free or being made ready.
 */
struct arena_cache *ac_owner_of_pool(const struct ac_pool *pool)
{
	return xa_load(&caches, READ_ONCE(pool->cache));
}
EXPORT_SYMBOL_IF_KUNIT(ac_owner_of_pool);

/**
 * ac_owner_visit - look at every cache
 * @fn: called for each, in an RCU read-side section of its own
 * @arg: passed to @fn
 *
 * In the order of their ids. Each that is there all the time is met once; those
 * that are being made are not, and what is being destroyed may be.
 *
 * Context: process context; may sleep. No lock is held.
 */
void ac_owner_visit(void (*fn)(struct arena_cache *c, void *arg), void *arg)
{
	unsigned long id = 0;
	struct arena_cache *c;

	do {
		rcu_read_lock();
		c = xa_find(&caches, &id, ULONG_MAX, XA_PRESENT);
		if (c)
			fn(c, arg);
		rcu_read_unlock();
		id++;
		cond_resched();
	} while (c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_owner_visit);

/* @c has an id, and is not found by it. May sleep; returns 0 or a negative errno. */
int ac_owner_give_id(struct arena_cache *c)
{
	return xa_alloc(&caches, &c->id, NULL, ids, GFP_KERNEL);
}

/* @c works: from here on it is found by its id, for which there is room. */
void ac_owner_announce(struct arena_cache *c)
{
	xa_store(&caches, c->id, c, GFP_KERNEL);
}

/* @c, which may have no id, is not found any more. */
void ac_owner_forget(struct arena_cache *c)
{
	if (c->id)
		xa_erase(&caches, c->id);
}
