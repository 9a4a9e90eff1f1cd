// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: every counter of counters.def
 */
#include <linux/seq_file.h>
#include <linux/string.h>

#include "../debugfs/files.h"
#include "../stats.h"
#include "helper.h"

static const struct counter {
	enum ac_stat stat;
	const char *name;
	const char *label;
} counters[] = {
#define AC_COUNTER(constant, name, label, ...)	\
	{ AC_STAT_##constant, name, label },
#include "../counters.def"
#undef AC_COUNTER
};

static void describe(const struct counter *c, char *to)
{
	strscpy(to, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(counter, counters, describe);

/* All that @picture prints. */
static char *print(struct kunit *test, const struct ac_picture *picture)
{
	struct seq_file m = {
		.buf = ac_kunit_zalloc(test, SZ_128K),
		.size = SZ_128K - 1,
	};
	void *figures = picture->get();
	unsigned int part;

	KUNIT_ASSERT_NOT_NULL(test, figures);
	for (part = 0; part < picture->parts(figures); part++)
		picture->show(&m, figures, part);
	picture->put(figures);
	KUNIT_ASSERT_LT(test, m.count, m.size);
	return m.buf;
}

/* The text has a line or a pair with @key once, and @value behind it. */
static void expect_printed(struct kunit *test,
			   const struct ac_picture *picture, const char *key,
			   const char *equals, unsigned long value)
{
	const char *at = strstr(print(test, picture), key);
	unsigned long seen = ~value;

	KUNIT_ASSERT_NOT_NULL(test, at);
	KUNIT_EXPECT_NULL(test, strstr(at + 1, key));
	at = strpbrk(at + strlen(key), equals);
	KUNIT_ASSERT_NOT_NULL(test, at);
	if (sscanf(at + 1, "%lu", &seen) != 1)
		KUNIT_FAIL(test, "no number behind %s", key);
	KUNIT_EXPECT_EQ(test, seen, value);
}

static void a_counter_is_read_and_printed(struct kunit *test)
{
	const struct counter *c = test->param_value;
	unsigned long before = ac_stat_read(c->stat);
	char quoted[KUNIT_PARAM_DESC_SIZE];

	snprintf(quoted, sizeof(quoted), "\"%s\"", c->name);
	KUNIT_EXPECT_STREQ(test, ac_stat_name(c->stat), c->name);
	KUNIT_EXPECT_STREQ(test, ac_stat_label(c->stat), c->label);
	ac_stat_count(c->stat, 42);
	KUNIT_EXPECT_EQ(test, ac_stat_read(c->stat), before + 42);
	expect_printed(test, &ac_picture_stats, c->label, "=", before + 42);
	expect_printed(test, &ac_picture_json, quoted, ":", before + 42);
	ac_stat_count(c->stat, -42);
	KUNIT_EXPECT_EQ(test, ac_stat_read(c->stat), before);
}

static void each_is_there_once(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(counters), AC_NR_STATS);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		KUNIT_EXPECT_EQ(test, counters[i].stat, i);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_counter_is_read_and_printed, counter_gen_params),
	KUNIT_CASE(each_is_there_once),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_stats",
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
