/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - who has the blocks of debug caches
 *
 * Owns nothing. Counts the live blocks of caches with letter U (flags.h) by the call
 * stack that allocated them: how many, how many bytes, how old. After a while a leak is
 * at the top.
 *
 * It looks at one pool at a time, while callers go on, and at a copy of each track. A
 * track that was copied half written has a wrong sum and is left out. The figures are
 * exact once the callers rest.
 *
 * No stack is looked up, and nothing is printed, while the pool's lock is held.
 */
#ifndef AC_TRACES_H
#define AC_TRACES_H

#include <linux/types.h>

struct ac_snapshot;

/**
 * struct ac_site - the live blocks that one call stack allocated of one cache
 * @cache: the cache, to compare with; it may be gone
 * @ip: where the allocator was called; 0: a free entry
 * @id: the cache's id
 * @stack: handle for ac_stack_fetch()
 * @pid: the task that allocated one of them
 * @blocks: how many
 * @bytes: that were asked for
 * @oldest: age of the oldest in jiffies
 * @newest: age of the newest
 * @when: in jiffies, when the newest was allocated
 * @ages: sum of all ages
 */
struct ac_site {
	const struct arena_cache *cache;
	unsigned long ip;
	u32 id;
	u32 stack;
	u32 pid;
	u64 blocks;
	u64 bytes;
	unsigned long oldest;
	unsigned long newest;
	unsigned long when;
	u64 ages;
};

/**
 * struct ac_traces - all of them
 * @caches: names of the caches
 * @lost: blocks of sites that found no room
 * @nr: sites that have blocks
 * @room: entries, a power of two
 * @site: hashed by cache, stack and caller; after ac_traces_get() sorted by blocks
 */
struct ac_traces {
	struct ac_snapshot *caches;
	u64 lost;
	unsigned int nr;
	unsigned int room;
	struct ac_site site[];
};

struct ac_traces *ac_traces_get(void);
void ac_traces_put(struct ac_traces *t);
const char *ac_traces_cache(const struct ac_traces *t,
			    const struct ac_site *site);

#endif /* AC_TRACES_H */
