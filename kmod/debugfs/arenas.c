// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file arenas: one line for each arena, with a map of its pools
 */
#include <linux/math.h>
#include <linux/minmax.h>

#include "files.h"
#include "../pool.h"
#include "../stats.h"

struct arena_view {
	u64 id;
	int node;
	unsigned int full;
	unsigned int partial;
	unsigned int free;
	unsigned int gone;
	char map[AC_POOLS + 1];
};

/* '.' free, '_' gone, '#' full, '1' to '9' tenths, rounded up, in use. */
static char view_pool(struct arena_view *view, const struct ac_arena *arena,
		      unsigned int slot)
{
	const struct ac_pool *pool = ac_arena_pool(arena, slot);
	const struct arena_cache *c;
	unsigned int used;

	if (arena->gone & BIT_ULL(slot)) {
		view->gone++;
		return '_';
	}
	c = ac_owner_of_pool(pool);
	if (arena->free & BIT_ULL(slot) || !c) {
		view->free++;
		return '.';
	}
	used = c->capacity - min_t(unsigned int, ac_peek(pool->nr_free),
				   c->capacity);
	if (used == c->capacity) {
		view->full++;
		return '#';
	}
	view->partial++;
	return '0' + clamp(DIV_ROUND_UP(used * 10, c->capacity), 1U, 9U);
}

static void view_arena(struct ac_arena *arena, void *arg)
{
	struct arena_view *view = arg;
	unsigned int slot;

	*view = (struct arena_view){ .id = arena->id, .node = arena->node };
	for (slot = 0; slot < AC_POOLS; slot++)
		view->map[slot] = view_pool(view, arena, slot);
}

static bool read_arena(void *view, unsigned long *at)
{
	return ac_arena_visit_next(at, view_arena, view);
}

static void show_arena(struct seq_file *m, const void *figures)
{
	const struct arena_view *view = figures;

	if (view)
		seq_printf(m, "%7llu %4d %4u %4u %5u %4u %s\n", view->id,
			   view->node, view->full, view->partial, view->free,
			   view->gone, view->map);
	else
		seq_puts(m, "# arena node full part  free gone map\n");
}

/* In the order of their addresses. */
const struct ac_walk ac_walk_arenas = {
	.size = sizeof(struct arena_view),
	.read = read_arena,
	.show = show_arena,
};
