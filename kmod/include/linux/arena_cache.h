/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - CPython's small-object heap as a slab-like object cache
 *
 * Arenas of 256 KB are cut into pools of 4 KB, and each pool into blocks of
 * one size. A cache hands out blocks of one size; arena_alloc() picks one of
 * 64 built-in caches by size (8, 16, 24 ... 512 bytes) and passes what is
 * larger to kmalloc().
 *
 * Every function here may be called in process, softirq and hard-irq context
 * unless its description says otherwise, with a gfp that fits the context.
 * None may be called from NMI. PREEMPT_RT is not supported.
 */
#ifndef _LINUX_ARENA_CACHE_H
#define _LINUX_ARENA_CACHE_H

#include <linux/debug_locks.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/types.h>

/* Largest block that comes from an arena, and the step between classes. */
#define ARENA_CACHE_MAX_BLOCK	512
#define ARENA_CACHE_STEP	8
#define ARENA_CACHE_CLASSES	(ARENA_CACHE_MAX_BLOCK / ARENA_CACHE_STEP)

/* To what devices that are not coherent want memory aligned; 8: there are none. */
#ifdef ARCH_DMA_MINALIGN
#define ARENA_CACHE_DMA_ALIGN	ARCH_DMA_MINALIGN
#else
#define ARENA_CACHE_DMA_ALIGN	ARCH_KMALLOC_MINALIGN
#endif

/* Flags of arena_cache_create(): pages of the cache may be mapped to users. */
#define ARENA_CACHE_SHARED	1UL
/* Look for bugs of the cache's users. */
#define ARENA_CACHE_DEBUG	2UL
/* Its owner frees blocks when a shrinker of his asks: vmstat counts them so. */
#define ARENA_CACHE_RECLAIMABLE	4UL

/* A magazine is this many bytes and aligned to them: see arena_cache_cpu. */
#define ARENA_CACHE_MAGAZINE	1024

/* Are there checkers that want to know of every block? */
#define ARENA_CACHE_WATCHED	(IS_ENABLED(CONFIG_KASAN_GENERIC) || \
				 IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))

struct ac_depot;
struct ac_large;
struct ac_magazine;
struct ac_pool_set;
struct ac_quarantine;
struct kmem_cache;

/**
 * struct arena_cache_cpu - one CPU's magazines of one cache
 * @seq: odd while this CPU is inside the magazines; half of it is the number
 *	of times that it was
 * @top: the newest block in the loaded magazine
 * @prev: the same for the previous magazine
 * @misses: operations that the loaded magazine could not serve alone
 * @outside: blocks of this cache that are in no arena and live, or cached;
 *	counted where they were allocated or freed: only the sum over all CPUs
 *	means anything
 * @swaps: exchanges of the loaded and the previous magazine
 * @gets: full magazines taken from the depot
 * @puts: full magazines given to the depot
 * @refills: magazines filled from pools
 * @flushes: magazines emptied into pools
 *
 * A magazine is a stack of block addresses, aligned to its size. The word below
 * its oldest block is NULL, so "empty" shows in the block that was read, and
 * "full" in the low bits of the address of the next word: neither test needs
 * another load.
 *
 * Only the CPU itself touches @top and @prev, with preemption off and @seq odd.
 * An interrupt that finds @seq odd keeps off and uses the pools instead.
 */
struct arena_cache_cpu {
	unsigned long seq;
	void **top;
	void **prev;
	unsigned long misses;
	long outside;
	unsigned int swaps;
	unsigned int gets;
	unsigned int puts;
	unsigned int refills;
	unsigned int flushes;
} __aligned(64);

/**
 * struct arena_cache - a cache of blocks of one size
 * @cpu: the magazines of each CPU; those of nobody until the first use
 * @size: bytes that a caller may use in each block
 * @block_size: bytes from one block to the next
 * @ctor: constructor, or NULL
 *
 * Made by arena_cache_create(). Its fields are here for the inline functions
 * below and are nobody else's business.
 */
