// SPDX-License-Identifier: GPL-2.0
/*
 * Threads bound to a CPU
 *
 * A thread that never ran cannot be told from one that kthread_stop() ended before its
 * function began. So a thread is stopped only after it completed @done, and waits until
 * then, so that its task and this module's text outlive it.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "thread.h"

static int work(void *data)
{
	struct ac_bench_thread *t = data;

	complete(&t->started);
	t->result = t->fn(t->arg);
	complete(&t->done);

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/* Returns once the thread runs. */
int ac_bench_thread_start(struct ac_bench_thread *t, unsigned int cpu,
			  int (*fn)(void *arg), void *arg)
{
	init_completion(&t->started);
	init_completion(&t->done);
	t->fn = fn;
	t->arg = arg;
	t->task = kthread_create(work, t, "ac_bench/%u", cpu);
	if (IS_ERR(t->task))
		return PTR_ERR(t->task);
	kthread_bind(t->task, cpu);
	wake_up_process(t->task);
	wait_for_completion(&t->started);
	return 0;
}

int ac_bench_thread_wait(struct ac_bench_thread *t)
{
	wait_for_completion(&t->done);
	kthread_stop(t->task);
	return t->result;
}

/* As ac_bench_thread_wait(), but a signal to the caller sets @stop for the thread. */
int ac_bench_thread_wait_stop(struct ac_bench_thread *t, bool *stop)
{
	if (!wait_for_completion_interruptible(&t->done)) {
		kthread_stop(t->task);
		return t->result;
	}
	WRITE_ONCE(*stop, true);
	return ac_bench_thread_wait(t);
}
