/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rounds of a run come to, as lines of the results
 */
#ifndef _AC_BENCH_SUMMARY_H
#define _AC_BENCH_SUMMARY_H

#include "run.h"

/* Room for what ac_bench_print_head() prints. */
#define AC_BENCH_HEAD		160

void ac_bench_print_head(char *to, size_t room, const struct ac_bench_run *r);
void ac_bench_sample(struct ac_bench_run *r, u64 step, u64 live, s64 held);
void ac_bench_show_run(struct ac_bench_run *r);

#endif /* _AC_BENCH_SUMMARY_H */
