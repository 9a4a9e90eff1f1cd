// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file trim: writing 1 to it gives back all that nobody uses
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include "../cache.h"
#include "files.h"

static ssize_t trim_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	unsigned int what;
	int err = kstrtouint_from_user(buf, count, 0, &what);

	if (err)
		return err;
	if (what != 1)
		return -EINVAL;
	ac_cache_trim();
	return count;
}

const struct file_operations ac_trim_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = trim_write,
	.llseek = noop_llseek,
};
