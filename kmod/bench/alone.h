/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops that run alone
 */
#ifndef _AC_BENCH_ALONE_H
#define _AC_BENCH_ALONE_H

#include "workload.h"

/* Blocks that "live" replaces at a time, of as many or more. */
#define AC_BENCH_REPLACED	1000

extern const struct ac_bench_loops ac_bench_reuse;
extern const struct ac_bench_loops ac_bench_batch;
extern const struct ac_bench_loops ac_bench_bulk;
extern const struct ac_bench_loops ac_bench_shuffled;
extern const struct ac_bench_loops ac_bench_touch;
extern const struct ac_bench_loops ac_bench_mixed;
extern const struct ac_bench_loops ac_bench_live;
extern const struct ac_bench_loops ac_bench_footprint;

const struct ac_bench_allocator *ac_bench_allocator_at(unsigned int i);

#endif /* _AC_BENCH_ALONE_H */
