// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - caches
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "cache.h"
#include "debug/debug.h"
#include "debug/free.h"
#include "kunit_export.h"
#include "large.h"
#include "node.h"
#include "debug/quarantine.h"
#include "raw.h"
#include "recall.h"
#include "debug/shadow.h"
#include "wake.h"
#include "debug/watch.h"

/* Addresses that arena_cache_destroy() names of the blocks still alive. */
#define AC_LEAKS_SHOWN	8

/* Blocks that a CPU has at once of a node that is not its own. */
#define AC_FAR_RUN	32U

/* Blocks that a bulk call deals with in one go, with preemption off. */
#define AC_BULK_RUN	256U

/* Who holds it knows that no cache is freed. */
DEFINE_MUTEX(ac_destroy_lock);
/* Protects ac_caches. */
DEFINE_MUTEX(ac_caches_lock);
EXPORT_SYMBOL_IF_KUNIT(ac_caches_lock);
LIST_HEAD(ac_caches);
EXPORT_SYMBOL_IF_KUNIT(ac_caches);

static enum cpuhp_state hotplug_state;

/*
 * Live blocks: taken from pools and neither cached nor in quarantine, plus those
 * outside of arenas. Costs the fast path nothing. Exact once the cache's users
 * rest.
 */
long ac_cache_live(struct arena_cache *c)
{
	return ac_pool_nr_taken(c) + ac_raw_live(c) - ac_magazine_cached(c) -
	       ac_quarantine_nr(c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_live);

/*
 * Magazines take what is freed on trust. Where there is time, what one gave is looked
 * at before somebody gets it: is it no block of @c? (Magazines of size classes are
 * filled by what the pages of blocks say.) Hold RCU, or have preemption off.
 */
static __always_inline bool is_stray(struct arena_cache *c, const void *p)
{
	return unlikely(!ac_owner_has(c, p)) && !ac_raw_owns(c, p);
}

/*
 * Puts it where it belongs, or refuses it as a flush of its magazine would have done.
 * Others have to serve.
 */
static noinline void *refuse(struct arena_cache *c, void *p)
{
	ac_pool_put(c, 1, &p);
	return NULL;
}

/* Without what its magazines can give: busy, or a CPU that can have none. */
static noinline void *pop_from_pools(struct arena_cache *c)
{
	struct arena_cache_cpu *cpu;
	void *p = NULL;

	preempt_disable();
	cpu = raw_cpu_ptr(READ_ONCE(c->cpu));
	/* What interrupts of this CPU do to it is over when they are. */
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

/* Blocks of @node: of the pools that @c has there, else of a new one. */
static unsigned int alloc_on_node(struct arena_cache *c, gfp_t gfp, int node,
				  unsigned int nr, void **p)
{
	return ac_pool_take(c, node, nr, p) ?:
	       ac_pool_grow(c, gfp, node, nr, p);
}

/* The @i-th of the other nodes that may serve instead of @node, nearest first. */
static int other_node(int node, gfp_t gfp, unsigned int i)
{
	return gfp & __GFP_THISNODE ? NUMA_NO_NODE : ac_node_near(node, i);
}

/* Blocks of other nodes than @node, which has none. */
static unsigned int alloc_elsewhere(struct arena_cache *c, gfp_t gfp, int node,
				    unsigned int nr, void **p)
{
	unsigned int n = 0, i;
	int other;

	for (i = 0; (other = other_node(node, gfp, i)) != NUMA_NO_NODE; i++) {
		if (other != node && ac_node_is_allowed(other))
			n = alloc_on_node(c, gfp, other, nr, p);
		if (n)
			break;
	}
	return n;
}

/*
 * May a caller have of the reserve, now that the page allocator has nothing? Whoever
 * has a reserve of his own, as a mempool, leaves all others alone.
 */
static bool may_have_reserve(gfp_t gfp)
{
	if (gfp & __GFP_NOMEMALLOC)
		return false;
	return !gfpflags_allow_blocking(gfp) ||
	       (in_task() && current->flags & PF_MEMALLOC);
}

static unsigned int alloc_reserve(struct arena_cache *c, gfp_t gfp, int node,
				  unsigned int nr, void **p)
{
	struct ac_pool *pool;
	unsigned int i;
	int other;

	if (!may_have_reserve(gfp))
		return 0;
	pool = ac_arena_take_reserve(c, node);
	for (i = 0; !pool; i++) {
		other = other_node(node, gfp, i);
		if (other == NUMA_NO_NODE)
			break;
		pool = ac_arena_take_reserve(c, other);
	}
	return pool ? ac_pool_adopt(c, pool, nr, p) : 0;
}

/* From the page allocator, which may do for it all that @gfp allows. */
static void *alloc_raw(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;
	void *p;

	if (c->by_size)
		return ac_raw_alloc_size(c->size, gfp, node, AC_STAT_RAW_ARENA);
	if (!c->shared)
		return ac_raw_alloc(c, gfp, node);
	/* Users map whole pages: kmalloc's are not for them. */
	pool = ac_arena_take_page(c, gfp, node);
	return pool && ac_pool_adopt(c, pool, 1, &p) ? p : NULL;
}

/* The node of a block, or NUMA_NO_NODE for what is none of @c. */
static int node_of(struct arena_cache *c, const void *p)
{
	const struct ac_arena *arena;
	int node = NUMA_NO_NODE;

	rcu_read_lock();
	arena = ac_owner_arena(c, p);
	if (arena)
		node = arena->node;
	else if (!ac_arena_of(p) && ac_raw_owns(c, p))
		node = page_to_nid(virt_to_page(p));
	rcu_read_unlock();
	return node;
}

static bool may_use(struct arena_cache *c, const void *p, gfp_t gfp, int node)
{
	int home = node_of(c, p);

	return gfp & __GFP_THISNODE ? home == node : home != NUMA_NO_NODE;
}

/* What is cached for others is better than nothing. */
static void *alloc_cached(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p = ac_depot_raid(c, node);
	unsigned int i;
	int other;

	for (i = 0; !p; i++) {
		other = other_node(node, gfp, i);
		if (other == NUMA_NO_NODE)
			break;
		p = ac_depot_raid(c, other);
	}
	/* What was freed there may be of elsewhere, or of nobody. */
	if (p && !may_use(c, p, gfp, node))
		p = refuse(c, p);
	if (!p) {
		ac_quarantine_flush(c);
		ac_pool_take(c, node, 1, &p);
	}
	return p;
}

/* When no node that may serve has pools, arenas or single pages. */
static noinline unsigned int alloc_last(struct arena_cache *c, gfp_t gfp,
					int node, unsigned int nr, void **p)
{
	unsigned int n = alloc_reserve(c, gfp, node, nr, p);

	if (n)
		return n;
	*p = alloc_raw(c, gfp, node) ?: alloc_cached(c, gfp, node);
	return !!*p;
}

static unsigned int alloc_beyond(struct arena_cache *c, gfp_t gfp, int node,
				 unsigned int nr, void **p)
{
	return alloc_on_node(c, gfp, node, nr, p) ?:
	       alloc_elsewhere(c, gfp, node, nr, p) ?:
	       alloc_last(c, gfp, node, nr, p);
}

/* Whose turn it is if the caller names no node. */
static int pick_node(gfp_t gfp)
{
	if (unlikely(ac_task_has_policy()) && !(gfp & __GFP_THISNODE))
		return ac_pages_policy_node(gfp);
	return ac_node_mine();
}

/* A block of @node's pools; some more of them go to this CPU's magazine. */
static void *take_far(struct arena_cache *c, int node)
{
	void *blocks[AC_FAR_RUN];
	unsigned int n, kept;

	n = ac_pool_take(c, node, min(AC_FAR_RUN, ac_magazine_batch(c)), blocks);
	if (!n)
		return NULL;
	kept = --n ? ac_magazine_put(c, n, blocks) : 0;
	if (kept < n)
		ac_pool_put(c, n - kept, blocks + kept);
	return blocks[n];
}

/* The same, or of a new pool. */
static void *grow_far(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;
	void *p = take_far(c, node);

	if (p)
		return p;
	pool = ac_pool_make(c, gfp, node);
	return pool ? ac_magazine_adopt(c, pool) : NULL;
}

/* This CPU's node has none: the others, nearest first. */
static void *grow_elsewhere(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p = NULL;
	unsigned int i;
	int other;

	for (i = 0; (other = other_node(node, gfp, i)) != NUMA_NO_NODE; i++) {
		if (other != node && ac_node_is_allowed(other))
			p = grow_far(c, gfp, other);
		if (p)
			break;
	}
	return p;
}

/* A block of a new pool; others of it go to this CPU's magazine. */
static noinline void *alloc_growing(struct arena_cache *c, gfp_t gfp)
{
	int node = pick_node(gfp);
	struct ac_pool *pool;
	void *p;

	/* What the nearest node has was asked for already. */
	if (node != ac_node_here()) {
		p = take_far(c, node);
		if (p)
			return p;
	}
	pool = ac_pool_make(c, gfp, node);
	if (pool)
		return ac_magazine_adopt(c, pool);
	p = grow_elsewhere(c, gfp, node);
	if (!p)
		alloc_last(c, gfp, node, 1, &p);
	return p;
}

/*
 * Zeroes a new block. Constructed ones are what their constructor made them. One that
 * is not @c's may be smaller: what is behind it is not for us to write.
 */
void *__arena_cache_init(struct arena_cache *c, void *p, gfp_t gfp)
{
	bool stray;

	if (c->ctor)
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

/* Blocks of constructed caches keep their state, as in SLUB. */
static void wipe_block(struct arena_cache *c, void *p)
{
	if (c->ctor || ac_pool_check(c, p) != AC_GOOD)
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
		node = pick_node(gfp);
	if (!alloc_beyond(c, gfp, node, 1, &block))
		return NULL;
	/* What kmalloc() made for a size class, kfree() takes. */
	if (c->by_size && !ac_arena_owns(block))
		return init_block(c, gfp, block);
	return ac_debug_on_alloc(c, block, size, gfp, ip);
}

/* Caches without magazines. */
static void *alloc_special(struct arena_cache *c, gfp_t gfp, int node,
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

static bool is_special(const struct arena_cache *c)
{
	return unlikely(c->large || c->debug);
}

/* What arena_cache_alloc() calls when the loaded magazine cannot serve it. */
void *__arena_cache_alloc(struct arena_cache *c, gfp_t gfp)
{
	void *p;

	if (is_special(c))
		return alloc_special(c, gfp, NUMA_NO_NODE, _RET_IP_);
	might_alloc(gfp);
	p = pop_slow(c, gfp);
	if (!p)
		p = alloc_growing(c, gfp);
	return init_block(c, gfp, p);
}
EXPORT_SYMBOL_GPL(__arena_cache_alloc);

/* What arena_alloc() calls then. A debug cache is told what was asked for. */
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

/* Zeroes a new block of a size class, to the end. */
void *__arena_init(size_t size, void *p)
{
	return memset(p, 0, ac_class_size(ac_class_for(size)));
}
EXPORT_SYMBOL_GPL(__arena_init);

/* A caller gets a block of a size class, and may use what he asked for. */
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

/* Frees for somebody who was called from @ip. */
void ac_cache_free(struct arena_cache *c, void *p, unsigned long ip)
{
	if (is_special(c))
		free_special(c, p, ip);
	else if (want_init_on_free() || !__arena_cache_push(READ_ONCE(c->cpu), p))
		__arena_cache_free(c, p);
}

/* What arena_cache_free() calls when the loaded magazine cannot take it. */
void __arena_cache_free(struct arena_cache *c, void *p)
{
	if (is_special(c)) {
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

/**
 * arena_cache_alloc_node - allocate one block on a NUMA node
 * @c: cache to allocate from
 * @gfp: as for arena_cache_alloc(); %__GFP_THISNODE forbids other nodes
 * @node: preferred node; %NUMA_NO_NODE, or one that cannot be, for none
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: a block of arena_cache_size() bytes, or NULL.
 */
void *arena_cache_alloc_node(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p;

	if ((unsigned int)node >= nr_node_ids || !node_possible(node))
		node = NUMA_NO_NODE;
	if (is_special(c))
		return alloc_special(c, gfp, node, _RET_IP_);
	if (node == NUMA_NO_NODE)
		return __arena_cache_alloc(c, gfp);
	might_alloc(gfp);
	if (node == ac_node_here()) {
		p = __arena_cache_pop(READ_ONCE(c->cpu)) ?: pop_slow(c, gfp);
		if (p && node_of(c, p) == node)
			return init_block(c, gfp, p);
		/* Freed here, allocated elsewhere: let it go home. */
		if (p)
			ac_pool_put(c, 1, &p);
	}
	alloc_beyond(c, gfp, node, 1, &p);
	return init_block(c, gfp, p);
}
EXPORT_SYMBOL_GPL(arena_cache_alloc_node);

/* Up to @nr blocks from where they are nearest. */
static unsigned int alloc_run(struct arena_cache *c, gfp_t gfp,
			      unsigned int nr, void **p, unsigned long ip)
{
	unsigned int n;

	if (is_special(c)) {
		/* SLUB's bulk calls want interrupts on; ours do not. */
		*p = alloc_special(c, gfp, NUMA_NO_NODE, ip);
		return !!*p;
	}
	nr = min(nr, AC_BULK_RUN);
	n = ac_magazine_take(c, gfp, nr, p);
	return n ?: alloc_beyond(c, gfp, pick_node(gfp), nr, p);
}

static noinline void free_bulk_slow(struct arena_cache *c, size_t nr, void **p,
				    unsigned long ip)
{
	unsigned int run, n;

	if (WARN_ON_ONCE(nr > INT_MAX))
		return;
	if (is_special(c) || want_init_on_free()) {
		for (; nr--; p++)
			if (*p)
				ac_cache_free(c, *p, ip);
		return;
	}
	for (; nr; nr -= run, p += run) {
		run = min_t(size_t, nr, AC_BULK_RUN);
		n = ac_magazine_put(c, run, p);
		if (n < run)
			ac_pool_put(c, run - n, p + n);
	}
}

static noinline int alloc_bulk_slow(struct arena_cache *c, gfp_t gfp,
				    size_t nr, void **p, unsigned long ip)
{
	unsigned int n, got;

	if (WARN_ON_ONCE(nr > INT_MAX))
		return 0;
	might_alloc(gfp);
	for (got = 0; got < nr; got += n) {
		n = alloc_run(c, gfp, nr - got, p + got, ip);
		if (!n) {
			/* No caller had them. */
			free_bulk_slow(c, got, p, ip);
			return 0;
		}
	}
	return nr;
}

static void watch_blocks(struct arena_cache *c, gfp_t gfp, unsigned int nr,
			 void **p)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		__arena_cache_watch(c, p[i], gfp);
}

static void unwatch_blocks(struct arena_cache *c, size_t nr, void **p)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!p[i])
			continue;
		debug_check_no_locks_freed(p[i], c->size);
		if (ARENA_CACHE_WATCHED)
			__arena_cache_unwatch(c, p[i]);
	}
}

static noinline int init_blocks(struct arena_cache *c, gfp_t gfp,
				unsigned int nr, void **p)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		p[i] = __arena_cache_init(c, p[i], gfp);
		if (unlikely(!p[i]))
			break;
	}
	if (likely(i == nr))
		return nr;
	/* One was not ours, and there is no other. */
	arena_cache_free_bulk(c, nr, p);
	return 0;
}

