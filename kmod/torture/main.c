// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache_torture - everything at once, at random, for as long as is asked for
 *
 * Files in /sys/kernel/debug/arena_cache/torture:
 *
 * run		write a number of seconds: returns when they are over and all actors
 *		rest. Blocks stay in slots from one run to the next; 0 frees them all
 * state	counts so far, and how many blocks of each kind live
 * fragment	see fragment.c
 *
 * Random numbers follow from the parameter seed, which is printed. The order in which
 * actors meet does not.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "actor.h"
#include "badfree.h"
#include "caches.h"
#include "faults.h"
#include "fragment.h"
#include "refs.h"
#include "slots.h"
#include "step.h"

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of all random numbers, 0: a random one (number; 0 to 18446744073709551615; 0)");

static unsigned int threads;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "threads that allocate and free, 0: two for each CPU (threads; 0 to 4096; 0)");

/* What threads= may be at most. */
#define MAX_THREADS	4096

/* One step of a timer is so many of an actor, at most. */
#define TIMER_STEPS	8

/* Nanoseconds. */
#define FIRST_TICK	100000

enum { THREAD, HARD, SOFT, NR_ACTORS };

/**
 * struct team - a thread and its timers
 * @actor: one for each context, so that none is used twice at a time
 * @hard: timer in hard-irq context
 * @soft: timer in softirq context
 * @until: jiffies at which the thread ends
 * @done: it has ended
 */
struct team {
	struct ac_torture_actor actor[NR_ACTORS];
	struct hrtimer hard;
	struct hrtimer soft;
	unsigned long until;
	struct completion done;
};

/* Protects all below: there is one run at a time. */
static DEFINE_MUTEX(torture_lock);
static struct team *teams;
static struct dentry *root;

static enum hrtimer_restart tick(struct hrtimer *timer,
				 struct ac_torture_actor *a)
{
	unsigned int n = 1 + ac_torture_random(a, TIMER_STEPS);
	ktime_t pause, start = ktime_get();

	while (n--)
		ac_torture_step(a, GFP_ATOMIC | __GFP_NOWARN);
	/* Leaves time to the threads, however slow the machine is. */
	pause = 24 * ktime_sub(ktime_get(), start);
	pause = ktime_add_us(pause, 100 + ac_torture_random(a, 2000));
	hrtimer_forward_now(timer, pause);
	return HRTIMER_RESTART;
}

static enum hrtimer_restart tick_hard(struct hrtimer *timer)
{
	struct team *team = container_of(timer, struct team, hard);

	return tick(timer, &team->actor[HARD]);
}

static enum hrtimer_restart tick_soft(struct hrtimer *timer)
{
	struct team *team = container_of(timer, struct team, soft);

	return tick(timer, &team->actor[SOFT]);
}

static void start_timers(struct team *team)
{
	hrtimer_setup(&team->hard, tick_hard, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL);
	hrtimer_setup(&team->soft, tick_soft, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_SOFT);
	hrtimer_start(&team->hard, ns_to_ktime(FIRST_TICK), HRTIMER_MODE_REL);
	hrtimer_start(&team->soft, ns_to_ktime(FIRST_TICK), HRTIMER_MODE_REL_SOFT);
}

static int work(void *arg)
{
	struct team *team = arg;

	start_timers(team);
	while (time_before(jiffies, team->until)) {
		ac_torture_step_of_thread(&team->actor[THREAD]);
		cond_resched();
	}
	hrtimer_cancel(&team->hard);
	hrtimer_cancel(&team->soft);
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&team->done, 0);
}

static int start_team(struct team *team, unsigned int id, unsigned int seconds)
{
	struct task_struct *task;

	init_completion(&team->done);
	team->until = jiffies + seconds * HZ;
	task = kthread_create(work, team, "ac_torture/%u", id);
	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	return 0;
}

static int run(unsigned int seconds)
{
	unsigned int i, n;
	int err = 0;

	for (n = 0; n < threads && !err; n++)
		err = start_team(&teams[n], n, seconds);
	if (err)
		n--;
	for (i = 0; i < n; i++)
		wait_for_completion(&teams[i].done);
	return err;
}

/* All actors rest. */
static void empty_slots(void)
{
	struct ac_torture_actor *a = &teams->actor[THREAD];
	struct ac_torture_kind *kind;
	struct ac_torture_block b;
	unsigned int i, k;

	for (i = 0; (kind = ac_torture_kind_at(i)); i++) {
		for (k = 0; k < AC_TORTURE_SLOTS; k++) {
			b = (struct ac_torture_block){};
			ac_torture_swap(&kind->slot[k], &b);
			ac_torture_release(a, kind, &b);
			cond_resched();
		}
	}
	ac_torture_wait_for_pending();
	/* Last, when the blocks of these pages are gone. */
	ac_torture_drop_references();
}

