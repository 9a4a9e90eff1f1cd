/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of a request
 */
#ifndef _AC_BENCH_REQUEST_H
#define _AC_BENCH_REQUEST_H

#include "config.h"

int ac_bench_request_set(struct ac_bench_config *c, const char *key,
			 const char *value);
int ac_bench_request_parse(struct ac_bench_config *c, char *text);

#endif /* _AC_BENCH_REQUEST_H */