/**
 * arena_cache_alloc_bulk - allocate many blocks
 * @c: cache to allocate from
 * @gfp: as for arena_cache_alloc()
 * @nr: number of blocks, at most %INT_MAX
 * @p: gets the blocks
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: @nr, or 0 and nothing is allocated.
 */
int arena_cache_alloc_bulk(struct arena_cache *c, gfp_t gfp, size_t nr,
			   void **p)
{
	__arena_cache_might_alloc(gfp);
	if (unlikely(!ac_magazine_take_run(c, nr, p)))
		nr = alloc_bulk_slow(c, gfp, nr, p, _RET_IP_);
	if (ARENA_CACHE_WATCHED && !is_special(c))
		watch_blocks(c, gfp, nr, p);
	return want_init_on_alloc(gfp) && !is_special(c) ?
		       init_blocks(c, gfp, nr, p) : nr;
}
EXPORT_SYMBOL_GPL(arena_cache_alloc_bulk);

/**
 * arena_cache_free_bulk - free many blocks
 * @c: cache that they were allocated from
 * @nr: number of blocks, at most %INT_MAX
 * @p: the blocks; NULLs are ignored
 *
 * Context: any but NMI. Does not sleep.
 */
void arena_cache_free_bulk(struct arena_cache *c, size_t nr, void **p)
{
	if (ARENA_CACHE_WATCHED || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))
		unwatch_blocks(c, nr, p);
	if (want_init_on_free() || unlikely(!ac_magazine_put_run(c, nr, p)))
		free_bulk_slow(c, nr, p, _RET_IP_);
}
EXPORT_SYMBOL_GPL(arena_cache_free_bulk);

