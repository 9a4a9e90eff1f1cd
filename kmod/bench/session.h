/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: one request being served
 *
 * There is one at a time, under ac_bench_run_lock (main.c).
 */
#ifndef _AC_BENCH_SESSION_H
#define _AC_BENCH_SESSION_H

#include <linux/compiler.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include "config.h"

struct ac_bench_trace;

/**
 * struct ac_bench_session - a request being served
 * @config: the request
 * @stop: set to end it early
 * @log: print results to the kernel log, too
 * @error: the first that happened
 * @cases: cases that began
 * @progress: jiffies at which the last sign of life was printed
 * @turns: draws the order of the allocators in each round
 * @trace: what is replayed now
 */
struct ac_bench_session {
	struct ac_bench_config config;
	bool stop;
	bool log;
	int error;
	unsigned int cases;
	unsigned long progress;
	struct rnd_state turns;
	struct ac_bench_trace *trace;
};

static inline void ac_bench_note_error(struct ac_bench_session *s, int err)
{
	if (!s->error)
		s->error = err;
}

static inline bool ac_bench_stopped(const struct ac_bench_session *s)
{
	return READ_ONCE(s->stop);
}

#endif /* _AC_BENCH_SESSION_H */
