/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A team: the CPUs that run a loop together
 */
#ifndef _AC_BENCH_TEAM_H
#define _AC_BENCH_TEAM_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "run.h"
#include "thread.h"

/**
 * struct ac_bench_worker - one of the CPUs that run a loop together
 * @team: all of them
 * @thread: what runs on it; unused for the first
 * @index: its number, from 0 on
 * @meetings: how often it met the others
 * @spins: how often it looked whether others are ready
 * @bad: blocks that it found with wrong contents
 * @extra: operations besides iterations, in interrupts
 * @end: when it was done
 * @private: the workload's
 */
struct ac_bench_worker {
	struct ac_bench_team *team;
	struct ac_bench_thread thread;
	unsigned int index;
	unsigned int meetings;
	unsigned int spins;
	unsigned long bad;
	u64 extra;
	u64 end;
	void *private;
};

/**
 * struct ac_bench_team - the CPUs that run a loop together
 * @run: what they do
 * @nr: how many they are
 * @arrived: sum of all meetings
 * @stop: one failed; the others need not wait
 * @start: when they began
 * @worker: they
 */
struct ac_bench_team {
	struct ac_bench_run *run;
	unsigned int nr;
	atomic_t arrived;
	bool stop;
	u64 start;
	struct ac_bench_worker worker[];
};

int ac_bench_team_run(struct ac_bench_run *r);
bool ac_bench_meet(struct ac_bench_worker *w);
bool ac_bench_begin(struct ac_bench_worker *w);
void ac_bench_finish(struct ac_bench_worker *w);
int ac_bench_give_up(struct ac_bench_worker *w);

#endif /* _AC_BENCH_TEAM_H */