/* Returns all blocks that nobody uses to their pools. May sleep. */
void ac_cache_flush(struct arena_cache *c)
{
	ac_quarantine_flush(c);
	ac_recall_all(&c, 1);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_flush);

/**
 * ac_cache_for_batches - look at all caches, as many at a time as CPUs are asked for
 * @fn: called with each batch; may sleep
 * @arg: passed to @fn
 *
 * Context: process context; may sleep; ac_caches_lock held.
 */
void ac_cache_for_batches(void (*fn)(struct arena_cache **caches,
				     unsigned int nr, void *arg),
			  void *arg)
{
	struct arena_cache *c, *batch[AC_RECALL_CACHES];
	unsigned int n = 0;

	lockdep_assert_held(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list) {
		batch[n++] = c;
		if (n < AC_RECALL_CACHES)
			continue;
		fn(batch, n, arg);
		n = 0;
	}
	fn(batch, n, arg);
}

static void flush_batch(struct arena_cache **caches, unsigned int nr,
			void *unused)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ac_quarantine_flush(caches[i]);
	ac_recall_all(caches, nr);
}

/* The same of all caches; ac_caches_lock is held. */
void ac_cache_flush_all(void)
{
	ac_cache_for_batches(flush_batch, NULL);
}

/**
 * arena_cache_shrink - give back what a cache holds and nobody uses
 * @c: the cache
 *
 * Empties the magazines of all CPUs, the depots and the quarantine. A CPU that
 * allocates or frees each of three times that it is asked keeps its magazines.
 *
 * Context: process context; may sleep.
 * Return: 0 if the cache holds no memory any more, else 1.
 */
