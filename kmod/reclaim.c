// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - when memory goes back
 */
#include <linux/memory.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/shrinker.h>
#include <linux/swap.h>

#include "cache.h"
#include "defer.h"
#include "depot_drain.h"
#include "kunit_export.h"
#include "recall.h"
#include "reclaim.h"
#include "stats.h"
#include "wake.h"

#define AC_DECAY_STEPS	4
/* Milliseconds between two looks of the timer if nothing decays. */
#define AC_TEND_MS	500
#define AC_SHRINK_BATCH	16
/* Time between two recalls because memory is short. */
#define AC_ASK_JIFFIES	(HZ / 10)

static struct shrinker *shrinker;
static bool decaying;

static void decay_batch(struct arena_cache **caches, unsigned int nr, void *again)
{
	*(bool *)again |= ac_recall_unneeded(caches, nr);
	cond_resched();
}

/**
 * ac_reclaim_decay - give back what nobody needed since the last call
 *
 * Context: process context; may sleep.
 * Return: whether calling it again later may give back more.
 */
bool ac_reclaim_decay(void)
{
	bool again = false;
	int node;

	mutex_lock(&ac_caches_lock);
	ac_cache_for_batches(decay_batch, &again);
	mutex_unlock(&ac_caches_lock);
	for_each_node(node)
		again |= ac_arena_decay(node);
	return again;
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_decay);

/**
 * ac_reclaim_tend - free defunct caches whose last block was freed, fill up the reserve
 *
 * Context: process context; may sleep.
 * Return: whether there is more to be done later.
 */
bool ac_reclaim_tend(void)
{
	bool again = false;
	int node;

	ac_cache_reap();
	again |= ac_defer_tend();
	for_each_node_state(node, N_MEMORY)
		again |= ac_arena_fill(node);
	return again;
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_tend);

static bool work(void)
{
	bool again = ac_reclaim_tend();

	return decaying ? ac_reclaim_decay() || again : again;
}

