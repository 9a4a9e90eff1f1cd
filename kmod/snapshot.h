/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - all figures
 *
 * What debugfs prints. The bytes of all arenas are split into parts, and the parts sum
 * exactly to the arenas. Nobody waits for a reader: it reads caches one by one, without a
 * lock, and each node in one go. The figures are exact once the callers rest. While they
 * work, each figure is from some moment of the reading, and free pools are what is left of
 * the arenas, so that no figure contradicts another one.
 *
 * A snapshot owns all its figures, names included. A cache that is made while it is read
 * may be missing.
 */
#ifndef AC_SNAPSHOT_H
#define AC_SNAPSHOT_H

#include <linux/arena_cache_cpu.h>

/**
 * struct ac_row - the figures of one cache
 * @cache: the cache, to compare with; it may be gone
 * @name: a copy of its name
 * @id: its id
 * @class: number of its size class, or -1
 * @size: what its callers get
 * @block_size: from one block to the next
 * @capacity: blocks of a pool
 * @rounds: of a magazine
 * @debug: see flags.h
 * @ctor: it has a constructor
 * @large: a kmem_cache stands behind it
 * @defunct: it is destroyed, and blocks live
 * @pools: pools that it has
 * @taken: blocks taken from them
 * @in_magazines: blocks cached in magazines of CPUs
 * @in_depots: blocks cached in depots
 * @quarantined: blocks in quarantine
 * @waiting: blocks that wait for a grace period
 * @live: blocks that callers have, in arenas: all others that are taken
 * @free: blocks free in pools
 * @outside: blocks that lie in no arena: live ones, and raw ones in magazines
 */
struct ac_row {
	const struct arena_cache *cache;
	const char *name;
	u32 id;
	int class;
	unsigned int size;
	unsigned int block_size;
	unsigned int capacity;
	unsigned int rounds;
	unsigned int debug;
	bool ctor;
	bool large;
	bool defunct;
	u64 pools;
	u64 taken;
	u64 in_magazines;
	u64 in_depots;
	u64 quarantined;
	u64 waiting;
	u64 live;
	u64 free;
	s64 outside;
};

/**
 * struct ac_bytes - where the bytes of the arenas went; the parts sum to @total
 * @live: blocks that callers have
 * @in_magazines: blocks in magazines of CPUs
 * @in_depots: blocks in depots
 * @quarantined: blocks in quarantine
 * @waiting: blocks that wait for a grace period
 * @free: free blocks of pools that caches have
 * @free_pools: pools that no cache has
 * @gone_pools: pools whose page is not ours
 * @maps: bitmaps that lie in pools of blocks below 64 bytes
 * @tails: ends of pools, too short for a block
 * @total: arenas * 256 KB
 */
struct ac_bytes {
	u64 live;
	u64 in_magazines;
	u64 in_depots;
	u64 quarantined;
	u64 waiting;
	u64 free;
	u64 free_pools;
	u64 gone_pools;
	u64 maps;
	u64 tails;
	u64 total;
};

/**
 * struct ac_snapshot - all of it
 * @arenas: arenas that are there
 * @empty: those without a used pool
 * @highwater: most that ever were, added up over the nodes
 * @cache_pools: pools that caches have
 * @free_pools: pools that no cache has
 * @gone_pools: pools whose page is not ours
 * @spare_pools: free pools that trimming gives back: all but the reserve's
 * @bytes: where the bytes are
 * @names: where the next name goes
 * @end: of the room for names
 * @room: caches that there is room for
 * @nr_rows: number of caches
 * @row: the caches, by id
 */
struct ac_snapshot {
	u64 arenas;
	u64 empty;
	u64 highwater;
	u64 cache_pools;
	u64 free_pools;
	u64 gone_pools;
	u64 spare_pools;
	struct ac_bytes bytes;
	char *names;
	char *end;
	unsigned int room;
	unsigned int nr_rows;
	struct ac_row row[];
};

struct ac_snapshot *ac_snapshot_get(void);
void ac_snapshot_put(struct ac_snapshot *s);
const struct ac_row *ac_snapshot_find(const struct ac_snapshot *s, u32 id);

#endif /* AC_SNAPSHOT_H */
