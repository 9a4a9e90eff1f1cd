/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request: which workloads, allocators, orders, sizes and numbers
 */
#ifndef _AC_BENCH_CONFIG_H
#define _AC_BENCH_CONFIG_H

#include <linux/types.h>

#define AC_BENCH_LIST		16
#define AC_BENCH_WORDS		128
#define AC_BENCH_MIN_ROUNDS	5
#define AC_BENCH_MAX_ROUNDS	64
#define AC_BENCH_MAX_N		10000000
#define AC_BENCH_MAX_SIZE	8192

enum ac_bench_order {
	AC_BENCH_FIFO,
	AC_BENCH_LIFO,
	AC_BENCH_RANDOM,
	AC_BENCH_ORDERS,
};

/* Numbers of a request; an empty list means the workload's own. */
struct ac_bench_list {
	unsigned int nr;
	unsigned int value[AC_BENCH_LIST];
};

/**
 * struct ac_bench_config - a request
 * @workload: comma-separated names or patterns
 * @allocator: the same
 * @order: the same
 * @size: bytes in a block
 * @n: how many blocks
 * @rounds: counted rounds
 * @iterations: of the loop in a round; 0 means as many as fill @round_ms
 * @round_ms: length of a round
 * @rest_ms: how long retention rests after the frees; 0 for not at all
 * @seed: of the order of the allocators in each round
 * @samples: experiments print what is held from step to step
 */
struct ac_bench_config {
	char workload[AC_BENCH_WORDS];
	char allocator[AC_BENCH_WORDS];
	char order[AC_BENCH_WORDS];
	struct ac_bench_list size;
	struct ac_bench_list n;
	unsigned int rounds;
	unsigned int iterations;
	unsigned int round_ms;
	unsigned int rest_ms;
	unsigned int seed;
	unsigned int samples;
};

extern const char * const ac_bench_orders[AC_BENCH_ORDERS];

bool ac_bench_match_word(const char *word, size_t len, const char *name);
bool ac_bench_match(const char *words, const char *name);

#endif /* _AC_BENCH_CONFIG_H */
