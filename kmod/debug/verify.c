// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - check every invariant
 */
#include <linux/stop_machine.h>
#include <linux/string.h>

#include "../cache.h"
#include "debug.h"
#include "../kunit_export.h"
#include "quarantine.h"
#include "../raw.h"
#include "verify.h"

/* What users of a debug cache wrote where they should not. */
static unsigned long check_bytes(struct arena_cache *c, struct ac_pool *pool)
{
	void *block = ac_arena_pool_base(pool);
	unsigned long bad = 0;
	unsigned int i;

	for (i = 0; i < c->capacity; i++, block += c->block_size)
		bad += ac_debug_check(c, block);
	return bad;
}

static void check_quarantined(struct arena_cache *c, void *block, void *arg)
{
	struct ac_verify *v = arg;

	v->quarantined++;
	v->bad_blocks += ac_pool_flip(c, block) != AC_GOOD;
}

static void check_pool(struct ac_pool *pool, void *arg)
{
	struct arena_cache *c = ac_pool_cache(pool);
	struct ac_verify *v = arg;

	if (!c) {
		v->transit++;
		return;
	}
	v->pools++;
	v->bad_pools += ac_pool_verify(pool);
	if (c->debug)
		v->bad_bytes += check_bytes(c, pool);
}

static void check_cached(struct arena_cache *c, void *p, void *arg)
{
	struct ac_verify *v = arg;

	v->cached++;
	v->bad_blocks += ac_pool_flip(c, p) != AC_GOOD;
}

/* Toggled twice, every map is as it was, however broken. */
static void unmark_cached(struct arena_cache *c, void *p, void *arg)
{
	ac_pool_flip(c, p);
}

static int verify_stopped(void *arg)
{
	struct ac_verify *v = arg;
	struct arena_cache *c;
	unsigned long pools = 0;

	v->bad_arenas = ac_arena_verify();
	ac_arena_visit_still(check_pool, v);
	list_for_each_entry(c, &ac_caches, list) {
		pools += ac_pool_nr_pools(c);
		v->bad_pools += ac_pool_verify_sets(c);
		v->bad_magazines += ac_magazine_verify(c);
		ac_magazine_for_each(c, check_cached, v);
		ac_quarantine_for_each(c, check_quarantined, v);
		ac_magazine_for_each(c, unmark_cached, v);
		ac_quarantine_for_each(c, unmark_cached, v);
	}
	v->bad_pools += pools != v->pools + v->transit;
	return 0;
}

/**
 * ac_verify - check every invariant
 * @v: gets what was seen
 *
 * Context: process context; may sleep. Stops all CPUs.
 * Return: number of violations; 0 is how it should be.
 */
unsigned long ac_verify(struct ac_verify *v)
{
	memset(v, 0, sizeof(*v));
	stop_machine(verify_stopped, v, NULL);
	return v->bad_arenas + v->bad_pools + v->bad_magazines + v->bad_blocks +
	       v->bad_bytes;
}
EXPORT_SYMBOL_IF_KUNIT(ac_verify);
