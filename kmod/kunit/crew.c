// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: threads, each on its CPU
 */
#include <linux/cpumask.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "crew.h"
#include "helper.h"

static int run_thread(void *arg)
{
	struct ac_kunit_thread *thread = arg;

	if (thread->fn)
		thread->fn(thread);
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&thread->done, 0);
}

static void wait_for_crew(void *arg)
{
	struct ac_kunit_crew *crew = arg;
	unsigned int i;

	WRITE_ONCE(crew->enough, true);
	for (i = 0; i < crew->nr; i++)
		wait_for_completion(&crew->thread[i].done);
}

static struct task_struct *make_thread(struct ac_kunit_thread *thread)
{
	struct task_struct *task;

	task = kthread_create(run_thread, thread, "ac_kunit/%u", thread->id);
	if (!IS_ERR(task))
		kthread_bind(task, thread->cpu);
	return task;
}

static unsigned int nth_online_cpu(unsigned int n)
{
	return cpumask_nth(n % num_online_cpus(), cpu_online_mask);
}

/* Starts @nr threads, spread over the online CPUs. */
struct ac_kunit_crew *ac_kunit_crew_start(struct kunit *test, unsigned int nr,
					  void (*fn)(struct ac_kunit_thread *),
					  void *arg)
{
	u64 seed = get_random_u64();
	struct ac_kunit_thread *thread;
	struct ac_kunit_crew *crew;
	struct task_struct *task;
	unsigned int i;

	kunit_info(test, "seed %#llx\n", seed);
	crew = ac_kunit_zalloc(test, struct_size(crew, thread, nr));
	for (i = 0; i < nr; i++) {
		thread = &crew->thread[i];
		*thread = (struct ac_kunit_thread){
			.fn = fn, .arg = arg, .id = i,
			.cpu = nth_online_cpu(i),
		};
		init_completion(&thread->done);
		prandom_seed_state(&thread->rnd, seed + i);
		task = make_thread(thread);
		if (IS_ERR(task))
			break;
		wake_up_process(task);
		crew->nr++;
	}
	/* Threads use what the test owns, also when an assertion ends the test. */
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, wait_for_crew, crew),
			0);
	KUNIT_ASSERT_EQ(test, crew->nr, nr);
	return crew;
}

bool ac_kunit_crew_busy(struct ac_kunit_crew *crew)
{
	unsigned int i;

	for (i = 0; i < crew->nr; i++)
		if (!completion_done(&crew->thread[i].done))
			return true;
	return false;
}

/* Tells the threads that it is enough, waits for them and expects no errors. */
void ac_kunit_crew_finish(struct kunit *test, struct ac_kunit_crew *crew)
{
	unsigned int i;

	kunit_remove_action(test, wait_for_crew, crew);
	wait_for_crew(crew);
	for (i = 0; i < crew->nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, crew->thread[i].errors, 0,
				    "thread %u: %s", i,
				    crew->thread[i].first_error);
}

/* For functions that end by themselves. */
void ac_kunit_crew_run(struct kunit *test, unsigned int nr,
		       void (*fn)(struct ac_kunit_thread *), void *arg)
{
	ac_kunit_crew_finish(test, ac_kunit_crew_start(test, nr, fn, arg));
}

/* The last of two threads, on another CPU than the test, which is on the first. */
static void read_all_along(struct ac_kunit_thread *thread)
{
	struct ac_kunit_crew *crew = container_of(thread - thread->id,
						  struct ac_kunit_crew, thread[0]);

	if (!thread->id)
		return;
	rcu_read_lock();
	WRITE_ONCE(*(bool *)thread->arg, true);
	while (!READ_ONCE(crew->enough))
		cpu_relax();
	rcu_read_unlock();
}

/*
 * A task on another CPU that is in a read-side section of RCU until
 * ac_kunit_crew_finish(): no grace period ends before.
 */
struct ac_kunit_crew *ac_kunit_reader_start(struct kunit *test, bool *inside)
{
	struct ac_kunit_crew *crew;

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU, and a reader would keep it");
	crew = ac_kunit_crew_start(test, 2, read_all_along, inside);
	while (!READ_ONCE(*inside))
		cond_resched();
	return crew;
}

struct interrupt {
	void (*fn)(void *arg);
	void *arg;
};

/*
 * On PREEMPT_RT this interrupt would stay one, and SLUB must not be called from it, so
 * lockdep complains. Say, as irq_work does, that it would be a thread there.
 */
static void interrupt(void *arg)
{
	struct interrupt *irq = arg;

	lockdep_irq_work_enter(0);
	irq->fn(irq->arg);
	lockdep_irq_work_exit(0);
}

/* Calls @fn in an interrupt of @cpu and waits for its end; 0, or -ENXIO. */
int ac_kunit_interrupt(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct interrupt irq = { .fn = fn, .arg = arg };

	return smp_call_function_single(cpu, interrupt, &irq, 1);
}
