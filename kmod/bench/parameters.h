/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Module parameters: the defaults of requests
 */
#ifndef _AC_BENCH_PARAMETERS_H
#define _AC_BENCH_PARAMETERS_H

struct ac_bench_config;

int ac_bench_set_defaults(struct ac_bench_config *c);

#endif /* _AC_BENCH_PARAMETERS_H */
