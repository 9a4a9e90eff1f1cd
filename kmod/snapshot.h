/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - all figures at one moment
 *
 * What debugfs prints. The bytes of all arenas are split into parts, and the
 * parts sum exactly to the arenas: the number of pools of every cache and of
 * free pools are read under the lock of the node's arenas, which they change
 * under. What is free, cached and live within the pools is exact once the
 * callers rest.
 */
#ifndef AC_SNAPSHOT_H
#define AC_SNAPSHOT_H

#include <linux/arena_cache.h>

/**
 * struct ac_row - the figures of one cache
 * @cache: the cache; valid while the snapshot is held
 * @pools: pools held
 * @used: blocks taken from them
 * @in_cpus: blocks cached in magazines of CPUs
 * @in_depots: blocks cached in depots
 * @held: blocks in quarantine
 * @live: blocks that callers hold in arenas: used - in_cpus - in_depots - held
 * @avail: blocks free in pools
 * @outside: blocks that are in no arena: live ones, and raw ones in magazines
 */
struct ac_row {
	const struct arena_cache *cache;
	u64 pools;
	u64 used;
	u64 in_cpus;
	u64 in_depots;
	u64 held;
	u64 live;
	u64 avail;
	s64 outside;
};

/**
 * struct ac_bytes - where the bytes of the arenas went; the parts sum to @total
 * @live: blocks that callers hold
 * @in_cpus: blocks in magazines of CPUs
 * @in_depots: blocks in depots
 * @held: blocks in quarantine
 * @avail: free blocks of pools that caches hold
 * @unused: pools that no cache holds
 * @gone: pools given back to the page allocator
 * @maps: bitmaps that pools of blocks below 64 bytes hold themselves
 * @tails: ends of pools, too short for a block
 * @total: arenas * 256 KB
 */
struct ac_bytes {
	u64 live;
	u64 in_cpus;
	u64 in_depots;
	u64 held;
	u64 avail;
	u64 unused;
	u64 gone;
	u64 maps;
	u64 tails;
	u64 total;
};

/**
 * struct ac_snapshot - all of it
 * @arenas: arenas that are there
 * @empty: those without a used pool
 * @highwater: most that ever were, added up over the nodes
 * @free_pools: pools that no cache has
 * @gone_pools: pools given back to the page allocator
 * @spare_pools: free pools that trimming gives back: all but the reserve's
 * @bytes: where the bytes are
 * @nr_rows: number of caches
 * @row: the caches
 */
struct ac_snapshot {
	u64 arenas;
	u64 empty;
	u64 highwater;
	u64 free_pools;
	u64 gone_pools;
	u64 spare_pools;
	struct ac_bytes bytes;
	unsigned int nr_rows;
	struct ac_row row[];
};

struct ac_snapshot *ac_snapshot_get(void);
void ac_snapshot_put(struct ac_snapshot *s);

#endif /* AC_SNAPSHOT_H */
