// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: blocks where devices are not coherent
 *
 * None of the machines that run the tests is one: the rule is tested with the constants
 * of kernels for such machines.
 */
#include <linux/log2.h>

#include "../size_class.h"
#include "helper.h"

static const struct arch_case {
	const char *name;
	size_t min;
	size_t dma;
} arch_cases[] = {
	{ "coherent", 8, 8 },
	{ "16 (loongarch)", 16, 16 },
	{ "64", 64, 64 },
	{ "128", 128, 128 },
	{ "8, DMA 64 (riscv)", 8, 64 },
	{ "8, DMA 128 (arm64)", 8, 128 },
	{ "16, DMA 128 (parisc)", 16, 128 },
};

KUNIT_ARRAY_PARAM_DESC(arch, arch_cases, name);

/* The object that kmalloc() has for @size where its smallest is of @min bytes. */
static size_t kmalloc_size(size_t size, size_t min)
{
	static const size_t sizes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (sizes[i] < min || (sizes[i] == 96 && min > 32) ||
		    (sizes[i] == 192 && min > 64))
			continue;
		if (sizes[i] >= size)
			return sizes[i];
	}
	return 0;
}

/* dma_kmalloc_size_aligned() for lines of @line bytes. */
static bool is_taken_for_aligned(size_t size, const struct arch_case *arch,
				 size_t line)
{
	return size >= 2 * arch->dma ||
	       IS_ALIGNED(kmalloc_size(size, arch->min), line);
}

static void lines_are_kept_apart(struct kunit *test)
{
	const struct arch_case *arch = test->param_value;
	unsigned int cases = 0;
	size_t size, line, room;

	for (size = 1; size <= ARENA_CACHE_MAX_BLOCK; size++) {
		room = __arena_cache_room(size, arch->min, arch->dma);
		for (line = 1; line <= arch->dma; line *= 2) {
			if (!is_taken_for_aligned(size, arch, line))
				continue;
			cases++;
			KUNIT_EXPECT_TRUE_MSG(test, IS_ALIGNED(room, line),
					      "size %zu, block %zu, line %zu",
					      size, room, line);
		}
	}
	KUNIT_EXPECT_GE(test, cases, 512);
}

/* A block is never larger than kmalloc()'s object. */
static void blocks_are_small(struct kunit *test)
{
	const struct arch_case *arch = test->param_value;
	size_t size, room;

	for (size = 1; size <= ARENA_CACHE_MAX_BLOCK; size++) {
		room = __arena_cache_room(size, arch->min, arch->dma);
		KUNIT_EXPECT_GE(test, room, size);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(room, arch->min));
		KUNIT_EXPECT_LE(test, room, kmalloc_size(size, arch->min));
		KUNIT_EXPECT_LT(test, room, size + arch->dma);
		/* A size that is a block's is served by that block. */
		KUNIT_EXPECT_EQ(test, __arena_cache_room(room, arch->min,
							 arch->dma), room);
	}
}

/* The entry is known to the compiler; on a coherent machine all 64 classes serve. */
static void this_machine(struct kunit *test)
{
	size_t size;

	BUILD_BUG_ON(__arena_cache_entry(24) !=
		     __arena_cache_room(24, ARCH_KMALLOC_MINALIGN,
					ARENA_CACHE_DMA_ALIGN) / 8);
	if (ARENA_CACHE_DMA_ALIGN > ARENA_CACHE_STEP)
		kunit_skip(test, "not a coherent machine");
	for (size = 1; size <= ARENA_CACHE_MAX_BLOCK; size++) {
		KUNIT_EXPECT_EQ(test, __arena_cache_entry(size), (size + 7) / 8);
		KUNIT_EXPECT_EQ(test, ac_class_for(size), ac_class_of(size));
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(lines_are_kept_apart, arch_gen_params),
	KUNIT_CASE_PARAM(blocks_are_small, arch_gen_params),
	KUNIT_CASE(this_machine),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_dma",
	.test_cases = cases,
};

kunit_test_suite(suite);
