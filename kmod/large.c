// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - caches of blocks above 512 bytes
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arena.h"
#include "cpus.h"
#include "debug/debug.h"
#include "kunit_export.h"
#include "large.h"
#include "raw.h"
#include "wake.h"

/* Words of a struct page, and one that is none. */
#define PAGE_WORDS	(sizeof(struct page) / sizeof(unsigned long))
#define NO_WORD		PAGE_WORDS

/**
 * struct ac_large - a kmem_cache that caches have
 * @list: link in larges
 * @slab: the kmem_cache
 * @name: its name
 * @public: name of the caches
 * @size: bytes of a block
 * @align: alignment
 * @flags: as it was created with
 * @ctor: constructor, or NULL
 * @refs: caches that have it
 * @orphaned: all of them are defunct
 */
struct ac_large {
	struct list_head list;
	struct kmem_cache *slab;
	const char *name;
	const char *public;
	unsigned int size;
	unsigned int align;
	slab_flags_t flags;
	void (*ctor)(void *block);
	unsigned int refs;
	bool orphaned;
};

/*
 * Protects larges and all on it, and the pointers of caches to them. Inside
 * ac_destroy_lock, or alone. It also keeps creation and end of kmem_caches apart: SLUB
 * takes one off its list before it takes it out of sysfs, and warns if one of that name is
 * created in between.
 */
static DEFINE_MUTEX(large_lock);
static LIST_HEAD(larges);

/* Where in a slab's struct page SLUB has its kmem_cache. */
static unsigned int slab_word = NO_WORD;

/* SLUB looks for bugs of large blocks. Its poison and red zones do not go with KASAN. */
static slab_flags_t slab_flags(const struct arena_cache *c)
{
	slab_flags_t flags = SLAB_NO_MERGE;

	if (c->reclaimable)
		flags |= SLAB_RECLAIM_ACCOUNT;
	if (c->typesafe)
		flags |= SLAB_TYPESAFE_BY_RCU;
	if (IS_ENABLED(CONFIG_KASAN))
		return flags;
	if (c->debug & AC_DEBUG_FREES)
		flags |= SLAB_CONSISTENCY_CHECKS;
	if (c->debug & AC_DEBUG_REDZONES)
		flags |= SLAB_RED_ZONE;
	if (c->debug & AC_DEBUG_POISON)
		flags |= SLAB_POISON;
	if (c->debug & AC_DEBUG_USERS)
		flags |= SLAB_STORE_USER;
	return flags;
}

static struct ac_large *find_orphan(const struct arena_cache *c,
				    slab_flags_t flags)
{
	struct ac_large *l;

	lockdep_assert_held(&large_lock);
	list_for_each_entry(l, &larges, list)
		if (l->orphaned && !strcmp(l->public, c->name) &&
		    l->size == c->size && l->align == c->align &&
		    l->flags == flags && l->ctor == c->ctor)
			return l;
	return NULL;
}

static bool has_name(const char *name)
{
	struct ac_large *l;

	lockdep_assert_held(&large_lock);
	list_for_each_entry(l, &larges, list)
		if (!strcmp(l->name, name))
			return true;
	return false;
}

static void free_large(struct ac_large *l)
{
	lockdep_assert_held(&large_lock);
	kmem_cache_destroy(l->slab);
	kfree(l->name);
	kfree(l->public);
	kfree(l);
}

/* Before 6.5 the region that user space may copy keeps SLUB from merging it. */
static struct ac_large *new_large(const struct arena_cache *c,
				  slab_flags_t flags)
{
	struct ac_large *l = kzalloc(sizeof(*l), GFP_KERNEL);

	lockdep_assert_held(&large_lock);
	if (!l)
		return NULL;
	l->size = c->size;
	l->align = c->align;
	l->flags = flags;
	l->ctor = c->ctor;
	l->public = kstrdup(c->name, GFP_KERNEL);
	l->name = has_name(c->name) ?
			  kasprintf(GFP_KERNEL, "%s-%u", c->name, c->id) :
			  kstrdup(c->name, GFP_KERNEL);
	if (l->public && l->name)
		l->slab = kmem_cache_create_usercopy(l->name, l->size, l->align,
						     flags, 0, l->size,
						     l->ctor);
	if (l->slab)
		return l;
	free_large(l);
	return NULL;
}