int arena_cache_shrink(struct arena_cache *c)
{
	might_sleep();
	if (c->large)
		return kmem_cache_shrink(c->slab);
	ac_cache_flush(c);
	ac_depot_trim();
	ac_arena_trim();
	return ac_pool_nr_pools(c) || ac_raw_live(c);
}
EXPORT_SYMBOL_GPL(arena_cache_shrink);

/**
 * ac_cache_trim - give back all that can be given back
 *
 * Context: process context; may sleep.
 * Return: number of pages of arenas given back.
 */
unsigned long ac_cache_trim(void)
{
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	ac_depot_trim();
	return ac_arena_trim();
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_trim);

/**
 * arena_cache_size - bytes that each block of a cache offers
 * @c: the cache
 *
 * Context: any.
 * Return: the size that the cache was created with.
 */
unsigned int arena_cache_size(struct arena_cache *c)
{
	return c->size;
}
EXPORT_SYMBOL_GPL(arena_cache_size);

/* What readers of RCU may still look at: see ac_owner_of(). */
static void free_cache_rcu(struct rcu_head *rcu)
{
	struct arena_cache *c = container_of(rcu, struct arena_cache, rcu);

	ac_quarantine_destroy(c);
	ac_magazines_destroy(c);
	ac_pool_sets_destroy(c);
	kfree_const(c->name);
	kfree(c);
}

