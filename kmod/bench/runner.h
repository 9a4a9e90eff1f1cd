/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a session runs: its workloads, their cases, and the allocators in each
 */
#ifndef _AC_BENCH_RUNNER_H
#define _AC_BENCH_RUNNER_H

struct ac_bench_session;

int ac_bench_serve(struct ac_bench_session *s);

#endif /* _AC_BENCH_RUNNER_H */
