/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - CPython's small-object heap as a slab-like object cache
 *
 * The manual: all that a caller may use, and nothing else. arena_cache_cpu.h and
 * arena_cache_inline.h, which it includes, are the insides.
 */
#ifndef _LINUX_ARENA_CACHE_H
#define _LINUX_ARENA_CACHE_H

#include <linux/gfp.h>
#include <linux/mempool.h>
#include <linux/stdarg.h>
#include <linux/slab.h>
#include <linux/types.h>

/**
 * DOC: Use
 *
 * A cache hands out blocks of one size. Blocks of up to 512 bytes come from arenas of
 * 256 KB, cut into pools of 4 KB that hold blocks of one size; SLUB serves larger ones.
 *
 * Objects of one type have a cache of their own::
 *
 *	struct arena_cache *c;
 *	struct foo *foo;
 *
 *	c = arena_cache_create("foo", sizeof(*foo), 0, 0, NULL);
 *	if (!c)
 *		return -ENOMEM;
 *	foo = arena_cache_alloc(c, GFP_KERNEL);
 *	if (foo)
 *		use(foo);
 *	arena_cache_free(c, foo);
 *	arena_cache_destroy(c);
 *
 * Memory by size comes from 64 caches that are there from the start, of 8, 16,
 * 24 ... 512 bytes::
 *
 *	char *name = arena_alloc(len + 1, GFP_KERNEL);
 *
 *	if (!name)
 *		return -ENOMEM;
 *	strscpy(name, from, len + 1);
 *	arena_free(name);
 *
 * Functions may be called in process, softirq and hard interrupt context, under any
 * spinlock, unless they say otherwise, with a gfp that fits the context. None may be
 * called in NMI. PREEMPT_RT and 32-bit kernels are not supported.
 */

/**
 * DOC: Rules
 *
 * - A block of arena_cache_alloc() and its relatives goes back by arena_cache_free() or
 *   arena_cache_free_bulk(), to the cache that it is from. Memory of arena_alloc() and
 *   its relatives goes back by arena_free(), which also takes memory of kmalloc().
 * - Neither goes to kfree() or a relative of it: kvfree(), kfree_sensitive(),
 *   kfree_const(), krealloc(), ksize(), kmem_cache_free(). These compile, and fail far
 *   away. Nor to kfree_rcu(): arena_cache_free_rcu() or arena_free_rcu() frees it. Nor to
 *   kernel code that frees what it is given, as a socket buffer frees its data.
 *   linux/arena_cache_slab.h has the compiler map these names or refuse them.
 * - A pointer into the middle of a block is not the block.
 * - A reference to the page of a block (get_page()) keeps the page, not the block. Only
 *   pages of a cache with %ARENA_CACHE_SHARED may be mapped to user space.
 * - A block of a cache with a constructor is freed as the constructor left it.
 */

/**
 * DOC: Flags and limits
 *
 * Flags of arena_cache_create():
 *
 * %ARENA_CACHE_SHARED
 *	The owner maps the pages of blocks to user space. A pool is zeroed before its
 *	first block is handed out, holds nothing but blocks, and goes back to the page
 *	allocator, never to another cache, when its last block is freed. A block has at
 *	most 512 bytes, rounded up to 64. Excludes %ARENA_CACHE_DEBUG.
 * %ARENA_CACHE_DEBUG
 *	Look for bugs of this cache's users: red zones, poison, call stacks, quarantine.
 *	The module's parameter debug= does so for all caches but shared ones.
 * %ARENA_CACHE_RECLAIMABLE
 *	A shrinker of the owner frees blocks. /proc/meminfo counts the pages of the cache
 *	as SReclaimable, and so in MemAvailable.
 *
 * %ARENA_CACHE_TYPESAFE_BY_RCU
 *	Readers under RCU may look at a block that was freed, and perhaps allocated anew:
 *	until they leave their read-side sections its memory is a block of this cache,
 *	as SLAB_TYPESAFE_BY_RCU has it. The allocator writes to no free block then: not
 *	for init_on_alloc, init_on_free or poison. Pools go back after a grace period.
 *	The first content of a block is zero, or what the constructor makes of it.
 *	Excludes %ARENA_CACHE_SHARED.
 *
 * %ARENA_CACHE_MAX_BLOCK is the size of the largest block in an arena, 512 bytes. A
 * cache may have blocks of up to %KMALLOC_MAX_SIZE bytes.
 */
#define ARENA_CACHE_SHARED	1UL
#define ARENA_CACHE_DEBUG	2UL
#define ARENA_CACHE_RECLAIMABLE	4UL
#define ARENA_CACHE_TYPESAFE_BY_RCU	8UL

