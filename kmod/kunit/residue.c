// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what a new owner sees of the last one's data
 *
 * Under init_on_free nothing is left; under init_on_alloc a block is zero to its end. To
 * tell one from the other, tests of init_on_free take blocks straight from pools and
 * magazines, where no allocation has zeroed them.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "../alloc.h"
#include "../cache.h"
#include "../debug/shadow.h"
#include "famine.h"
#include "helper.h"

#define POOLS		8
#define PER_POOL	(AC_POOL_SIZE / ARENA_CACHE_MAX_BLOCK)
#define NR		(POOLS * PER_POOL)

static void need_init_on_free(struct kunit *test)
{
	if (!want_init_on_free())
		kunit_skip(test, "the kernel was booted without init_on_free=1");
}

static void need_init_on_alloc(struct kunit *test)
{
	if (!want_init_on_alloc(0))
		kunit_skip(test, "the kernel was booted without init_on_alloc=1");
}

static bool is_zero(const void *p, size_t size)
{
	return !memchr_inv(p, 0, size);
}

/* --- from one cache to another --- */

static void make_256(void *p)
{
	memset(p, 0xa5, 256);
}

static void make_24(void *p)
{
	memset(p, 0xa5, 24);
}

static const struct owner_case {
	const char *name;
	unsigned int size;
	unsigned long flags;
	void (*ctor)(void *p);
} owner_cases[] = {
	{ "plain", 256, 0, NULL },
	{ "constructor", 256, 0, make_256 },
	{ "bitmap of 8 bytes", 8, 0, NULL },
	{ "bitmap of 56 bytes", 56, 0, NULL },
	{ "bitmap and constructor", 24, 0, make_24 },
	{ "debug", 104, ARENA_CACHE_DEBUG, NULL },
	{ "debug and constructor", 256, ARENA_CACHE_DEBUG, make_256 },
	{ "debug and bitmap", 1, ARENA_CACHE_DEBUG, NULL },
};

KUNIT_ARRAY_PARAM_DESC(owner, owner_cases, name);

/* A cache, its blocks, and the pages of its POOLS pools. */
struct fixture {
	struct arena_cache *c;
	unsigned long page[POOLS];
	unsigned int nr;
	void **p;
};

static void note_page(struct kunit *test, struct fixture *f, const void *p)
{
	unsigned long page = (unsigned long)p & PAGE_MASK;
	unsigned int i;

	for (i = 0; i < POOLS && f->page[i]; i++)
		if (f->page[i] == page)
			return;
	KUNIT_ASSERT_LT(test, i, POOLS);
	f->page[i] = page;
}

/* Fills the blocks of a new cache with other bytes than zero, and frees them all. */
static struct fixture *leave(struct kunit *test, const struct owner_case *row)
{
	struct fixture *f = ac_kunit_zalloc(test, sizeof(*f));
	unsigned int i;

	ac_kunit_trim(test);
	f->c = ac_kunit_create(test, test->name, row->size, row->flags,
			       row->ctor);
	f->nr = POOLS * f->c->capacity;
	f->p = ac_kunit_zalloc(test, f->nr * sizeof(void *));
	for (i = 0; i < f->nr; i++) {
		f->p[i] = ac_kunit_alloc(test, f->c);
		note_page(test, f, f->p[i]);
		if (!row->ctor)
			memset(f->p[i], 0x5a, row->size);
	}
	KUNIT_ASSERT_NE(test, f->page[POOLS - 1], 0);
	for (i = 0; i < f->nr; i++)
		arena_cache_free(f->c, f->p[i]);
	return f;
}

/* Takes blocks of @c in the pages of @f; returns how many are not zero. */
static unsigned int old_blocks(struct kunit *test, struct fixture *f,
			       struct arena_cache *c)
{
	void **p = ac_kunit_zalloc(test, NR * sizeof(void *));
	unsigned int i, k, met = 0, old = 0;

	KUNIT_ASSERT_EQ(test, c->capacity, PER_POOL);
	ac_kunit_take_blocks(test, c, NR, p);
	for (i = 0; i < NR; i++) {
		for (k = 0; k < POOLS; k++)
			met += ((unsigned long)p[i] & PAGE_MASK) == f->page[k];
		old += !is_zero(p[i], ARENA_CACHE_MAX_BLOCK);
	}
	ac_pool_put(c, NR, p);
	/* All blocks were in pages of @f. */
	KUNIT_EXPECT_EQ(test, met, NR);
	return old;
}

static void expect_nothing_old(struct kunit *test, struct fixture *f)
{
	struct arena_cache *c;

	c = ac_kunit_cache(test, ARENA_CACHE_MAX_BLOCK, 0, NULL);
	KUNIT_EXPECT_EQ(test, old_blocks(test, f, c), 0);
	ac_kunit_assert_clean(test);
}

