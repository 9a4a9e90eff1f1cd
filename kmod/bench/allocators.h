/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The allocators under comparison, as inline functions for the timed loops
 *
 * A loop that calls through a pointer measures the pointer (and a retpoline),
 * so each function here ends up inlined in the loops of workloads.c: what is
 * left is what a driver's own call compiles to. By-size allocators get the
 * size as a variable, as most calls of kmalloc() with a computed size do: with
 * a constant size both kmalloc() and arena_alloc() pick their cache at compile
 * time and cost less.
 *
 * To add an allocator, write its functions and add one entry to the table.
 */
#ifndef _AC_BENCH_ALLOCATORS_H
#define _AC_BENCH_ALLOCATORS_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "bench.h"

/* arena_cache: a cache of its own, the fast path inline */

static inline int named_create(struct ac_bench_heap *h, unsigned int capacity,
			       unsigned int cpu)
{
	h->arena = arena_cache_create("ac_bench", h->size, 0, 0, NULL);
	return h->arena ? 0 : -ENOMEM;
}

static inline void named_destroy(struct ac_bench_heap *h)
{
	arena_cache_destroy(h->arena);
}

static __always_inline void *named_alloc(struct ac_bench_heap *h, size_t size,
					 gfp_t gfp)
{
	return arena_cache_alloc(h->arena, gfp);
}

static __always_inline void named_free(struct ac_bench_heap *h, void *p)
{
	arena_cache_free(h->arena, p);
}

static __always_inline bool named_alloc_bulk(struct ac_bench_heap *h,
					     gfp_t gfp, size_t nr, void **p)
{
	return arena_cache_alloc_bulk(h->arena, gfp, nr, p);
}

static __always_inline void named_free_bulk(struct ac_bench_heap *h, size_t nr,
					    void **p)
{
	arena_cache_free_bulk(h->arena, nr, p);
}

static inline void named_shrink(struct ac_bench_heap *h)
{
	arena_cache_shrink(h->arena);
}

/* arena_alloc: by size */

static __always_inline void *sized_alloc(struct ac_bench_heap *h, size_t size,
					 gfp_t gfp)
{
	return arena_alloc(size, gfp);
}

static __always_inline void sized_free(struct ac_bench_heap *h, void *p)
{
	arena_free(p);
}

static inline void sized_shrink(struct ac_bench_heap *h)
{
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++)
		arena_cache_shrink(arena_cache_classes[i]);
}

/* kmem_cache: default flags, so it may be merged with one that exists */

static inline int slab_create(struct ac_bench_heap *h, unsigned int capacity,
			      unsigned int cpu)
{
	h->slab = kmem_cache_create("ac_bench", h->size, 0, 0, NULL);
	return h->slab ? 0 : -ENOMEM;
}

static inline void slab_destroy(struct ac_bench_heap *h)
{
	kmem_cache_destroy(h->slab);
}

static __always_inline void *slab_alloc(struct ac_bench_heap *h, size_t size,
					gfp_t gfp)
{
	return kmem_cache_alloc(h->slab, gfp);
}

static __always_inline void slab_free(struct ac_bench_heap *h, void *p)
{
	kmem_cache_free(h->slab, p);
}

static __always_inline bool slab_alloc_bulk(struct ac_bench_heap *h, gfp_t gfp,
					    size_t nr, void **p)
{
	return kmem_cache_alloc_bulk(h->slab, gfp, nr, p);
}

static __always_inline void slab_free_bulk(struct ac_bench_heap *h, size_t nr,
					   void **p)
{
	kmem_cache_free_bulk(h->slab, nr, p);
}

static inline void slab_shrink(struct ac_bench_heap *h)
{
	kmem_cache_shrink(h->slab);
}

/* kmalloc */

static __always_inline void *general_alloc(struct ac_bench_heap *h,
					   size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp);
}

static __always_inline void general_free(struct ac_bench_heap *h, void *p)
{
	kfree(p);
}

/* floor: no interrupts, no empty slabs, no other CPU, nothing to be cheaper */

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

static const struct ac_bench_allocator allocators[] = {
	{
		.name = "arena_cache",
		.desc = "arena_cache_alloc(), fast path inline",
		.create = named_create,
		.destroy = named_destroy,
		.alloc = named_alloc,
		.free = named_free,
		.alloc_bulk = named_alloc_bulk,
		.free_bulk = named_free_bulk,
		.shrink = named_shrink,
	}, {
		.name = "arena_alloc",
		.desc = "arena_alloc() of a variable size, arena_free()",
		.by_size = true,
		.alloc = sized_alloc,
		.free = sized_free,
		.shrink = sized_shrink,
	}, {
		.name = "kmem_cache",
		.desc = "kmem_cache_alloc(), cache with default flags",
		.create = slab_create,
		.destroy = slab_destroy,
		.alloc = slab_alloc,
		.free = slab_free,
		.alloc_bulk = slab_alloc_bulk,
		.free_bulk = slab_free_bulk,
		.shrink = slab_shrink,
	}, {
		.name = "kmalloc",
		.desc = "kmalloc() of a variable size, kfree()",
		.by_size = true,
		.alloc = general_alloc,
		.free = general_free,
	}, {
		.name = "floor",
		.desc = "bare per-CPU stack, not irq safe: what none can beat",
		.one_cpu = true,
		.create = floor_create,
		.destroy = floor_destroy,
		.alloc = floor_alloc,
		.free = floor_free,
	},
};

static_assert(ARRAY_SIZE(allocators) <= AC_BENCH_SLOTS);

#endif /* _AC_BENCH_ALLOCATORS_H */
