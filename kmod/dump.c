// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what is known of a pointer
 */
#include <linux/arena_cache.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include "debug/debug.h"
#include "pool.h"

static const char *state_of(const struct arena_cache *c, const void *block)
{
	if (c->debug)
		return "as follows";
	return ac_pool_check(c, block) == AC_BAD_DOUBLE ? "free" : "live or cached";
}

/* @p lies in a pool of @c. */
static void dump_in_pool(const struct arena_cache *c, const void *p)
{
	unsigned int i = ac_class_index(c, p);
	void *block = (void *)p - offset_in_page(p) + i * c->block_size;
	const struct ac_arena *arena = ac_arena_of(p);

	if (!arena)
		return;
	if (i >= c->capacity) {
		pr_info("%p is in arena %llu, pool %u, of cache %s, size %u, behind its last block\n",
			p, arena->id, ac_arena_slot(p), c->name, c->size);
		return;
	}
	pr_info("%p is in arena %llu, pool %u, of cache %s, size %u: byte %ld of block %u, which is %s\n",
		p, arena->id, ac_arena_slot(p), c->name, c->size,
		(long)(p - block) - c->offset, i, state_of(c, block));
	if (c->debug)
		ac_debug_describe(c, block);
}

void arena_dump_obj(const void *p)
{
	struct arena_cache *c;
	bool found;

	rcu_read_lock();
	found = ac_owner_find(p, &c);
	if (found && c)
		dump_in_pool(c, p);
	else if (found)
		pr_info("%p is in a pool that no cache has\n", p);
	rcu_read_unlock();
	if (!found)
		mem_dump_obj((void *)p);
}
EXPORT_SYMBOL_GPL(arena_dump_obj);
