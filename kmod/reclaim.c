// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - when memory goes back
 */
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include <linux/oom.h>
#include <linux/shrinker.h>
#include <linux/swap.h>

#include "cache.h"
#include "kunit_export.h"
#include "reclaim.h"
#include "stats.h"
#include "wake.h"

#define AC_DECAY_STEPS	4
#define AC_SHRINK_BATCH	16

static struct shrinker *shrinker;

/**
 * ac_reclaim_decay - give back what nobody needed since this was called last
 *
 * Context: process context; may sleep.
 * Return: whether calling it again later may give back more.
 */
bool ac_reclaim_decay(void)
{
	struct arena_cache *c;
	bool again = false;
	int node;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list) {
		again |= ac_magazine_decay(c);
		cond_resched();
	}
	mutex_unlock(&ac_caches_lock);
	for_each_node(node)
		again |= ac_arena_decay(node);
	return again;
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_decay);

/* Bytes in full magazines of the node's depots. */
static unsigned long depot_bytes(int node)
{
	struct arena_cache *c;
	unsigned long bytes = 0;

	if (!mutex_trylock(&ac_caches_lock))
		return 0;
	list_for_each_entry(c, &ac_caches, list)
		bytes += (unsigned long)ac_peek(c->depots[node]->full.nr) *
			 c->rounds * c->block_size;
	mutex_unlock(&ac_caches_lock);
	return bytes;
}

/**
 * ac_reclaim_count - how many pages has a node to give?
 * @node: the node
 *
 * Free pools, and the blocks in depots as if they filled pages: whether one of
 * them shares its pool with a live block shows when it is returned.
 *
 * Context: process context; in reclaim.
 * Return: number of pages.
 */
unsigned long ac_reclaim_count(int node)
{
	return ac_arena_spare(node) + depot_bytes(node) / AC_POOL_SIZE;
}
EXPORT_SYMBOL_IF_KUNIT(ac_reclaim_count);

static void drain_depots(int node)
{
	struct arena_cache *c;

	if (!mutex_trylock(&ac_caches_lock))
		return;
	list_for_each_entry(c, &ac_caches, list)
		ac_magazine_drain(c, node);
	mutex_unlock(&ac_caches_lock);
}

/**
 * ac_reclaim_scan - give pages of a node back
 * @node: the node
 * @nr: how many
 *
 * Free pools first; if they do not do, the depots are emptied.
 *
 * Context: process context; in reclaim.
 * Return: number of pages given back.
 */
unsigned long ac_reclaim_scan(int node, unsigned long nr)
{
	unsigned long freed = ac_arena_shrink(node, nr);

	if (freed < nr) {
		drain_depots(node);
		freed += ac_arena_shrink(node, nr - freed);
	}
	return freed;
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
	struct arena_cache *c;

	if (mutex_trylock(&ac_caches_lock)) {
		list_for_each_entry(c, &ac_caches, list)
			ac_cache_flush(c);
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

	/* Or whoever waits for memory believes that there is none. */
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

/**
 * ac_reclaim_init - be called when memory shall go back
 * @decay_ms: time after which what nobody used goes back; 0 for never
 *
 * Return: 0 or a negative errno.
 */
int ac_reclaim_init(unsigned int decay_ms)
{
	int err;

	shrinker = shrinker_alloc(SHRINKER_NUMA_AWARE, "arena_cache");
	if (!shrinker)
		return -ENOMEM;
	shrinker->count_objects = count_objects;
	shrinker->scan_objects = scan_objects;
	/* Nobody misses free pools: half of them at any priority, also a few. */
	shrinker->seeks = 0;
	shrinker->batch = AC_SHRINK_BATCH;
	err = register_oom_notifier(&oom_nb);
	if (err) {
		shrinker_free(shrinker);
		return err;
	}
	shrinker_register(shrinker);
	ac_wake_init(ac_reclaim_decay, DIV_ROUND_UP(decay_ms, AC_DECAY_STEPS));
	return 0;
}

void ac_reclaim_exit(void)
{
	ac_wake_exit();
	unregister_oom_notifier(&oom_nb);
	shrinker_free(shrinker);
}
