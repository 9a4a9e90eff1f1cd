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
 * A tasklet and not just a section with softirqs off, because only there
 * in_serving_softirq() is true. What enables them again runs it.
 */
static void run_in_softirq(struct visit *visit)
{
	tasklet_setup(&visit->tasklet, tasklet_fn);
	local_bh_disable();
	tasklet_schedule(&visit->tasklet);
	local_bh_enable();
	/* Unless ksoftirqd does. */
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
	 * Not IRQ_WORK_INIT_HARD: nothing else keeps it from hard interrupts here, and
	 * lockdep would not let SLUB take its locks, for the sake of PREEMPT_RT.
	 */
	init_irq_work(&visit->irq_work, irq_work_fn);
	init_completion(&visit->done);
	irq_work_queue(&visit->irq_work);
	wait_for_completion(&visit->done);
	/* Its last access to @visit is after that. */
	irq_work_sync(&visit->irq_work);
}

/* Not in the frame of who needs none: kernels zero what they have on the stack. */
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
 * @context: which
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
