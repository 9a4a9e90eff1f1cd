/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - differences between kernel versions
 *
 * The only file that knows of versions. Forced in front of every source file
 * (Kbuild), so that the rest reads as if written for one kernel.
 */
#ifndef AC_COMPAT_H
#define AC_COMPAT_H

#include <linux/version.h>

#ifdef CONFIG_PREEMPT_RT
#error "arena_cache does not support PREEMPT_RT"
#endif

#ifndef CONFIG_64BIT
#error "arena_cache needs a 64-bit kernel"
#endif

/* 6.13 turned the namespace of EXPORT_SYMBOL_NS and friends into a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define AC_IMPORT_KUNIT_NS MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define AC_IMPORT_KUNIT_NS MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

/* 6.16 renamed the word that belongs to a page's owner. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define AC_PAGE_INDEX index
#else
#define AC_PAGE_INDEX __folio_index
#endif

/* 6.13 sets up a timer and its function at once. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#include <linux/hrtimer.h>

static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*fn)(struct hrtimer *),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = fn;
}
#endif

/* 6.17 gave the work queue for what may run on any CPU another name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_dfl_wq system_unbound_wq
#endif

/* 6.3 locks what changes a mapping's flags; before, one just wrote to them. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define vm_flags_set(vma, flags) ((vma)->vm_flags |= (flags))
#define vm_flags_clear(vma, flags) ((vma)->vm_flags &= ~(flags))
#endif

/* 6.4 gave this a name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#include <linux/sched.h>
#include <linux/swap.h>

static inline void mm_account_reclaimed_pages(unsigned long pages)
{
	if (current->reclaim_state)
		current->reclaim_state->reclaimed_slab += pages;
}
#endif

/* 6.5 can keep a cache from being merged with others. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define SLAB_NO_MERGE 0
#endif

/* 6.7 allocates shrinkers; before, their owner did. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#include <linux/slab.h>
/* Needs the one above. */
#include <linux/shrinker.h>

static inline struct shrinker *shrinker_alloc(unsigned int flags,
					      const char *name)
{
	struct shrinker *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (s)
		s->flags = flags;
	return s;
}

static inline void shrinker_register(struct shrinker *s)
{
	if (register_shrinker(s, KBUILD_MODNAME))
		pr_warn("no memory to register the shrinker\n");
}

static inline void shrinker_free(struct shrinker *s)
{
	unregister_shrinker(s);
	kfree(s);
}
#endif

/* Does a mempolicy choose the nodes for whoever runs? Kernels without NUMA have none. */
#include <linux/sched.h>

static inline bool ac_task_has_policy(void)
{
#ifdef CONFIG_NUMA
	return in_task() && current->mempolicy;
#else
	return false;
#endif
}

/* Memory profiling has a tag for each page of a split block: back one by one, then. */
#define AC_PAGES_ARE_TAGGED IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING)

/*
 * Spare pages are of the type of memory that is there and must not be touched: memory
 * offlining passes over such pages, calls its notifiers, and expects whose they are to
 * give them back then. Others it takes for reasons to stop before anybody is asked.
 */
#include <linux/mm.h>

static inline bool ac_page_is_spare(struct page *page)
{
	return PageOffline(page);
}

static inline void ac_page_mark_spare(struct page *page)
{
	if (!PageOffline(page))
		__SetPageOffline(page);
}

static inline void ac_page_unmark_spare(struct page *page)
{
	if (PageOffline(page))
		__ClearPageOffline(page);
}

/* 6.18 can tell a cache how large its sheaves are to be. */
#include <linux/err.h>
#include <linux/slab.h>

static inline struct kmem_cache *
ac_slab_create_sheaf(const char *name, unsigned int size, unsigned int capacity)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
	return ERR_PTR(-EOPNOTSUPP);
#else
	struct kmem_cache_args args = { .sheaf_capacity = capacity };

	return kmem_cache_create(name, size, &args, SLAB_NO_MERGE) ?:
	       ERR_PTR(-ENOMEM);
#endif
}

#endif /* AC_COMPAT_H */
