/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What about the kernel decides how fast either side is
 */
#ifndef _AC_BENCH_ENVIRONMENT_H
#define _AC_BENCH_ENVIRONMENT_H

struct ac_bench_session;

void ac_bench_describe(struct ac_bench_session *s);

#endif /* _AC_BENCH_ENVIRONMENT_H */
