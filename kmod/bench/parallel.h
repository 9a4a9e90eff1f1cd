/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops that several CPUs run at once
 */
#ifndef _AC_BENCH_PARALLEL_H
#define _AC_BENCH_PARALLEL_H

#include "workload.h"

/* Blocks of each CPU in "scale". */
#define AC_BENCH_WINDOW		64

extern const struct ac_bench_loops ac_bench_cross;
extern const struct ac_bench_loops ac_bench_xmalloc;
extern const struct ac_bench_loops ac_bench_convey;
extern const struct ac_bench_loops ac_bench_larson;
extern const struct ac_bench_loops ac_bench_remote;
extern const struct ac_bench_loops ac_bench_spread;
extern const struct ac_bench_loops ac_bench_scratch;
extern const struct ac_bench_loops ac_bench_rptest;
extern const struct ac_bench_loops ac_bench_scale;

#endif /* _AC_BENCH_PARALLEL_H */
