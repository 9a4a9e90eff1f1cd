// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - files of a head and lines, each read when it is printed
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "walk.h"

/**
 * struct walker - an open file
 * @walk: which
 * @figures: of the line that is printed next
 */
struct walker {
	const struct ac_walk *walk;
	u64 figures[];
};

/* Position 0 is the head's; behind it, line @at is at position @at + 1. */
static void *walk_start(struct seq_file *m, loff_t *pos)
{
	struct walker *w = m->private;
	unsigned long at = *pos - 1;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (!w->walk->read(w->figures, &at))
		return NULL;
	*pos = at;
	return w;
}

static void *walk_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return walk_start(m, pos);
}

static void walk_stop(struct seq_file *m, void *v)
{
}

static int walk_show(struct seq_file *m, void *v)
{
	const struct walker *w = m->private;

	w->walk->show(m, v == SEQ_START_TOKEN ? NULL : w->figures);
	return 0;
}

static const struct seq_operations walk_seq = {
	.start = walk_start,
	.next = walk_next,
	.stop = walk_stop,
	.show = walk_show,
};

static int walk_open(struct inode *inode, struct file *file)
{
	const struct ac_walk *walk = inode->i_private;
	struct walker *w;

	w = __seq_open_private(file, &walk_seq, sizeof(*w) + walk->size);
	if (!w)
		return -ENOMEM;
	w->walk = walk;
	return 0;
}

const struct file_operations ac_walk_fops = {
	.owner = THIS_MODULE,
	.open = walk_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};
