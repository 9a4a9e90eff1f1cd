/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many bytes the page allocator has to give
 */
#ifndef _AC_BENCH_PAGES_H
#define _AC_BENCH_PAGES_H

#include <linux/types.h>

s64 ac_bench_free_bytes(void);

#endif /* _AC_BENCH_PAGES_H */
