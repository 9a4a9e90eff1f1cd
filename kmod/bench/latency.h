/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment: how long single calls take
 */
#ifndef _AC_BENCH_LATENCY_H
#define _AC_BENCH_LATENCY_H

#include "workload.h"

extern const struct ac_bench_loops ac_bench_latencies;

void ac_bench_latency(struct ac_bench_run *r, const char *head);

#endif /* _AC_BENCH_LATENCY_H */
