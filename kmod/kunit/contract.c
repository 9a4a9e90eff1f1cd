// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: what callers may rely on: room, alignment, marks
 *
 * The suite arena_cache_debug_contract has the same cases for size classes that look for
 * bugs: it needs debug= when the module is loaded.
 */
#include <linux/compiler_attributes.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "../alloc.h"
#include "../cache.h"
#include "../debug/debug.h"
#include "caches.h"
#include "famine.h"
#include "helper.h"

/* --- arena_usable_size() --- */

static bool is_watched(const void *p)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC) ||
	       (ac_arena_owns(p) && arena_cache_classes[0]->debug);
}

/* KASAN or a debug cache would report a byte that is not the caller's. */
static void all_that_is_usable_may_be_written(struct kunit *test)
{
	unsigned int size, cases = 0;
	size_t room;
	u8 *p;

	for (size = 1; size <= 1100; size++, cases++) {
		p = arena_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		room = arena_usable_size(p);
		OPTIMIZER_HIDE_VAR(p);
		memset(p, 0xa5, room);
		KUNIT_EXPECT_EQ(test, arena_usable_size(p), room);
		KUNIT_EXPECT_EQ_MSG(test, room, is_watched(p) ? size :
					  ac_alloc_room(p), "size %u", size);
		arena_free(p);
	}
	KUNIT_EXPECT_EQ(test, cases, 1100);
	ac_kunit_assert_clean(test);
}

static void usable_follows_realloc(struct kunit *test)
{
	static const unsigned int sizes[] = { 61, 64, 60, 40, 64, 700, 1000,
					      900, 70, 72, 5, 8, 1 };
	unsigned int i;
	size_t room;
	u8 *p = NULL;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = arena_realloc(p, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		room = arena_usable_size(p);
		KUNIT_EXPECT_EQ(test, room, is_watched(p) ? sizes[i] :
				      ac_alloc_room(p));
		OPTIMIZER_HIDE_VAR(p);
		memset(p, 0xa5, room);
	}
	arena_free(p);
	ac_kunit_assert_clean(test);
}

/* --- arena_realloc() --- */

