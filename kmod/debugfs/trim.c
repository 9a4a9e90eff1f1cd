// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file trim: writing to it gives back all that nobody uses
 */
#include <linux/fs.h>
#include <linux/module.h>

#include "../cache.h"
#include "files.h"

static ssize_t trim_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	ac_cache_trim();
	return count;
}

const struct file_operations ac_trim_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = trim_write,
	.llseek = noop_llseek,
};