static void a_destroyed_cache_leaves_nothing(struct kunit *test)
{
	struct fixture *f;

	need_init_on_free(test);
	f = leave(test, test->param_value);
	arena_cache_destroy(f->c);
	expect_nothing_old(test, f);
}

static void a_flushed_cache_leaves_nothing(struct kunit *test)
{
	struct fixture *f;

	need_init_on_free(test);
	f = leave(test, test->param_value);
	ac_cache_flush(f->c);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
	expect_nothing_old(test, f);
	arena_cache_destroy(f->c);
}

/* User space sees all of a page, so every byte is zero, however the kernel was booted. */
static void shared_pages_are_always_clean(struct kunit *test)
{
	struct fixture *f = leave(test, test->param_value);
	struct arena_cache *c;

	c = ac_kunit_create(test, test->name, ARENA_CACHE_MAX_BLOCK,
			    ARENA_CACHE_SHARED, NULL);
	arena_cache_destroy(f->c);
	KUNIT_EXPECT_EQ(test, old_blocks(test, f, c), 0);
	ac_kunit_assert_clean(test);
	arena_cache_destroy(c);
}

/* Gets the pages back from the page allocator. */
static void expect_clean_pages(struct kunit *test, struct fixture *f)
{
	struct page **pages = ac_kunit_zalloc(test, NR * sizeof(void *));
	unsigned int i, k, met = 0;
	void *p;

	for (i = 0; i < NR; i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		if (!pages[i])
			continue;
		p = page_address(pages[i]);
		for (k = 0; k < POOLS; k++)
			met += (unsigned long)p == f->page[k];
		KUNIT_EXPECT_TRUE(test, is_zero(p, PAGE_SIZE));
	}
	for (i = 0; i < NR; i++)
		if (pages[i])
			__free_page(pages[i]);
	if (!met)
		kunit_skip(test, "the page allocator gave others");
}

/* One block pins the arena, so that its other pages go in runs and one by one. */
static void pages_that_go_leave_nothing(struct kunit *test)
{
	struct fixture *f;
	struct arena_cache *c;
	void *keep;

	need_init_on_free(test);
	c = ac_kunit_cache(test, ARENA_CACHE_MAX_BLOCK, 0, NULL);
	f = leave(test, test->param_value);
	keep = ac_kunit_take_block(test, c);
	arena_cache_destroy(f->c);
	ac_arena_trim();
	ac_pool_put(c, 1, &keep);
	expect_clean_pages(test, f);
}

/* Empty pages of a shared cache go at once, without a trim. */
static void shared_pages_leave_nothing(struct kunit *test)
{
	static const struct owner_case row = {
		.size = 64, .flags = ARENA_CACHE_SHARED, .ctor = make_24,
	};
	struct fixture *f;

	need_init_on_free(test);
	f = leave(test, &row);
	arena_cache_destroy(f->c);
	expect_clean_pages(test, f);
}

/* --- from a cache to itself, and by size --- */

/* The next block of this CPU's magazines must be @p, and zero. */
static void expect_wiped(struct kunit *test, struct arena_cache *c,
			 const void *p)
{
	void *block = NULL;

	KUNIT_ASSERT_EQ(test, ac_magazine_take(c, 0, 1, &block), 1);
	ac_shadow_open(block, c->block_size);
	KUNIT_EXPECT_PTR_EQ(test, block, (void *)p);
	KUNIT_EXPECT_TRUE_MSG(test, is_zero(block, c->size), "%u bytes",
			      c->size);
	arena_cache_free(c, block);
}

static void freed_blocks_are_wiped(struct kunit *test)
{
	unsigned int size;
	void *p;

	need_init_on_free(test);
	for (size = 8; size <= ARENA_CACHE_MAX_BLOCK; size += 8) {
		p = arena_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0x5a, size);
		arena_free(p);
		expect_wiped(test, arena_cache_classes[ac_class_for(size)], p);
	}
}

static void blocks_freed_in_bulk_are_wiped(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 112, 0, NULL);
	void **p = ac_kunit_zalloc(test, 500 * sizeof(void *));
	unsigned int i;

	need_init_on_free(test);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 500, p), 500);
	for (i = 0; i < 500; i++)
		memset(p[i], 0x5a, 112);
	arena_cache_free_bulk(c, 500, p);
	ac_kunit_take_blocks(test, c, 500, p);
	for (i = 0; i < 500; i++)
		KUNIT_EXPECT_TRUE(test, is_zero(p[i], 112));
	ac_pool_put(c, 500, p);
}

static void moving_leaves_nothing(struct kunit *test)
{
	static const unsigned int to[] = { 500, 24, 2000 };
	struct arena_cache *c = arena_cache_classes[ac_class_for(200)];
	unsigned int i;
	void *p, *q;

	need_init_on_free(test);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		p = arena_alloc(200, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, 0x5a, 200);
		q = arena_realloc(p, to[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, q);
		KUNIT_ASSERT_PTR_NE(test, q, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(q, 0x5a, min(to[i], 200U)));
		if (to[i] > 200 && want_init_on_alloc(0))
			KUNIT_EXPECT_TRUE(test, is_zero(q + 200, to[i] - 200));
		expect_wiped(test, c, p);
		arena_free(q);
	}
}

