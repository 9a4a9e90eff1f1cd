/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rounds of a run: verified, calibrated, timed
 */
#ifndef _AC_BENCH_ROUNDS_H
#define _AC_BENCH_ROUNDS_H

#include "run.h"

void ac_bench_verify(struct ac_bench_run *r);
void ac_bench_calibrate(struct ac_bench_run *r);
void ac_bench_round(struct ac_bench_run *r, bool count);

#endif /* _AC_BENCH_ROUNDS_H */
