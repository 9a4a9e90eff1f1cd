// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - caches
 */
#include <linux/arena_cache.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "cache.h"
#include "debug/debug.h"
#include "debug/quarantine.h"
#include "defer.h"
#include "kunit_export.h"
#include "large.h"
#include "leak.h"
#include "leaving.h"
#include "raw.h"
#include "recall.h"
#include "refusal.h"
#include "wake.h"

/* No cache is freed; protects nr_defunct. Outermost: see cache.h. */
DEFINE_MUTEX(ac_destroy_lock);
/* Protects ac_caches. Inside ac_destroy_lock. */
DEFINE_MUTEX(ac_caches_lock);
EXPORT_SYMBOL_IF_KUNIT(ac_caches_lock);
LIST_HEAD(ac_caches);
EXPORT_SYMBOL_IF_KUNIT(ac_caches);

/* Times that destroy asks for blocks that wait. */
#define AC_DEFER_ASKS	10

static unsigned int nr_defunct;
static enum cpuhp_state hotplug_state;

/*
 * Live blocks: taken from pools, neither cached nor in quarantine, and not waiting for a
 * grace period, plus those in no arena. Exact once the cache's users rest.
 */
long ac_cache_live(struct arena_cache *c)
{
	return ac_pool_nr_taken(c) + ac_raw_live(c) - ac_magazine_cached(c) -
	       ac_quarantine_nr(c) - ac_defer_nr(c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_live);

/* Returns all blocks that do not live to their pools. May sleep. */
void ac_cache_flush(struct arena_cache *c)
{
	ac_quarantine_flush(c);
	ac_recall_all(&c, 1);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_flush);

/**
 * ac_cache_for_batches - visit all caches, AC_RECALL_CACHES at a time
 * @fn: called with each batch; may sleep
 * @arg: passed to @fn
 *
 * Context: process context; may sleep; ac_caches_lock held.
 */
void ac_cache_for_batches(void (*fn)(struct arena_cache **caches,
				     unsigned int nr, void *arg),
			  void *arg)
{
	struct arena_cache *c, *batch[AC_RECALL_CACHES];
	unsigned int n = 0;

	lockdep_assert_held(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list) {
		batch[n++] = c;
		if (n < AC_RECALL_CACHES)
			continue;
		fn(batch, n, arg);
		n = 0;
	}
	fn(batch, n, arg);
}

static void flush_batch(struct arena_cache **caches, unsigned int nr,
			void *unused)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ac_quarantine_flush(caches[i]);
	ac_recall_all(caches, nr);
}

/* The same of all caches. */
void ac_cache_flush_all(void)
{
	lockdep_assert_held(&ac_caches_lock);
	ac_cache_for_batches(flush_batch, NULL);
}

int arena_cache_shrink(struct arena_cache *c)
{
	might_sleep();
	if (c->large)
		return kmem_cache_shrink(c->slab);
	ac_cache_flush(c);
	ac_depot_trim();
	ac_arena_trim();
	return ac_pool_nr_pools(c) || ac_raw_live(c);
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
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	ac_depot_trim();
	return ac_arena_trim();
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_trim);

unsigned int arena_cache_size(struct arena_cache *c)
{
	return c->size;
}
EXPORT_SYMBOL_GPL(arena_cache_size);

/* Readers under RCU may look at all of this: see ac_owner_of(). */
static void free_cache_rcu(struct rcu_head *rcu)
{
	struct arena_cache *c = container_of(rcu, struct arena_cache, rcu);

	ac_quarantine_destroy(c);
	ac_magazines_destroy(c);
	ac_leaving_destroy(c);
	ac_pool_sets_destroy(c);
	kfree(c->grace);
	kfree_const(c->name);
	kfree(c);
}

static void free_cache(struct arena_cache *c)
{
	/* No block waits, but the work that freed the last one may be at its end. */
	ac_defer_wait(c);
	ac_leaving_wait(c);
	ac_large_destroy(c);
	ac_cpus_forget(c);
	call_rcu(&c->rcu, free_cache_rcu);
}

static bool is_large(const struct arena_cache *c)
{
	return ALIGN(c->size, c->align) > ARENA_CACHE_MAX_BLOCK;
}

