/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A script: a trace's events, dealt out to the CPUs that replay them
 */
#ifndef _AC_BENCH_SCRIPT_H
#define _AC_BENCH_SCRIPT_H

#include <linux/types.h>

#include "trace.h"

/**
 * struct ac_bench_script - a trace, made ready to be replayed
 * @first: where each worker's events begin; one more says where the last's end
 * @event: events, sorted by worker
 */
struct ac_bench_script {
	u32 *first;
	struct ac_bench_event event[];
};

struct ac_bench_script *ac_bench_script_make(const struct ac_bench_trace *t,
					     unsigned int largest,
					     unsigned int crew, u16 *size);
void ac_bench_script_free(struct ac_bench_script *s);

#endif /* _AC_BENCH_SCRIPT_H */
