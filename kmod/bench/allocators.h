/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of allocators, and their functions for the timed loops
 *
 * A loop that calls through a pointer measures the pointer (and a retpoline), so each
 * function here ends up inlined in the loops: what is left is what a driver's own call
 * compiles to. By-size allocators get the size as a variable, as most calls of
 * kmalloc() with a computed size do: with a constant size both kmalloc() and
 * arena_alloc() pick their cache at compile time and cost less, which "kmalloc_const" and
 * "arena_const" show.
 *
 * To add an allocator, write its functions and add one entry to the table; raise
 * AC_BENCH_SLOTS, and DEFINE_LOOPS() in loop.h.
 */
#ifndef _AC_BENCH_ALLOCATORS_H
#define _AC_BENCH_ALLOCATORS_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "allocator.h"

/* Rounds of a magazine. */
#define AC_BENCH_SHEAF	125

/* The functions of an allocator, as expressions of h, size, gfp, nr and p. */

#define DEFINE_CALLS(name, allocate, release)				\
static __always_inline void *name##_alloc(struct ac_bench_heap *h,	\
					  size_t size, gfp_t gfp)	\
{									\
	return allocate;						\
}									\
static __always_inline void name##_free(struct ac_bench_heap *h, void *p) \
{									\
	release;							\
}

#define DEFINE_BULK(name, allocate, release)				\
static __always_inline bool name##_alloc_bulk(struct ac_bench_heap *h,	\
					      gfp_t gfp, size_t nr, void **p) \
{									\
	return allocate;						\
}									\
static __always_inline void name##_free_bulk(struct ac_bench_heap *h,	\
					     size_t nr, void **p)	\
{									\
	release;							\
}

/* arena_cache: a cache of its own, the fast path inline */

static inline int named_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	h->arena = arena_cache_create("ac_bench", h->size, 0, 0, NULL);
	return h->arena ? 0 : -ENOMEM;
}

DEFINE_CALLS(named, arena_cache_alloc(h->arena, gfp), arena_cache_free(h->arena, p))
DEFINE_BULK(named, arena_cache_alloc_bulk(h->arena, gfp, nr, p),
	    arena_cache_free_bulk(h->arena, nr, p))

static inline void named_destroy(struct ac_bench_heap *h)
{
	arena_cache_destroy(h->arena);
}

static inline void named_shrink(struct ac_bench_heap *h)
{
	arena_cache_shrink(h->arena);
}

/* arena_call: the same path, called as a function */

static noinline void *call_alloc(struct arena_cache *c, gfp_t gfp)
{
	return arena_cache_alloc(c, gfp);
}

static noinline void call_free(struct arena_cache *c, void *p)
{
	arena_cache_free(c, p);
}

DEFINE_CALLS(called, call_alloc(h->arena, gfp), call_free(h->arena, p))

/* arena_alloc: by size */

DEFINE_CALLS(sized, arena_alloc(size, gfp), arena_free(p))

static inline void sized_shrink(struct ac_bench_heap *h)
{
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++)
		arena_cache_shrink(arena_cache_classes[i]);
}

/* arena_const: the size is a constant, and so is the cache */

DEFINE_CALLS(sized_const, arena_alloc(AC_BENCH_CONSTANT, gfp), arena_free(p))

/* kmem_cache: default flags, so it may be merged with one that exists */

static inline int slab_create(struct ac_bench_heap *h, unsigned int capacity,
			      unsigned int cpu)
{
	h->slab = kmem_cache_create("ac_bench", h->size, 0, 0, NULL);
	return h->slab ? 0 : -ENOMEM;
}

DEFINE_CALLS(slab, kmem_cache_alloc(h->slab, gfp), kmem_cache_free(h->slab, p))
DEFINE_BULK(slab, kmem_cache_alloc_bulk(h->slab, gfp, nr, p),
	    kmem_cache_free_bulk(h->slab, nr, p))

static inline void slab_destroy(struct ac_bench_heap *h)
{
	if (IS_ERR_OR_NULL(h->slab))
		return;
	kmem_cache_destroy(h->slab);
}

static inline void slab_shrink(struct ac_bench_heap *h)
{
	kmem_cache_shrink(h->slab);
}

/* slab_alone: a cache that SLUB does not merge */

static inline int alone_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	if (!SLAB_NO_MERGE)
		return -EOPNOTSUPP;
	h->slab = kmem_cache_create("ac_bench_alone", h->size, 0, SLAB_NO_MERGE,
				    NULL);
	return h->slab ? 0 : -ENOMEM;
}

/* slab_sheaf: with sheaves as large as our magazines */

static inline int sheaf_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	h->slab = ac_slab_create_sheaf("ac_bench_sheaf", h->size,
				       AC_BENCH_SHEAF);
	return PTR_ERR_OR_ZERO(h->slab);
}

/* kmalloc */

DEFINE_CALLS(general, kmalloc(size, gfp), kfree(p))

/* kmalloc_const: the size is a constant, and so is the index of the cache */

DEFINE_CALLS(general_const, kmalloc(AC_BENCH_CONSTANT, gfp), kfree(p))

/*
 * slab_sizes: caches of kmalloc's sizes. What kmalloc itself holds cannot be told from
 * what the rest of the kernel left in its slabs.
 */

static const unsigned int slab_size[AC_BENCH_SIZES] = {
	8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192
};

