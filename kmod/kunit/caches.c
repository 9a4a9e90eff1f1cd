// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: caches and blocks for tests
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../magazine.h"
#include "../debug/shadow.h"
#include "caches.h"

KUNIT_DEFINE_ACTION_WRAPPER(destroy_action, arena_cache_destroy,
			    struct arena_cache *);

static struct arena_cache *make(struct kunit *test, unsigned int size,
				unsigned int align, unsigned long flags,
				void (*ctor)(void *))
{
	struct arena_cache *c;

	c = arena_cache_create(test->name, size, align, flags, ctor);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_action, c),
			0);
	return c;
}

/* Its per-CPU part is there at once, for tests that look at unused magazines. */
struct arena_cache *ac_kunit_cache(struct kunit *test, unsigned int size,
				   unsigned int align, void (*ctor)(void *))
{
	struct arena_cache *c = make(test, size, align, 0, ctor);

	KUNIT_ASSERT_TRUE(test, ac_magazines_open(c, GFP_KERNEL));
	return c;
}

struct arena_cache *ac_kunit_debug_cache(struct kunit *test, unsigned int size,
					 unsigned int align,
					 void (*ctor)(void *))
{
	return make(test, size, align, ARENA_CACHE_DEBUG, ctor);
}

void ac_kunit_destroy(struct kunit *test, struct arena_cache *c)
{
	kunit_release_action(test, destroy_action, c);
}

struct arena_cache *ac_kunit_create(struct kunit *test, const char *name,
				    unsigned int size, unsigned long flags,
				    void (*ctor)(void *))
{
	struct arena_cache *c = arena_cache_create(name, size, 0, flags, ctor);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

void *ac_kunit_alloc(struct kunit *test, struct arena_cache *c)
{
	void *p = arena_cache_alloc(c, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	return p;
}

void ac_kunit_take_blocks(struct kunit *test, struct arena_cache *c,
			  unsigned int nr, void **blocks)
{
	unsigned int n, got;

	for (n = 0; n < nr; n += got) {
		got = ac_pool_take(c, numa_mem_id(), nr - n, blocks + n);
		if (!got)
			got = ac_pool_grow(c, GFP_KERNEL, numa_mem_id(),
					   nr - n, blocks + n);
		KUNIT_ASSERT_GT(test, got, 0);
	}
	/* KASAN learns of an allocation in the magazines, which these blocks passed by. */
	for (n = 0; n < nr; n++)
		ac_shadow_open(blocks[n], c->size);
}

void *ac_kunit_take_block(struct kunit *test, struct arena_cache *c)
{
	void *block = NULL;

	ac_kunit_take_blocks(test, c, 1, &block);
	return block;
}

/* Is there a cache of that name, defunct or not? */
bool ac_kunit_is_listed(const char *name)
{
	struct arena_cache *c;
	bool found = false;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		found |= !strcmp(c->name, name);
	mutex_unlock(&ac_caches_lock);
	return found;
}

/* The pool of @p, whose arena must be pinned. */
struct ac_pool *ac_kunit_pool_of(const void *p)
{
	return ac_arena_pool(ac_arena_map_find(p), ac_arena_slot(p));
}

int ac_kunit_node_of(const void *p)
{
	return page_to_nid(virt_to_page(p));
}

struct emptiest {
	int node;
	unsigned int nr_free;
	void *page;
};

static void note_free_page(struct ac_arena *arena, void *arg)
{
	unsigned int nr_free = hweight64(arena->free);
	struct emptiest *most = arg;

	if (arena->node != most->node || nr_free <= most->nr_free)
		return;
	most->nr_free = nr_free;
	most->page = ac_arena_pool_base(ac_arena_pool(arena,
						      __ffs64(arena->free)));
}

/*
 * The page of a free pool on the node of @p, from the emptiest arena there: kswapd may
 * take free pools of other arenas at any moment, but not the reserve's.
 */
void *ac_kunit_free_page(struct kunit *test, const void *p)
{
	struct emptiest most = { .node = ac_arena_of(p)->node };

	ac_arena_visit(note_free_page, &most);
	KUNIT_ASSERT_NOT_NULL(test, most.page);
	return most.page;
}

