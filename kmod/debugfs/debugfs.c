// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what users see under /sys/kernel/debug/arena_cache
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>

#include "debugfs.h"
#include "fault.h"
#include "files.h"

/**
 * struct entry - a file
 * @name: its name
 * @mode: who may do what
 * @fops: its operations
 * @data: what they work on, of the type that they want
 */
struct entry {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
	const void *data;
};

static const struct entry entries[] = {
	{ "stats", 0444, &ac_picture_fops, &ac_picture_stats },
	{ "stats.json", 0444, &ac_picture_fops, &ac_picture_json },
	{ "caches", 0444, &ac_picture_fops, &ac_picture_caches },
	{ "arenas", 0444, &ac_walk_fops, &ac_walk_arenas },
	{ "cpus", 0444, &ac_walk_fops, &ac_walk_cpus },
	{ "zombies", 0400, &ac_picture_fops, &ac_picture_zombies },
	{ "traces", 0400, &ac_picture_fops, &ac_picture_traces },
	{ "verify", 0400, &ac_picture_fops, &ac_picture_verify },
	{ "trim", 0200, &ac_trim_fops },
};

static struct dentry *dir;

void ac_debugfs_init(void)
{
	const struct entry *e;

	dir = debugfs_create_dir("arena_cache", NULL);
	for (e = entries; e < entries + ARRAY_SIZE(entries); e++)
		debugfs_create_file(e->name, e->mode, dir, (void *)e->data,
				    e->fops);
	ac_debugfs_fault_init();
}

void ac_debugfs_exit(void)
{
	ac_debugfs_fault_exit();
	debugfs_remove(dir);
}