/* Makes room for what a debug cache keeps around the caller's bytes. */
static void surround_blocks(struct arena_cache *c)
{
	unsigned int align = ac_class_align(c->block_size);

	c->offset = ac_debug_offset(align);
	c->block_size = ALIGN(c->offset + c->size + AC_REDZONE_MIN, align);
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
		return c->typesafe && ac_leaving_create(c) ?
			       -ENOMEM : ac_quarantine_create(c);
	/* SLUB aligns to the size only if asked to. */
	c->align = ac_class_align(c->block_size);
	return ac_large_create(c);
}

static struct arena_cache *new_cache(unsigned long flags, unsigned int debug)
{
	struct arena_cache *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c)
		return NULL;
	ac_debug_prepare(debug);
	/* Closed, in case that its making ends early. */
	ac_cpus_create(c, 0);
	c->shared = flags & ARENA_CACHE_SHARED;
	c->reclaimable = flags & ARENA_CACHE_RECLAIMABLE;
	c->typesafe = flags & ARENA_CACHE_TYPESAFE_BY_RCU;
	c->debug = debug;
	return c;
}

/* Completes @c, which may be NULL, and lists it. */
static struct arena_cache *make_cache(struct arena_cache *c, const char *name,
				      unsigned int size, unsigned int align,
				      void (*ctor)(void *))
{
	if (!c)
		return NULL;
	set_geometry(c, size, align);
	c->ctor = ctor;
	if (build_cache(c, name)) {
		free_cache(c);
		return NULL;
	}
	ac_owner_announce(c);
	mutex_lock(&ac_caches_lock);
	/* verify walks the list without the lock, with the machine stopped. */
	list_add_tail_rcu(&c->list, &ac_caches);
	mutex_unlock(&ac_caches_lock);
	return c;
}

static unsigned int debug_flags(unsigned long flags)
{
	unsigned int debug = ac_debug_default();

	if (flags & ARENA_CACHE_SHARED)
		return 0;
	if (flags & ARENA_CACHE_DEBUG)
		debug = AC_DEBUG_ALL;
	/* Readers may look at a block that is free. */
	return flags & ARENA_CACHE_TYPESAFE_BY_RCU ?
		       debug & ~AC_DEBUG_POISON : debug;
}

struct arena_cache *arena_cache_create(const char *name, unsigned int size,
				       unsigned int align, unsigned long flags,
				       void (*ctor)(void *block))
{
	struct arena_cache *c;
	char why[AC_REFUSAL_WHY];

	might_sleep();
	if (ac_refusal_find(name, size, align, flags, why)) {
		pr_err("create %s: %s\n", name ?: "(no name)", why);
		return NULL;
	}
	if (!try_module_get(THIS_MODULE))
		return NULL;
	/* No bitmap in a page that user space writes to. */
	if (flags & ARENA_CACHE_SHARED)
		align = max_t(unsigned int, align, AC_MAP_INLINE_BLOCK);
	c = make_cache(new_cache(flags, debug_flags(flags)), name, size, align,
		       ctor);
	if (!c)
		module_put(THIS_MODULE);
	return c;
}
EXPORT_SYMBOL_GPL(arena_cache_create);

/*
 * Returns how many blocks of @c live or wait; all others are back in their pools. A block
 * that is freed meanwhile, into a magazine that was flushed already, needs another flush.
 */
static long live_after_flush(struct arena_cache *c)
{
	long live;

	do {
		ac_cache_flush(c);
		live = ac_cache_live(c) + ac_defer_nr(c);
	} while (live <= 0 && (ac_pool_nr_taken(c) || (!c->large && ac_raw_live(c))));
	return max(live, 0L);
}

/*
 * Moves @c, or all defunct caches if that is NULL, to @dead if none of their blocks
 * lives. Returns how many live in the last one that was looked at.
 */
static long bury(struct arena_cache *c, struct list_head *dead)
{
	struct arena_cache *other, *next;
	long live = 0;

	lockdep_assert_held(&ac_destroy_lock);
	/* No CPU may go between the flush and the look at what is left. */
	cpus_read_lock();
	mutex_lock(&ac_caches_lock);
	list_for_each_entry_safe(other, next, &ac_caches, list) {
		if (c ? other != c : !other->defunct)
			continue;
		live = live_after_flush(other);
		if (live)
			continue;
		nr_defunct -= other->defunct;
		list_move(&other->list, dead);
	}
	mutex_unlock(&ac_caches_lock);
	cpus_read_unlock();
	return live;
}