struct arena_cache {
	struct arena_cache_cpu __percpu *cpu;
	unsigned int size;
	unsigned int block_size;
	void (*ctor)(void *block);
	/* private: geometry, fixed at creation */
	u32 id;
	u32 reciprocal;
	u16 capacity;
	u16 map_offset;
	u16 fullness_shift;
	u16 rounds;
	u16 depot_max;
	bool by_size;
	bool defunct;
	bool has_raw;
	bool shared;
	bool reclaimable;
	u8 debug;
	u16 offset;
	unsigned int align;
	const char *name;
	struct ac_large *large;
	struct kmem_cache *slab;
	struct ac_quarantine *quarantine;
	/* private: what CPUs have; see kmod/cpus.h, recall.h */
	struct ac_depot *depots;
	struct ac_magazine *recalled;
	u32 *seen;
	atomic_long_t outside;
	/* private: per NUMA node */
	struct ac_pool_set **pools;
	unsigned long *nr_pools;
	struct list_head list;
	struct rcu_head rcu;
};

struct arena_cache *arena_cache_create(const char *name, unsigned int size,
				       unsigned int align, unsigned long flags,
				       void (*ctor)(void *block));
void arena_cache_destroy(struct arena_cache *c);
__malloc void *arena_cache_alloc_node(struct arena_cache *c, gfp_t gfp,
				      int node);
int arena_cache_alloc_bulk(struct arena_cache *c, gfp_t gfp, size_t nr,
			   void **p);
void arena_cache_free_bulk(struct arena_cache *c, size_t nr, void **p);
int arena_cache_shrink(struct arena_cache *c);
unsigned int arena_cache_size(struct arena_cache *c);

__alloc_size(1, 2) void *arena_calloc(size_t n, size_t size, gfp_t gfp);
__realloc_size(2) void *__must_check arena_realloc(void *p, size_t size,
						   gfp_t gfp);
void arena_free(const void *p);
size_t arena_usable_size(const void *p);

/* private: what the inline functions stand on; do not call these */
extern struct arena_cache *arena_cache_classes[ARENA_CACHE_CLASSES];
/*
 * Their CPUs' magazines in one array, so that a size leads there directly: class
 * i has entry i + 1. Entry 0 is nobody's, and has the null magazine for ever.
 */
extern struct arena_cache_cpu __percpu *arena_cache_class_cpus;
__malloc void *__arena_cache_alloc(struct arena_cache *c, gfp_t gfp);
void __arena_cache_free(struct arena_cache *c, void *p);
void *__arena_cache_init(struct arena_cache *c, void *p, gfp_t gfp);
void __arena_cache_watch(struct arena_cache *c, const void *p, gfp_t gfp);
void __arena_cache_unwatch(struct arena_cache *c, const void *p);
__alloc_size(1) void *__arena_alloc(size_t size, gfp_t gfp);
__realloc_size(1) void *__arena_watch(size_t size, void *p, gfp_t gfp);
__realloc_size(1) void *__arena_init(size_t size, void *p);
__alloc_size(1) void *__arena_alloc_raw(size_t size, gfp_t gfp);

/*
 * Bytes of the block that serves @size, where kmalloc() aligns to @min and devices
 * want @dma. The DMA layer has no pointer's cache, only its size: what kmalloc()
 * would have aligned to a cache line for that size, it takes for aligned, and
 * bounces the rest. So a block is a multiple of all lines that kmalloc()'s is.
 */
static __always_inline size_t __arena_cache_room(size_t size, size_t min,
						 size_t dma)
{
	size_t unit = dma;

	if (dma > min) {
		if (size > 64 && size <= 96)
			unit = 32;
		else if (size > 128 && size <= 192)
			unit = 64;
		else
			unit = roundup_pow_of_two(size);
		unit = clamp(unit, min, dma);
	}
	return ALIGN(size, unit);
}

/* The class that serves @size, which is 1 to 512, plus 1. */
static __always_inline size_t __arena_cache_entry(size_t size)
{
	return __arena_cache_room(size, ARCH_KMALLOC_MINALIGN,
				  ARENA_CACHE_DMA_ALIGN) / ARENA_CACHE_STEP;
}

/* Where blocks are at hand, only a kernel that looks for bugs asks. */
static __always_inline void __arena_cache_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

/*
 * Preemption is off. An interrupt before the mark leaves @seq even again; one
 * after it keeps off. The second barrier keeps the caller's reads behind the
 * mark, the first lets the compiler test and add in memory.
 */
static __always_inline bool __arena_cache_enter(struct arena_cache_cpu *cpu)
{
	/* What interrupts of this CPU do to it is over when they are. */
	if (unlikely(data_race(cpu->seq) & 1))
		return false;
	barrier();
	/* Those amid the addition are lost, as counts; that the sum is odd holds. */
	data_race(cpu->seq++);
	barrier();
	return true;
}

