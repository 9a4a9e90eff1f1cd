// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: size classes
 */
#include <linux/log2.h>

#include "../magazine.h"
#include "helper.h"

static void every_size_has_the_smallest_class(struct kunit *test)
{
	unsigned int size, class, cases = 0;

	for (size = 1; size <= ARENA_CACHE_MAX_BLOCK; size++, cases++) {
		class = ac_class_of(size);
		KUNIT_ASSERT_LT(test, class, ARENA_CACHE_CLASSES);
		KUNIT_ASSERT_GE(test, ac_class_size(class), size);
		KUNIT_ASSERT_LT(test, ac_class_size(class), size + 8);
	}
	KUNIT_EXPECT_EQ(test, cases, 512);
	KUNIT_EXPECT_EQ(test, ac_class_size(63), 512);
}

/* Compared with a division, for every offset in a pool and every block size. */
static void reciprocal_is_exact(struct kunit *test)
{
	unsigned long offset, cases = 0;
	struct arena_cache c = {};
	unsigned int size;

	for (size = 8; size <= 512; size += 8) {
		c.reciprocal = ac_class_reciprocal(size);
		for (offset = 0; offset < 4096; offset++, cases++)
			KUNIT_ASSERT_EQ_MSG(test,
					    ac_class_index(&c, (void *)offset),
					    offset / size,
					    "offset %lu of size %u", offset,
					    size);
	}
	KUNIT_EXPECT_EQ(test, cases, 64 * 4096);
}

static const struct capacity_case {
	unsigned int size;
	unsigned int blocks;
	const char *name;
} capacity_cases[] = {
	{ 8, 504, "8: a bitmap of 64 bytes" },
	{ 16, 254, "16" },
	{ 24, 169, "24" },
	{ 32, 127, "32" },
	{ 40, 102, "40: the bitmap fits the tail" },
	{ 48, 85, "48" },
	{ 56, 72, "56: the last with a bitmap in the pool" },
	{ 64, 64, "64: bitmap in the descriptor" },
	{ 128, 32, "128" },
	{ 256, 16, "256" },
	{ 320, 12, "320" },
	{ 456, 8, "456" },
	{ 496, 8, "496" },
	{ 504, 8, "504" },
	{ 512, 8, "512" },
};

KUNIT_ARRAY_PARAM_DESC(capacity, capacity_cases, name);

static void capacity(struct kunit *test)
{
	const struct capacity_case *row = test->param_value;
	struct arena_cache *c = arena_cache_classes[ac_class_of(row->size)];

	KUNIT_EXPECT_EQ(test, c->size, row->size);
	KUNIT_EXPECT_EQ(test, c->block_size, row->size);
	KUNIT_EXPECT_EQ(test, c->capacity, row->blocks);
}

/* Every class wastes less than a block, and its bitmap lies in no block. */
static void geometry_of_all_classes(struct kunit *test)
{
	unsigned int i, tail, end;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++) {
		struct arena_cache *c = arena_cache_classes[i];

		end = c->map_offset ?: 4096;
		tail = end - c->capacity * c->block_size;
		KUNIT_EXPECT_EQ(test, c->block_size, (i + 1) * 8);
		KUNIT_EXPECT_EQ(test, !!c->map_offset, c->block_size < 64);
		KUNIT_EXPECT_GE(test, (4096 - end) * 8 + (c->map_offset ? 0 : 64),
				DIV_ROUND_UP(4096, c->block_size));
		KUNIT_EXPECT_LT(test, tail, c->block_size);
		KUNIT_EXPECT_TRUE(test, c->by_size);
		KUNIT_EXPECT_NULL(test, c->large);
	}
}

static void caching_is_bounded(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++) {
		struct arena_cache *c = arena_cache_classes[i];

		KUNIT_EXPECT_GE(test, c->rounds, 1);
		KUNIT_EXPECT_LE(test, c->rounds, AC_ROUNDS_MAX);
		KUNIT_EXPECT_LE(test, c->rounds * c->block_size,
				AC_MAGAZINE_BYTES);
		KUNIT_EXPECT_GE(test, c->depot_max, 1);
		KUNIT_EXPECT_LE(test, c->depot_max * c->rounds * c->block_size,
				AC_DEPOT_BEGIN * AC_MAGAZINE_BYTES);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_size_has_the_smallest_class),
	KUNIT_CASE(reciprocal_is_exact),
	KUNIT_CASE_PARAM(capacity, capacity_gen_params),
	KUNIT_CASE(geometry_of_all_classes),
	KUNIT_CASE(caching_is_bounded),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_size_class",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
