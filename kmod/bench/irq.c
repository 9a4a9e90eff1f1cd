// SPDX-License-Identifier: GPL-2.0
/*
 * irq: each CPU replaces blocks, and a timer interrupts it that does the same
 *
 * Operations in interrupts count like all others, so the figure includes the interrupts
 * themselves, the same for all allocators.
 */
#include <linux/hrtimer.h>

#include "irq.h"
#include "loop.h"
#include "team.h"

/* On user-mode Linux an interrupt is a signal, which takes some 50 us itself. */
#define PERIOD_NS	(IS_ENABLED(CONFIG_UML) ? 1000000 : 50000)

struct disturbance {
	struct hrtimer timer;
	struct ac_bench_run *run;
	struct ac_bench_worker *worker;
	struct ac_bench_heap heap;
	u64 ops;
	bool failed;
};

/* Allocates some blocks and frees them, in any context. */
static __always_inline bool churn(const struct ac_bench_allocator *a,
				  struct ac_bench_heap *h, void **p, gfp_t gfp,
				  const bool check)
{
	unsigned int k, nr;

	for (nr = 0; nr < AC_BENCH_CHURN; nr++) {
		p[nr] = a->alloc(h, h->size, gfp);
		if (unlikely(!p[nr]))
			break;
		mark(p[nr], h->size, nr, check);
	}
	for (k = 0; k < nr; k++)
		give(a, h, p[k], h->size, k, check);
	return nr == AC_BENCH_CHURN;
}

LOOP(interrupt)
{
	struct disturbance *d = w->private;
	void *p[AC_BENCH_CHURN];

	if (!churn(a, &d->heap, p, GFP_ATOMIC, check))
		d->failed = true;
	d->ops += AC_BENCH_CHURN;
	return 0;
}

DEFINE_LOOPS(interrupt);

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct disturbance *d = container_of(timer, struct disturbance, timer);

	ac_bench_interrupt.slot[d->run->slot](d->run, d->worker);
	hrtimer_forward_now(timer, ns_to_ktime(PERIOD_NS));
	return HRTIMER_RESTART;
}

static void start_timer(struct disturbance *d)
{
	hrtimer_setup(&d->timer, interrupt, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED);
	hrtimer_start(&d->timer, ns_to_ktime(PERIOD_NS),
		      HRTIMER_MODE_REL_PINNED);
}

static __always_inline u64 churn_often(const struct ac_bench_allocator *a,
				       struct ac_bench_heap *h, u64 iterations,
				       const bool check)
{
	void *p[AC_BENCH_CHURN];
	u64 i;

	for (i = 0; i < iterations; i++)
		if (unlikely(!churn(a, h, p, AC_BENCH_GFP, check)))
			break;
	return i;
}

static __always_inline int disturbed(const struct ac_bench_allocator *a,
				     struct disturbance *d, const bool check)
{
	struct ac_bench_worker *w = d->worker;
	struct ac_bench_heap h = d->heap;
	bool good;

	if (!ac_bench_begin(w))
		return -ENOMEM;
	start_timer(d);
	good = churn_often(a, &h, d->run->iterations, check) == d->run->iterations;
	w->end = ktime_get_ns();
	hrtimer_cancel(&d->timer);
	w->bad = h.bad + d->heap.bad;
	w->extra = d->ops;
	if (!good || d->failed)
		ac_bench_give_up(w);
	return ac_bench_meet(w) ? 0 : -ENOMEM;
}

LOOP(irq)
{
	struct disturbance *d = kzalloc(sizeof(*d), GFP_KERNEL);
	int err;

	if (!d)
		return ac_bench_give_up(w);
	d->run = r;
	d->worker = w;
	d->heap = r->heap;
	d->heap.bad = 0;
	w->private = d;
	err = disturbed(a, d, check);
	kfree(d);
	return err;
}

DEFINE_LOOPS(irq);