static void free_cache(struct arena_cache *c)
{
	ac_large_destroy(c);
	ac_owner_forget(c);
	call_rcu(&c->rcu, free_cache_rcu);
}

static bool is_large(const struct arena_cache *c)
{
	return ALIGN(c->size, c->align) > ARENA_CACHE_MAX_BLOCK;
}

/* Room for what debug caches keep around the caller's bytes. */
static void surround_blocks(struct arena_cache *c)
{
	unsigned int align = ac_class_align(c->block_size);

	c->offset = ac_debug_offset(align);
	c->block_size = ALIGN(c->offset + c->size + AC_REDZONE_MIN, align);
}

static void set_geometry(struct arena_cache *c, unsigned int size,
			 unsigned int align)
{
	c->size = size;
	c->align = max_t(unsigned int, align, ARENA_CACHE_STEP);
	c->block_size = ALIGN(size, c->align);
	if (c->debug && !is_large(c))
		surround_blocks(c);
	c->map_offset = ac_class_map_offset(c->block_size);
	c->capacity = ac_class_capacity(c->block_size);
	c->fullness_shift = ac_pool_fullness_shift(c->capacity);
	c->reciprocal = ac_class_reciprocal(c->block_size);
}

static int build_cache(struct arena_cache *c, const char *name)
{
	c->name = kstrdup_const(name, GFP_KERNEL);
	if (!c->name || ac_pool_sets_create(c) || ac_magazines_create(c))
		return -ENOMEM;
	if (!is_large(c))
		return ac_quarantine_create(c);
	/* SLUB aligns to the size only what asks for it. */
	c->align = ac_class_align(c->block_size);
	return ac_large_create(c);
}

