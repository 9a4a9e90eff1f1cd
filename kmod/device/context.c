// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - run a function in another context
 */
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>

#include "context.h"

struct visit {
	struct tasklet_struct tasklet;
	struct irq_work irq_work;
	struct completion done;
	void (*fn)(void *arg);
	void *arg;
};

static void tasklet_fn(struct tasklet_struct *tasklet)
{
	struct visit *visit = from_tasklet(visit, tasklet, tasklet);

	visit->fn(visit->arg);
}

/*
 * A tasklet, because in_serving_softirq() is false in a mere section with softirqs
 * off. local_bh_enable() runs it, or ksoftirqd, for which tasklet_kill() waits.
 */
static void run_in_softirq(struct visit *visit)
{
	tasklet_setup(&visit->tasklet, tasklet_fn);
	local_bh_disable();
	tasklet_schedule(&visit->tasklet);
	local_bh_enable();
	tasklet_kill(&visit->tasklet);
}

static void irq_work_fn(struct irq_work *irq_work)
{
	struct visit *visit = container_of(irq_work, struct visit, irq_work);

	visit->fn(visit->arg);
	complete(&visit->done);
}

static void run_in_hardirq(struct visit *visit)
{
	/*
	 * Without PREEMPT_RT it runs in a hard interrupt anyway. IRQ_WORK_INIT_HARD would
	 * have lockdep refuse SLUB's locks there, for PREEMPT_RT's sake.
	 */
	init_irq_work(&visit->irq_work, irq_work_fn);
	init_completion(&visit->done);
	irq_work_queue(&visit->irq_work);
	wait_for_completion(&visit->done);
	/* The kernel accesses @visit once more after complete(). */
	irq_work_sync(&visit->irq_work);
}

/* A frame of its own, for kernels that zero what they have on the stack. */
static noinline void run_in_interrupt(enum ac_context context,
				      void (*fn)(void *arg), void *arg)
{
	struct visit visit;

	visit.fn = fn;
	visit.arg = arg;
	if (context == AC_CONTEXT_SOFTIRQ)
		run_in_softirq(&visit);
	else
		run_in_hardirq(&visit);
}

/**
 * ac_context_run - run a function in another context
 * @context: the context
 * @fn: the function
 * @arg: passed to @fn
 *
 * Context: process context; may sleep.
 */
void ac_context_run(enum ac_context context, void (*fn)(void *arg), void *arg)
{
	if (context == AC_CONTEXT_PROCESS) {
		fn(arg);
	} else if (context == AC_CONTEXT_NOPREEMPT) {
		preempt_disable();
		fn(arg);
		preempt_enable();
	} else {
		run_in_interrupt(context, fn, arg);
	}
}
