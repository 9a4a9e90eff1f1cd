// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - load and unload
 */
#include <linux/init.h>
#include <linux/module.h>

#include "cache.h"
#include "debugfs.h"

static unsigned int reserve;
module_param(reserve, uint, 0444);
MODULE_PARM_DESC(reserve, "arenas that each NUMA node takes at load and keeps for callers that cannot wait (default 0)");

static int __init ac_init(void)
{
	int err;

	err = ac_arena_map_init();
	if (err)
		return err;
	err = ac_arena_init(reserve);
	if (err)
		goto exit_map;
	err = ac_magazine_init();
	if (err)
		goto exit_arena;
	err = ac_cache_init();
	if (err)
		goto exit_magazine;
	ac_debugfs_init();
	return 0;

exit_magazine:
	ac_magazine_exit();
exit_arena:
	ac_arena_exit();
exit_map:
	ac_arena_map_exit();
	return err;
}

static void __exit ac_exit(void)
{
	ac_debugfs_exit();
	ac_cache_exit();
	ac_magazine_exit();
	ac_arena_exit();
	ac_arena_map_exit();
}

module_init(ac_init);
module_exit(ac_exit);

MODULE_DESCRIPTION("CPython's small-object heap as a slab-like object cache");
MODULE_AUTHOR("The arena_cache developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1");