static struct arena_cache *new_cache(unsigned long flags, unsigned int debug)
{
	struct arena_cache *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	ac_debug_prepare(debug);
	c->shared = flags & ARENA_CACHE_SHARED;
	c->reclaimable = flags & ARENA_CACHE_RECLAIMABLE;
	c->debug = debug;
	return c;
}

/* Makes of @c, which may be NULL, a cache that works. */
static struct arena_cache *make_cache(struct arena_cache *c, const char *name,
				      unsigned int size, unsigned int align,
				      void (*ctor)(void *))
{
	if (!c)
		return NULL;
	set_geometry(c, size, align);
	c->ctor = ctor;
	if (build_cache(c, name)) {
		free_cache(c);
		return NULL;
	}
	ac_owner_announce(c);
	mutex_lock(&ac_caches_lock);
	/* verify walks the list with the machine stopped, not under the lock. */
	list_add_tail_rcu(&c->list, &ac_caches);
	mutex_unlock(&ac_caches_lock);
	return c;
}

static unsigned int debug_flags(unsigned long flags)
{
	if (flags & ARENA_CACHE_SHARED)
		return 0;
	return flags & ARENA_CACHE_DEBUG ? AC_DEBUG_ALL : ac_debug_default();
}

#define AC_CACHE_FLAGS \
	(ARENA_CACHE_SHARED | ARENA_CACHE_DEBUG | ARENA_CACHE_RECLAIMABLE)

/**
 * arena_cache_create - create a cache
 * @name: what debugfs and reports call it; copied
 * @size: bytes of a block, 1 to %KMALLOC_MAX_SIZE. Up to 512, rounded up to
 *	@align, come from arenas; larger ones from a kmem_cache.
 * @align: alignment of blocks in bytes, a power of two up to %PAGE_SIZE, or 0
 *	for 8. They are aligned to the largest power of two, up to %PAGE_SIZE, that
 *	divides @size rounded up to it.
 * @flags: 0, or some of these; the first two exclude each other.
 *	%ARENA_CACHE_SHARED: the owner means to map the blocks' pages to user
 *	space. They are zeroed before the first block is taken, hold nothing but
 *	blocks, and go back to the page allocator, never to another cache, when none
 *	of their blocks is in use. At most 512 bytes, rounded up to 64.
 *	%ARENA_CACHE_DEBUG: look for bugs of the users of this cache: red zones,
 *	poison, owners' call stacks, quarantine. Other caches are such only if the
 *	module's parameter debug= says so, shared ones never.
 *	%ARENA_CACHE_RECLAIMABLE: the owner frees blocks when a shrinker of his asks
 *	him to. /proc/meminfo counts the cache's pages as SReclaimable and so in
 *	MemAvailable.
 * @ctor: called once for every block of a pool when the cache takes the pool,
 *	and never again while the cache keeps it: a block must be freed in its
 *	constructed state. May be called in any context. Or NULL.
 *
 * The module cannot be unloaded before the cache is destroyed.
 *
 * Context: process context; may sleep.
 * Return: the cache, or NULL.
 */
