// SPDX-License-Identifier: GPL-2.0
/*
 * What a session runs
 *
 * In each case every allocator is verified first: its loop runs with blocks filled and
 * checked, outside of any timing. Then the length of a round is calibrated. In each round
 * all take their turn, in an order that is drawn anew; the first round does not count. All
 * of it happens on one thread bound to the first online CPU.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "alone.h"
#include "environment.h"
#include "pages.h"
#include "results.h"
#include "rounds.h"
#include "runner.h"
#include "summary.h"
#include "thread.h"
#include "trace.h"
#include "workloads.h"

/* Between two lines in the kernel log that say which case it is. */
#define PROGRESS	(5 * HZ)

static bool n_makes_sense(const struct ac_bench_case *c)
{
	const struct ac_bench_workload *w = c->workload;

	return w->fixed || (c->n >= w->ops && (!w->most || c->n <= w->most));
}

/*
 * Also weighs what stays with an allocator once its loop has been at work. What a heap
 * before it left behind must not serve it.
 */
static void prepare(struct ac_bench_run *r)
{
	s64 before;

	if (r->allocator->create && r->allocator->shrink)
		r->allocator->shrink(&r->heap);
	before = ac_bench_free_bytes();
	ac_bench_verify(r);
	if (!r->status)
		ac_bench_calibrate(r);
	if (!r->test->workload->memory)
		r->kept = before - ac_bench_free_bytes();
}

static void start_run(struct ac_bench_run *r)
{
	const struct ac_bench_allocator *a = r->allocator;
	const struct ac_bench_case *c = r->test;
	int err;

	if (num_online_cpus() < max(c->workload->cpus, c->crew))
		return ac_bench_fail(r, "n/a reason=cpus", 0);
	if (!n_makes_sense(c))
		return ac_bench_fail(r, "n/a reason=n", 0);
	if (c->workload->mixed && !a->by_size)
		return ac_bench_fail(r, "n/a reason=size", 0);
	if (a->constant && (c->workload->mixed || a->constant != c->size))
		return ac_bench_fail(r, "n/a reason=size", 0);
	if (!c->workload->memory && a->memory_only)
		return ac_bench_fail(r, "n/a reason=memory", 0);
	if (c->workload->experiment && a->one_cpu)
		return ac_bench_fail(r, "n/a reason=memory", 0);
	if ((c->crew > 1 || c->workload->irq) && a->one_cpu)
		return ac_bench_fail(r, "n/a reason=one-cpu", 0);
	r->heap.size = c->size;
	err = a->create ? a->create(&r->heap, c->slots, c->cpu) : 0;
	if (err == -EOPNOTSUPP)
		return ac_bench_fail(r, "n/a reason=kernel", 0);
	if (err)
		return ac_bench_fail(r, "error", err);
	if (!c->workload->experiment)
		prepare(r);
}

static void end_run(struct ac_bench_run *r)
{
	if (r->allocator->destroy)
		r->allocator->destroy(&r->heap);
}

static void run_experiment(struct ac_bench_run *r)
{
	char head[AC_BENCH_HEAD];

	ac_bench_print_head(head, sizeof(head), r);
	if (r->status)
		ac_bench_show_run(r);
	else
		r->test->workload->experiment(r, head);
	if (r->heap.bad)
		ac_bench_note_error(r->test->session, -EIO);
}

/* Or each would always find the CPU's caches as the same other left them. */
static void draw_turns(struct rnd_state *rnd, u8 *turn, unsigned int nr)
{
	unsigned int i, k;

	for (i = nr; i > 1; i--) {
		k = prandom_u32_state(rnd) % i;
		swap(turn[i - 1], turn[k]);
	}
}

static void run_rounds(const struct ac_bench_case *c, struct ac_bench_run *runs,
		       unsigned int nr)
{
	u8 turn[AC_BENCH_SLOTS];
	unsigned int round, i;

	for (i = 0; i < nr; i++)
		turn[i] = i;
	for (round = 0; round <= c->session->config.rounds; round++) {
		draw_turns(&c->session->turns, turn, nr);
		for (i = 0; i < nr; i++) {
			struct ac_bench_run *r = &runs[turn[i]];

			if (!r->status && !ac_bench_stopped(c->session))
				ac_bench_round(r, round > 0);
		}
	}
	for (i = 0; i < nr && !ac_bench_stopped(c->session); i++)
		ac_bench_show_run(&runs[i]);
}

static void run_allocators(const struct ac_bench_case *c,
			   struct ac_bench_run *runs)
{
	const struct ac_bench_allocator *a;
	unsigned int i, nr = 0;

	for (i = 0; (a = ac_bench_allocator_at(i)); i++) {
		if (!ac_bench_match(c->session->config.allocator, a->name))
			continue;
		runs[nr].test = c;
		runs[nr].allocator = a;
		runs[nr].slot = i;
		if (!ac_bench_stopped(c->session))
			start_run(&runs[nr]);
		if (c->workload->experiment && !ac_bench_stopped(c->session))
			run_experiment(&runs[nr]);
		nr++;
	}
	if (!c->workload->experiment)
		run_rounds(c, runs, nr);
	while (nr--)
		end_run(&runs[nr]);
}

