// SPDX-License-Identifier: GPL-2.0
/*
 * Sorting of 64-bit words
 */
#include <linux/sort.h>

#include "sort.h"

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/**
 * ac_bench_sort - sort words, the least first
 * @words: numbers or addresses of 64 bits
 * @nr: how many
 */
void ac_bench_sort(void *words, size_t nr)
{
	sort(words, nr, sizeof(u64), compare, NULL);
}