struct arena_cache *arena_cache_create(const char *name, unsigned int size,
				       unsigned int align, unsigned long flags,
				       void (*ctor)(void *block))
{
	const bool shared = flags & ARENA_CACHE_SHARED;
	struct arena_cache *c;

	might_sleep();
	if (!name || !*name || !size || size > KMALLOC_MAX_SIZE ||
	    flags & ~AC_CACHE_FLAGS || (shared && flags & ARENA_CACHE_DEBUG) ||
	    (shared && size > ARENA_CACHE_MAX_BLOCK) ||
	    (align && !is_power_of_2(align)) || align > PAGE_SIZE) {
		pr_err("create %s: bad argument: size %u, align %u, flags %#lx\n",
		       name, size, align, flags);
		return NULL;
	}
	if (!try_module_get(THIS_MODULE))
		return NULL;
	/* No bitmap in pages that others write to. */
	if (shared)
		align = max_t(unsigned int, align, AC_MAP_INLINE_BLOCK);
	c = make_cache(new_cache(flags, debug_flags(flags)), name, size, align,
		       ctor);
	if (!c)
		module_put(THIS_MODULE);
	return c;
}
EXPORT_SYMBOL_GPL(arena_cache_create);

/* Blocks that live when their cache is destroyed, as it was when they were met. */
struct leaks {
	struct arena_cache *cache;
	unsigned int nr;
	void *block[AC_LEAKS_SHOWN];
};

/* Every block of a full pool is taken. */
static void note_full(struct ac_arena *arena, void *arg)
{
	u64 used = ~(arena->free | arena->gone);
	struct leaks *leaks = arg;
	struct arena_cache *c = leaks->cache;
	struct ac_pool *pool;
	unsigned int i;

	for (; used && leaks->nr < AC_LEAKS_SHOWN; used &= used - 1) {
		pool = ac_arena_pool(arena, __ffs64(used));
		if (!ac_owner_is(c, pool) || ac_peek(pool->nr_free))
			continue;
		for (i = 0; i < c->capacity && leaks->nr < AC_LEAKS_SHOWN; i++)
			leaks->block[leaks->nr++] =
				ac_arena_pool_base(pool) + i * c->block_size;
	}
}

/*
 * The cache knows its pools that have free blocks. Only if all blocks of some live,
 * and more are to be shown, the arenas are looked through, one at a time.
 */
static void find_leaks(struct leaks *leaks)
{
	struct arena_cache *c = leaks->cache;
	unsigned long at = 0;
	int node;

	for_each_node(node)
		leaks->nr += ac_pool_find_taken(c, node,
						AC_LEAKS_SHOWN - leaks->nr,
						leaks->block + leaks->nr);
	while (leaks->nr < min_t(unsigned long, ac_pool_nr_taken(c),
				 AC_LEAKS_SHOWN) &&
	       ac_arena_visit_next(&at, note_full, leaks))
		ac_arena_pause();
}

/* Not static, so that tests can replace it. */
void ac_cache_report_leak(struct arena_cache *c, void *block)
{
	const struct ac_arena *arena;

	KUNIT_STATIC_STUB_REDIRECT(ac_cache_report_leak, c, block);
	/* Somebody may have freed it meanwhile. */
	rcu_read_lock();
	arena = ac_arena_of(block);
	if (arena)
		pr_err("  live block %p: arena %llu, pool %u, block %u\n",
		       block + c->offset, arena->id, ac_arena_slot(block),
		       ac_class_index(c, block));
	rcu_read_unlock();
	if (c->debug && ac_pool_check(c, block) == AC_GOOD)
		ac_debug_describe(c, block);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_report_leak);

static void report_leaks(struct arena_cache *c, long live)
{
	struct leaks leaks = { .cache = c };
	unsigned int i;

	pr_err("cache %s destroyed with %ld live blocks, which stay valid:\n",
	       c->name, live);
	if (!c->large)
		find_leaks(&leaks);
	for (i = 0; i < leaks.nr; i++)
		ac_cache_report_leak(c, leaks.block[i]);
	if (live > leaks.nr)
		pr_err("  and %ld more\n", live - leaks.nr);
}

static unsigned int nr_defunct;

/*
 * Blocks of @c that live, when all others are back in their pools. Some may be freed
 * meanwhile, into magazines that were flushed already: those are to be flushed, too,
 * before @c can go.
 */
static long live_after_flush(struct arena_cache *c)
{
	long live;

	do {
		ac_cache_flush(c);
		live = ac_cache_live(c);
	} while (live <= 0 && (ac_pool_nr_taken(c) ||
			       (!c->large && ac_raw_live(c))));
	return max(live, 0L);
}

/*
 * Takes off the list those caches of which no block lives: @c, or all defunct ones.
 * Returns how many blocks live in the last one that was looked at.
 */
