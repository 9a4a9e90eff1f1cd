/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A run: one allocator in a case
 */
#ifndef _AC_BENCH_RUN_H
#define _AC_BENCH_RUN_H

#include <linux/types.h>

#include "case.h"

/**
 * struct ac_bench_run - one allocator in a case
 * @test: the case
 * @allocator: the allocator
 * @heap: what it allocates from
 * @slot: its index in the table
 * @check: fill blocks, and check them before they are freed
 * @iterations: how often the loop is to go round
 * @ops: answer of the loop: operations done
 * @cost: answer of the loop: what they cost
 * @status: a word for the result line, NULL as long as nothing is wrong
 * @error: what goes with @status, or 0
 * @chunk: iterations between two chances to stop or to reschedule
 * @total: iterations of one round
 * @round_ops: operations of one round
 * @all_ops: operations of all loops, those that are not timed included
 * @sample: cost of each round: thousandths of a nanosecond, or bytes
 * @samples: how many
 * @requested: memory workloads: bytes asked for
 * @kept: bytes not given back: memory workloads: so far; others: after the warm-up
 * @private: the experiment's
 */
struct ac_bench_run {
	const struct ac_bench_case *test;
	const struct ac_bench_allocator *allocator;
	struct ac_bench_heap heap;
	unsigned int slot;
	bool check;
	u64 iterations;
	u64 ops;
	u64 cost;
	const char *status;
	int error;
	u64 chunk;
	u64 total;
	u64 round_ops;
	u64 all_ops;
	u64 sample[AC_BENCH_MAX_ROUNDS];
	unsigned int samples;
	u64 requested;
	s64 kept;
	void *private;
};

/* The dispatch: the workload's loop, compiled for the run's allocator. */
static inline int ac_bench_call_loop(struct ac_bench_run *r,
				     struct ac_bench_worker *w)
{
	return r->test->workload->loops->slot[r->slot](r, w);
}

static inline void ac_bench_fail(struct ac_bench_run *r, const char *status,
				 int error)
{
	r->status = status;
	r->error = error;
	if (error)
		ac_bench_note_error(r->test->session, error);
}

#endif /* _AC_BENCH_RUN_H */
