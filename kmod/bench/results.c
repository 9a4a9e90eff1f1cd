// SPDX-License-Identifier: GPL-2.0
/*
 * The lines of a result
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "results.h"

static DEFINE_MUTEX(lock);	/* protects @lines */
static LIST_HEAD(lines);

struct line {
	struct list_head list;
	char text[];
};

void ac_bench_results_forget(void)
{
	struct line *line, *next;

	mutex_lock(&lock);
	list_for_each_entry_safe(line, next, &lines, list)
		kfree(line);
	INIT_LIST_HEAD(&lines);
	mutex_unlock(&lock);
}

void ac_bench_results_print(struct seq_file *m)
{
	struct line *line;

	mutex_lock(&lock);
	list_for_each_entry(line, &lines, list)
		seq_printf(m, "%s\n", line->text);
	mutex_unlock(&lock);
}

static void keep(struct line *line)
{
	mutex_lock(&lock);
	list_add_tail(&line->list, &lines);
	mutex_unlock(&lock);
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
	if (!line)
		return ac_bench_note_error(s, -ENOMEM);
	vsnprintf(line->text, len + 1, fmt, args);
	if (s->log)
		pr_info("%s\n", line->text);
	keep(line);
}

/**
 * ac_bench_emit - add a line to the results
 * @s: the session; its error is set if there is no memory for the line
 * @fmt: the line, without its end
 */
void ac_bench_emit(struct ac_bench_session *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit_args(s, fmt, args);
	va_end(args);
}
