/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - SLUB's names, served by arena_cache
 *
 * For a source file that was written for SLUB. It includes this file after all others,
 * and two macros, best set in its Kbuild, say what is mapped:
 *
 *	-DARENA_CACHE_MAP		struct kmem_cache and what creates, uses and
 *					destroys one
 *	-DARENA_CACHE_MAP_KMALLOC	kmalloc() and its relatives
 *
 * Without them this is linux/slab.h, and SLUB serves as before. With either, all that
 * takes a pointer, as kfree(), takes blocks of arena_cache and memory of SLUB, so what is
 * not mapped (kmalloc_node(), kstrdup(), kvmalloc()) needs no change. What arena_cache
 * cannot do does not compile, and the compiler's message says why. Kernel code that frees
 * a pointer by itself must not get a block.
 *
 * docs/module.md has the table of calls.
 */
#ifndef _LINUX_ARENA_CACHE_SLAB_H
#define _LINUX_ARENA_CACHE_SLAB_H

#include <linux/slab.h>

#if defined(ARENA_CACHE_MAP) || defined(ARENA_CACHE_MAP_KMALLOC)

/* Before their names change. */
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/panic.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <linux/arena_cache.h>

/* The compiler says so where such a function is called; none is defined. */
#define __arena_slab_refuse(words)	__compiletime_error("arena_cache: " words)

/* --- what takes a pointer ------------------------------------------------------- */

static inline void __arena_slab_kvfree(const void *p)
{
	if (is_vmalloc_addr(p))
		vfree(p);
	else
		arena_free(p);
}

static inline void __arena_slab_kfree_sensitive(const void *p)
{
	size_t bytes = arena_usable_size(p);

	if (bytes)
		memzero_explicit((void *)p, bytes);
	arena_free(p);
}

static inline void __arena_slab_kfree_bulk(size_t nr, void **p)
{
	while (nr--)
		arena_free(p[nr]);
}

/* For __free(). */
static inline void __arena_slab_kfree_scope(void *p)
{
	if (!IS_ERR_OR_NULL(p))
		arena_free(p);
}

static inline void __arena_slab_kvfree_scope(void *p)
{
	if (!IS_ERR_OR_NULL(p))
		__arena_slab_kvfree(p);
}

static inline void *__must_check
__arena_slab_krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return arena_realloc(p, bytes, gfp);
}

#undef kfree
#define kfree			arena_free
#undef kvfree
#define kvfree			__arena_slab_kvfree
#undef kfree_sensitive
#define kfree_sensitive		__arena_slab_kfree_sensitive
#undef kfree_bulk
#define kfree_bulk		__arena_slab_kfree_bulk
#undef ksize
#define ksize			arena_usable_size
#undef krealloc
#define krealloc		arena_realloc
#undef krealloc_array
#define krealloc_array		__arena_slab_krealloc_array

/* __free(kfree) and its relatives. */
#ifdef DEFINE_FREE
DEFINE_FREE(__arena_slab_kfree, void *, __arena_slab_kfree_scope(_T))
DEFINE_FREE(__arena_slab_kvfree, void *, __arena_slab_kvfree_scope(_T))
DEFINE_FREE(__arena_slab_kfree_sensitive, void *, __arena_slab_kfree_sensitive(_T))
#define __free_kfree		__free___arena_slab_kfree
#define __free_kvfree		__free___arena_slab_kvfree
#define __free_kfree_sensitive	__free___arena_slab_kfree_sensitive
#endif

__arena_slab_refuse("kvfree_rcu() gives blocks to SLUB: use kfree_rcu(), or call_rcu()")
void __arena_slab_no_kvfree_rcu(void);
__arena_slab_refuse("kvfree_atomic() gives blocks to SLUB: use kvfree()")
void __arena_slab_no_kvfree_atomic(void);

/* The rcu_head is not used; it must be there, as for SLUB. */
#undef kfree_rcu
#define kfree_rcu(p, head)						\
do {									\
	typeof(p) __freed = (p);					\
									\
	BUILD_BUG_ON(offsetof(typeof(*__freed), head) >= SZ_4K);	\
	arena_free_rcu(__freed);					\
} while (0)
#undef kfree_rcu_mightsleep
#define kfree_rcu_mightsleep		arena_free_rcu
#undef kfree_rcu_nolock
#define kfree_rcu_nolock(...)		__arena_slab_no_kvfree_rcu()
#undef kvfree_rcu
#define kvfree_rcu(...)			__arena_slab_no_kvfree_rcu()
#undef kvfree_rcu_mightsleep
#define kvfree_rcu_mightsleep(...)	__arena_slab_no_kvfree_rcu()
#undef kvfree_atomic
#define kvfree_atomic(...)		__arena_slab_no_kvfree_atomic()