static void realloc_gives_room_back(struct kunit *test)
{
	static const unsigned int peaks[] = { 48, 64, 200, 512, 600, 2000, 100000 };
	unsigned int i;
	u8 *p;

	for (i = 0; i < ARRAY_SIZE(peaks); i++) {
		p = arena_alloc(24, GFP_KERNEL);
		p = arena_realloc(p, peaks[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		memset(p, i + 1, peaks[i]);
		p = arena_realloc(p, 24, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ_MSG(test, ac_alloc_room(p), 24, "from %u",
				    peaks[i]);
		KUNIT_EXPECT_TRUE(test, ac_arena_owns(p));
		KUNIT_EXPECT_NULL(test, memchr_inv(p, i + 1, 24));
		arena_free(p);
	}
	p = arena_alloc(100000, GFP_KERNEL);
	p = arena_realloc(p, 600, GFP_KERNEL);
	KUNIT_EXPECT_LE(test, ac_alloc_room(p), 1024);
	arena_free(p);
}

/* A block moves if it is too small, or at least twice as large as needed. */
static void realloc_copies_no_more_than_it_must(struct kunit *test)
{
	unsigned int from, to, room, need;
	void *p, *q;

	for (from = 1; from <= ARENA_CACHE_MAX_BLOCK; from += 3) {
		room = ac_class_size(ac_class_for(from));
		for (to = 1; to <= ARENA_CACHE_MAX_BLOCK; to += 5) {
			need = ac_class_size(ac_class_for(to));
			p = arena_alloc(from, GFP_KERNEL);
			q = arena_realloc(p, to, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, q);
			KUNIT_EXPECT_EQ_MSG(test, p == q, need <= room &&
					    2 * need > room, "%u to %u", from,
					    to);
			KUNIT_EXPECT_LE(test, need, ac_alloc_room(q));
			arena_free(q);
		}
	}
	ac_kunit_assert_clean(test);
}

/* Blocks that move and blocks that stay, of classes and of kmalloc(). */
static void realloc_keeps_zeros(struct kunit *test)
{
	static const unsigned int sizes[] = { 500, 300, 512, 130, 256, 3, 8, 1000,
					      600, 1024, 700, 520, 3000, 20, 24 };
	const gfp_t gfp = GFP_KERNEL | __GFP_ZERO;
	unsigned int i, had = 0;
	u8 *p = NULL;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		p = arena_realloc(p, sizes[i], gfp);
		KUNIT_ASSERT_NOT_NULL(test, p);
		if (sizes[i] > had)
			KUNIT_EXPECT_NULL_MSG(test, memchr_inv(p + had, 0,
							       sizes[i] - had),
					      "%u to %u", had, sizes[i]);
		had = sizes[i];
		KUNIT_EXPECT_NULL(test, memchr_inv(p, i ? 0xff : 0,
						   min(had, i ? sizes[i - 1] :
							    had)));
		memset(p, 0xff, had);
	}
	arena_free(p);
	ac_kunit_assert_clean(test);
}

/* --- alignment --- */

static void expect_aligned(struct kunit *test, const void *p, size_t size,
			   const char *what)
{
	size_t align = min_t(size_t, size & -size, PAGE_SIZE);

	KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED((unsigned long)p, align),
			      "%s: size %zu at %lu of its page", what, size,
			      offset_in_page(p));
}

static void blocks_by_size_are_aligned(struct kunit *test)
{
	const unsigned int nr = 8;
	size_t size, rounded;
	unsigned int i;
	void *p[8];

	for (size = 1; size <= 16384; size += size < 1024 ? 1 : 128) {
		rounded = ALIGN(size, 8);
		for (i = 0; i < nr; i++) {
			p[i] = arena_alloc(size, i % 4 ? GFP_KERNEL :
							 GFP_KERNEL_ACCOUNT);
			KUNIT_ASSERT_NOT_NULL(test, p[i]);
			expect_aligned(test, p[i], rounded,
				       i % 4 ? "plain" : "accounted");
		}
		for (i = 0; i < nr; i++)
			arena_free(p[i]);
	}
}

static void blocks_without_arenas_are_aligned(struct kunit *test)
{
	void **p = ac_kunit_zalloc(test, 65 * sizeof(*p));
	unsigned int i;

	ac_kunit_famine_start(test);
	for (i = 1; i <= 64; i++) {
		p[i] = arena_alloc(i * 8, AC_KUNIT_FAMINE_GFP);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_FALSE(test, ac_arena_owns(p[i]));
		expect_aligned(test, p[i], i * 8, "raw");
	}
	for (i = 1; i <= 64; i++)
		arena_free(p[i]);
	ac_kunit_famine_end(test);
}

static const struct align_case {
	unsigned int size;
	unsigned int align;
} align_cases[] = {
	{ 8, 0 }, { 24, 0 }, { 48, 0 }, { 80, 0 }, { 96, 0 }, { 100, 32 },
	{ 144, 0 }, { 160, 0 }, { 192, 0 }, { 192, 16 }, { 224, 0 }, { 320, 0 },
	{ 384, 0 }, { 448, 0 }, { 500, 4 }, { 512, 0 }, { 520, 0 }, { 640, 0 },
	{ 768, 0 }, { 768, 32 }, { 1000, 64 }, { 1536, 0 }, { 2048, 0 },
	{ 3072, 0 }, { 12288, 0 }, { 8192, 0 },
};

static void expect_cache_aligned(struct kunit *test,
				 const struct align_case *row,
				 unsigned long flags)
{
	size_t size = ALIGN(row->size, max(row->align, 1U));
	struct arena_cache *c;
	unsigned int i;
	void *p[10];

	c = arena_cache_create(test->name, row->size, row->align, flags, NULL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = arena_cache_alloc(c, GFP_KERNEL);
		expect_aligned(test, p[i], size, flags ? "debug" : "plain");
	}
	arena_cache_free_bulk(c, ARRAY_SIZE(p), p);
	arena_cache_destroy(c);
}

static void blocks_of_caches_are_aligned(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(align_cases); i++) {
		expect_cache_aligned(test, &align_cases[i], 0);
		expect_cache_aligned(test, &align_cases[i], ARENA_CACHE_DEBUG);
	}
}

/* --- what the compiler is told --- */

#if __has_builtin(__builtin_dynamic_object_size)
#define known_size(p)	__builtin_dynamic_object_size(p, 1)
#else
#define known_size(p)	__builtin_object_size(p, 1)
#endif

