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
#include "debug.h"
#include "kunit_export.h"
#include "quarantine.h"
#include "raw.h"
#include "shadow.h"
#include "watch.h"

/* Addresses that arena_cache_destroy() names of the blocks still alive. */
#define AC_LEAKS_SHOWN	8

/* Blocks that a bulk call deals with in one go, with preemption off. */
#define AC_BULK_RUN	256U

/* Who holds it knows that no cache is freed. */
DEFINE_MUTEX(ac_destroy_lock);
/* Protects ac_caches. */
DEFINE_MUTEX(ac_caches_lock);
EXPORT_SYMBOL_IF_KUNIT(ac_caches_lock);
LIST_HEAD(ac_caches);

struct arena_cache *arena_cache_classes[ARENA_CACHE_CLASSES];
EXPORT_SYMBOL_GPL(arena_cache_classes);

static enum cpuhp_state hotplug_state;

/*
 * Live blocks: taken from pools and neither cached nor in quarantine, plus those
 * outside of arenas. Costs the fast path nothing. Exact once the cache's users
 * rest.
 */
long ac_cache_live(struct arena_cache *c)
{
	return ac_pool_used(c) + ac_raw_live(c) - ac_magazine_cached(c) -
	       ac_quarantine_nr(c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_live);

/*
 * Large blocks are SLUB's, and so are the bugs around them. Where KASAN watches,
 * SLUB's poison and its zones would trip over each other.
 */
static slab_flags_t slab_flags(const struct arena_cache *c)
{
	slab_flags_t flags = 0;

	if (IS_ENABLED(CONFIG_KASAN))
		return 0;
	if (c->debug & AC_DEBUG_FREES)
		flags |= SLAB_CONSISTENCY_CHECKS;
	if (c->debug & AC_DEBUG_ZONES)
		flags |= SLAB_RED_ZONE;
	if (c->debug & AC_DEBUG_POISON)
		flags |= SLAB_POISON;
	if (c->debug & AC_DEBUG_USERS)
		flags |= SLAB_STORE_USER;
	return flags;
}

/*
 * SLUB takes a cache off its list before it takes it out of sysfs. One created in
 * between, which would have been merged with it, gets the same name there, and a
 * warning. The innermost mutex of ours.
 */
static DEFINE_MUTEX(large_lock);

/* All of a block may be copied to users and from them, as of those in arenas. */
static int create_large(struct arena_cache *c, const char *name)
{
	mutex_lock(&large_lock);
	c->large = kmem_cache_create_usercopy(name, c->size, c->align,
					      slab_flags(c), 0, c->size,
					      c->ctor);
	mutex_unlock(&large_lock);
	c->debug = 0;
	return c->large ? 0 : -ENOMEM;
}

static void destroy_large(struct arena_cache *c)
{
	mutex_lock(&large_lock);
	kmem_cache_destroy(c->large);
	mutex_unlock(&large_lock);
}

/* What named caches ignore, large ones ignore, too. */
static void *alloc_large(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p;

	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT);
	if (c->ctor)
		gfp &= ~__GFP_ZERO;
	p = kmem_cache_alloc_node(c->large, gfp, node);
	if (p)
		ac_count(&c->cpu->outside, 1);
	return p;
}

static void free_large(struct arena_cache *c, void *p)
{
	if (unlikely(ac_arena_owns(p))) {
		ac_report_bad_free(c, p, AC_BAD_CACHE);
		return;
	}
	ac_count(&c->cpu->outside, -1);
	kmem_cache_free(c->large, p);
}

static void *pop_slow(struct arena_cache *c)
{
	struct arena_cache_cpu *cpu;
	void *p = NULL;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		if (*cpu->top || ac_magazine_reload(c, cpu))
			p = *cpu->top--;
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_ALLOC);
		ac_pool_take(c, numa_mem_id(), 1, &p);
	}
	preempt_enable();
	return p;
}

