// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - allocation by size: the front end over the 64 size classes
 */
#include <linux/arena_cache.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "alloc.h"
#include "block.h"
#include "debug/debug.h"
#include "debug/watch.h"
#include "defer.h"
#include "kunit_export.h"
#include "pool.h"
#include "raw.h"

/* ac_owner_find() for a block that its caller owns, which keeps the cache. */
static bool find_cache(const void *p, struct arena_cache **c)
{
	bool found;

	rcu_read_lock();
	found = ac_owner_find(p, c);
	rcu_read_unlock();
	return found;
}

/* Bytes of memory in no arena; 0 if it cannot be kmalloc()'s. */
static size_t raw_room(const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return 0;
	if (likely(ac_raw_is_kmalloc(p)))
		return ksize(p);
	ac_report_bad_free(NULL, p, AC_BAD_FOREIGN);
	return 0;
}

/* For a block that no magazine of a size class took. */
static noinline void free_slow(const void *p, unsigned long ip)
{
	struct arena_cache *c;

	rcu_read_lock();
	if (!ac_owner_find(p, &c))
		ac_raw_free_size(p);
	else if (likely(c))
		ac_block_free(c, (void *)p, ip);
	else
		ac_report_bad_free(NULL, p, AC_BAD_CACHE);
	rcu_read_unlock();
}

static void unwatch(const void *p)
{
	struct arena_cache *c;

	rcu_read_lock();
	if (ac_owner_find(p, &c) && c) {
		debug_check_no_locks_freed(p, c->size);
		if (ARENA_CACHE_WATCHED)
			__arena_cache_unwatch(c, p);
	}
	rcu_read_unlock();
}

/*
 * Preemption is off from the look at the arena on: if @p is kmalloc()'s, in a page that
 * the arena gave back, nothing else keeps the arena's record. Entry 0, which frees the
 * blocks of no class, has the null magazine, and turns @p down.
 */
