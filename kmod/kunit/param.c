// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: module parameters that are numbers
 */
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../param.h"
#include "helper.h"

#define OLD	77UL

static const struct param_case {
	const char *text;
	unsigned long max;
	int err;
	unsigned long value;
} param_cases[] = {
	{ "0", 10, 0, 0 },
	{ "10", 10, 0, 10 },
	{ "10\n", 10, 0, 10 },
	{ "0x0a", 10, 0, 10 },
	{ "11", 10, -ERANGE, OLD },
	{ "1K", SZ_1M, 0, SZ_1K },
	{ "1k\n", SZ_1M, 0, SZ_1K },
	{ "1M", SZ_1M, 0, SZ_1M },
	{ "1m", SZ_1M, 0, SZ_1M },
	{ "1025K", SZ_1M, -ERANGE, OLD },
	{ "1048577", SZ_1M, -ERANGE, OLD },
	{ "3G", ULONG_MAX, 0, 3UL * SZ_1G },
	{ "3g", ULONG_MAX, 0, 3UL * SZ_1G },
	{ "17179869184G", ULONG_MAX, -ERANGE, OLD },
	{ "18446744073709551616", ULONG_MAX, -ERANGE, OLD },
	{ "00000000000000000000000000000001", SZ_1M, -ERANGE, OLD },
	{ "1T", ULONG_MAX, -EINVAL, OLD },
	{ "1KB", ULONG_MAX, -EINVAL, OLD },
	{ "1 K", ULONG_MAX, -EINVAL, OLD },
	{ "K", ULONG_MAX, -EINVAL, OLD },
	{ "", ULONG_MAX, -EINVAL, OLD },
	{ "\n", ULONG_MAX, -EINVAL, OLD },
	{ "-1", ULONG_MAX, -EINVAL, OLD },
	{ "some", ULONG_MAX, -EINVAL, OLD },
};

static void describe(const struct param_case *row, char *to)
{
	snprintf(to, KUNIT_PARAM_DESC_SIZE, "%.*s up to %lu",
		 (int)strcspn(row->text, "\n"), row->text, row->max);
}

KUNIT_ARRAY_PARAM(param, param_cases, describe);

static void only_numbers_in_range_are_taken(struct kunit *test)
{
	const struct param_case *row = test->param_value;
	struct ac_param p = { OLD, row->max };
	const struct kernel_param kp = { .name = "test", .arg = &p };
	char *page = ac_kunit_zalloc(test, PAGE_SIZE), want[32];

	KUNIT_EXPECT_EQ(test, ac_param_ops.set(row->text, &kp), row->err);
	KUNIT_EXPECT_EQ(test, p.value, row->value);
	snprintf(want, sizeof(want), "%lu\n", row->value);
	KUNIT_EXPECT_EQ(test, ac_param_ops.get(page, &kp), strlen(want));
	KUNIT_EXPECT_STREQ(test, page, want);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(only_numbers_in_range_are_taken, param_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_param",
	.test_cases = cases,
};

kunit_test_suite(suite);