static long bury(struct arena_cache *c, struct list_head *dead)
{
	struct arena_cache *other, *next;
	long live = 0;

	lockdep_assert_held(&ac_destroy_lock);
	/* No CPU may go between the flush and the look at what is left. */
	cpus_read_lock();
	mutex_lock(&ac_caches_lock);
	list_for_each_entry_safe(other, next, &ac_caches, list) {
		if (c ? other != c : !other->defunct)
			continue;
		live = live_after_flush(other);
		if (live)
			continue;
		nr_defunct -= other->defunct;
		list_move(&other->list, dead);
	}
	mutex_unlock(&ac_caches_lock);
	cpus_read_unlock();
	return live;
}

static void free_dead(struct list_head *dead)
{
	struct arena_cache *c, *next;

	list_for_each_entry_safe(c, next, dead, list)
		free_cache(c);
}

/**
 * ac_cache_reap - free defunct caches whose last block came back
 *
 * Context: process context; may sleep.
 */
void ac_cache_reap(void)
{
	LIST_HEAD(dead);

	mutex_lock(&ac_destroy_lock);
	if (nr_defunct)
		bury(NULL, &dead);
	free_dead(&dead);
	mutex_unlock(&ac_destroy_lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_reap);

/* Its blocks live: they stay valid, and so does @c until the last one is back. */
static void become_defunct(struct arena_cache *c, long live)
{
	WRITE_ONCE(c->defunct, true);
	nr_defunct++;
	if (c->large)
		ac_large_orphan(c);
	report_leaks(c, live);
	ac_wake();
}

/* Whether @c is gone, or @last, and so defunct. */
static bool end_cache(struct arena_cache *c, bool last)
{
	LIST_HEAD(dead);
	long live;

	mutex_lock(&ac_destroy_lock);
	live = bury(c, &dead);
	if (live && last)
		become_defunct(c, live);
	free_dead(&dead);
	mutex_unlock(&ac_destroy_lock);
	return !live || last;
}

/**
 * arena_cache_destroy - destroy a cache
 * @c: the cache, or NULL
 *
 * Blocks may be on their way back, by call_rcu(): if some live, destroy waits for the
 * callbacks that are pending now, so its caller need not. Those that live even then
 * are reported, with the places of a few of those that are in arenas. They stay valid
 * and may still be freed; when the last one was, what is left of the cache is freed.
 *
 * Context: process context; may sleep. But for such frees, no other call on @c may be
 * running.
 */
void arena_cache_destroy(struct arena_cache *c)
{
	might_sleep();
	if (!c)
		return;
	if (!end_cache(c, false)) {
		rcu_barrier();
		end_cache(c, true);
	}
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(arena_cache_destroy);

static int flush_dead_cpu(unsigned int cpu)
{
	struct arena_cache *c;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		ac_magazine_flush_dead(c, cpu);
	mutex_unlock(&ac_caches_lock);
	return 0;
}

static int create_classes(void)
{
	struct arena_cache *c;
	char name[32];
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++) {
		snprintf(name, sizeof(name), "size-%u", ac_class_size(i));
		c = new_cache(0, ac_debug_default());
		if (c)
			c->by_size = true;
		arena_cache_classes[i] = make_cache(c, name, ac_class_size(i),
						    0, NULL);
		if (!arena_cache_classes[i])
			return -ENOMEM;
	}
	return 0;
}

/* Blocks that live on keep their arenas, not their cache. */
static void free_caches(void)
{
	struct arena_cache *c, *next;
	long live;

	list_for_each_entry_safe(c, next, &ac_caches, list) {
		live = ac_cache_live(c);
		if (live && !c->defunct)
			report_leaks(c, live);
		list_del(&c->list);
		free_cache(c);
	}
}

int ac_cache_init(void)
{
	int err;

	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "arena_cache:dead",
					NULL, flush_dead_cpu);
	if (err < 0)
		return err;
	hotplug_state = err;
	ac_large_init();
	err = create_classes();
	if (err)
		ac_cache_exit();
	return err;
}

void ac_cache_exit(void)
{
	/* No CPU may go between the flush and the end of the callback. */
	cpus_read_lock();
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	__cpuhp_remove_state_cpuslocked(hotplug_state, false);
	cpus_read_unlock();
	free_caches();
}
