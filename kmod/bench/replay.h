/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops that make a trace's calls
 */
#ifndef _AC_BENCH_REPLAY_H
#define _AC_BENCH_REPLAY_H

#include "workload.h"

extern const struct ac_bench_loops ac_bench_replay;
extern const struct ac_bench_loops ac_bench_held;

#endif /* _AC_BENCH_REPLAY_H */
