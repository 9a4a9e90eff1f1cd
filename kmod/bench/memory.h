/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Experiments with the page allocator: swings, pressure, and no memory at all
 */
#ifndef _AC_BENCH_MEMORY_H
#define _AC_BENCH_MEMORY_H

struct ac_bench_run;

void ac_bench_pingpong(struct ac_bench_run *r, const char *head);
void ac_bench_pressure(struct ac_bench_run *r, const char *head);
void ac_bench_exhaust(struct ac_bench_run *r, const char *head);

#endif /* _AC_BENCH_MEMORY_H */