static void show_progress(const struct ac_bench_case *c)
{
	struct ac_bench_session *s = c->session;

	s->cases++;
	if (time_before(jiffies, s->progress + PROGRESS))
		return;
	s->progress = jiffies;
	pr_info("case %u: %s n=%u size=%u\n", s->cases, c->workload->name, c->n,
		c->size);
}

static void run_case(struct ac_bench_session *s, struct ac_bench_case *c)
{
	struct ac_bench_run *runs;

	if (ac_bench_stopped(s))
		return;
	show_progress(c);
	runs = kvcalloc(AC_BENCH_SLOTS, sizeof(*runs), GFP_KERNEL);
	if (!runs || ac_bench_case_make(c))
		ac_bench_note_error(s, -ENOMEM);
	else
		run_allocators(c, runs);
	ac_bench_case_free(c);
	kvfree(runs);
}

static void run_orders(struct ac_bench_session *s,
		       const struct ac_bench_workload *w, unsigned int n,
		       unsigned int size)
{
	unsigned int order;

	for (order = 0; order < AC_BENCH_ORDERS; order++) {
		struct ac_bench_case c = {
			.session = s,
			.workload = w,
			.n = n,
			.order = order,
			.size = w->size ?: size,
			.cpu = raw_smp_processor_id(),
		};

		if (w->ordered &&
		    !ac_bench_match(s->config.order, ac_bench_orders[order]))
			continue;
		run_case(s, &c);
		if (!w->ordered)
			break;
	}
}

static void run_sizes(struct ac_bench_session *s,
		      const struct ac_bench_workload *w, unsigned int n)
{
	const struct ac_bench_list *size = &s->config.size;
	unsigned int i;

	for (i = 0; i < (w->mixed || w->size ? 1 : size->nr); i++)
		run_orders(s, w, n, size->value[i]);
}

static void run_trace(struct ac_bench_session *s,
		      const struct ac_bench_workload *w)
{
	struct ac_bench_trace *t = ac_bench_trace_get();

	if (IS_ERR(t))
		return ac_bench_note_error(s, PTR_ERR(t));
	s->trace = t;
	if (t && t->events)
		run_sizes(s, w, t->events);
	else
		ac_bench_emit(s, "workload=%s status=n/a reason=trace", w->name);
	s->trace = NULL;
	kvfree(t);
}

/* Says of each n of the request that it has no meaning for a workload. */
static void note_fixed(struct ac_bench_session *s,
		       const struct ac_bench_workload *w)
{
	const struct ac_bench_list *n = &s->config.n;
	unsigned int i;

	for (i = 0; i < n->nr; i++)
		if (n->value[i] != w->n[0])
			ac_bench_emit(s, "workload=%s n=%u status=n/a reason=fixed",
				      w->name, n->value[i]);
}

static void run_workload(struct ac_bench_session *s,
			 const struct ac_bench_workload *w)
{
	const struct ac_bench_list *n = &s->config.n;
	unsigned int i;

	if (w->fixed || w->trace)
		note_fixed(s, w);
	if (w->trace)
		return run_trace(s, w);
	if (n->nr && !w->fixed) {
		for (i = 0; i < n->nr; i++)
			run_sizes(s, w, n->value[i]);
		return;
	}
	for (i = 0; w->n[i]; i++)
		run_sizes(s, w, w->n[i]);
}

/* "all" leaves out experiments, which must be asked for by name. */
static bool asked_for(const struct ac_bench_session *s,
		      const struct ac_bench_workload *w)
{
	const char *words = s->config.workload;

	return ac_bench_match(words, w->name) &&
	       !(w->experiment && ac_bench_match(words, ""));
}

static int run_session(void *session)
{
	struct ac_bench_session *s = session;
	const struct ac_bench_workload *w;
	unsigned int i;

	prandom_seed_state(&s->turns, s->config.seed);
	ac_bench_describe(s);
	for (i = 0; (w = ac_bench_workload_at(i)); i++)
		if (asked_for(s, w))
			run_workload(s, w);
	if (ac_bench_stopped(s)) {
		ac_bench_emit(s, "# stopped=1");
		ac_bench_note_error(s, -EINTR);
	}
	ac_bench_emit(s, "# end=%d", s->error);
	return s->error;
}

/**
 * ac_bench_serve - run all that a request asks for
 * @s: the session
 *
 * A signal to the caller ends it at the next chunk.
 *
 * Context: process context; sleeps.
 * Return: 0, or the first error that happened.
 */
int ac_bench_serve(struct ac_bench_session *s)
{
	struct ac_bench_thread t;
	int err;

	s->progress = jiffies;
	err = ac_bench_thread_start(&t, cpumask_first(cpu_online_mask),
				    run_session, s);
	return err ?: ac_bench_thread_wait_stop(&t, &s->stop);
}
