/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sorting of 64-bit words: numbers, or addresses
 */
#ifndef _AC_BENCH_SORT_H
#define _AC_BENCH_SORT_H

#include <linux/types.h>

void ac_bench_sort(void *words, size_t nr);

#endif /* _AC_BENCH_SORT_H */
