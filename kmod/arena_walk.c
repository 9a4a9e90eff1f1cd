// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - walks: look at every arena, or at every used pool
 */
#include <linux/sched.h>

#include "arena_walk.h"
#include "kunit_export.h"

/* Between two looks, no lock held. Not static, so that tests can replace it. */
void ac_arena_pause(void)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pause);
	cond_resched();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pause);

/**
 * ac_arena_visit_at - look at one arena, if it is there
 * @index: of the arena map
 * @fn: called for the arena, under the lock of its node's arenas
 * @arg: passed to @fn
 *
 * Context: any but NMI; no lock of ours held.
 * Return: whether there was one.
 */
bool ac_arena_visit_at(unsigned long index,
		       void (*fn)(struct ac_arena *arena, void *arg), void *arg)
{
	struct ac_arena_set *set;
	struct ac_arena *arena;
	unsigned long flags;
	bool met = false;

	rcu_read_lock();
	arena = ac_arena_map_at(index);
	if (arena) {
		set = ac_arena_set_of(arena);
		raw_spin_lock_irqsave(&set->lock, flags);
		met = ac_arena_map_at(index) == arena;
		if (met)
			fn(arena, arg);
		raw_spin_unlock_irqrestore(&set->lock, flags);
	}
	rcu_read_unlock();
	return met;
}

/**
 * ac_arena_visit_next - look at the next arena
 * @at: where to begin, an index of the arena map; gets where to go on
 * @fn: called for the first arena from there on, under the lock of its node's
 *	arenas
 * @arg: passed to @fn
 *
 * Begin at 0, and go on until there is none. Call ac_arena_pause() in between.
 *
 * Context: process context; may sleep.
 * Return: whether there was one.
 */
bool ac_arena_visit_next(unsigned long *at,
			 void (*fn)(struct ac_arena *arena, void *arg),
			 void *arg)
{
	for (; ac_arena_map_skip(at); ac_arena_pause())
		if (ac_arena_visit_at((*at)++, fn, arg))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit_next);

/**
 * ac_arena_visit - look at every arena, one at a time
 * @fn: called for each, under the lock of its node's arenas
 * @arg: passed to @fn
 *
 * Context: process context; may sleep.
 */
void ac_arena_visit(void (*fn)(struct ac_arena *arena, void *arg), void *arg)
{
	unsigned long at = 0;

	while (ac_arena_visit_next(&at, fn, arg))
		ac_arena_pause();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit);

struct pool_visit {
	u64 used;
	unsigned int slot;
	void (*fn)(struct ac_pool *pool, void *arg);
	void *arg;
};

static void note_used(struct ac_arena *arena, void *arg)
{
	struct pool_visit *visit = arg;

	visit->used = ac_arena_used(arena);
}

static void visit_slot(struct ac_arena *arena, void *arg)
{
	struct pool_visit *visit = arg;

	if (ac_arena_used(arena) & BIT_ULL(visit->slot))
		visit->fn(ac_arena_pool(arena, visit->slot), visit->arg);
}

/**
 * ac_arena_visit_pools - look at every used pool, one at a time
 * @fn: called for each, under the lock of its node's arenas
 * @arg: passed to @fn
 *
 * For an @fn that looks at all blocks of a pool, which takes as long as to look at
 * an arena.
 *
 * Context: process context; may sleep.
 */
void ac_arena_visit_pools(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg)
{
	struct pool_visit visit = { .fn = fn, .arg = arg };
	unsigned long at = 0;

	while (ac_arena_visit_next(&at, note_used, &visit)) {
		for (; visit.used; visit.used &= visit.used - 1) {
			ac_arena_pause();
			visit.slot = __ffs64(visit.used);
			ac_arena_visit_at(at - 1, visit_slot, &visit);
		}
		ac_arena_pause();
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit_pools);
