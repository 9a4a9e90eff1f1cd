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

/* Nobody to wake until ac_wake_init(). */
bool ac_awake = true;
EXPORT_SYMBOL_IF_KUNIT(ac_awake);

static bool (*do_work)(void);
static unsigned long delay;
static bool over;

static void work_fn(struct work_struct *unused)
{
	/* First: whoever comes to hold something from here on wakes us again. */
	WRITE_ONCE(ac_awake, false);
	/* What ac_wake() read as true is held by now, and the work sees it. */
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
 * The timer's and the work queue's locks may be held by who allocates: an
 * interrupt of its own is where they are not.
 */
void __ac_wake(void)
{
	/* ac_wake_exit() waits for those who did not see that it is over. */
	preempt_disable();
	if (!xchg(&ac_awake, true) && !READ_ONCE(over))
		irq_work_queue(&irq_work);
	preempt_enable();
}

/**
 * ac_wake_init - have work done from now on
 * @fn: the work; returns whether to be called again. May sleep.
 * @ms: how long after ac_wake() it is called
 */
void ac_wake_init(bool (*fn)(void), unsigned int ms)
{
	do_work = fn;
	delay = msecs_to_jiffies(ms);
	WRITE_ONCE(ac_awake, false);
}

/* The work is over when this returns, and will not be done again, whoever wakes it. */
void ac_wake_exit(void)
{
	WRITE_ONCE(over, true);
	synchronize_rcu();
	irq_work_sync(&irq_work);
	cancel_delayed_work_sync(&work);
}