/* As in SLUB, neither a free nor an allocation undoes what the constructor did. */
static void constructed_blocks_stay_so(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 256, 0, make_256);
	unsigned int i;
	void *p;

	for (i = 0; i < 3; i++) {
		p = arena_cache_alloc(c, GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xa5, 256));
		arena_cache_free(c, p);
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 1,
							     &p), 1);
		KUNIT_EXPECT_NULL(test, memchr_inv(p, 0xa5, 256));
		arena_cache_free_bulk(c, 1, &p);
	}
}

/* --- init_on_alloc --- */

enum way { SINGLE, NODE, BULK, NR_WAYS };

static void alloc_many(struct kunit *test, struct arena_cache *c, enum way way,
		       void **p)
{
	unsigned int i;

	if (way == BULK) {
		KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, NR,
							     p), NR);
		return;
	}
	for (i = 0; i < NR; i++) {
		p[i] = way == SINGLE ? arena_cache_alloc(c, GFP_KERNEL) :
				       arena_cache_alloc_node(c, GFP_KERNEL,
							      numa_mem_id());
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
	}
}

static void expect_zeroed(struct kunit *test, struct arena_cache *c, void **p)
{
	unsigned int way, i;

	for (way = SINGLE; way < 2 * NR_WAYS; way++) {
		alloc_many(test, c, way % NR_WAYS, p);
		for (i = 0; i < NR; i++) {
			KUNIT_EXPECT_TRUE_MSG(test, is_zero(p[i], c->size),
					      "%u bytes, way %u", c->size,
					      way % NR_WAYS);
			memset(p[i], 0x5a, c->size);
		}
		arena_cache_free_bulk(c, NR, p);
		/* The first rounds take from pools, the others from magazines. */
		if (way < NR_WAYS)
			ac_cache_flush(c);
	}
}

/* Not those of debug caches: they are poisoned instead, as in SLUB. */
static void new_blocks_are_zero_to_their_end(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 8, 13, 64, 320, 512, 513, 3000 };
	void **p = ac_kunit_zalloc(test, NR * sizeof(void *));
	unsigned int i;

	need_init_on_alloc(test);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_zeroed(test, ac_kunit_cache(test, sizes[i], 0, NULL), p);
}

static void raw_blocks_are_zero_to_their_end(struct kunit *test)
{
	void **p = ac_kunit_zalloc(test, NR * sizeof(void *));
	struct arena_cache *c = ac_kunit_cache(test, 200, 0, NULL);

	need_init_on_alloc(test);
	ac_kunit_famine_start(test);
	expect_zeroed(test, c, p);
	ac_kunit_famine_end(test);
	KUNIT_EXPECT_TRUE(test, c->has_raw);
}

/* All that the caller may write is zero, not only what was asked for. */
static void memory_by_size_is_zero_to_its_end(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_ATOMIC, GFP_KERNEL_ACCOUNT };
	unsigned int size, i;
	size_t room;
	void *p;

	need_init_on_alloc(test);
	for (size = 1; size < 1200; size += 7) {
		for (i = 0; i < 2 * ARRAY_SIZE(gfps); i++) {
			p = arena_alloc(size, gfps[i / 2]);
			KUNIT_ASSERT_NOT_NULL(test, p);
			room = arena_usable_size(p);
			KUNIT_EXPECT_GE(test, room, size);
			/* FORTIFY_SOURCE knows @size, and would object to @room. */
			OPTIMIZER_HIDE_VAR(p);
			KUNIT_EXPECT_TRUE_MSG(test, is_zero(p, room), "%u of %zu",
					      size, room);
			memset(p, 0x5a, room);
			arena_free(p);
		}
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_destroyed_cache_leaves_nothing, owner_gen_params),
	KUNIT_CASE_PARAM(a_flushed_cache_leaves_nothing, owner_gen_params),
	KUNIT_CASE_PARAM(shared_pages_are_always_clean, owner_gen_params),
	KUNIT_CASE_PARAM(pages_that_go_leave_nothing, owner_gen_params),
	KUNIT_CASE(shared_pages_leave_nothing),
	KUNIT_CASE(freed_blocks_are_wiped),
	KUNIT_CASE(blocks_freed_in_bulk_are_wiped),
	KUNIT_CASE(moving_leaves_nothing),
	KUNIT_CASE(constructed_blocks_stay_so),
	KUNIT_CASE(new_blocks_are_zero_to_their_end),
	KUNIT_CASE(raw_blocks_are_zero_to_their_end),
	KUNIT_CASE(memory_by_size_is_zero_to_its_end),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_residue",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
