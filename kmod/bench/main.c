// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache_bench - compare allocators on the machine that it is loaded on
 *
 * Module parameters set defaults, and run=1 runs at once, with results in the
 * kernel log; the module then stays only if nothing went wrong. Otherwise use
 * the files in /sys/kernel/debug/arena_cache/bench:
 *
 * workloads	what can be done
 * allocators	with what
 * run		write a request, such as "workload=batch,bulk size=16,64": returns
 *		when it is done, or when a signal came
 * trace		write a trace of scripts/record, for "replay"
 * results	of the last request, also while it runs
 *
 * What is measured and what is not is at the top of workloads.c.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench.h"
#include "trace.h"

#define REQUEST_MAX	1024

static char *workload = "all";
module_param(workload, charp, 0444);
MODULE_PARM_DESC(workload, "names or patterns, comma-separated (default all)");

static char *allocator = "all";
module_param(allocator, charp, 0444);
MODULE_PARM_DESC(allocator, "names or patterns, comma-separated (default all)");

static char *order = "all";
module_param(order, charp, 0444);
MODULE_PARM_DESC(order, "of frees in a batch: fifo,lifo,random (default all)");

static char *size = "64";
module_param(size, charp, 0444);
MODULE_PARM_DESC(size, "block sizes, comma-separated (default 64)");

static char *n = "";
module_param(n, charp, 0444);
MODULE_PARM_DESC(n, "numbers of blocks (default: each workload's own)");

static char *rounds = "7";
module_param(rounds, charp, 0444);
MODULE_PARM_DESC(rounds, "counted rounds, 5 to 64 (default 7)");

static char *iterations = "0";
module_param(iterations, charp, 0444);
MODULE_PARM_DESC(iterations, "in a round (default 0: as many as fill round_ms)");

static char *round_ms = "20";
module_param(round_ms, charp, 0444);
MODULE_PARM_DESC(round_ms, "length of a round in ms (default 20)");

static bool run;
module_param(run, bool, 0444);
MODULE_PARM_DESC(run, "run at load and print results to the kernel log");

static const struct {
	const char *key;
	char **value;
} parameters[] = {
	{ "workload", &workload },
	{ "allocator", &allocator },
	{ "order", &order },
	{ "size", &size },
	{ "n", &n },
	{ "rounds", &rounds },
	{ "iterations", &iterations },
	{ "round_ms", &round_ms },
};

/* Protects @session: there is one at a time. */
static DEFINE_MUTEX(ac_bench_run_lock);
static struct ac_bench_session session;

static struct {
	struct mutex lock;	/* protects @lines */
	struct list_head lines;
} results = {
	.lock = __MUTEX_INITIALIZER(results.lock),
	.lines = LIST_HEAD_INIT(results.lines),
};

struct line {
	struct list_head list;
	char text[];
};

static struct dentry *root;

static void forget_results(void)
{
	struct line *line, *next;

	mutex_lock(&results.lock);
	list_for_each_entry_safe(line, next, &results.lines, list)
		kfree(line);
	INIT_LIST_HEAD(&results.lines);
	mutex_unlock(&results.lock);
}

static void keep_line(struct line *line)
{
	mutex_lock(&results.lock);
	list_add_tail(&line->list, &results.lines);
	mutex_unlock(&results.lock);
}

static __printf(2, 0)
void emit_args(struct ac_bench_session *s, const char *fmt, va_list args)
{
	struct line *line;
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);

	line = kmalloc(sizeof(*line) + len + 1, GFP_KERNEL);
	if (!line) {
		s->error = s->error ?: -ENOMEM;
		return;
	}
	vsnprintf(line->text, len + 1, fmt, args);
	if (s->log)
		pr_info("%s\n", line->text);
	keep_line(line);
}

/* Adds one line to the results. */
void ac_bench_emit(struct ac_bench_session *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit_args(s, fmt, args);
	va_end(args);
}

static int set_defaults(struct ac_bench_config *c)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		err = ac_bench_config_set(c, parameters[i].key,
					  *parameters[i].value);
		if (err)
			return err;
	}
	if (c->size.nr)
		return 0;
	pr_err("no size\n");
	return -EINVAL;
}

static int run_locked(char *request, bool log)
{
	int err;

	memset(&session, 0, sizeof(session));
	session.log = log;
	err = set_defaults(&session.config);
	if (!err && request)
		err = ac_bench_config_parse(&session.config, request);
	if (err)
		return err;
	forget_results();
	return ac_bench_serve(&session);
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
	struct line *line;

	mutex_lock(&results.lock);
	list_for_each_entry(line, &results.lines, list)
		seq_printf(m, "%s\n", line->text);
	mutex_unlock(&results.lock);
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

/* Where arena_cache has no directory, ours is removed with what is in it. */
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
	int err = set_defaults(&session.config);

	if (!err && run)
		err = run_session(NULL, true);
	if (err) {
		forget_results();
		return err;
	}
	make_files();
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove(root);
	forget_results();
	ac_bench_trace_forget();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmarks for arena_cache");
MODULE_LICENSE("GPL");
