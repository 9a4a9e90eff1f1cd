// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas that are not to be had, on demand
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/sizes.h>

#include "fault.h"

static DECLARE_FAULT_ATTR(fail_arena);
static struct dentry *dir;

void ac_fault_init(void)
{
	dir = fault_create_debugfs_attr("fail_arena", NULL, &fail_arena);
}

void ac_fault_exit(void)
{
	debugfs_remove(dir);
}

/* Shall the next arena fail? */
bool ac_fault_arena(void)
{
	return should_fail(&fail_arena, SZ_256K);
}
