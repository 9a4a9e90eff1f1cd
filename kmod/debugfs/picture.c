// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - files whose figures are read once and printed in parts
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "picture.h"

/**
 * struct viewer - an open file
 * @picture: which
 * @figures: what was read, or NULL
 * @part: what is printed next
 */
struct viewer {
	const struct ac_picture *picture;
	void *figures;
	unsigned int part;
};

static void forget(struct viewer *v)
{
	if (v->figures)
		v->picture->put(v->figures);
	v->figures = NULL;
}

static struct viewer *seek_part(struct viewer *v, loff_t part)
{
	v->part = part;
	return part < v->picture->parts(v->figures) ? v : NULL;
}

static void *picture_start(struct seq_file *m, loff_t *pos)
{
	struct viewer *v = m->private;

	if (!*pos) {
		forget(v);
		v->figures = v->picture->get();
	}
	return v->figures ? seek_part(v, *pos) : ERR_PTR(-ENOMEM);
}

static void *picture_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seek_part(v, ++*pos);
}

static void picture_stop(struct seq_file *m, void *v)
{
}

static int picture_show(struct seq_file *m, void *p)
{
	const struct viewer *v = p;

	v->picture->show(m, v->figures, v->part);
	return 0;
}

static const struct seq_operations picture_seq = {
	.start = picture_start,
	.next = picture_next,
	.stop = picture_stop,
	.show = picture_show,
};

static int picture_open(struct inode *inode, struct file *file)
{
	struct viewer *v = __seq_open_private(file, &picture_seq, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v->picture = inode->i_private;
	return 0;
}

static int picture_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	forget(m->private);
	return seq_release_private(inode, file);
}

const struct file_operations ac_picture_fops = {
	.owner = THIS_MODULE,
	.open = picture_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = picture_release,
};
