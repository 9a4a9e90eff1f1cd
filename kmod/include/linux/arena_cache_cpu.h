/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what the inline functions of arena_cache.h are made of
 *
 * Callers of the allocator need nothing of this. Its own layers include this file
 * instead of arena_cache.h, so that none sees a function of a layer above it.
 */
#ifndef _LINUX_ARENA_CACHE_CPU_H
#define _LINUX_ARENA_CACHE_CPU_H

#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/types.h>

/* Largest block that comes from an arena, and the step between size classes. */
#define ARENA_CACHE_MAX_BLOCK	512
#define ARENA_CACHE_STEP	8
#define ARENA_CACHE_CLASSES	(ARENA_CACHE_MAX_BLOCK / ARENA_CACHE_STEP)

/* Alignment for devices that are not coherent; 8 if all are. */
#ifdef ARCH_DMA_MINALIGN
#define ARENA_CACHE_DMA_ALIGN	ARCH_DMA_MINALIGN
#else
#define ARENA_CACHE_DMA_ALIGN	ARCH_KMALLOC_MINALIGN
#endif

/* Bytes of a magazine, and its alignment; see struct arena_cache_cpu. */
#define ARENA_CACHE_MAGAZINE	1024

/* Does the kernel have a checker that must know of every block? */
#define ARENA_CACHE_WATCHED	(IS_ENABLED(CONFIG_KASAN_GENERIC) || \
				 IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))

struct ac_depot;
struct ac_grace;
struct ac_large;
struct ac_leaving;
struct ac_magazine;
struct ac_pool_set;
struct ac_quarantine;
struct kmem_cache;

/**
 * struct arena_cache_cpu - one CPU's magazines of one cache
 * @seq: odd while this CPU is inside the magazines; half of it is the number
 *	of operations
 * @top: the newest block in the loaded magazine
 * @prev: the newest block in the previous magazine
 * @misses: operations that the loaded magazine could not serve alone
 * @outside: blocks in no arena, live or cached; each CPU counts what happens on it,
 *	so only the sum over all CPUs means anything
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
 * An interrupt that finds @seq odd uses the pools instead.
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
 * @cpu: the magazines of each CPU; the null magazine until the first use
 * @size: bytes that a caller may use in each block
 * @block_size: bytes from one block to the next
 * @ctor: constructor, or NULL
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
	bool typesafe;
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
	/* private: blocks that wait for a grace period; see kmod/defer.h, grace.h */
	struct arena_cache_cpu __percpu *deferred;
	struct ac_grace *grace;
	atomic_long_t nr_shared;
	atomic_long_t outside;
	/* private: per NUMA node */
	struct ac_pool_set **pools;
	unsigned long *nr_pools;
	struct ac_leaving *leaving;
	struct list_head list;
	struct rcu_head rcu;
};

extern struct arena_cache *arena_cache_classes[ARENA_CACHE_CLASSES];
/*
 * The magazines of all size classes in one array, so that a size leads to them without
 * a look at the cache: class i has entry i + 1. Entry 0 has the null magazine for ever.
 */
extern struct arena_cache_cpu __percpu *arena_cache_class_cpus;

/*
 * Bytes of the block that serves @size, where kmalloc() aligns to @min and devices
 * want @dma. The DMA layer sees the size of a buffer, not its cache: it does not
 * bounce a size that kmalloc() aligns to a cache line, so a block of that size must
 * be a multiple of all cache lines that kmalloc()'s object is a multiple of.
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

/*
 * Preemption is off. An interrupt before the mark leaves @seq even again; one after it
 * sees @seq odd. The second barrier keeps the caller's reads behind the mark, the first
 * lets the compiler test and add in memory.
 */
static __always_inline bool __arena_cache_enter(struct arena_cache_cpu *cpu)
{
	/* An interrupt of this CPU ends before the next instruction here. */
	if (unlikely(data_race(cpu->seq) & 1))
		return false;
	barrier();
	/* An interrupt amid the addition loses its own operations from the count. */
	data_race(cpu->seq++);
	barrier();
	return true;
}

static __always_inline void __arena_cache_leave(struct arena_cache_cpu *cpu)
{
	barrier();
	/* An interrupt amid the addition sees @seq odd, and uses the pools. */
	data_race(cpu->seq++);
}

/*
 * Does @op inside the magazines of @cpu. Preemption is off, and on again afterwards.
 * False: this CPU cannot enter, or @op has returned false. Each way out has a tail of its
 * own, so that no result is tested twice.
 */
static __always_inline bool
__arena_cache_inside(struct arena_cache_cpu *cpu,
		     bool (*op)(struct arena_cache_cpu *cpu, void *arg),
		     void *arg)
{
	if (likely(__arena_cache_enter(cpu))) {
		if (likely(op(cpu, arg))) {
			__arena_cache_leave(cpu);
			preempt_enable();
			return true;
		}
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return false;
}

static __always_inline bool __arena_cache_pop_one(struct arena_cache_cpu *cpu,
						  void *block)
{
	void *p = *cpu->top;

	if (unlikely(!p))
		return false;
	cpu->top--;
	*(void **)block = p;
	return true;
}

static __always_inline void *
__arena_cache_pop(struct arena_cache_cpu __percpu *cpus)
{
	void *p;

	preempt_disable();
	return __arena_cache_inside(raw_cpu_ptr(cpus), __arena_cache_pop_one,
				    &p) ? p : NULL;
}

static __always_inline bool __arena_cache_push_one(struct arena_cache_cpu *cpu,
						   void *p)
{
	void **next = cpu->top + 1;

	if (unlikely(!((unsigned long)next & (ARENA_CACHE_MAGAZINE - 1))))
		return false;
	*next = p;
	cpu->top = next;
	return true;
}

/* For callers that have turned preemption off; returns with it on. */
static __always_inline bool
__arena_cache_push_pinned(struct arena_cache_cpu *cpu, void *p)
{
	return __arena_cache_inside(cpu, __arena_cache_push_one, p);
}

static __always_inline bool
__arena_cache_push(struct arena_cache_cpu __percpu *cpus, void *p)
{
	preempt_disable();
	return __arena_cache_push_pinned(raw_cpu_ptr(cpus), p);
}

/* A caller gets a block, or gives one back. Only where ARENA_CACHE_WATCHED. */
void __arena_cache_watch(struct arena_cache *c, const void *p, gfp_t gfp);
void __arena_cache_unwatch(struct arena_cache *c, const void *p);

#endif /* _LINUX_ARENA_CACHE_CPU_H */
