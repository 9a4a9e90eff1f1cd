// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs that run a loop together
 *
 * The first worker is the caller; the others get threads for one loop. They set up,
 * meet, and begin at once; each notes when it was done, and they meet again before they
 * clean up. The cost of the loop is the time from the first worker's beginning to the
 * last end.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "team.h"

/* Waits for all workers. Returns false if one failed and will not come. */
bool ac_bench_meet(struct ac_bench_worker *w)
{
	struct ac_bench_team *t = w->team;
	int all = ++w->meetings * t->nr;

	/* Pairs with the barrier below: all that is written before is seen after. */
	smp_mb__before_atomic();
	atomic_inc(&t->arrived);
	while (atomic_read(&t->arrived) < all && !READ_ONCE(t->stop)) {
		cpu_relax();
		cond_resched();
	}
	/* What the others wrote before they came is read after. */
	smp_mb();
	return !READ_ONCE(t->stop);
}

bool ac_bench_begin(struct ac_bench_worker *w)
{
	bool all = ac_bench_meet(w);

	if (!w->index)
		w->team->start = ktime_get_ns();
	return all;
}

void ac_bench_finish(struct ac_bench_worker *w)
{
	w->end = ktime_get_ns();
	ac_bench_meet(w);
}

/* Tells the others not to wait. */
int ac_bench_give_up(struct ac_bench_worker *w)
{
	WRITE_ONCE(w->team->stop, true);
	return -ENOMEM;
}

static int work(void *worker)
{
	struct ac_bench_worker *w = worker;
	struct ac_bench_run *r = w->team->run;

	return ac_bench_call_loop(r, w);
}

/* Threads on the CPUs behind that of the first; returns how many there are. */
static unsigned int start_threads(struct ac_bench_team *t)
{
	unsigned int i, cpu = t->run->test->cpu;

	for (i = 1; i < t->nr; i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		if (ac_bench_thread_start(&t->worker[i].thread, cpu, work,
					  &t->worker[i]))
			break;
	}
	return i;
}

static void sum_up(const struct ac_bench_team *t)
{
	struct ac_bench_run *r = t->run;
	u64 end = 0, extra = 0;
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		end = max(end, t->worker[i].end);
		extra += t->worker[i].extra;
		r->heap.bad += t->worker[i].bad;
	}
	r->cost = end - t->start;
	r->ops = r->iterations * ac_bench_group(r->test) + extra;
}

static int run_team(struct ac_bench_team *t)
{
	unsigned int i, started = start_threads(t);
	int err = started < t->nr ? ac_bench_give_up(t->worker) : work(t->worker);

	for (i = 1; i < started; i++)
		err = ac_bench_thread_wait(&t->worker[i].thread) ?: err;
	if (!err)
		sum_up(t);
	return err;
}

int ac_bench_team_run(struct ac_bench_run *r)
{
	struct ac_bench_team *t;
	unsigned int i;
	int err;

	t = kvzalloc(struct_size(t, worker, r->test->crew), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->nr = r->test->crew;
	t->run = r;
	for (i = 0; i < t->nr; i++) {
		t->worker[i].team = t;
		t->worker[i].index = i;
	}
	err = run_team(t);
	kvfree(t);
	return err;
}