/* What FORTIFY_SOURCE goes by. */
static void compilers_see_sizes(struct kunit *test)
{
	void *array = arena_calloc(3, 8, GFP_KERNEL);
	void *large = arena_alloc(1000, GFP_KERNEL);
	void *zeroed = arena_zalloc(1000, GFP_KERNEL);
	void *resized = arena_realloc(NULL, 24, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, known_size(array), 24);
	KUNIT_EXPECT_EQ(test, known_size(large), 1000);
	KUNIT_EXPECT_EQ(test, known_size(zeroed), 1000);
	KUNIT_EXPECT_EQ(test, known_size(resized), 24);
	arena_free(array);
	arena_free(large);
	arena_free(zeroed);
	arena_free(resized);
}

/* A block that the inline path took from a magazine is any word in memory to gcc. */
static void compilers_see_no_wrong_sizes(struct kunit *test)
{
	void *small = arena_alloc(20, GFP_KERNEL);
	void *block = arena_cache_alloc(arena_cache_classes[2], GFP_KERNEL);
	size_t size = known_size(small);

	if (ARENA_CACHE_WATCHED || size != SIZE_MAX)
		KUNIT_EXPECT_EQ(test, size, 20);
	KUNIT_EXPECT_EQ(test, known_size(block), SIZE_MAX);
	arena_free(small);
	arena_cache_free(arena_cache_classes[2], block);
}

/* Hardened usercopy must let all of a block pass: it would end this task otherwise. */
static void users_may_have_all_of_a_block(struct kunit *test)
{
	static const unsigned int sizes[] = { 24, 512, 513, 1000, 5000 };
	struct arena_cache *c;
	unsigned int i;
	size_t n;
	void *p;

	if (!IS_ENABLED(CONFIG_HARDENED_USERCOPY))
		kunit_skip(test, "no hardened usercopy in this kernel");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		c = ac_kunit_cache(test, sizes[i], 0, NULL);
		p = ac_kunit_alloc(test, c);
		n = sizes[i];
		OPTIMIZER_HIDE_VAR(n);
		check_object_size(p, n, true);
		check_object_size(p, n, false);
		arena_cache_free(c, p);
	}
}

/* --- scopes --- */

static struct arena_cache *make_and_leave(unsigned int size, bool keep)
{
	struct arena_cache *c __free(arena_cache_destroy) =
		arena_cache_create("contract", size, 0, 0, NULL);
	char *name __free(arena_free) = arena_alloc(size, GFP_KERNEL);

	if (!c || !name || !keep)
		return NULL;
	return_ptr(c);
}

static void scopes_free(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 64, 512, 4000 };
	struct arena_cache *c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_NULL(test, make_and_leave(sizes[i], false));
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("contract"));
		c = make_and_leave(sizes[i], true);
		KUNIT_ASSERT_NOT_NULL(test, c);
		KUNIT_EXPECT_EQ(test, arena_cache_size(c), sizes[i]);
		arena_cache_destroy(c);
		KUNIT_EXPECT_FALSE(test, ac_kunit_is_listed("contract"));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(scopes_free),
	KUNIT_CASE(blocks_of_caches_are_aligned),
	KUNIT_CASE(compilers_see_sizes),
	KUNIT_CASE(compilers_see_no_wrong_sizes),
	KUNIT_CASE(users_may_have_all_of_a_block),
	KUNIT_CASE(all_that_is_usable_may_be_written),
	KUNIT_CASE(usable_follows_realloc),
	KUNIT_CASE(realloc_gives_room_back),
	KUNIT_CASE(realloc_copies_no_more_than_it_must),
	KUNIT_CASE(realloc_keeps_zeros),
	KUNIT_CASE(blocks_by_size_are_aligned),
	KUNIT_CASE(blocks_without_arenas_are_aligned),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_contract",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

static int need_debug_classes(struct kunit *test)
{
	if (!arena_cache_classes[0]->debug)
		kunit_skip(test, "arena_cache was loaded without debug=");
	return ac_kunit_start(test);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(all_that_is_usable_may_be_written),
	KUNIT_CASE(usable_follows_realloc),
	KUNIT_CASE(realloc_gives_room_back),
	KUNIT_CASE(realloc_copies_no_more_than_it_must),
	KUNIT_CASE(realloc_keeps_zeros),
	KUNIT_CASE(blocks_by_size_are_aligned),
	KUNIT_CASE(blocks_without_arenas_are_aligned),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "arena_cache_debug_contract",
	.suite_init = ac_kunit_suite_init,
	.init = need_debug_classes,
	.test_cases = debug_cases,
};

kunit_test_suites(&suite, &debug_suite);