struct arena_cache;
struct arena_cache_prefill;

/**
 * arena_cache_create - create a cache
 * @name: what debugfs and reports call it; copied
 * @size: bytes of a block, 1 to %KMALLOC_MAX_SIZE. A cache whose @size, rounded up to
 *	@align, is above 512 has a kmem_cache behind it.
 * @align: alignment of blocks in bytes, a power of two up to %PAGE_SIZE, or 0 for 8.
 *	Blocks are aligned to the largest power of two, up to %PAGE_SIZE, that divides
 *	@size rounded up to @align.
 * @flags: 0, or some of the flags above
 * @ctor: constructor, or NULL. It is called for every block of a pool when the cache
 *	takes the pool, in the context of the allocation, and not when a block is
 *	allocated anew.
 *
 * The module cannot be unloaded before the cache is destroyed.
 *
 * Context: process context; may sleep.
 * Return: the cache, or NULL: there is no memory, or an argument is bad, which is
 *	logged.
 */
struct arena_cache *arena_cache_create(const char *name, unsigned int size,
				       unsigned int align, unsigned long flags,
				       void (*ctor)(void *block));

/**
 * arena_cache_alloc - allocate one block
 * @c: the cache
 * @gfp: as for kmem_cache_alloc(). %__GFP_ZERO zeroes the block unless the cache has a
 *	constructor. Zone modifiers and %__GFP_ACCOUNT are ignored: a block comes from
 *	low memory and is charged to nobody.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: a block of arena_cache_size() bytes, or NULL.
 */
static __always_inline __malloc void *arena_cache_alloc(struct arena_cache *c,
							gfp_t gfp);

/**
 * arena_cache_zalloc - allocate one block, zeroed
 * @c: the cache; must have no constructor
 * @gfp: as for arena_cache_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: a zeroed block of arena_cache_size() bytes, or NULL.
 */
static __always_inline __malloc void *arena_cache_zalloc(struct arena_cache *c,
							 gfp_t gfp);

/**
 * arena_cache_alloc_node - allocate one block on a NUMA node
 * @c: the cache
 * @gfp: as for arena_cache_alloc(); %__GFP_THISNODE forbids other nodes
 * @node: preferred node; none if it is %NUMA_NO_NODE or not a possible node
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: a block of arena_cache_size() bytes, or NULL.
 */
void *arena_cache_alloc_node(struct arena_cache *c, gfp_t gfp, int node)
	__assume_aligned(8) __malloc;

/**
 * arena_cache_free - free one block
 * @c: cache that the block was allocated from
 * @p: the block; NULL is ignored
 *
 * A pointer that is no live block of @c is refused, counted and reported, but perhaps
 * later than in this call: a magazine takes @p on trust, its flush does not. SLUB checks
 * blocks above 512 bytes.
 *
 * Context: any but NMI; does not sleep.
 */
static __always_inline void arena_cache_free(struct arena_cache *c, void *p);

/**
 * arena_cache_free_rcu - free one block after a grace period
 * @c: cache that the block was allocated from
 * @p: the block; NULL is ignored
 *
 * Readers under RCU that found the block before this call may use it until they leave
 * their read-side sections. Nothing is written to the block until then, and it needs no
 * rcu_head. It is freed one or two grace periods later, as by arena_cache_free(), which
 * says what is refused. arena_cache_destroy() waits for it, so its caller need not call
 * rcu_barrier().
 *
 * Context: any but NMI. Sleeps only if there is no memory to note the block, and if the
 *	caller may: a kernel that counts preemption knows. If it may not, the block is
 *	lost, which is logged and counted.
 */
void arena_cache_free_rcu(struct arena_cache *c, void *p);

/**
 * arena_cache_alloc_bulk - allocate many blocks
 * @c: the cache
 * @gfp: as for arena_cache_alloc()
 * @nr: number of blocks, at most %INT_MAX
 * @p: array of @nr pointers, which gets the blocks
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: @nr, or 0: nothing is allocated, and @p has no meaning.
 */
int arena_cache_alloc_bulk(struct arena_cache *c, gfp_t gfp, size_t nr,
			   void **p);

/**
 * arena_cache_free_bulk - free many blocks
 * @c: cache that the blocks were allocated from
 * @nr: number of blocks, at most %INT_MAX
 * @p: array of @nr pointers to blocks; NULLs are ignored
 *
 * Refuses what arena_cache_free() refuses, and frees the others.
 *
 * Context: any but NMI; does not sleep.
 */
