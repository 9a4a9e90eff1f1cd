// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a request
 *
 * A request is words of the form key=value. The defaults are module parameters of
 * the same names, read by the same function.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "alone.h"
#include "request.h"
#include "workloads.h"

static const char *workload_name(unsigned int i)
{
	const struct ac_bench_workload *w = ac_bench_workload_at(i);

	return w ? w->name : NULL;
}

static const char *allocator_name(unsigned int i)
{
	const struct ac_bench_allocator *a = ac_bench_allocator_at(i);

	return a ? a->name : NULL;
}

static const char *order_name(unsigned int i)
{
	return i < AC_BENCH_ORDERS ? ac_bench_orders[i] : NULL;
}

static bool names_something(const char *word, size_t len,
			    const char *(*name)(unsigned int i))
{
	unsigned int i;

	for (i = 0; name(i); i++)
		if (ac_bench_match_word(word, len, name(i)))
			return true;
	return false;
}

static int set_words(char *to, const char *words,
		     const char *(*name)(unsigned int i))
{
	const char *word = words;
	size_t len;

	for (;; word += len + 1) {
		len = strcspn(word, ",");
		if (!names_something(word, len, name)) {
			pr_err("'%.*s' matches nothing\n", (int)len, word);
			return -EINVAL;
		}
		if (!word[len])
			break;
	}
	return strscpy(to, words, AC_BENCH_WORDS) < 0 ? -EINVAL : 0;
}

static int set_number(unsigned int *to, const char *value, unsigned int min,
		      unsigned int max)
{
	unsigned int number;

	if (kstrtouint(value, 0, &number) || number < min || number > max) {
		pr_err("'%s' is no number from %u to %u\n", value, min, max);
		return -EINVAL;
	}
	*to = number;
	return 0;
}

static int set_list(struct ac_bench_list *to, const char *value,
		    unsigned int max)
{
	struct ac_bench_list list = {};
	char words[AC_BENCH_WORDS], *rest = words, *word;
	int err;

	if (strscpy(words, value, sizeof(words)) < 0)
		return -EINVAL;
	while (*value && (word = strsep(&rest, ","))) {
		if (list.nr == AC_BENCH_LIST) {
			pr_err("'%s' has more than %u numbers\n", value,
			       AC_BENCH_LIST);
			return -EINVAL;
		}
		err = set_number(&list.value[list.nr++], word, 1, max);
		if (err)
			return err;
	}
	*to = list;
	return 0;
}

/**
 * ac_bench_request_set - take one word of a request
 * @c: what the request says so far
 * @key: what the word is about
 * @value: what it says; the rest of the word
 *
 * Return: 0, or -EINVAL after a line in the kernel log that says why.
 */
int ac_bench_request_set(struct ac_bench_config *c, const char *key,
			 const char *value)
{
	if (!strcmp(key, "workload"))
		return set_words(c->workload, value, workload_name);
	if (!strcmp(key, "allocator"))
		return set_words(c->allocator, value, allocator_name);
	if (!strcmp(key, "order"))
		return set_words(c->order, value, order_name);
	if (!strcmp(key, "size"))
		return set_list(&c->size, value, AC_BENCH_MAX_SIZE);
	if (!strcmp(key, "n"))
		return set_list(&c->n, value, AC_BENCH_MAX_N);
	if (!strcmp(key, "rounds"))
		return set_number(&c->rounds, value, AC_BENCH_MIN_ROUNDS,
				  AC_BENCH_MAX_ROUNDS);
	if (!strcmp(key, "iterations"))
		return set_number(&c->iterations, value, 0, UINT_MAX);
	if (!strcmp(key, "round_ms"))
		return set_number(&c->round_ms, value, 1, 10000);
	if (!strcmp(key, "rest_ms"))
		return set_number(&c->rest_ms, value, 0, 60000);
	if (!strcmp(key, "seed"))
		return set_number(&c->seed, value, 0, UINT_MAX);
	if (!strcmp(key, "samples"))
		return set_number(&c->samples, value, 0, 1);
	pr_err("unknown word '%s'\n", key);
	return -EINVAL;
}

/**
 * ac_bench_request_parse - take all words of a request
 * @c: the defaults; becomes the request
 * @text: the words; destroyed
 *
 * Return: as ac_bench_request_set() for the first word that it refuses, or 0.
 */
int ac_bench_request_parse(struct ac_bench_config *c, char *text)
{
	char *word, *value;
	int err;

	while ((word = strsep(&text, " \t\n"))) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (!value) {
			pr_err("'%s' is not key=value\n", word);
			return -EINVAL;
		}
		*value++ = '\0';
		err = ac_bench_request_set(c, word, value);
		if (err)
			return err;
	}
	return 0;
}
