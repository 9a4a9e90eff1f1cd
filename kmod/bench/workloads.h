/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of workloads
 */
#ifndef _AC_BENCH_WORKLOADS_H
#define _AC_BENCH_WORKLOADS_H

#include "workload.h"

const struct ac_bench_workload *ac_bench_workload_at(unsigned int i);

#endif /* _AC_BENCH_WORKLOADS_H */