void arena_free(const void *p)
{
	const struct ac_arena *arena;
	unsigned int entry;

	if (ARENA_CACHE_WATCHED || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		unwatch(p);
	if (want_init_on_free())
		return free_slow(p, _RET_IP_);
	preempt_disable();
	arena = ac_arena_map_find(p);
	if (unlikely(!arena)) {
		preempt_enable();
		return ac_raw_free_size(p);
	}
	entry = READ_ONCE(arena->entry[ac_arena_slot(p)]);
	if (unlikely(!__arena_cache_push_pinned(raw_cpu_ptr(arena_cache_class_cpus +
							    entry), (void *)p)))
		free_slow(p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(arena_free);

void arena_free_rcu(const void *p)
{
	struct arena_cache *c;

	if (ZERO_OR_NULL_PTR(p))
		return;
	if (!find_cache(p, &c))
		ac_defer_free_shared(NULL, (void *)p);
	else if (likely(c))
		arena_cache_free_rcu(c, (void *)p);
	else
		ac_report_bad_free(NULL, p, AC_BAD_CACHE);
}
EXPORT_SYMBOL_GPL(arena_free_rcu);

/* Frees one block after its grace period. @c is NULL for memory of kmalloc(). */
void ac_alloc_free_deferred(struct arena_cache *c, void *p)
{
	if (c)
		arena_cache_free(c, p);
	else
		arena_free(p);
}

/**
 * ac_alloc_room - bytes of the block behind memory, whatever was asked for
 * @p: memory of arena_alloc() and its relatives, %NULL or %ZERO_SIZE_PTR
 *
 * Context: any.
 * Return: size of the block; 0 for no memory.
 */
size_t ac_alloc_room(const void *p)
{
	struct arena_cache *c;

	if (!find_cache(p, &c))
		return raw_room(p);
	return c ? c->size : 0;
}
EXPORT_SYMBOL_IF_KUNIT(ac_alloc_room);

/* Bytes of a block of @c that its owner may write. */
static size_t owned_bytes(const struct arena_cache *c, const void *p)
{
	return c->debug ? ac_debug_size(c, p) : ac_watch_size(p, c->size);
}

size_t arena_usable_size(const void *p)
{
	struct arena_cache *c;

	if (!find_cache(p, &c))
		return ac_watch_size(p, raw_room(p));
	return c ? owned_bytes(c, p) : 0;
}
EXPORT_SYMBOL_GPL(arena_usable_size);

void *arena_calloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return arena_alloc(bytes, gfp | __GFP_ZERO);
}
EXPORT_SYMBOL_GPL(arena_calloc);

/* Bytes of the block that arena_alloc() has for @size. */
static size_t room_for(size_t size)
{
	return size <= ARENA_CACHE_MAX_BLOCK ?
	       ac_class_size(ac_class_for(size)) : kmalloc_size_roundup(size);
}

/* May @size stay in a block of @room bytes? Not if a block of half of that serves. */
static bool fits_well(size_t room, size_t size)
{
	return size <= room && (size > room / 2 || room_for(size) > room / 2);
}

/* The entry of a size class without debugging, by the arena's record; else 0. */
static unsigned int plain_entry(const void *p)
{
	const struct ac_arena *arena;
	unsigned int entry = 0;

	if (ARENA_CACHE_WATCHED)
		return 0;
	/* As in arena_free(): @p may be kmalloc()'s. */
	preempt_disable();
	arena = ac_arena_map_find(p);
	if (arena)
		entry = READ_ONCE(arena->entry[ac_arena_slot(p)]);
	preempt_enable();
	return entry && !arena_cache_classes[entry - 1]->debug ? entry : 0;
}

static void free_plain(void *p, unsigned int entry)
{
	debug_check_no_locks_freed(p, entry * ARENA_CACHE_STEP);
	if (want_init_on_free() ||
	    unlikely(!__arena_cache_push(arena_cache_class_cpus + entry, p)))
		arena_free(p);
}

static void *realloc_plain(void *p, unsigned int entry, size_t size, gfp_t gfp)
{
	size_t room = entry * ARENA_CACHE_STEP;
	void *new;

	if (!fits_well(room, size)) {
		new = arena_alloc(size, gfp);
		if (likely(new)) {
			memcpy(new, p, min(room, size));
			free_plain(p, entry);
			return new;
		}
		if (size > room)
			return NULL;
	}
	if (gfp & __GFP_ZERO)
		memset(p + size, 0, room - size);
	return p;
}

/*
 * The block stays, and the caller owns @size bytes of it. With __GFP_ZERO all bytes
 * behind are to be zero: those beyond what it had are, a debug cache sees to that.
 */
static void *resize_block(struct arena_cache *c, void *p, size_t size,
			  gfp_t gfp)
{
	size_t had = owned_bytes(c, p);

	if (gfp & __GFP_ZERO && size < had)
		memset(p + size, 0, had - size);
	if (c->debug)
		ac_debug_resize(c, p, size, gfp);
	else
		ac_watch_resize(c, p, size);
	return p;
}

/* For KASAN, kmemleak and debug caches. @c may be NULL: @p is no block. */
static void *realloc_block(struct arena_cache *c, void *p, size_t size,
			   gfp_t gfp)
{
	size_t room = c ? c->size : 0;
	void *new;

	if (fits_well(room, size))
		return resize_block(c, p, size, gfp);
	new = arena_alloc(size, gfp);
	if (!new)
		return size <= room ? resize_block(c, p, size, gfp) : NULL;
	if (c)
		memcpy(new, p, min(owned_bytes(c, p), size));
	arena_free(p);
	return new;
}

/* krealloc() gives no room back, so memory that shrinks is moved here. */
static void *realloc_raw(void *p, size_t size, gfp_t gfp)
{
	size_t room = raw_room(p), had;
	void *new;

	if (unlikely(!room))
		return NULL;
	if (size > room)
		return krealloc(p, size, gfp);
	if (!fits_well(room, size)) {
		new = arena_alloc(size, gfp);
		if (new) {
			memcpy(new, p, size);
			arena_free(p);
			return new;
		}
	}
	had = ac_watch_size(p, room);
	if (gfp & __GFP_ZERO && size < had)
		memset(p + size, 0, had - size);
	return krealloc(p, size, gfp);
}

void *arena_realloc(void *p, size_t size, gfp_t gfp)
{
	struct arena_cache *c;
	unsigned int entry;

	if (ZERO_OR_NULL_PTR(p))
		return arena_alloc(size, gfp);
	if (!size) {
		arena_free(p);
		return ZERO_SIZE_PTR;
	}
	entry = plain_entry(p);
	if (likely(entry))
		return realloc_plain(p, entry, size, gfp);
	return find_cache(p, &c) ? realloc_block(c, p, size, gfp) :
				   realloc_raw(p, size, gfp);
}
EXPORT_SYMBOL_GPL(arena_realloc);