static ssize_t run_write(struct file *file, const char __user *data,
			 size_t count, loff_t *pos)
{
	unsigned int seconds;
	int err = kstrtouint_from_user(data, count, 0, &seconds);

	if (err)
		return err;
	if (seconds > INT_MAX / HZ)
		return -EINVAL;
	if (mutex_lock_interruptible(&torture_lock))
		return -EINTR;
	if (seconds)
		err = run(seconds);
	else
		empty_slots();
	mutex_unlock(&torture_lock);
	return err ?: count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.write = run_write,
};

static void show_actors(struct seq_file *m)
{
	struct ac_torture_actor sum = {}, *a;
	u64 interrupted = 0;
	unsigned int i;

	for (i = 0; i < threads * NR_ACTORS; i++) {
		a = &teams[i / NR_ACTORS].actor[i % NR_ACTORS];
		sum.operations += a->operations;
		sum.failed += a->failed;
		sum.bad_frees += a->bad_frees;
		if (i % NR_ACTORS != THREAD)
			interrupted += a->operations;
	}
	seq_printf(m, "operations %llu\nin_interrupts %llu\n", sum.operations,
		   interrupted);
	seq_printf(m, "failed %llu\nbad_frees %llu\n", sum.failed,
		   sum.bad_frees);
}

static void show_errors(struct seq_file *m)
{
	static const char *const names[AC_TORTURE_NR_FAULTS] = {
		[AC_TORTURE_BYTES] = "bytes",
		[AC_TORTURE_ALIGN] = "align",
		[AC_TORTURE_REFERENCE] = "reference",
		[AC_TORTURE_OWNER] = "owner",
	};
	unsigned int i;

	for (i = 0; i < AC_TORTURE_NR_FAULTS; i++)
		seq_printf(m, "errors_%s %lu\n", names[i],
			   ac_torture_errors(i));
}

static int state_show(struct seq_file *m, void *v)
{
	struct ac_torture_kind *kind;
	unsigned int i;

	if (mutex_lock_interruptible(&torture_lock))
		return -EINTR;
	seq_printf(m, "seed %lu\n", seed);
	show_actors(m);
	seq_printf(m, "references %lu\npending_frees %lu\n",
		   ac_torture_references(), ac_torture_pending());
	show_errors(m);
	for (i = 0; (kind = ac_torture_kind_at(i)); i++)
		seq_printf(m, "live %lu %s\n", ac_torture_live(kind),
			   kind->name);
	mutex_unlock(&torture_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

/*
 * Every actor has random numbers of its own; the upper bits of a cookie say whose it
 * is. One thread takes all arenas away now and then.
 */
static void make_actors(void)
{
	struct ac_torture_actor *a;
	u64 i;

	for (i = 0; i < threads * NR_ACTORS; i++) {
		a = &teams[i / NR_ACTORS].actor[i % NR_ACTORS];
		prandom_seed_state(&a->rnd, seed + i);
		a->cookie = (i + 1) << 48;
		a->famine = jiffies + MAX_JIFFY_OFFSET;
	}
	teams->actor[THREAD].famine = jiffies + HZ;
}

static void make_files(void)
{
	struct dentry *parent = debugfs_lookup("arena_cache", NULL);

	root = debugfs_create_dir("torture", parent);
	dput(parent);
	debugfs_create_file("run", 0200, root, NULL, &run_fops);
	debugfs_create_file("state", 0400, root, NULL, &state_fops);
	ac_torture_fragment_create(root);
}

static int __init torture_init(void)
{
	int err;

	if (threads > MAX_THREADS) {
		pr_err("threads=%u is refused: it may be 0 to %u\n", threads,
		       MAX_THREADS);
		return -ERANGE;
	}
	if (!seed)
		seed = get_random_u32();
	if (!threads)
		threads = 2 * num_online_cpus();
	teams = kvcalloc(threads, sizeof(*teams), GFP_KERNEL);
	if (!teams)
		return -ENOMEM;
	err = ac_torture_slots_create();
	if (err)
		goto free_teams;
	err = ac_torture_badfree_create();
	if (err)
		goto destroy_slots;
	make_actors();
	make_files();
	pr_info("seed %lu, %u threads\n", seed, threads);
	return 0;

destroy_slots:
	ac_torture_slots_destroy();
free_teams:
	kvfree(teams);
	return err;
}

static void __exit torture_exit(void)
{
	debugfs_remove(root);
	ac_torture_fragment_destroy();
	empty_slots();
	ac_torture_badfree_destroy();
	ac_torture_slots_destroy();
	kvfree(teams);
}

module_init(torture_init);
module_exit(torture_exit);

MODULE_DESCRIPTION("Torture test of arena_cache");
MODULE_AUTHOR("The arena_cache developers");
MODULE_LICENSE("GPL");
