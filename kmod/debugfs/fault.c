// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the folder fail_arena, with which arenas are made to fail
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>

#include "../debug/fault.h"
#include "fault.h"

static struct dentry *dir;

void ac_debugfs_fault_init(void)
{
	dir = fault_create_debugfs_attr("fail_arena", NULL, &ac_fault_attr);
}

void ac_debugfs_fault_exit(void)
{
	debugfs_remove(dir);
}
