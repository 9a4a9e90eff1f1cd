// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - blocks that live when their cache is destroyed
 */
#include <linux/nodemask.h>
#include <linux/printk.h>

#include "debug/debug.h"
#include "kunit_export.h"
#include "leak.h"
#include "pool.h"
#include "stats.h"

/* Blocks that are named. */
#define AC_LEAKS_SHOWN	8

/* Blocks that lived when they were found. */
struct leaks {
	struct arena_cache *cache;
	unsigned int nr;
	void *block[AC_LEAKS_SHOWN];
};

/* Every block of a full pool is taken. */
static void note_full(struct ac_arena *arena, void *arg)
{
	u64 used = ~(arena->free | arena->gone);
	struct leaks *leaks = arg;
	struct arena_cache *c = leaks->cache;
	struct ac_pool *pool;
	unsigned int i;

	for (; used && leaks->nr < AC_LEAKS_SHOWN; used &= used - 1) {
		pool = ac_arena_pool(arena, __ffs64(used));
		if (!ac_owner_is(c, pool) || ac_peek(pool->nr_free))
			continue;
		for (i = 0; i < c->capacity && leaks->nr < AC_LEAKS_SHOWN; i++)
			leaks->block[leaks->nr++] =
				ac_arena_pool_base(pool) + i * c->block_size;
	}
}

/*
 * A cache has lists of its partial pools, but none of full ones: those are looked for in
 * all arenas, one at a time, if partial pools do not have enough.
 */
static void find_leaks(struct leaks *leaks)
{
	struct arena_cache *c = leaks->cache;
	unsigned long at = 0;
	int node;

	for_each_node(node)
		leaks->nr += ac_pool_find_taken(c, node,
						AC_LEAKS_SHOWN - leaks->nr,
						leaks->block + leaks->nr);
	while (leaks->nr < min_t(unsigned long, ac_pool_nr_taken(c),
				 AC_LEAKS_SHOWN) &&
	       ac_arena_visit_next(&at, note_full, leaks))
		ac_arena_pause();
}

/* Does its page lack references of ours? Other blocks there may live, too. */
static void note_puts(struct arena_cache *c, const struct ac_arena *arena,
		      void *block)
{
	const struct ac_pool *pool = ac_arena_pool_at(arena, block);

	if (ac_pages_puts(pool))
		ac_report_puts(c, block + c->offset,
			       c->capacity - ac_peek(pool->nr_free) == 1);
}

/* Names one block. Not static, so that tests can replace it. */
void ac_leak_name(struct arena_cache *c, void *block)
{
	const struct ac_arena *arena;

	KUNIT_STATIC_STUB_REDIRECT(ac_leak_name, c, block);
	/* It may have been freed meanwhile, and its arena may have gone. */
	rcu_read_lock();
	arena = ac_arena_of(block);
	if (arena) {
		pr_err("  live block %p: arena %llu, pool %u, block %u\n",
		       block + c->offset, arena->id, ac_arena_slot(block),
		       ac_class_index(c, block));
		note_puts(c, arena, block);
	}
	rcu_read_unlock();
	if (c->debug && ac_pool_check(c, block) == AC_GOOD)
		ac_debug_describe(c, block);
}
EXPORT_SYMBOL_IF_KUNIT(ac_leak_name);

/**
 * ac_leak_report - report that blocks live
 * @c: their cache
 * @live: how many
 *
 * Context: process context; may sleep; no spinlock held.
 */
void ac_leak_report(struct arena_cache *c, long live)
{
	struct leaks leaks = { .cache = c };
	unsigned int i;

	pr_err("cache %s destroyed with %ld live blocks, which stay valid:\n",
	       c->name, live);
	if (!c->large)
		find_leaks(&leaks);
	for (i = 0; i < leaks.nr; i++)
		ac_leak_name(c, leaks.block[i]);
	if (live > leaks.nr)
		pr_err("  and %ld more\n", live - leaks.nr);
}