static void free_dead(struct list_head *dead)
{
	struct arena_cache *c, *next;

	lockdep_assert_held(&ac_destroy_lock);
	list_for_each_entry_safe(c, next, dead, list)
		free_cache(c);
}

/**
 * ac_cache_reap - free defunct caches whose last block was freed
 *
 * Context: process context; may sleep.
 */
void ac_cache_reap(void)
{
	LIST_HEAD(dead);

	mutex_lock(&ac_destroy_lock);
	if (nr_defunct)
		bury(NULL, &dead);
	free_dead(&dead);
	mutex_unlock(&ac_destroy_lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_reap);

static void become_defunct(struct arena_cache *c, long live)
{
	lockdep_assert_held(&ac_destroy_lock);
	WRITE_ONCE(c->defunct, true);
	nr_defunct++;
	if (c->large)
		ac_large_orphan(c);
	ac_leak_report(c, live);
	ac_wake();
}

/* Frees @c. If blocks live: makes it defunct if @last, else returns false. */
static bool end_cache(struct arena_cache *c, bool last)
{
	LIST_HEAD(dead);
	long live;

	mutex_lock(&ac_destroy_lock);
	live = bury(c, &dead);
	if (live && last)
		become_defunct(c, live);
	free_dead(&dead);
	mutex_unlock(&ac_destroy_lock);
	return !live || last;
}

/*
 * Frees what waits for a grace period. Other caches' users may keep a CPU inside the
 * shared part when it is asked, so it is asked again.
 */
static void free_deferred(struct arena_cache *c)
{
	unsigned int i;

	for (i = 0; i < AC_DEFER_ASKS && ac_defer_nr(c); i++) {
		ac_recall_cpus(&c, 1, NUMA_NO_NODE);
		ac_defer_wait(c);
		ac_defer_wait(NULL);
	}
}

void arena_cache_destroy(struct arena_cache *c)
{
	might_sleep();
	if (!c)
		return;
	free_deferred(c);
	if (!end_cache(c, false)) {
		rcu_barrier();
		/* These callbacks may have freed after a grace period, too. */
		free_deferred(c);
		end_cache(c, true);
	}
	module_put(THIS_MODULE);
}
EXPORT_SYMBOL_GPL(arena_cache_destroy);

static void flush_dead_parts(struct arena_cache *c, unsigned int cpu)
{
	ac_magazine_flush_dead(c, cpu);
	ac_defer_flush_dead(c, cpu);
}

static int flush_dead_cpu(unsigned int cpu)
{
	struct arena_cache *c;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		flush_dead_parts(c, cpu);
	ac_defer_flush_dead(NULL, cpu);
	mutex_unlock(&ac_caches_lock);
	return 0;
}

static int create_classes(void)
{
	struct arena_cache *c;
	char name[32];
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++) {
		snprintf(name, sizeof(name), "size-%u", ac_class_size(i));
		c = new_cache(0, ac_debug_default());
		if (c)
			c->by_size = true;
		arena_cache_classes[i] = make_cache(c, name, ac_class_size(i),
						    0, NULL);
		if (!arena_cache_classes[i])
			return -ENOMEM;
	}
	return 0;
}

/* A live block keeps its arena, but not its cache. */
static void free_caches(void)
{
	struct arena_cache *c, *next;
	long live;

	list_for_each_entry_safe(c, next, &ac_caches, list) {
		live = ac_cache_live(c);
		if (live && !c->defunct)
			ac_leak_report(c, live);
		list_del(&c->list);
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
	ac_large_init();
	err = create_classes();
	if (err)
		ac_cache_exit();
	return err;
}

/**
 * ac_cache_free_deferred - free what waits for a grace period, of all caches
 *
 * Context: process context; may sleep.
 */
void ac_cache_free_deferred(void)
{
	struct arena_cache *c;

	mutex_lock(&ac_caches_lock);
	ac_defer_wait(NULL);
	ac_cache_flush_all();
	list_for_each_entry(c, &ac_caches, list)
		ac_defer_wait(c);
	mutex_unlock(&ac_caches_lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_cache_free_deferred);

void ac_cache_exit(void)
{
	ac_cache_free_deferred();
	/* No CPU may go between the flush and the removal of the callback. */
	cpus_read_lock();
	mutex_lock(&ac_caches_lock);
	ac_cache_flush_all();
	mutex_unlock(&ac_caches_lock);
	__cpuhp_remove_state_cpuslocked(hotplug_state, false);
	cpus_read_unlock();
	free_caches();
}
