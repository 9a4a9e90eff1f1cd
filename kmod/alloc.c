// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - allocation by size: the front end over the 64 size classes
 */
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cache.h"
#include "debug.h"
#include "raw.h"
#include "watch.h"

/* Is @p in an arena, and whose is its pool? Nobody's, @c is NULL then, perhaps. */
static bool find_cache(const void *p, struct arena_cache **c)
{
	const struct ac_arena *arena;

	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena)
		*c = ac_pool_cache(ac_arena_pool(arena, ac_arena_slot(p)));
	rcu_read_unlock();
	return arena;
}

/* What arena_alloc() calls for what arenas do not serve. */
void *__arena_alloc_raw(size_t size, gfp_t gfp)
{
	if (!size)
		return ZERO_SIZE_PTR;
	return ac_raw_alloc_size(size, gfp, NUMA_NO_NODE,
				 size > ARENA_CACHE_MAX_BLOCK ?
					 AC_STAT_RAW_LARGE : AC_STAT_RAW_GFP);
}
EXPORT_SYMBOL_GPL(__arena_alloc_raw);

/* What the magazines of a size class did not take, or are not for. */
static noinline void free_slow(const void *p, unsigned long ip)
{
	struct arena_cache *c;

	if (!find_cache(p, &c))
		ac_raw_free_size(p);
	else if (c)
		ac_cache_free(c, (void *)p, ip);
	else
		ac_report_bad_free(NULL, p, AC_BAD_CACHE);
}

static void unwatch(const void *p)
{
	struct arena_cache *c;

	if (find_cache(p, &c) && c)
		__arena_cache_unwatch(c, p);
}

/**
 * arena_free - free memory of arena_alloc() and its relatives
 * @p: the memory, %NULL or %ZERO_SIZE_PTR
 *
 * Whether @p lies in an arena is one pointer; see arena_map.h for why it is proof.
 * What does not goes to kfree().
 *
 * Preemption is off from the look at the arena on, for @p may be of kmalloc, in a
 * page that the arena gave back, and then nothing else keeps its record. Whoever
 * has no magazines of his own is turned down by nobody's.
 *
 * Context: any but NMI. Does not sleep.
 */
void arena_free(const void *p)
{
	const struct ac_arena *arena;
	unsigned int class;

	if (ARENA_CACHE_WATCHED)
		unwatch(p);
	if (want_init_on_free())
		return free_slow(p, _RET_IP_);
	preempt_disable();
	arena = ac_arena_map_find(p);
	if (unlikely(!arena)) {
		preempt_enable();
		return ac_raw_free_size(p);
	}
	class = READ_ONCE(arena->class[ac_arena_slot(p)]);
	if (unlikely(!__arena_cache_push_pinned(raw_cpu_ptr(arena_cache_class_cpus +
							    class), (void *)p)))
		free_slow(p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(arena_free);

/**
 * arena_usable_size - bytes that a block has room for
 * @p: memory of arena_alloc() and its relatives, %NULL or %ZERO_SIZE_PTR
 *
 * Context: any.
 * Return: size of the block, at least what was asked for; 0 for no memory. In a
 *	debug cache exactly what was asked for: what is behind is red.
 */
size_t arena_usable_size(const void *p)
{
	struct arena_cache *c;

	if (!find_cache(p, &c))
		return ksize(p);
	if (!c)
		return 0;
	if (c->debug)
		return ac_debug_size(c, p);
	ac_watch_resize(c, p, c->size);
	return c->size;
}
EXPORT_SYMBOL_GPL(arena_usable_size);

/**
 * arena_calloc - allocate a zeroed array
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: zeroed memory, %ZERO_SIZE_PTR, or NULL, also if @n * @size overflows.
 */
void *arena_calloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return arena_alloc(bytes, gfp | __GFP_ZERO);
}
EXPORT_SYMBOL_GPL(arena_calloc);

/* CPython's rule: the block stays if the new size fills more than 3/4 of it. */
static bool fits_well(size_t room, size_t size)
{
	return size <= room && size > room - room / 4;
}

static void *move_block(void *p, size_t room, size_t size, gfp_t gfp)
{
	void *new = arena_alloc(size, gfp);

	if (new) {
		memcpy(new, p, min(room, size));
		arena_free(p);
		return new;
	}
	return size <= room ? p : NULL;
}

/* The block stays; what is behind the new size is the caller's no more. */
static void cut_block(void *p, size_t room, size_t size, gfp_t gfp)
{
	struct arena_cache *c;

	if (gfp & __GFP_ZERO)
		memset(p + size, 0, room - size);
	if (!find_cache(p, &c) || !c)
		return;
	if (c->debug)
		ac_debug_resize(c, p, size);
	else
		ac_watch_resize(c, p, size);
}

/**
 * arena_realloc - change the size of memory
 * @p: memory of arena_alloc() and its relatives, %NULL or %ZERO_SIZE_PTR
 * @size: new size in bytes; 0 frees @p
 * @gfp: as for arena_alloc()
 *
 * The block stays where it is if the new size fits and is more than 3/4 of it,
 * or if it shrinks and there is no memory for a smaller one. If @p was
 * allocated and always reallocated with %__GFP_ZERO, bytes beyond the old size
 * are zero. Raw memory goes to krealloc() and stays raw.
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: the memory, %ZERO_SIZE_PTR for size 0, or NULL, and @p is as it was.
 */
void *arena_realloc(void *p, size_t size, gfp_t gfp)
{
	size_t room;
	void *new;

	if (ZERO_OR_NULL_PTR(p))
		return arena_alloc(size, gfp);
	if (!size) {
		arena_free(p);
		return ZERO_SIZE_PTR;
	}
	if (!ac_arena_owns(p))
		return krealloc(p, size, gfp);

	room = arena_usable_size(p);
	new = fits_well(room, size) ? p : move_block(p, room, size, gfp);
	if (new == p)
		cut_block(p, room, size, gfp);
	return new;
}
EXPORT_SYMBOL_GPL(arena_realloc);