static __always_inline void __arena_cache_leave(struct arena_cache_cpu *cpu)
{
	barrier();
	/* Interrupts may see it odd for too long, and keep off. */
	data_race(cpu->seq++);
}

/* Each way out has a tail of its own, so that no result is tested twice. */
static __always_inline void *
__arena_cache_pop(struct arena_cache_cpu __percpu *cpus)
{
	struct arena_cache_cpu *cpu;
	void *p;

	preempt_disable();
	cpu = raw_cpu_ptr(cpus);
	if (likely(__arena_cache_enter(cpu))) {
		p = *cpu->top;
		if (likely(p)) {
			cpu->top--;
			__arena_cache_leave(cpu);
			preempt_enable();
			return p;
		}
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return NULL;
}

/* Returns with preemption on, as it was before its caller turned it off. */
static __always_inline bool
__arena_cache_push_pinned(struct arena_cache_cpu *cpu, void *p)
{
	void **next;

	if (likely(__arena_cache_enter(cpu))) {
		next = cpu->top + 1;
		if (likely((unsigned long)next & (ARENA_CACHE_MAGAZINE - 1))) {
			*next = p;
			cpu->top = next;
			__arena_cache_leave(cpu);
			preempt_enable();
			return true;
		}
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return false;
}

static __always_inline bool
__arena_cache_push(struct arena_cache_cpu __percpu *cpus, void *p)
{
	preempt_disable();
	return __arena_cache_push_pinned(raw_cpu_ptr(cpus), p);
}

/**
 * arena_cache_alloc - allocate one block
 * @c: cache to allocate from
 * @gfp: as for kmem_cache_alloc(). %__GFP_ZERO zeroes the block unless the
 *	cache has a constructor. Zone modifiers and %__GFP_ACCOUNT are ignored:
 *	blocks come from low memory and are charged to nobody.
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: a block of arena_cache_size() bytes, or NULL.
 */
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

/**
 * arena_cache_zalloc - allocate one block, zeroed
 * @c: cache to allocate from; must have no constructor
 * @gfp: as for arena_cache_alloc()
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: a zeroed block of arena_cache_size() bytes, or NULL.
 */
static __always_inline __malloc void *arena_cache_zalloc(struct arena_cache *c,
							 gfp_t gfp)
{
	return arena_cache_alloc(c, gfp | __GFP_ZERO);
}

/**
 * arena_cache_free - free one block
 * @c: cache that the block was allocated from
 * @p: the block, or NULL, which is ignored
 *
 * A pointer that is no live block of @c is refused, counted and reported once
 * it is seen, which may be later than this call: the fast path takes @p on
 * trust. Blocks above 512 bytes are for kmem_cache_free() to check.
 *
 * Context: any but NMI. Does not sleep.
 */
static __always_inline void arena_cache_free(struct arena_cache *c, void *p)
{
	/* A NULL in a magazine would hide the blocks below it. */
	if (unlikely(!p))
		return;
	/* Nothing, but in a kernel with lockdep. */
	debug_check_no_locks_freed(p, c->size);
	if (ARENA_CACHE_WATCHED)
		__arena_cache_unwatch(c, p);
	if (want_init_on_free() || unlikely(!__arena_cache_push(READ_ONCE(c->cpu), p)))
		__arena_cache_free(c, p);
}

/**
 * arena_alloc - allocate memory by size
 * @size: bytes wanted. 1 to 512 are served from arenas, in steps of 8 bytes;
 *	more goes to kmalloc(). 0 returns %ZERO_SIZE_PTR, as kmalloc() does.
 * @gfp: as for kmalloc(). Requests with %__GFP_ACCOUNT or a zone modifier go
 *	to kmalloc(), which can charge a single object and knows zones.
 *
 * Memory is aligned to the largest power of two, up to %PAGE_SIZE, that divides
 * @size rounded up to 8, whoever serves it and whatever looks for bugs. Free it with
 * arena_free().
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: @size bytes of memory, %ZERO_SIZE_PTR, or NULL.
 */
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

/**
 * arena_zalloc - allocate zeroed memory by size
 * @size: bytes wanted, as for arena_alloc()
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI. May sleep if @gfp allows it.
 * Return: @size bytes of zeroed memory, %ZERO_SIZE_PTR, or NULL.
 */
static __always_inline __alloc_size(1) void *arena_zalloc(size_t size, gfp_t gfp)
{
	return arena_alloc(size, gfp | __GFP_ZERO);
}

#endif /* _LINUX_ARENA_CACHE_H */
