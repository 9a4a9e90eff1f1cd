// SPDX-License-Identifier: GPL-2.0
/*
 * Module parameters: the defaults of requests
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/printk.h>

#include "parameters.h"
#include "request.h"

#define DEFINE_PARAMETER(key, value)					\
static char *key##_words = value;					\
module_param_named(key, key##_words, charp, 0444)

DEFINE_PARAMETER(workload, "all");
MODULE_PARM_DESC(workload, "what is measured (names or patterns, comma-separated; those of bench/workloads; all)");
DEFINE_PARAMETER(allocator, "all");
MODULE_PARM_DESC(allocator, "who is measured (names or patterns, comma-separated; those of bench/allocators; all)");
DEFINE_PARAMETER(order, "all");
MODULE_PARM_DESC(order, "order of the frees of a batch (names or patterns, comma-separated; fifo, lifo, random; all)");
DEFINE_PARAMETER(size, "64");
MODULE_PARM_DESC(size, "block sizes (bytes, comma-separated; 1 to 8192; 64)");
DEFINE_PARAMETER(n, "");
MODULE_PARM_DESC(n, "how many blocks live at a time (blocks, comma-separated; 1 to 10000000; each workload's own)");
DEFINE_PARAMETER(rounds, "7");
MODULE_PARM_DESC(rounds, "how often each row is measured (rounds; 5 to 64; 7)");
DEFINE_PARAMETER(iterations, "0");
MODULE_PARM_DESC(iterations, "how much a round does, 0: as much as fills round_ms (iterations; 0 to 4294967295; 0)");
DEFINE_PARAMETER(round_ms, "20");
MODULE_PARM_DESC(round_ms, "how long a round takes (milliseconds; 1 to 10000; 20)");

static const struct {
	const char *key;
	char **words;
} parameters[] = {
	{ "workload", &workload_words }, { "allocator", &allocator_words },
	{ "order", &order_words }, { "size", &size_words },
	{ "n", &n_words }, { "rounds", &rounds_words },
	{ "iterations", &iterations_words }, { "round_ms", &round_ms_words },
};

/**
 * ac_bench_set_defaults - set what a request leaves open
 * @c: the request, all zero
 *
 * Return: 0, or -EINVAL after a line in the kernel log that says which parameter is
 * wrong.
 */
int ac_bench_set_defaults(struct ac_bench_config *c)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		err = ac_bench_request_set(c, parameters[i].key,
					   *parameters[i].words);
		if (err)
			return err;
	}
	if (c->size.nr)
		return 0;
	pr_err("no size\n");
	return -EINVAL;
}
