// SPDX-License-Identifier: GPL-2.0
/*
 * The rounds of a run: verified, calibrated, timed
 *
 * Time is ktime_get_ns(). Under QEMU's "-icount shift=0" a nanosecond is an
 * instruction, and then a short round_ms does: results hardly vary.
 */
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/time64.h>

#include "rounds.h"
#include "team.h"

#define VERIFY_OPS	1024
#define TRIES		4

/* Runs a loop once, and fails the run unless the loop did all that was asked. */
static void run_loop(struct ac_bench_run *r, u64 iterations)
{
	int err;

	r->iterations = iterations;
	r->ops = 0;
	if (r->test->workload->crew == AC_BENCH_ALONE)
		err = ac_bench_call_loop(r, NULL);
	else
		err = ac_bench_team_run(r);
	if (err)
		ac_bench_fail(r, "error", err);
	else if (r->ops < iterations * ac_bench_group(r->test))
		ac_bench_fail(r, "short", -EIO);
	else if (raw_smp_processor_id() != r->test->cpu)
		ac_bench_fail(r, "moved", -EAGAIN);
	r->all_ops += r->ops;
	cond_resched();
}

/* Runs the loop with blocks filled and checked. */
void ac_bench_verify(struct ac_bench_run *r)
{
	const struct ac_bench_workload *w = r->test->workload;
	u64 iterations = 1;

	if (!w->memory)
		iterations = DIV_ROUND_UP(VERIFY_OPS, (u32)ac_bench_group(r->test));
	r->check = true;
	run_loop(r, iterations);
	r->check = false;
	if (!r->status && r->heap.bad)
		ac_bench_fail(r, "BAD", -EIO);
}

/* The best of a few: any may have been interrupted for long. */
static u64 try_loop(struct ac_bench_run *r, u64 iterations)
{
	u64 best = U64_MAX;
	unsigned int i;

	for (i = 0; i < TRIES && !r->status; i++) {
		run_loop(r, iterations);
		best = min(best, r->cost);
	}
	return best;
}

/*
 * Sets the length of rounds: one that is too short measures noise, and a chunk that is
 * too long provokes the watchdog. Warms up as well.
 */
void ac_bench_calibrate(struct ac_bench_run *r)
{
	const struct ac_bench_config *config = &r->test->session->config;
	u64 target = (u64)config->round_ms * NSEC_PER_MSEC;
	u64 least = max(r->test->workload->least, 1U);
	u64 cost, iterations = least;

	r->chunk = max(config->iterations, 1U);
	r->total = r->chunk;
	if (r->test->workload->memory || config->iterations)
		return;
	for (;;) {
		cost = try_loop(r, iterations);
		if (r->status || ac_bench_stopped(r->test->session))
			return;
		if (cost >= target / 8)
			break;
		iterations *= 2;
	}
	r->chunk = max(div64_u64(iterations * target, cost), least);
	r->total = r->chunk;
}

/* Runs one round, and adds its cost to the samples if it is to @count. */
void ac_bench_round(struct ac_bench_run *r, bool count)
{
	u64 cost = 0, ops = 0, left = r->total;

	while (left && !r->status) {
		if (ac_bench_stopped(r->test->session))
			return;
		run_loop(r, min(left, r->chunk));
		left -= r->iterations;
		cost += r->cost;
		ops += r->ops;
	}
	if (r->status || !count)
		return;
	r->round_ops = ops;
	if (!r->test->workload->memory)
		cost = div64_u64(cost * 1000, ops);
	r->sample[r->samples++] = cost;
}
