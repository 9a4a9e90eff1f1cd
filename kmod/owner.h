/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - owners: whose pointer is this?
 *
 * Owns the ids of caches, and the table that leads from an id to its cache. Each used
 * pool says whose it is twice: its descriptor has the id of its cache, and if that
 * is a size class, the record of its arena has the class's entry.
 *
 * States of an id: given out (the cache is being made) -> announced -> forgotten. Only an
 * announced one is found; RCU keeps the cache of one that was found.
 *
 * Invariants:
 *	ids are above AC_POOL_NOBODY; no two caches have the same
 *	a page has an id in its descriptor only while an arena has the page
 *
 * Lock: the table's own. An answer needs none. It is exact for a block that its caller
 * owns, and what was so a moment ago for any other pointer.
 */
#ifndef AC_OWNER_H
#define AC_OWNER_H

#include "arena.h"

/* Does the page of @pool say that it is @c's? */
static __always_inline bool ac_owner_is(const struct arena_cache *c,
					const struct ac_pool *pool)
{
	return READ_ONCE(pool->cache) == c->id;
}

/* Does @p lie in a pool of @c? Hold RCU, or have preemption off. */
static __always_inline bool ac_owner_has(const struct arena_cache *c,
					 const void *p)
{
	const struct ac_arena *arena = ac_arena_map_find(p);

	/* Other owners of pages keep no ids there: gone or not does not matter. */
	return likely(arena) && ac_owner_is(c, ac_arena_pool_at(arena, p));
}

/* The arena in whose pool of @c @p lies, or NULL. Hold RCU. */
static __always_inline const struct ac_arena *
ac_owner_arena(const struct arena_cache *c, const void *p)
{
	const struct ac_arena *arena = ac_arena_of(p);

	return arena && ac_owner_is(c, ac_arena_pool_at(arena, p)) ? arena : NULL;
}

struct arena_cache *ac_owner_of_pool(const struct ac_pool *pool);

/**
 * ac_owner_find - whose pointer is this?
 * @p: any pointer
 * @c: gets the cache in whose pool @p lies, or NULL if the pool has none
 *
 * Context: RCU read-side section, which keeps the cache.
 * Return: false if @p lies in no arena; @c is not set then.
 */
static inline bool ac_owner_find(const void *p, struct arena_cache **c)
{
	const struct ac_arena *arena = ac_arena_of(p);
	unsigned int entry;

	if (!arena)
		return false;
	/* Of a size class the arena's record tells all. */
	entry = READ_ONCE(arena->entry[ac_arena_slot(p)]);
	*c = likely(entry) ? arena_cache_classes[entry - 1] :
			     ac_owner_of_pool(ac_arena_pool_at(arena, p));
	return true;
}

/* The same where "in no arena" and "nobody's" are one: the cache, or NULL. */
static inline struct arena_cache *ac_owner_of(const void *p)
{
	struct arena_cache *c;

	return ac_owner_find(p, &c) ? c : NULL;
}

int ac_owner_give_id(struct arena_cache *c);
void ac_owner_announce(struct arena_cache *c);
void ac_owner_forget(struct arena_cache *c);
void ac_owner_visit(void (*fn)(struct arena_cache *c, void *arg), void *arg);

#endif /* AC_OWNER_H */
