// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - one block: the paths behind the inline ones
 */
#include <linux/arena_cache.h>
#include <linux/export.h>
#include <linux/nodemask.h>
#include <linux/string.h>

#include "block.h"
#include "debug/debug.h"
#include "debug/free.h"
#include "debug/quarantine.h"
#include "debug/shadow.h"
#include "debug/watch.h"
#include "defer.h"
#include "fallback.h"
#include "large.h"
#include "magazine.h"
#include "node.h"
#include "raw.h"

/*
 * A magazine takes a pointer on trust, so the slow paths check what it gives: is @p no
 * block of @c? (A size class needs no check: arena_free() finds the class by the page
 * of the block.) Hold RCU, or have preemption off.
 */
static __always_inline bool is_stray(struct arena_cache *c, const void *p)
{
	return unlikely(!ac_owner_has(c, p)) && !ac_raw_owns(c, p);
}

/* Does to a stray pointer what a flush of its magazine would do. Returns no block. */
static noinline void *refuse(struct arena_cache *c, void *p)
{
	ac_pool_put(c, 1, &p);
	return NULL;
}

/* For a CPU that is inside its magazines, or can have none. */
static noinline void *pop_from_pools(struct arena_cache *c)
{
	struct arena_cache_cpu *cpu;
	void *p = NULL;

	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	/* An interrupt of this CPU leaves it as it was. */
	if (data_race(cpu->seq) & 1 || ac_magazine_is_null(cpu->top))
		ac_pool_take(c, ac_node_mine(), 1, &p);
	preempt_enable();
	return p;
}

static void *pop_slow(struct arena_cache *c, gfp_t gfp)
{
	struct arena_cache_cpu *cpu;
	bool stray = false;
	void *p = NULL;

	if (!ac_magazines_open(c, gfp))
		return pop_from_pools(c);
	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		if (*cpu->top || ac_magazine_reload(c, cpu)) {
			p = *cpu->top--;
			stray = !c->by_size && is_stray(c, p);
		}
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_ALLOC);
	}
	preempt_enable();
	if (unlikely(stray))
		return refuse(c, p);
	return p ?: pop_from_pools(c);
}

static bool push_slow(struct arena_cache *c, void *p)
{
	struct arena_cache_cpu *cpu;
	bool done = false;

	if (!ac_magazines_open(c, 0))
		return false;
	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		if (!ac_magazine_is_full(cpu->top) ||
		    ac_magazine_unload(c, cpu)) {
			*++cpu->top = p;
			done = true;
		}
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_FREE);
	}
	preempt_enable();
	return done;
}

/*
 * Zeroes a new block, unless it is constructed. A stray pointer is not written to: the
 * memory there may be less than a block.
 */
void *__arena_cache_init(struct arena_cache *c, void *p, gfp_t gfp)
{
	bool stray;

	if (c->ctor || (c->typesafe && !(gfp & __GFP_ZERO)))
		return p;
	rcu_read_lock();
	stray = !c->by_size && is_stray(c, p);
	rcu_read_unlock();
	if (likely(!stray))
		return memset(p, 0, c->size);
	refuse(c, p);
	return __arena_cache_alloc(c, gfp);
}
EXPORT_SYMBOL_GPL(__arena_cache_init);

static void *init_block(struct arena_cache *c, gfp_t gfp, void *p)
{
	if (ARENA_CACHE_WATCHED && p)
		__arena_cache_watch(c, p, gfp);
	return p && want_init_on_alloc(gfp) ? __arena_cache_init(c, p, gfp) : p;
}

/* A block that is constructed, or that readers look at, keeps its state, as in SLUB. */
static void wipe_block(struct arena_cache *c, void *p)
{
	if (c->ctor || c->typesafe || ac_pool_check(c, p) != AC_GOOD)
		return;
	ac_watch_resize(c, p, c->size);
	memset(p, 0, c->size);
	if (ac_arena_owns(p) && !c->shared)
		ac_shadow_close(p, c->block_size, AC_SHADOW_FREED);
}

static void *alloc_debug(struct arena_cache *c, gfp_t gfp, int node,
			 size_t size, unsigned long ip)
{
	void *block;

	might_alloc(gfp);
	if (node == NUMA_NO_NODE)
		node = ac_fallback_pick_node(gfp);
	if (!ac_fallback_alloc(c, gfp, node, 1, &block))
		return NULL;
	/* kfree() takes a size class's block that is kmalloc()'s: nothing in front of it. */
	if (c->by_size && !ac_arena_owns(block))
		return init_block(c, gfp, block);
	return ac_debug_on_alloc(c, block, size, gfp, ip);
}

/* From a cache without magazines, for a caller at @ip. */
void *ac_block_alloc_special(struct arena_cache *c, gfp_t gfp, int node,
			     unsigned long ip)
{
	return c->large ? ac_large_alloc(c, gfp, node) :
			  alloc_debug(c, gfp, node, c->size, ip);
}