static bool push_slow(struct arena_cache *c, void *p)
{
	struct arena_cache_cpu *cpu;
	bool done = false;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
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

static void *alloc_raw(struct arena_cache *c, gfp_t gfp, int node)
{
	/* Users map whole pages: kmalloc's are not for them. */
	if (c->shared)
		return NULL;
	return c->by_size ? ac_raw_alloc_size(c->size, gfp, node,
					      AC_STAT_RAW_ARENA) :
			    ac_raw_alloc(c, gfp, node);
}

/* Blocks of @node: of the pools that @c has there, else of a new one. */
static unsigned int alloc_on_node(struct arena_cache *c, gfp_t gfp, int node,
				  unsigned int nr, void **p)
{
	return ac_pool_take(c, node, nr, p) ?:
	       ac_pool_grow(c, gfp, node, nr, p);
}

/* Blocks of another node than @node, which has none, else one from kmalloc. */
static unsigned int alloc_far(struct arena_cache *c, gfp_t gfp, int node,
			      unsigned int nr, void **p)
{
	unsigned int n;
	int other;

	if (!(gfp & __GFP_THISNODE)) {
		for_each_node_state(other, N_MEMORY) {
			if (other == node)
				continue;
			n = alloc_on_node(c, gfp, other, nr, p);
			if (n)
				return n;
		}
	}
	*p = alloc_raw(c, gfp, node);
	return !!*p;
}

static unsigned int alloc_beyond(struct arena_cache *c, gfp_t gfp, int node,
				 unsigned int nr, void **p)
{
	return alloc_on_node(c, gfp, node, nr, p) ?:
	       alloc_far(c, gfp, node, nr, p);
}

/* A block of a new pool; others of it go to this CPU's magazine. */
static noinline void *alloc_growing(struct arena_cache *c, gfp_t gfp)
{
	int node = numa_mem_id();
	struct ac_pool *pool = ac_pool_make(c, gfp, node);
	void *p;

	if (pool)
		return ac_magazine_adopt(c, pool);
	alloc_far(c, gfp, node, 1, &p);
	return p;
}

/* Zeroes a new block. Constructed ones are what their constructor made them. */
void *__arena_cache_init(struct arena_cache *c, void *p)
{
	return c->ctor ? p : memset(p, 0, c->size);
}
EXPORT_SYMBOL_GPL(__arena_cache_init);

static void *init_block(struct arena_cache *c, gfp_t gfp, void *p)
{
	if (ARENA_CACHE_WATCHED && p)
		__arena_cache_watch(c, p, gfp);
	return p && want_init_on_alloc(gfp) ? __arena_cache_init(c, p) : p;
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
		node = numa_mem_id();
	if (!alloc_beyond(c, gfp, node, 1, &block))
		return NULL;
	/* What kmalloc() made for a size class, kfree() takes. */
	if (c->by_size && !ac_arena_owns(block))
		return init_block(c, gfp, block);
	return ac_debug_give(c, block, size, gfp, ip);
}

/* Caches without magazines. */
static void *alloc_special(struct arena_cache *c, gfp_t gfp, int node,
			   unsigned long ip)
{
	return c->large ? alloc_large(c, gfp, node) :
			  alloc_debug(c, gfp, node, c->size, ip);
}

static void free_special(struct arena_cache *c, void *p, unsigned long ip)
{
	if (c->large)
		free_large(c, p);
	else
		ac_quarantine_free(c, p, ip);
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
	p = pop_slow(c);
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
	else if (want_init_on_free() || !__arena_cache_push(c->cpu, p))
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
		if (__arena_cache_push(c->cpu, p))
			return;
	}
	if (!push_slow(c, p))
		ac_pool_put(c, 1, &p);
}
EXPORT_SYMBOL_GPL(__arena_cache_free);

static int node_of(const void *p)
{
	return page_to_nid(virt_to_page(p));
}

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
	if (node == numa_mem_id()) {
		p = __arena_cache_pop(c->cpu) ?: pop_slow(c);
		if (p && node_of(p) == node)
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
	n = ac_magazine_take(c, nr, p);
	return n ?: alloc_beyond(c, gfp, numa_mem_id(), nr, p);
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

static noinline int init_blocks(struct arena_cache *c, unsigned int nr,
				void **p)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		__arena_cache_init(c, p[i]);
	return nr;
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
	return want_init_on_alloc(gfp) ? init_blocks(c, nr, p) : nr;
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
	ac_magazine_flush(c);
}

/**
 * arena_cache_shrink - give back what a cache holds and nobody uses
 * @c: the cache
 *
 * Empties the magazines of all CPUs, the depots and the quarantine.
 *
 * Context: process context; may sleep.
 * Return: 0 if the cache holds no memory any more, else 1.
 */
