/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An experiment: what a few surviving blocks pin
 */
#ifndef _AC_BENCH_RETENTION_H
#define _AC_BENCH_RETENTION_H

struct ac_bench_run;

void ac_bench_retention(struct ac_bench_run *r, const char *head);

#endif /* _AC_BENCH_RETENTION_H */
