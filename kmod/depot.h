/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - depots, and the magazines in them
 *
 * Owns the magazines that no CPU has. A magazine of a cache with R rounds uses the
 * last R of its words. The word below is NULL:
 *
 *	next  count  NULL ... NULL  block ... block  (room)
 *	                      ^ bottom        ^ top      ^ last
 *
 *	empty: top == bottom        full: top == last, and top + 1 aligned to 1024
 *
 * Each group of CPUs (group.h) has a depot of each cache. A CPU whose own depot has no
 * full magazine takes one of another depot of its node, and leaves its empty one there
 * in exchange: so blocks come back from CPUs that only free to those that only allocate.
 *
 * A depot has room for max full magazines, 64 KB of blocks at first. If it turns a
 * magazine away after a CPU of its node found none, it is too small for the swings of
 * its cache: max doubles, up to 512 KB for each CPU of the group, within what bound.h
 * allows. The decay brings max back to what is used.
 *
 * Invariants, under the lock:
 *	every magazine on full is full, every one on empty is empty
 *	low <= nr <= max, c->depot_max <= max <= limit
 */
#ifndef AC_DEPOT_H
#define AC_DEPOT_H

#include <linux/spinlock.h>

#include "bound.h"
#include "pool_put.h"

/* A depot grows to so many times what it began with, for each CPU of its group. */
#define AC_DEPOT_GROWTH		8
/* Tries of a lock by a caller that may not wait. */
#define AC_DEPOT_TRIES		32

struct ac_magazine {
	struct ac_magazine *next;
	unsigned long count;	/* rounds; kept only while it is with no CPU */
	void *word[AC_MAGAZINE_WORDS - 2];
};

static_assert(sizeof(struct ac_magazine) == ARENA_CACHE_MAGAZINE);

/**
 * struct ac_stack - magazines on top of each other
 * @top: the last one put, linked to the others
 * @nr: how many
 * @low: least @nr since ac_depot_decay() looked: so many nobody needed
 */
struct ac_stack {
	struct ac_magazine *top;
	unsigned int nr;
	unsigned int low;
};

/**
 * struct ac_depot - magazines of a cache that no CPU of a group has
 * @lock: protects all below. It is taken with interrupts on, and in interrupts, so an
 *	allocation or a free only tries, and uses the pools if it fails; process context
 *	waits. Inside ac_caches_lock and a CPU's odd seq; nothing nests inside.
 * @max: how many of each it may have
 * @wanting: a CPU of the node found no full one since @max changed; set without the lock
 * @full: full magazines
 * @empty: empty magazines
 */
struct ac_depot {
	raw_spinlock_t lock;
	unsigned int max;
	bool wanting;
	struct ac_stack full;
	struct ac_stack empty;
} ____cacheline_aligned_in_smp;

static inline struct ac_magazine *ac_magazine_of(void **top)
{
	return (void *)((unsigned long)top & ~(ARENA_CACHE_MAGAZINE - 1UL));
}

/* The word below the oldest block. */
static inline void **ac_magazine_bottom(const struct arena_cache *c,
					struct ac_magazine *m)
{
	return (void **)(m + 1) - c->rounds - 1;
}

/* The last word, where the newest block of a full magazine is. */
static inline void **ac_magazine_last(struct ac_magazine *m)
{
	return (void **)(m + 1) - 1;
}

static inline bool ac_magazine_is_full(void **top)
{
	return !((unsigned long)(top + 1) & (ARENA_CACHE_MAGAZINE - 1));
}

static inline struct ac_magazine *ac_depot_pop(struct ac_depot *depot,
					       struct ac_stack *stack)
{
	struct ac_magazine *m = stack->top;

	lockdep_assert_held(&depot->lock);
	if (m) {
		stack->top = m->next;
		stack->low = min(stack->low, --stack->nr);
	}
	return m;
}

static inline void ac_depot_push(struct ac_depot *depot,
				 struct ac_stack *stack,
				 struct ac_magazine *m)
{
	lockdep_assert_held(&depot->lock);
	m->next = stack->top;
	stack->top = m;
	stack->nr++;
}

int ac_depot_init(void);
void ac_depot_exit(void);
struct ac_depot *ac_depots_new(const struct arena_cache *c, gfp_t gfp);
void ac_depots_free(const struct arena_cache *c, struct ac_depot *depots);
struct ac_depot *ac_depot_of(const struct arena_cache *c, int cpu);
unsigned int ac_depot_limit(const struct arena_cache *c, int cpu);
bool ac_depot_put(struct arena_cache *c, struct ac_magazine *full,
		  struct ac_magazine **empty);
struct ac_magazine *ac_depot_get(struct arena_cache *c,
				 struct ac_magazine *empty);
bool ac_depot_give(struct arena_cache *c, unsigned int group,
		   struct ac_magazine *full);
struct ac_magazine *ac_magazine_new(struct arena_cache *c);
void ac_magazine_free(struct ac_magazine *m);
void **ac_magazine_drain(struct arena_cache *c, void **top);
void ac_magazine_retire(struct arena_cache *c, struct ac_magazine *list);
void *ac_depot_raid(struct arena_cache *c, int node);
unsigned long ac_depot_cached(const struct arena_cache *c, int node);
void ac_depot_trim(void);
unsigned long ac_depot_verify(const struct arena_cache *c);
void ac_depot_for_each(struct arena_cache *c,
		       void (*fn)(struct arena_cache *c, void **top, void *arg),
		       void *arg);

#endif /* AC_DEPOT_H */