int arena_cache_shrink(struct arena_cache *c)
{
	might_sleep();
	if (c->large)
		return kmem_cache_shrink(c->large);
	ac_cache_flush(c);
	ac_magazine_trim();
	ac_arena_trim();
	return ac_pool_nr(c) || ac_raw_live(c);
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
	struct arena_cache *c;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		ac_cache_flush(c);
	mutex_unlock(&ac_caches_lock);
	ac_magazine_trim();
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

static void free_cache(struct arena_cache *c)
{
	ac_quarantine_destroy(c);
	ac_magazines_destroy(c);
	ac_pool_sets_destroy(c);
	destroy_large(c);
	kfree_const(c->name);
	kfree(c);
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
	c->block_size = ALIGN(c->offset + c->size + AC_ZONE_MIN, align);
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
	return create_large(c, name);
}

static struct arena_cache *make_cache(const char *name, unsigned int size,
				      unsigned int align, unsigned int debug,
				      void (*ctor)(void *), bool by_size)
{
	struct arena_cache *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	c->debug = debug;
	set_geometry(c, size, align);
	c->ctor = ctor;
	c->by_size = by_size;
	if (build_cache(c, name)) {
		free_cache(c);
		return NULL;
	}
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

/**
 * arena_cache_create - create a cache
 * @name: what debugfs and reports call it; copied
 * @size: bytes of a block, 1 to %KMALLOC_MAX_SIZE. Up to 512, rounded up to
 *	@align, come from arenas; larger ones from a kmem_cache.
 * @align: alignment of blocks in bytes, a power of two up to %PAGE_SIZE, or 0
 *	for 8. They are aligned to the largest power of two, up to %PAGE_SIZE, that
 *	divides @size rounded up to it.
 * @flags: 0, or one of two.
 *	%ARENA_CACHE_SHARED: the owner means to map the blocks' pages to user
 *	space. They are zeroed before the first block is taken, hold nothing but
 *	blocks, and go back to the page allocator, never to another cache, when none
 *	of their blocks is in use. At most 512 bytes, rounded up to 64.
 *	%ARENA_CACHE_DEBUG: look for bugs of the users of this cache: red zones,
 *	poison, owners' call stacks, quarantine. Other caches are such only if the
 *	module's parameter debug= says so, shared ones never.
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
	bool shared = flags & ARENA_CACHE_SHARED;
	struct arena_cache *c;

	might_sleep();
	if (!name || !*name || !size || size > KMALLOC_MAX_SIZE ||
	    flags > ARENA_CACHE_DEBUG ||
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
	c = make_cache(name, size, align, debug_flags(flags), ctor, false);
	if (c)
		c->shared = shared;
	else
		module_put(THIS_MODULE);
	return c;
}
EXPORT_SYMBOL_GPL(arena_cache_create);

struct leaks {
	struct arena_cache *cache;
	unsigned int nr;
	void *block[AC_LEAKS_SHOWN];
};

static void note_leaks(struct ac_pool *pool, void *arg)
{
	struct leaks *leaks = arg;
	struct arena_cache *c = leaks->cache;
	unsigned long *map;
	unsigned int i;
	char *base;

	if (pool->cache != c->id)
		return;
	base = ac_arena_pool_base(pool);
	map = (unsigned long *)ac_pool_map(c, pool, base);
	for (i = 0; i < c->capacity && leaks->nr < AC_LEAKS_SHOWN; i++)
		if (!test_bit(i, map))
			leaks->block[leaks->nr++] = base + i * c->block_size;
}

static void report_leak(struct arena_cache *c, void *block)
{
	pr_err("  live block %p: arena %llu, pool %u, block %u\n",
	       block + c->offset, ac_arena_of(block)->id, ac_arena_slot(block),
	       ac_class_index(c, block));
	if (c->debug)
		ac_debug_describe(c, block);
}

static void report_leaks(struct arena_cache *c, long live)
{
	struct leaks leaks = { .cache = c };
	unsigned int i;
	int node;

	pr_err("cache %s destroyed with %ld live blocks, which stay valid:\n",
	       c->name, live);
	if (!c->large)
		for_each_node(node)
			ac_arena_visit_pools(node, note_leaks, &leaks);
	for (i = 0; i < leaks.nr; i++)
		report_leak(c, leaks.block[i]);
	if (live > leaks.nr)
		pr_err("  and %ld more\n", live - leaks.nr);
}

/**
 * arena_cache_destroy - destroy a cache
 * @c: the cache, or NULL
 *
 * Blocks that still live are reported, with the places of a few of those that
 * are in arenas. They stay valid, and their memory stays allocated.
 *
 * Context: process context; may sleep. No other call on @c may be running.
 */
void arena_cache_destroy(struct arena_cache *c)
{
	long live;

	might_sleep();
	if (!c)
		return;
	mutex_lock(&ac_destroy_lock);
	/* No CPU may go between the flush and the look at what is left. */
	cpus_read_lock();
	mutex_lock(&ac_caches_lock);
	ac_cache_flush(c);
	live = ac_cache_live(c);
	c->defunct = live;
	if (!live)
		list_del_rcu(&c->list);
	mutex_unlock(&ac_caches_lock);
	cpus_read_unlock();
	if (live)
		report_leaks(c, live);
	else
		free_cache(c);
	mutex_unlock(&ac_destroy_lock);
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
	char name[32];
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++) {
		snprintf(name, sizeof(name), "size-%u", ac_class_size(i));
		arena_cache_classes[i] = make_cache(name, ac_class_size(i), 0,
						    ac_debug_default(), NULL,
						    true);
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
		if (c->large && live)
			c->large = NULL;
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
	err = create_classes();
	if (err)
		ac_cache_exit();
	return err;
}

void ac_cache_exit(void)
{
	struct arena_cache *c;

	/* No CPU may go between the flush and the end of the callback. */
	cpus_read_lock();
	list_for_each_entry(c, &ac_caches, list)
		ac_cache_flush(c);
	__cpuhp_remove_state_cpuslocked(hotplug_state, false);
	cpus_read_unlock();
	free_caches();
}
