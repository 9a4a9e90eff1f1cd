// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the module's one timer
 */
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "kunit_export.h"
#include "wake.h"

/* There is no work before ac_wake_init(). */
bool ac_awake = true;
EXPORT_SYMBOL_IF_KUNIT(ac_awake);

static bool (*do_work)(void);
static unsigned long delay;
static bool over;

static void work_fn(struct work_struct *unused)
{
	/* First: what a layer gets from here on wakes us again. */
	WRITE_ONCE(ac_awake, false);
	/* What was stored before an ac_wake() that read true is seen from here on. */
	smp_mb();
	if (do_work())
		ac_wake();
}

static DECLARE_DELAYED_WORK(work, work_fn);

static void irq_work_fn(struct irq_work *unused)
{
	queue_delayed_work(system_dfl_wq, &work, delay);
}

static struct irq_work irq_work = IRQ_WORK_INIT(irq_work_fn);

/*
 * A caller that allocates may hold the timer's or the work queue's locks: an interrupt of
 * its own is where they are free.
 */
void __ac_wake(void)
{
	/* ac_wake_exit() waits for CPUs that did not see that it is over. */
	preempt_disable();
	if (!xchg(&ac_awake, true) && !READ_ONCE(over))
		irq_work_queue(&irq_work);
	preempt_enable();
}

/**
 * ac_wake_init - set the work, which may be woken from now on
 * @fn: the work; returns whether to be called again. May sleep.
 * @ms: how long after ac_wake() it is called
 */
void ac_wake_init(bool (*fn)(void), unsigned int ms)
{
	do_work = fn;
	delay = msecs_to_jiffies(ms);
	WRITE_ONCE(ac_awake, false);
}

/* The work is over when this returns, and ac_wake() does nothing from then on. */
void ac_wake_exit(void)
{
	WRITE_ONCE(over, true);
	synchronize_rcu();
	irq_work_sync(&irq_work);
	cancel_delayed_work_sync(&work);
}
