// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - who has the blocks of debug caches
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "../cache.h"
#include "debug.h"
#include "../kunit_export.h"
#include "../snapshot.h"
#include "traces.h"

#define AC_SITES	4096
#define AC_PROBES	64

/* The entry of a call stack, perhaps a new one; NULL if there is no room. */
static struct ac_site *find_site(struct ac_traces *t,
				 const struct arena_cache *c,
				 const struct ac_event *event)
{
	unsigned long key = event->ip ^ (unsigned long)c ^ event->stack;
	unsigned int i, hash = hash_long(key, 32);
	struct ac_site *site;

	for (i = 0; i < AC_PROBES; i++) {
		site = &t->site[(hash + i) & (t->room - 1)];
		if (!site->ip) {
			site->cache = c;
			site->id = c->id;
			site->ip = event->ip;
			site->stack = event->stack;
			site->newest = ULONG_MAX;
			return site;
		}
		if (site->cache == c && site->ip == event->ip &&
		    site->stack == event->stack)
			return site;
	}
	return NULL;
}

static void add_block(struct ac_traces *t, const struct arena_cache *c,
		      const struct ac_track *track)
{
	unsigned long age = jiffies - track->alloc.when;
	struct ac_site *site;

	if (track->state != AC_STATE_LIVE || !track->alloc.ip)
		return;
	site = find_site(t, c, &track->alloc);
	if (!site) {
		t->lost++;
		return;
	}
	site->blocks++;
	site->bytes += track->size;
	site->pid = track->alloc.pid;
	site->oldest = max(site->oldest, age);
	if (age < site->newest) {
		site->newest = age;
		site->when = track->alloc.when;
	}
	site->ages += age;
}

/* A copy of the track of @block. Returns whether it is whole. */
static bool copy_track(const struct arena_cache *c, void *block,
		       struct ac_track *track)
{
	/* The block's owner may write to its track, and its free does. */
	data_race(memcpy(track, ac_debug_track(block), sizeof(*track)));
	/* Keep the compiler from reading the block's track again. */
	barrier();
	return ac_debug_is_whole(c, track);
}

static void add_pool(struct ac_pool *pool, void *arg)
{
	const struct arena_cache *c = ac_owner_of_pool(pool);
	void *block = ac_arena_pool_base(pool);
	struct ac_track track;
	unsigned int i;

	if (!c || !(c->debug & AC_DEBUG_USERS))
		return;
	for (i = 0; i < c->capacity; i++, block += c->block_size)
		if (copy_track(c, block, &track))
			add_block(arg, c, &track);
}

static int by_blocks(const void *a, const void *b)
{
	const struct ac_site *sa = a, *sb = b;

	return sa->blocks < sb->blocks ? 1 : sa->blocks > sb->blocks ? -1 : 0;
}

/* Ends the look-up by hash. */
static void sort_sites(struct ac_traces *t)
{
	unsigned int i;

	for (i = 0; i < t->room; i++) {
		if (!t->site[i].blocks)
			continue;
		swap(t->site[t->nr], t->site[i]);
		t->nr++;
	}
	sort(t->site, t->nr, sizeof(*t->site), by_blocks, NULL);
}

/**
 * ac_traces_get - count the live blocks of debug caches by call stack
 *
 * Context: process context; may sleep.
 * Return: the sites, most blocks first, or NULL.
 */
struct ac_traces *ac_traces_get(void)
{
	struct ac_traces *t;

	t = kvzalloc(struct_size(t, site, AC_SITES), GFP_KERNEL);
	if (!t)
		return NULL;
	t->room = AC_SITES;
	t->caches = ac_snapshot_get();
	if (!t->caches) {
		kvfree(t);
		return NULL;
	}
	ac_arena_visit_pools(add_pool, t);
	sort_sites(t);
	return t;
}
EXPORT_SYMBOL_IF_KUNIT(ac_traces_get);

void ac_traces_put(struct ac_traces *t)
{
	ac_snapshot_put(t->caches);
	kvfree(t);
}
EXPORT_SYMBOL_IF_KUNIT(ac_traces_put);

/* The name of the cache whose blocks @site has. */
const char *ac_traces_cache(const struct ac_traces *t,
			    const struct ac_site *site)
{
	const struct ac_row *row = ac_snapshot_find(t->caches, site->id);

	return row && row->cache == site->cache ? row->name : "a new cache";
}