static void free_special(struct arena_cache *c, void *p, unsigned long ip)
{
	if (c->large)
		ac_large_free(c, p);
	else
		ac_debug_free(c, p, ip);
}

/* What arena_cache_alloc() calls when the loaded magazine cannot serve it. */
void *__arena_cache_alloc(struct arena_cache *c, gfp_t gfp)
{
	void *p;

	if (ac_block_is_special(c))
		return ac_block_alloc_special(c, gfp, NUMA_NO_NODE, _RET_IP_);
	might_alloc(gfp);
	p = pop_slow(c, gfp);
	if (!p)
		p = ac_fallback_grow(c, gfp);
	return init_block(c, gfp, p);
}
EXPORT_SYMBOL_GPL(__arena_cache_alloc);

/* The same for arena_alloc(). A debug cache learns the size that was asked for. */
void *__arena_alloc(size_t size, gfp_t gfp)
{
	struct arena_cache *c = arena_cache_classes[ac_class_for(size)];
	void *p;

	if (unlikely(c->debug))
		return alloc_debug(c, gfp, NUMA_NO_NODE, size, _RET_IP_);
	p = __arena_cache_alloc(c, gfp);
	if (ARENA_CACHE_WATCHED && p)
		ac_watch_resize(c, p, size);
	return p;
}
EXPORT_SYMBOL_GPL(__arena_alloc);

/* What arena_alloc() calls for a request that arenas do not serve. */
void *__arena_alloc_raw(size_t size, gfp_t gfp)
{
	if (!size)
		return ZERO_SIZE_PTR;
	return ac_raw_alloc_size(size, gfp, NUMA_NO_NODE,
				 size > ARENA_CACHE_MAX_BLOCK ?
					 AC_STAT_RAW_LARGE : AC_STAT_RAW_GFP);
}
EXPORT_SYMBOL_GPL(__arena_alloc_raw);

/* Zeroes all of a new block of a size class. */
void *__arena_init(size_t size, void *p)
{
	return memset(p, 0, ac_class_size(ac_class_for(size)));
}
EXPORT_SYMBOL_GPL(__arena_init);

/* A caller gets a block of a size class, and may use the size that it asked for. */
void *__arena_watch(size_t size, void *p, gfp_t gfp)
{
	struct arena_cache *c = arena_cache_classes[ac_class_for(size)];

	if (!ARENA_CACHE_WATCHED)
		return p;
	init_block(c, gfp, p);
	ac_watch_resize(c, p, size);
	return p;
}
EXPORT_SYMBOL_GPL(__arena_watch);

/* Frees a block for a caller at @ip. */
void ac_block_free(struct arena_cache *c, void *p, unsigned long ip)
{
	if (ac_block_is_special(c))
		free_special(c, p, ip);
	else if (want_init_on_free() || !__arena_cache_push(READ_ONCE(c->cpu), p))
		__arena_cache_free(c, p);
}

/* What arena_cache_free() calls when the loaded magazine cannot take it. */
void __arena_cache_free(struct arena_cache *c, void *p)
{
	if (ac_block_is_special(c)) {
		free_special(c, p, _RET_IP_);
		return;
	}
	if (want_init_on_free()) {
		wipe_block(c, p);
		if (__arena_cache_push(READ_ONCE(c->cpu), p))
			return;
	}
	if (!push_slow(c, p))
		ac_pool_put(c, 1, &p);
}
EXPORT_SYMBOL_GPL(__arena_cache_free);

void arena_cache_free_rcu(struct arena_cache *c, void *p)
{
	/* A NULL in a magazine would hide the blocks below it. */
	if (likely(p) && unlikely(!__arena_cache_push(READ_ONCE(c->deferred), p)))
		ac_defer_free(c, p);
}
EXPORT_SYMBOL_GPL(arena_cache_free_rcu);

void *arena_cache_alloc_node(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p;

	if ((unsigned int)node >= nr_node_ids || !node_possible(node))
		node = NUMA_NO_NODE;
	if (ac_block_is_special(c))
		return ac_block_alloc_special(c, gfp, node, _RET_IP_);
	if (node == NUMA_NO_NODE)
		return __arena_cache_alloc(c, gfp);
	might_alloc(gfp);
	if (node == ac_node_here()) {
		p = __arena_cache_pop(READ_ONCE(c->cpu)) ?: pop_slow(c, gfp);
		if (p && ac_fallback_node_of(c, p) == node)
			return init_block(c, gfp, p);
		/* A block of another node, freed on this one. */
		if (p)
			ac_pool_put(c, 1, &p);
	}
	ac_fallback_alloc(c, gfp, node, 1, &p);
	return init_block(c, gfp, p);
}
EXPORT_SYMBOL_GPL(arena_cache_alloc_node);
