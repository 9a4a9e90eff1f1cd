// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - load and unload
 */
#include <linux/init.h>
#include <linux/module.h>

#include "alloc.h"
#include "cache.h"
#include "debug/symbol.h"
#include "debug/unload.h"
#include "debugfs/debugfs.h"
#include "defer.h"
#include "device/device.h"
#include "node.h"
#include "param.h"
#include "reclaim.h"

static struct ac_param reserve = { .max = AC_RESERVE_MAX };
AC_PARAM(reserve, reserve, 0444);
MODULE_PARM_DESC(reserve, "memory that each NUMA node takes at load and keeps for callers that cannot wait (arenas of 256 KB; 0 to 65536; 0)");

/* A day. */
static struct ac_param decay_ms = { 2000, 86400000 };
AC_PARAM(decay_ms, decay_ms, 0444);
MODULE_PARM_DESC(decay_ms, "how long memory that nobody needs stays, 0: for ever (milliseconds; 0 to 86400000; 2000)");

static int __init ac_init(void)
{
	int err;

	err = ac_node_init();
	if (err)
		return err;
	err = ac_arena_map_init();
	if (err)
		goto exit_node;
	err = ac_arena_init(reserve.value);
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
	err = ac_reclaim_init(decay_ms.value);
	if (err)
		goto exit_cache;
	err = ac_unload_init();
	if (err)
		goto exit_reclaim;
	err = ac_device_init();
	if (err)
		goto exit_unload;
	ac_debugfs_init();
	return 0;

exit_unload:
	ac_unload_exit();
	ac_symbol_exit();
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
	ac_unload_exit();
	ac_reclaim_exit();
	ac_cache_exit();
	ac_defer_exit();
	/* The last reports are written. */
	ac_symbol_exit();
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