#endif /* ARENA_CACHE_MAP || ARENA_CACHE_MAP_KMALLOC */

/* --- kmalloc() and its relatives ------------------------------------------------- */

#ifdef ARENA_CACHE_MAP_KMALLOC

static __always_inline __alloc_size(1, 2) void *
__arena_slab_kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return arena_alloc(bytes, gfp);
}

#undef kmalloc
#define kmalloc			arena_alloc
#undef kzalloc
#define kzalloc			arena_zalloc
#undef kcalloc
#define kcalloc			arena_calloc
#undef kmalloc_array
#define kmalloc_array		__arena_slab_kmalloc_array

#endif /* ARENA_CACHE_MAP_KMALLOC */

/* --- caches ---------------------------------------------------------------------- */

#ifdef ARENA_CACHE_MAP

/* Flags that say how a cache is; flags that change nothing here and are not in all kernels. */
#define __ARENA_SLAB_KNOWN						\
	(SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_RECLAIM_ACCOUNT |	\
	 SLAB_TYPESAFE_BY_RCU |						\
	 __ARENA_SLAB_DEBUG | __ARENA_SLAB_NO_MERGE | __ARENA_SLAB_MEM_SPREAD)
#define __ARENA_SLAB_DEBUG						\
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
#ifdef SLAB_NO_MERGE
#define __ARENA_SLAB_NO_MERGE	SLAB_NO_MERGE
#else
#define __ARENA_SLAB_NO_MERGE	((slab_flags_t)0)
#endif
#ifdef SLAB_MEM_SPREAD
#define __ARENA_SLAB_MEM_SPREAD	SLAB_MEM_SPREAD
#else
#define __ARENA_SLAB_MEM_SPREAD	((slab_flags_t)0)
#endif

__arena_slab_refuse("no cache is SLAB_ACCOUNT, charged to a cgroup: stay with SLUB")
slab_flags_t __arena_slab_no_account(void);
__arena_slab_refuse("no cache is SLAB_CACHE_DMA or SLAB_CACHE_DMA32: stay with SLUB")
slab_flags_t __arena_slab_no_zone(void);
__arena_slab_refuse("no counterpart of one of these SLAB_ flags: stay with SLUB")
void __arena_slab_no_flag(void);
__arena_slab_refuse("a cache heeds neither __GFP_ACCOUNT nor zones: stay with SLUB")
void __arena_slab_no_gfp(void);
__arena_slab_refuse("no struct kmem_cache_args: pass kmem_cache_create() its five arguments")
struct arena_cache *__arena_slab_no_args(void);
__arena_slab_refuse("no cache has an area for user copies: stay with SLUB")
struct arena_cache *__arena_slab_no_usercopy(void);
__arena_slab_refuse("neither an lru nor a sheaf gives blocks: use kmem_cache_alloc()")
void *__arena_slab_no_alloc(void);

/* As calculate_alignment() of SLUB: small objects share a cache line. */
static inline unsigned int
__arena_slab_align(unsigned int size, unsigned int align, slab_flags_t flags)
{
	unsigned int line = cache_line_size();

	if (!(flags & SLAB_HWCACHE_ALIGN))
		return align;
	while (size <= line / 2)
		line /= 2;
	return max(align, line);
}

static inline unsigned long __arena_slab_flags(slab_flags_t flags)
{
	return (flags & __ARENA_SLAB_DEBUG ? ARENA_CACHE_DEBUG : 0) |
	       (flags & SLAB_RECLAIM_ACCOUNT ? ARENA_CACHE_RECLAIMABLE : 0) |
	       (flags & SLAB_TYPESAFE_BY_RCU ? ARENA_CACHE_TYPESAFE_BY_RCU : 0);
}

static __always_inline struct arena_cache *
__arena_slab_create(const char *name, unsigned int size, unsigned int align,
		    slab_flags_t flags, void (*ctor)(void *))
{
	struct arena_cache *c = NULL;

	if (__builtin_constant_p(flags & ~__ARENA_SLAB_KNOWN) &&
	    flags & ~__ARENA_SLAB_KNOWN)
		__arena_slab_no_flag();
	if (!WARN_ON_ONCE(flags & ~__ARENA_SLAB_KNOWN))
		c = arena_cache_create(name, size,
				       __arena_slab_align(size, align, flags),
				       __arena_slab_flags(flags), ctor);
	if (!c && flags & SLAB_PANIC)
		panic("arena_cache: no cache %s, which has SLAB_PANIC\n", name);
	return c;
}