static unsigned long depot_pages(int node)
{
	unsigned long bytes = 0;
	struct arena_cache *c;

	lockdep_assert_held(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		bytes += ac_depot_cached(c, node) * c->block_size;
	return bytes / AC_POOL_SIZE;
}

static unsigned long cpu_pages(int node)
{
	unsigned long pages = 0;
	struct arena_cache *c;

	lockdep_assert_held(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		pages += ac_recall_pages(c, node);
	return pages;
}

/**
 * ac_reclaim_count - how many pages has a node to give?
 * @node: the node
 *
 * Free pools, and the blocks in depots as if they filled pages: which of them share a
 * pool with a live block shows when they are returned. Magazines of CPUs count if there is
 * nothing else.
 *
 * Context: process context; in reclaim.
 * Return: number of pages.
 */
unsigned long ac_reclaim_count(int node)
{
	unsigned long pages = ac_arena_spare(node);

	if (!mutex_trylock(&ac_caches_lock))
		return pages;
	pages += depot_pages(node);
	if (!pages)
		pages = cpu_pages(node);
	mutex_unlock(&ac_caches_lock);
	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_count);

static unsigned long occupied_pages(int node)
{
	const struct ac_arena_set *set = ac_arena_set(node);

	return AC_POOLS * ac_peek(set->nr_arenas) - ac_peek(set->nr_gone);
}

/* Pages that a node lost since it had @pages; other CPUs give and take some meanwhile. */
static unsigned long gone_since(int node, unsigned long pages)
{
	return pages - min(pages, occupied_pages(node));
}

/* Magazines whose blocks would fill @pages. */
static unsigned long magazines_for(const struct arena_cache *c,
				   unsigned long pages)
{
	return DIV_ROUND_UP(pages * AC_POOL_SIZE,
			    (unsigned long)c->rounds * c->block_size);
}

/* Cache by cache, until @nr pages went since the node had @pages. */
static void drain_depots(int node, unsigned long nr, unsigned long pages)
{
	struct arena_cache *c;
	unsigned long gone;

	lockdep_assert_held(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list) {
		gone = gone_since(node, pages);
		if (gone >= nr)
			break;
		if (!ac_depot_drain(c, node, magazines_for(c, nr - gone)))
			continue;
		gone = gone_since(node, pages);
		if (gone < nr)
			ac_arena_shrink(node, nr - gone);
	}
}

static void recall_batch(struct arena_cache **caches, unsigned int nr, void *node)
{
	ac_recall_cpus(caches, nr, *(int *)node);
}

/* Not too often: a busy CPU fills a new magazine at once. */
static bool may_ask_cpus(int node)
{
	static unsigned long next[MAX_NUMNODES];

	if (time_before(jiffies, READ_ONCE(next[node])))
		return false;
	WRITE_ONCE(next[node], jiffies + AC_ASK_JIFFIES);
	return true;
}

static void drain_caches(int node, unsigned long nr, unsigned long pages)
{
	unsigned long gone;

	if (!mutex_trylock(&ac_caches_lock))
		return;
	drain_depots(node, nr, pages);
	if (gone_since(node, pages) < nr && may_ask_cpus(node))
		ac_cache_for_batches(recall_batch, &node);
	mutex_unlock(&ac_caches_lock);
	gone = gone_since(node, pages);
	if (gone < nr)
		ac_arena_shrink(node, nr - gone);
}

/**
 * ac_reclaim_scan - give pages of a node back
 * @node: the node
 * @nr: how many
 *
 * Free pools first, then blocks in depots, as many as would fill @nr pages, then
 * magazines of CPUs.
 *
 * Context: process context; in reclaim.
 * Return: number of pages given back; up to an arena more than @nr.
 */
unsigned long ac_reclaim_scan(int node, unsigned long nr)
{
	unsigned long pages = occupied_pages(node);

	if (ac_arena_shrink(node, nr) < nr)
		drain_caches(node, nr, pages);
	return gone_since(node, pages);
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_scan);

/**
 * ac_reclaim_all - the last resort: give back all that can be given back
 *
 * Context: process context; in reclaim.
 * Return: number of pages given back.
 */
unsigned long ac_reclaim_all(void)
{
	if (mutex_trylock(&ac_caches_lock)) {
		ac_cache_flush_all();
		mutex_unlock(&ac_caches_lock);
	}
	return ac_arena_trim();
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_all);

static unsigned long count_objects(struct shrinker *s,
				   struct shrink_control *sc)
{
	return ac_reclaim_count(sc->nid) ?: SHRINK_EMPTY;
}

static unsigned long scan_objects(struct shrinker *s, struct shrink_control *sc)
{
	unsigned long freed = ac_reclaim_scan(sc->nid, sc->nr_to_scan);

	/* Or a task that reclaims believes that nothing was freed. */
	mm_account_reclaimed_pages(freed);
	return freed ?: SHRINK_STOP;
}

static int before_oom(struct notifier_block *nb, unsigned long unused,
		      void *freed)
{
	*(unsigned long *)freed += ac_reclaim_all();
	return NOTIFY_OK;
}

static struct notifier_block oom_nb = { .notifier_call = before_oom };

/* Offlining waits for pages that it cannot move, so no free pool stays in the range. */
static int on_memory(struct notifier_block *nb, unsigned long action, void *arg)
{
	const struct memory_notify *m = arg;
	const unsigned long end = m->start_pfn + m->nr_pages;

	switch (action) {
	case MEM_GOING_ONLINE:
		/* Arenas do without what the map does not reach. */
		ac_arena_map_reach(__va(PFN_PHYS(end) - 1));
		break;
	case MEM_GOING_OFFLINE:
		ac_cache_trim();
		ac_arena_evacuate(m->start_pfn, m->nr_pages);
		break;
	case MEM_CANCEL_OFFLINE:
	case MEM_ONLINE:
		/* The reserve may have been in there. */
		ac_wake();
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block memory_nb = { .notifier_call = on_memory };

static int register_shrinker_of_ours(void)
{
	shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE, "arena_cache");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = count_objects;
	shrinker->scan_objects = scan_objects;
	/* Free pools cost nothing to lose: offer half of them at any priority. */
	shrinker->seeks = 0;
	shrinker->batch = AC_SHRINK_BATCH;
	shrinker_register(shrinker);
	return 0;
}

/**
 * ac_reclaim_init - start the timer, register with the page allocator
 * @decay_ms: milliseconds after which unused memory goes back; 0 for never
 *
 * Return: 0 or a negative errno.
 */
int ac_reclaim_init(unsigned int decay_ms)
{
	int err;

	decaying = decay_ms;
	ac_wake_init(work, decay_ms ? DIV_ROUND_UP(decay_ms, AC_DECAY_STEPS) :
				      AC_TEND_MS);
	err = register_memory_notifier(&memory_nb);
	if (err)
		goto exit_wake;
	err = register_oom_notifier(&oom_nb);
	if (err)
		goto exit_memory;
	err = register_shrinker_of_ours();
	if (err)
		goto exit_oom;
	return 0;

exit_oom:
	unregister_oom_notifier(&oom_nb);
exit_memory:
	unregister_memory_notifier(&memory_nb);
exit_wake:
	ac_wake_exit();
	return err;
}

/* The timer last, as all others wake it. */
void ac_reclaim_exit(void)
{
	shrinker_free(shrinker);
	unregister_oom_notifier(&oom_nb);
	unregister_memory_notifier(&memory_nb);
	ac_wake_exit();
}
