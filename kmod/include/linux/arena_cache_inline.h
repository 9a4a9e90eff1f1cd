/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the bodies of the inline functions of arena_cache.h
 *
 * They serve a block that this CPU's loaded magazine has, or take one that it has room
 * for. All else goes to the functions declared first, which are not for callers.
 */
#ifndef _LINUX_ARENA_CACHE_INLINE_H
#define _LINUX_ARENA_CACHE_INLINE_H

#include <linux/debug_locks.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include <linux/arena_cache_cpu.h>

__malloc void *__arena_cache_alloc(struct arena_cache *c, gfp_t gfp);
void __arena_cache_free(struct arena_cache *c, void *p);
void *__arena_cache_init(struct arena_cache *c, void *p, gfp_t gfp);
__alloc_size(1) void *__arena_alloc(size_t size, gfp_t gfp);
__realloc_size(1) void *__arena_watch(size_t size, void *p, gfp_t gfp);
__realloc_size(1) void *__arena_init(size_t size, void *p);
__alloc_size(1) void *__arena_alloc_raw(size_t size, gfp_t gfp);

/* A call that a magazine serves cannot sleep, so only debugging kernels check. */
static __always_inline void __arena_cache_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

static __always_inline __malloc void *arena_cache_alloc(struct arena_cache *c,
							gfp_t gfp)
{
	void *p;

	__arena_cache_might_alloc(gfp);
	p = __arena_cache_pop(READ_ONCE(c->cpu));
	if (unlikely(!p))
		return __arena_cache_alloc(c, gfp);
	if (ARENA_CACHE_WATCHED)
		__arena_cache_watch(c, p, gfp);
	return want_init_on_alloc(gfp) ? __arena_cache_init(c, p, gfp) : p;
}

static __always_inline __malloc void *arena_cache_zalloc(struct arena_cache *c,
							 gfp_t gfp)
{
	return arena_cache_alloc(c, gfp | __GFP_ZERO);
}

static __always_inline void arena_cache_free(struct arena_cache *c, void *p)
{
	/* A NULL in a magazine would hide the blocks below it. */
	if (unlikely(!p))
		return;
	/* Empty in a kernel without lockdep. */
	debug_check_no_locks_freed(p, c->size);
	if (ARENA_CACHE_WATCHED)
		__arena_cache_unwatch(c, p);
	if (want_init_on_free() || unlikely(!__arena_cache_push(READ_ONCE(c->cpu), p)))
		__arena_cache_free(c, p);
}

static __always_inline __alloc_size(1) void *arena_alloc(size_t size, gfp_t gfp)
{
	void *p;

	/* Size 0 wraps. */
	if (unlikely(size - 1 >= ARENA_CACHE_MAX_BLOCK ||
		     gfp & (__GFP_ACCOUNT | GFP_ZONEMASK)))
		return __arena_alloc_raw(size, gfp);
	__arena_cache_might_alloc(gfp);
	p = __arena_cache_pop(arena_cache_class_cpus +
			      __arena_cache_entry(size));
	if (unlikely(!p))
		return __arena_alloc(size, gfp);
	if (ARENA_CACHE_WATCHED)
		return __arena_watch(size, p, gfp);
	return want_init_on_alloc(gfp) ? __arena_init(size, p) : p;
}

static __always_inline __alloc_size(1) void *arena_zalloc(size_t size, gfp_t gfp)
{
	return arena_alloc(size, gfp | __GFP_ZERO);
}

/* Not the inline functions: a mempool keeps the addresses of these. */
void *__arena_cache_mempool_alloc(gfp_t gfp, void *c);
void __arena_cache_mempool_free(void *p, void *c);

static inline mempool_t *arena_cache_mempool_create(int min,
						    struct arena_cache *c)
{
	return mempool_create(min, __arena_cache_mempool_alloc,
			      __arena_cache_mempool_free, c);
}

#endif /* _LINUX_ARENA_CACHE_INLINE_H */
