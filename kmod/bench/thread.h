/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads bound to a CPU
 */
#ifndef _AC_BENCH_THREAD_H
#define _AC_BENCH_THREAD_H

#include <linux/completion.h>
#include <linux/types.h>

struct task_struct;

/**
 * struct ac_bench_thread - a thread bound to a CPU
 * @task: the thread
 * @fn: what it does
 * @arg: and with what
 * @result: what @fn returned
 * @started: it runs
 * @done: @fn has returned
 */
struct ac_bench_thread {
	struct task_struct *task;
	int (*fn)(void *arg);
	void *arg;
	int result;
	struct completion started;
	struct completion done;
};

int ac_bench_thread_start(struct ac_bench_thread *t, unsigned int cpu,
			  int (*fn)(void *arg), void *arg);
int ac_bench_thread_wait(struct ac_bench_thread *t);
int ac_bench_thread_wait_stop(struct ac_bench_thread *t, bool *stop);

#endif /* _AC_BENCH_THREAD_H */
