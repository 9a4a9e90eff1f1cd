// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - load and unload
 */
#include <linux/init.h>
#include <linux/module.h>

#include "alloc.h"
#include "cache.h"
#include "debugfs/debugfs.h"
#include "defer.h"
#include "device/device.h"
#include "node.h"
#include "reclaim.h"

static unsigned int reserve;
module_param(reserve, uint, 0444);
MODULE_PARM_DESC(reserve, "arenas that each NUMA node takes at load and keeps for callers that cannot wait (default 0)");

static unsigned int decay_ms = 2000;
module_param(decay_ms, uint, 0444);
MODULE_PARM_DESC(decay_ms, "milliseconds after which memory that nobody used goes back to the system; 0: never (default 2000)");

static int __init ac_init(void)
{
	int err;

	err = ac_node_init();
	if (err)
		return err;
	err = ac_arena_map_init();
	if (err)
		goto exit_node;
	err = ac_arena_init(reserve);
	if (err)
		goto exit_map;
	err = ac_cpus_init();
	if (err)
		goto exit_arena;
	err = ac_depot_init();
	if (err)
		goto exit_cpus;
	err = ac_defer_init(ac_alloc_free_deferred);
	if (err)
		goto exit_depot;
	err = ac_cache_init();
	if (err)
		goto exit_defer;
	err = ac_reclaim_init(decay_ms);
	if (err)
		goto exit_cache;
	err = ac_device_init();
	if (err)
		goto exit_reclaim;
	ac_debugfs_init();
	return 0;

exit_reclaim:
	ac_reclaim_exit();
exit_cache:
	ac_cache_exit();
exit_defer:
	ac_defer_exit();
exit_depot:
	ac_depot_exit();
exit_cpus:
	ac_cpus_exit();
exit_arena:
	ac_arena_exit();
exit_map:
	ac_arena_map_exit();
exit_node:
	ac_node_exit();
	return err;
}

static void __exit ac_exit(void)
{
	ac_debugfs_exit();
	ac_device_exit();
	ac_reclaim_exit();
	ac_cache_exit();
	ac_defer_exit();
	ac_depot_exit();
	ac_cpus_exit();
	ac_arena_exit();
	ac_arena_map_exit();
	ac_node_exit();
}

module_init(ac_init);
module_exit(ac_exit);

MODULE_DESCRIPTION("CPython's small-object heap as a slab-like object cache");
MODULE_AUTHOR("The arena_cache developers");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.2.0");