static inline void sizes_destroy(struct ac_bench_heap *h)
{
	unsigned int i;

	for (i = 0; i < AC_BENCH_SIZES; i++)
		kmem_cache_destroy(h->sizes[i]);
}

static inline int sizes_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	char name[32];
	unsigned int i;

	if (!SLAB_NO_MERGE)
		return -EOPNOTSUPP;
	for (i = 0; i < AC_BENCH_SIZES; i++) {
		snprintf(name, sizeof(name), "ac_bench_%u", slab_size[i]);
		h->sizes[i] = kmem_cache_create(name, slab_size[i], 0,
						SLAB_NO_MERGE, NULL);
		if (!h->sizes[i])
			return -ENOMEM;
	}
	return 0;
}

static __always_inline unsigned int size_index(size_t size)
{
	unsigned int order = order_base_2(max_t(size_t, size, 8)) - 3;

	if (size > 64 && size <= 96)
		return 4;
	if (size > 128 && size <= 192)
		return 6;
	return order + (order > 3) + (order > 4);
}

DEFINE_CALLS(sizes, kmem_cache_alloc(h->sizes[size_index(size)], gfp), kfree(p))

static inline void sizes_shrink(struct ac_bench_heap *h)
{
	unsigned int i;

	for (i = 0; i < AC_BENCH_SIZES; i++)
		kmem_cache_shrink(h->sizes[i]);
}

/* floor: a stack without protection from interrupts or other CPUs, which never grows */

static inline void floor_destroy(struct ac_bench_heap *h)
{
	unsigned int cpu;

	if (h->stack) {
		for_each_possible_cpu(cpu)
			kvfree(per_cpu_ptr(h->stack, cpu)->free);
	}
	free_percpu(h->stack);
	kvfree(h->memory);
}

static inline int floor_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	size_t step = ALIGN(h->size, sizeof(void *));
	struct ac_bench_stack *s;

	h->stack = alloc_percpu(struct ac_bench_stack);
	h->memory = kvmalloc_array(capacity, step, GFP_KERNEL);
	if (!h->stack || !h->memory)
		return -ENOMEM;
	s = per_cpu_ptr(h->stack, cpu);
	s->free = kvmalloc_array(capacity, sizeof(*s->free), GFP_KERNEL);
	if (!s->free)
		return -ENOMEM;
	for (; s->count < capacity; s->count++)
		s->free[s->count] = h->memory + s->count * step;
	return 0;
}

static __always_inline void *floor_alloc(struct ac_bench_heap *h, size_t size,
					 gfp_t gfp)
{
	struct ac_bench_stack *s;
	void *p = NULL;

	preempt_disable();
	s = raw_cpu_ptr(h->stack);
	if (likely(s->count))
		p = s->free[--s->count];
	preempt_enable();
	return p;
}

static __always_inline void floor_free(struct ac_bench_heap *h, void *p)
{
	struct ac_bench_stack *s;

	preempt_disable();
	s = raw_cpu_ptr(h->stack);
	s->free[s->count++] = p;
	preempt_enable();
}

/* Members of an entry: functions whose names begin alike. */
#define HEAP(name)	.create = name##_create, .destroy = name##_destroy
#define CALLS(name)	.alloc = name##_alloc, .free = name##_free
#define BULK(name)	.alloc_bulk = name##_alloc_bulk, .free_bulk = name##_free_bulk
#define SHRINK(name)	.shrink = name##_shrink

static const struct ac_bench_allocator allocators[AC_BENCH_SLOTS] = {
	{ "arena_cache", "arena_cache_alloc(), fast path inline",
	  HEAP(named), CALLS(named), BULK(named), SHRINK(named) },
	{ "arena_call", "the same, called as a function",
	  HEAP(named), CALLS(called), BULK(named), SHRINK(named) },
	{ "arena_alloc", "arena_alloc() of a variable size, arena_free()",
	  CALLS(sized), SHRINK(sized), .by_size = true },
	{ "kmem_cache", "kmem_cache_alloc(), cache with default flags",
	  HEAP(slab), CALLS(slab), BULK(slab), SHRINK(slab) },
	{ "slab_alone", "the same, cache of its own",
	  .create = alone_create, .destroy = slab_destroy,
	  CALLS(slab), BULK(slab), SHRINK(slab) },
	{ "slab_sheaf", "the same, sheaves of 125 as our magazines",
	  .create = sheaf_create, .destroy = slab_destroy,
	  CALLS(slab), BULK(slab), SHRINK(slab) },
	{ "kmalloc", "kmalloc() of a variable size, kfree()",
	  CALLS(general), .by_size = true },
	{ "slab_sizes", "kmem_caches of kmalloc's sizes, of their own",
	  HEAP(sizes), CALLS(sizes), SHRINK(sizes), .by_size = true,
	  .memory_only = true },
	{ "floor", "bare per-CPU stack, not irq safe: what none can beat",
	  HEAP(floor), CALLS(floor), .one_cpu = true },
	{ "arena_const", "arena_alloc(64), which finds its cache at compile time",
	  CALLS(sized_const), SHRINK(sized), .constant = AC_BENCH_CONSTANT },
	{ "kmalloc_const", "kmalloc(64), which finds its cache at compile time",
	  CALLS(general_const), .constant = AC_BENCH_CONSTANT },
};

#endif /* _AC_BENCH_ALLOCATORS_H */