void arena_cache_free_bulk(struct arena_cache *c, size_t nr, void **p);

/**
 * arena_alloc - allocate memory by size
 * @size: bytes. 1 to 512 come from arenas, in steps of 8 bytes; kmalloc() serves more.
 * @gfp: as for kmalloc(). Requests with %__GFP_ACCOUNT or a zone modifier go to
 *	kmalloc(), which can charge an object and knows zones.
 *
 * Memory is aligned to the largest power of two, up to %PAGE_SIZE, that divides @size
 * rounded up to 8.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: @size bytes of memory, %ZERO_SIZE_PTR for size 0, or NULL.
 */
static __always_inline __alloc_size(1) void *arena_alloc(size_t size, gfp_t gfp);

/**
 * arena_zalloc - allocate zeroed memory by size
 * @size: bytes, as for arena_alloc()
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: @size bytes of zeroed memory, %ZERO_SIZE_PTR for size 0, or NULL.
 */
static __always_inline __alloc_size(1) void *arena_zalloc(size_t size, gfp_t gfp);

/**
 * arena_calloc - allocate a zeroed array
 * @n: number of elements
 * @size: bytes of an element
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: @n * @size bytes of zeroed memory, %ZERO_SIZE_PTR if that is 0, or NULL, also
 *	if it overflows.
 */
void *arena_calloc(size_t n, size_t size, gfp_t gfp)
	__assume_kmalloc_alignment __alloc_size(1, 2);

/**
 * arena_realloc - change the size of memory
 * @p: memory of arena_alloc() and its relatives or of kmalloc(), %NULL or
 *	%ZERO_SIZE_PTR
 * @size: new size in bytes; 0 frees @p
 * @gfp: as for arena_alloc()
 *
 * The memory moves if @size does not fit, or if a block for @size is at most half as
 * large as the one that @p has. If there is no memory for the smaller block, @p stays.
 * If @p was allocated and always reallocated with %__GFP_ZERO, the bytes beyond the old
 * size are zero.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the memory, %ZERO_SIZE_PTR for size 0, or NULL: @p is as it was.
 */
void *__must_check arena_realloc(void *p, size_t size, gfp_t gfp)
	__realloc_size(2);

/**
 * arena_free - free memory by address
 * @p: memory of arena_alloc() and its relatives or of kmalloc(), %NULL or
 *	%ZERO_SIZE_PTR
 *
 * Refuses what arena_cache_free() refuses.
 *
 * Context: any but NMI; does not sleep.
 */
void arena_free(const void *p);

/**
 * arena_free_rcu - free memory by address after a grace period
 * @p: memory of arena_alloc() and its relatives or of kmalloc(), %NULL or
 *	%ZERO_SIZE_PTR
 *
 * As arena_cache_free_rcu().
 *
 * Context: any but NMI; see arena_cache_free_rcu().
 */
void arena_free_rcu(const void *p);

/**
 * arena_memdup - copy memory into memory by size
 * @src: what to copy
 * @len: bytes
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the copy, which arena_free() frees, %ZERO_SIZE_PTR for size 0, or NULL.
 */
void *arena_memdup(const void *src, size_t len, gfp_t gfp) __alloc_size(2);

/**
 * arena_strdup - copy a string into memory by size
 * @s: the string, or NULL
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the copy, which arena_free() frees, or NULL: @s is, or there is no memory.
 */
char *arena_strdup(const char *s, gfp_t gfp) __malloc;

/**
 * arena_strndup - copy the beginning of a string into memory by size
 * @s: the string, or NULL
 * @max: bytes to copy at most; a NUL follows
 * @gfp: as for arena_alloc()
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the copy, which arena_free() frees, or NULL: @s is, or there is no memory.
 */
char *arena_strndup(const char *s, size_t max, gfp_t gfp) __malloc;

/**
 * arena_vasprintf - print into memory by size
 * @gfp: as for arena_alloc()
 * @fmt: as for printk()
 * @args: arguments
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the string, which arena_free() frees, or NULL.
 */
char *arena_vasprintf(gfp_t gfp, const char *fmt, va_list args)
	__malloc __printf(2, 0);

/**
 * arena_asprintf - print into memory by size
 * @gfp: as for arena_alloc()
 * @fmt: as for printk()
 * @...: arguments
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the string, which arena_free() frees, or NULL.
 */
char *arena_asprintf(gfp_t gfp, const char *fmt, ...) __malloc __printf(2, 3);

