// SPDX-License-Identifier: GPL-2.0
/*
 * The names of orders, and the patterns that select names
 */
#include <linux/string.h>

#include "config.h"

const char * const ac_bench_orders[AC_BENCH_ORDERS] = {
	[AC_BENCH_FIFO] = "fifo",
	[AC_BENCH_LIFO] = "lifo",
	[AC_BENCH_RANDOM] = "random",
};

/* As glob_match(), which not every kernel has, for * and ? only. */
static bool fits(const char *pattern, const char *end, const char *name)
{
	const char *star = NULL, *again = NULL;

	while (*name) {
		if (pattern < end && *pattern == '*') {
			star = pattern++;
			again = name;
		} else if (pattern < end &&
			   (*pattern == '?' || *pattern == *name)) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++again;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

/**
 * ac_bench_match_word - does a word or pattern select a name?
 * @word: "all", a name, or a pattern of * and ?
 * @len: characters of it
 * @name: the name
 *
 * Return: whether it does.
 */
bool ac_bench_match_word(const char *word, size_t len, const char *name)
{
	if (len == 3 && !strncmp(word, "all", 3))
		return true;
	return fits(word, word + len, name);
}

/**
 * ac_bench_match - does any of several words or patterns select a name?
 * @words: comma-separated
 * @name: the name
 *
 * Return: whether one does.
 */
bool ac_bench_match(const char *words, const char *name)
{
	size_t len;

	for (; *words; words += len + (words[len] == ',')) {
		len = strcspn(words, ",");
		if (ac_bench_match_word(words, len, name))
			return true;
	}
	return false;
}