/**
 * ac_large_create - give a new cache its kmem_cache
 * @c: the cache
 *
 * Context: process context; may sleep.
 * Return: 0 or -ENOMEM; ac_large_destroy() cleans up after both.
 */
int ac_large_create(struct arena_cache *c)
{
	slab_flags_t flags = slab_flags(c);
	struct ac_large *l;

	mutex_lock(&large_lock);
	l = find_orphan(c, flags) ?: new_large(c, flags);
	if (l) {
		if (!l->refs++)
			list_add(&l->list, &larges);
		l->orphaned = false;
		c->large = l;
		c->slab = l->slab;
	}
	mutex_unlock(&large_lock);
	c->debug = 0;
	return l ? 0 : -ENOMEM;
}

/* Its cache is defunct: blocks live, and another cache may take the name. */
void ac_large_orphan(struct arena_cache *c)
{
	mutex_lock(&large_lock);
	c->large->orphaned = true;
	mutex_unlock(&large_lock);
}

/* No block of it lives, or the module goes with those that do. */
void ac_large_destroy(struct arena_cache *c)
{
	mutex_lock(&large_lock);
	if (c->large && !--c->large->refs) {
		list_del(&c->large->list);
		free_large(c->large);
	}
	c->large = NULL;
	mutex_unlock(&large_lock);
}

/* A large cache ignores the flags that named caches ignore. */
void *ac_large_alloc(struct arena_cache *c, gfp_t gfp, int node)
{
	void *p;

	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT);
	if (c->ctor)
		gfp &= ~__GFP_ZERO;
	if (unlikely(!ac_cpus_are_open(c)))
		ac_cpus_open(&c->cpu, ac_cpus_effort(gfp));
	p = kmem_cache_alloc_node(c->slab, gfp, node);
	if (p)
		ac_cpus_count(c, 1);
	return p;
}

static const void *word_of(const void *p, unsigned int word)
{
	const void *const *words = (void *)virt_to_head_page(p);

	return READ_ONCE(words[word]);
}

static enum ac_bad check_large(const struct arena_cache *c, const void *p)
{
	if (ac_arena_owns(p))
		return AC_BAD_CACHE;
	if (!ac_raw_is_kmalloc(p))
		return AC_BAD_FOREIGN;
	if (slab_word == NO_WORD || word_of(p, slab_word) == c->slab)
		return AC_GOOD;
	return AC_BAD_CACHE;
}

/**
 * ac_large_free - free a block of a large cache
 * @c: the cache
 * @p: any pointer; what is no block of @c is refused
 *
 * Context: any but NMI.
 */
void ac_large_free(struct arena_cache *c, void *p)
{
	enum ac_bad bad = check_large(c, p);

	if (unlikely(bad)) {
		ac_report_bad_free(c, p, bad);
		return;
	}
	/* A defunct cache may go with its last block. */
	rcu_read_lock();
	kmem_cache_free(c->slab, p);
	ac_cpus_count(c, -1);
	if (unlikely(READ_ONCE(c->defunct)))
		ac_wake();
	rcu_read_unlock();
}

/* Is a free to another large cache noticed? */
bool ac_large_can_tell(void)
{
	return slab_word != NO_WORD;
}
EXPORT_SYMBOL_IF_KUNIT(ac_large_can_tell);

/* Which words of the struct page of an object of @slab point to @slab: a bit for each. */
static unsigned long words_that_fit(struct kmem_cache *slab)
{
	void *p = kmem_cache_alloc(slab, GFP_KERNEL);
	unsigned long fit = 0;
	unsigned int i;

	if (!p)
		return 0;
	for (i = 0; i < PAGE_WORDS; i++)
		if (word_of(p, i) == slab)
			fit |= BIT(i);
	kmem_cache_free(slab, p);
	return fit;
}

/* Learns where SLUB has a slab's kmem_cache. */
void ac_large_init(void)
{
	struct kmem_cache *slab[2];
	unsigned long fit = ~0UL;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		slab[i] = kmem_cache_create(i ? "arena_cache_b" : "arena_cache_a",
					    1000, 0, SLAB_NO_MERGE, NULL);
		if (slab[i])
			fit &= words_that_fit(slab[i]);
		else
			fit = 0;
	}
	for (i = 0; i < 2; i++)
		kmem_cache_destroy(slab[i]);
	slab_word = is_power_of_2(fit) ? __ffs(fit) : NO_WORD;
}