/**
 * arena_cache_prefill - allocate blocks before they are needed
 * @c: the cache
 * @nr: how many, 1 to %INT_MAX
 * @gfp: as for arena_cache_alloc(), without %__GFP_ZERO
 *
 * For code that must not fail, or not sleep, where it needs blocks: under a lock, in an
 * interrupt. The blocks count as live, and belong to the prefill until they are taken.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: the prefill, which arena_cache_prefill_return() ends; NULL if there is no
 *	memory for all @nr blocks, or @nr is out of range.
 */
struct arena_cache_prefill *arena_cache_prefill(struct arena_cache *c,
						unsigned int nr, gfp_t gfp);

/**
 * arena_cache_prefill_take - take a block
 * @f: the prefill; one caller uses it at a time
 * @gfp: %__GFP_ZERO zeroes the block unless the cache has a constructor; nothing else
 *	matters
 *
 * Context: any; does not sleep.
 * Return: a block, which is freed as any other of the cache; NULL if all were taken.
 */
void *arena_cache_prefill_take(struct arena_cache_prefill *f, gfp_t gfp);

/**
 * arena_cache_prefill_left - blocks that were not taken
 * @f: the prefill
 *
 * Context: any.
 * Return: how many arena_cache_prefill_take() has left.
 */
unsigned int arena_cache_prefill_left(const struct arena_cache_prefill *f);

/**
 * arena_cache_prefill_return - free what was not taken, and the prefill
 * @f: the prefill; NULL is ignored
 *
 * Context: any but NMI; does not sleep.
 */
void arena_cache_prefill_return(struct arena_cache_prefill *f);

/**
 * arena_cache_mempool_create - a mempool of blocks of a cache
 * @min: elements that it keeps
 * @c: the cache
 *
 * mempool_alloc() and mempool_free() go with it. mempool_create_slab_pool() does not take
 * a cache of ours.
 *
 * Context: process context; may sleep.
 * Return: the pool, which mempool_destroy() ends before the cache is destroyed, or NULL.
 */
static inline mempool_t *arena_cache_mempool_create(int min,
						    struct arena_cache *c);

/**
 * arena_dump_obj - print what is known of a pointer
 * @p: any pointer
 *
 * Prints the cache, arena, pool and block that it points into, whether the block is free,
 * and of a debug cache who allocated and freed it. Of other memory it prints what
 * mem_dump_obj() does.
 *
 * Context: any but NMI; no lock under which printk() must not be called.
 */
void arena_dump_obj(const void *p);

/**
 * arena_cache_shrink - give back what a cache has and no caller uses
 * @c: the cache
 *
 * Empties the magazines of all CPUs, the depots and the quarantine. A CPU that is
 * inside its magazine each of three times that it is asked keeps it.
 *
 * Context: process context; may sleep.
 * Return: 0 if the cache has no memory left, else 1.
 */
int arena_cache_shrink(struct arena_cache *c);

/**
 * arena_cache_destroy - destroy a cache
 * @c: the cache; NULL is ignored
 *
 * No call on @c may be running but frees by call_rcu(): destroy waits for what
 * arena_cache_free_rcu() has freed, and, if blocks live, for the callbacks that are
 * pending, so its caller need not call rcu_barrier(). Blocks that
 * live even then are reported. They stay valid and may still be freed to @c; with the
 * last one goes what is left of the cache.
 *
 * Context: process context; may sleep.
 */
void arena_cache_destroy(struct arena_cache *c);

/**
 * arena_cache_size - bytes that a caller may use in each block
 * @c: the cache
 *
 * Context: any.
 * Return: the size that the cache was created with.
 */
unsigned int arena_cache_size(struct arena_cache *c);

/**
 * arena_usable_size - bytes that a caller may use
 * @p: memory of arena_alloc() and its relatives or of kmalloc(), %NULL or
 *	%ZERO_SIZE_PTR
 *
 * The size of the block; in a debug cache, and with KASAN, the size that was asked for.
 * FORTIFY_SOURCE may hold a caller to the size that it asked for: one that wants more
 * calls arena_realloc().
 *
 * Context: any.
 * Return: the bytes, at least what was asked for; 0 for no memory.
 */
size_t arena_usable_size(const void *p);

/* __free(arena_free) and __free(arena_cache_destroy), where slab.h has __free(kfree). */
#ifdef DEFINE_FREE
DEFINE_FREE(arena_free, void *, arena_free(_T))
DEFINE_FREE(arena_cache_destroy, struct arena_cache *, arena_cache_destroy(_T))
#endif

#include <linux/arena_cache_inline.h>

#endif /* _LINUX_ARENA_CACHE_H */
