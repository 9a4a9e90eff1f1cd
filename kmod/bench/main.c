// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache_bench - compare allocators on the machine that it is loaded on
 *
 * A *workload* says what is done with blocks, an *allocator* where they come from. A
 * *case* is a workload with its numbers fixed (n, order, size); a *run* is one allocator
 * in a case. The *cost* of a run is nanoseconds, or bytes for a workload that weighs
 * memory. A *session* is everything that one request asks for.
 *
 * allocators.h		the table of allocators, as inline functions
 * workloads.c		the table of workloads
 * parameters.c, request.c, config.c
 *			defaults, the words of a request, what it asks for
 * runner.c, rounds.c	which cases run; how one is verified, calibrated, timed
 * case.c, script.c, trace.c
 *			what a case needs; a trace dealt out to CPUs; the trace
 * alone.c, parallel.c, irq.c, replay.c, latency.c
 *			the loops
 * loop.h		what all loops are made of, and how they are compiled
 * team.c, thread.c	the CPUs that run a loop together
 * retention.c, memory.c, trial.c
 *			experiments with memory
 * summary.c, results.c, environment.c
 *			what is printed
 *
 * Module parameters set defaults. run=1 runs at once, with results in the kernel log,
 * and the module stays only if nothing went wrong. Otherwise use the files in
 * /sys/kernel/debug/arena_cache/bench:
 *
 * workloads	what can be done
 * allocators	with what
 * run		write a request, such as "workload=batch,bulk size=16,64": returns
 *		when it is served, or after a signal
 * trace		write a trace of scripts/record, for "replay"
 * results	of the last request, also while it runs
 *
 * The top of workloads.c says what is measured and what is not.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "alone.h"
#include "parameters.h"
#include "request.h"
#include "results.h"
#include "runner.h"
#include "trace.h"
#include "workloads.h"

#define REQUEST_MAX	1024

static bool run;
module_param(run, bool, 0444);
MODULE_PARM_DESC(run, "measure at load, with the results in the kernel's log (switch; 0 or 1; 0)");

/* Protects @session: there is one at a time. Held for all of it. */
static DEFINE_MUTEX(ac_bench_run_lock);
static struct ac_bench_session session;

static struct dentry *root;

static int run_locked(char *request, bool log)
{
	int err;

	/* First: old results beside a request that is refused would pass for its own. */
	ac_bench_results_forget();
	memset(&session, 0, sizeof(session));
	session.log = log;
	err = ac_bench_set_defaults(&session.config);
	if (!err && request)
		err = ac_bench_request_parse(&session.config, request);
	return err ?: ac_bench_serve(&session);
}

/* @request may be NULL. */
static int run_session(char *request, bool log)
{
	int err = mutex_lock_interruptible(&ac_bench_run_lock);

	if (err)
		return err;
	err = run_locked(request, log);
	mutex_unlock(&ac_bench_run_lock);
	return err;
}

static ssize_t run_write(struct file *file, const char __user *from,
			 size_t count, loff_t *pos)
{
	char *request;
	int err;

	if (count > REQUEST_MAX)
		return -E2BIG;
	request = memdup_user_nul(from, count);
	if (IS_ERR(request))
		return PTR_ERR(request);
	err = run_session(request, false);
	kfree(request);
	return err ?: count;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static const struct file_operations trace_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = ac_bench_trace_write,
};

static int results_show(struct seq_file *m, void *v)
{
	ac_bench_results_print(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(results);

static void show_defaults(struct seq_file *m,
			  const struct ac_bench_workload *w)
{
	unsigned int i;

	seq_puts(m, " (n=");
	for (i = 0; w->n[i]; i++)
		seq_printf(m, "%s%u", i ? "," : "", w->n[i]);
	seq_printf(m, "%s)\n", w->fixed ? ", fixed" : "");
}

static int workloads_show(struct seq_file *m, void *v)
{
	const struct ac_bench_workload *w;
	unsigned int i;

	for (i = 0; (w = ac_bench_workload_at(i)); i++) {
		seq_printf(m, "%-12s %s", w->name, w->desc);
		show_defaults(m, w);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(workloads);

static int allocators_show(struct seq_file *m, void *v)
{
	const struct ac_bench_allocator *a;
	unsigned int i;

	for (i = 0; (a = ac_bench_allocator_at(i)); i++)
		seq_printf(m, "%-12s %s\n", a->name, a->desc);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(allocators);

/* If arena_cache has no directory, the one made here is @root, to be removed. */
static void make_files(void)
{
	struct dentry *parent = debugfs_lookup("arena_cache", NULL);
	struct dentry *dir;

	if (IS_ERR_OR_NULL(parent)) {
		root = debugfs_create_dir("arena_cache", NULL);
		dir = debugfs_create_dir("bench", root);
	} else {
		root = debugfs_create_dir("bench", parent);
		dir = root;
		dput(parent);
	}
	debugfs_create_file("workloads", 0444, dir, NULL, &workloads_fops);
	debugfs_create_file("allocators", 0444, dir, NULL, &allocators_fops);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("trace", 0200, dir, NULL, &trace_fops);
	debugfs_create_file("results", 0444, dir, NULL, &results_fops);
}

static int __init bench_init(void)
{
	int err = ac_bench_set_defaults(&session.config);

	if (!err && run)
		err = run_session(NULL, true);
	if (err) {
		ac_bench_results_forget();
		return err;
	}
	make_files();
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(root);
	ac_bench_results_forget();
	ac_bench_trace_forget();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmarks for arena_cache");
MODULE_LICENSE("GPL");
