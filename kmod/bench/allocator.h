/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an allocator is to the benchmark: an entry of the table in allocators.h
 */
#ifndef _AC_BENCH_ALLOCATOR_H
#define _AC_BENCH_ALLOCATOR_H

#include <linux/slab.h>
#include <linux/types.h>

#include <linux/arena_cache.h>

#define AC_BENCH_GFP		GFP_KERNEL
#define AC_BENCH_GFP_NAME	"GFP_KERNEL"

/* Entries of the table; each costs a function per loop. */
#define AC_BENCH_SLOTS		11

/* The one size of the allocators whose callers know it at compile time. */
#define AC_BENCH_CONSTANT	64

/* Sizes of kmalloc(): 8 to 8192, two of which are no power of two. */
#define AC_BENCH_SIZES		13

/**
 * struct ac_bench_stack - blocks of the "floor" allocator on one CPU
 * @count: free blocks
 * @free: their addresses
 */
struct ac_bench_stack {
	unsigned int count;
	void **free;
};

/**
 * struct ac_bench_heap - one allocator made ready: what its functions work on
 * @arena: of "arena_cache" and "arena_call"
 * @slab: of the allocators with one kmem_cache
 * @sizes: of "slab_sizes"
 * @stack: of "floor"
 * @memory: of "floor": the blocks
 * @size: bytes in a block, for workloads whose blocks have one size
 * @bad: blocks found with wrong contents
 */
struct ac_bench_heap {
	struct arena_cache *arena;
	struct kmem_cache *slab;
	struct kmem_cache *sizes[AC_BENCH_SIZES];
	struct ac_bench_stack __percpu *stack;
	void *memory;
	unsigned int size;
	unsigned long bad;
};

/**
 * struct ac_bench_allocator - one entry of the table of allocators
 * @name: word that selects it
 * @desc: one line for people
 * @by_size: serves any size, and frees by the pointer alone
 * @constant: serves blocks of this one size, which the loops have as a constant; 0 for
 *	any
 * @one_cpu: a block must be freed on the CPU that allocated it
 * @memory_only: its time says nothing that another entry does not say
 * @create: makes a heap for @capacity live blocks on @cpu; may be NULL
 * @destroy: undoes @create, even half of it; may be NULL
 * @alloc: allocates one block, or returns NULL
 * @free: frees one block
 * @alloc_bulk: allocates all or nothing; NULL means a loop over @alloc
 * @free_bulk: NULL means a loop over @free
 * @shrink: gives back what is unused; may be NULL
 *
 * All but @create, @destroy and @shrink are inlined into the loops.
 */
struct ac_bench_allocator {
	const char *name;
	const char *desc;
	bool by_size;
	unsigned int constant;
	bool one_cpu;
	bool memory_only;
	int (*create)(struct ac_bench_heap *h, unsigned int capacity,
		      unsigned int cpu);
	void (*destroy)(struct ac_bench_heap *h);
	void *(*alloc)(struct ac_bench_heap *h, size_t size, gfp_t gfp);
	void (*free)(struct ac_bench_heap *h, void *p);
	bool (*alloc_bulk)(struct ac_bench_heap *h, gfp_t gfp, size_t nr,
			   void **p);
	void (*free_bulk)(struct ac_bench_heap *h, size_t nr, void **p);
	void (*shrink)(struct ac_bench_heap *h);
};

#endif /* _AC_BENCH_ALLOCATOR_H */