static __always_inline void __arena_slab_check_gfp(gfp_t gfp)
{
	if (__builtin_constant_p(gfp & (__GFP_ACCOUNT | GFP_ZONEMASK)) &&
	    gfp & (__GFP_ACCOUNT | GFP_ZONEMASK))
		__arena_slab_no_gfp();
}

static __always_inline __malloc void *
__arena_slab_alloc(struct arena_cache *c, gfp_t gfp)
{
	__arena_slab_check_gfp(gfp);
	return arena_cache_alloc(c, gfp);
}

static __always_inline __malloc void *
__arena_slab_zalloc(struct arena_cache *c, gfp_t gfp)
{
	__arena_slab_check_gfp(gfp);
	return arena_cache_zalloc(c, gfp);
}

static __always_inline __malloc void *
__arena_slab_alloc_node(struct arena_cache *c, gfp_t gfp, int node)
{
	__arena_slab_check_gfp(gfp);
	return arena_cache_alloc_node(c, gfp, node);
}

static __always_inline int
__arena_slab_alloc_bulk(struct arena_cache *c, gfp_t gfp, size_t nr, void **p)
{
	__arena_slab_check_gfp(gfp);
	return arena_cache_alloc_bulk(c, gfp, nr, p);
}

/* For mempools, which take any pointer: only a cache must become one. */
static inline void *__arena_slab_data(struct arena_cache *c)
{
	return c;
}

#define kmem_cache			arena_cache

/* With five arguments, or with four: name, size, struct kmem_cache_args, flags. */
#define __arena_slab_create_4(...)	__arena_slab_no_args()
#define __arena_slab_create_5(...)	__arena_slab_create(__VA_ARGS__)
#undef kmem_cache_create
#define kmem_cache_create(...)						\
	CONCATENATE(__arena_slab_create_, COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)
#undef KMEM_CACHE
#define KMEM_CACHE(type, flags)						\
	__arena_slab_create(#type, sizeof(struct type),			\
			    __alignof__(struct type), flags, NULL)
#undef kmem_cache_create_usercopy
#define kmem_cache_create_usercopy(...)	__arena_slab_no_usercopy()
#undef KMEM_CACHE_USERCOPY
#define KMEM_CACHE_USERCOPY(...)	__arena_slab_no_usercopy()

#undef kmem_cache_alloc
#define kmem_cache_alloc		__arena_slab_alloc
#undef kmem_cache_zalloc
#define kmem_cache_zalloc		__arena_slab_zalloc
#undef kmem_cache_alloc_node
#define kmem_cache_alloc_node		__arena_slab_alloc_node
#undef kmem_cache_alloc_bulk
#define kmem_cache_alloc_bulk		__arena_slab_alloc_bulk
#undef kmem_cache_alloc_lru
#define kmem_cache_alloc_lru(...)	__arena_slab_no_alloc()
#undef kmem_cache_alloc_from_sheaf
#define kmem_cache_alloc_from_sheaf(...)	__arena_slab_no_alloc()
#undef kmem_cache_free
#define kmem_cache_free			arena_cache_free
#undef kmem_cache_free_bulk
#define kmem_cache_free_bulk		arena_cache_free_bulk
#undef kmem_cache_shrink
#define kmem_cache_shrink		arena_cache_shrink
#undef kmem_cache_size
#define kmem_cache_size			arena_cache_size
#undef kmem_cache_destroy
#define kmem_cache_destroy		arena_cache_destroy

#undef mempool_alloc_slab
#define mempool_alloc_slab		__arena_cache_mempool_alloc
#undef mempool_free_slab
#define mempool_free_slab		__arena_cache_mempool_free
#undef mempool_create_slab_pool
#define mempool_create_slab_pool(nr, c)					\
	mempool_create(nr, __arena_cache_mempool_alloc,			\
		       __arena_cache_mempool_free, __arena_slab_data(c))
#undef mempool_init_slab_pool
#define mempool_init_slab_pool(pool, nr, c)				\
	mempool_init(pool, nr, __arena_cache_mempool_alloc,		\
		     __arena_cache_mempool_free, __arena_slab_data(c))

#undef SLAB_ACCOUNT
#define SLAB_ACCOUNT			__arena_slab_no_account()
#undef SLAB_CACHE_DMA
#define SLAB_CACHE_DMA			__arena_slab_no_zone()
#undef SLAB_CACHE_DMA32
#define SLAB_CACHE_DMA32		__arena_slab_no_zone()

#endif /* ARENA_CACHE_MAP */

#endif /* _LINUX_ARENA_CACHE_SLAB_H */
