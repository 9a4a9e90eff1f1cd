/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what a debug cache knows of a block
 *
 * Owns the track, which every block of a debug cache begins with: its state, the
 * size that its caller asked for, and who allocated and freed it. debug.h has the
 * states' order and the invariants of a whole block.
 *
 * Invariant:
 *	track.sum == the sum of the bytes behind it
 *
 * Lock: none. A live block's track belongs to the caller that frees it first or finds
 * it broken first, which a cmpxchg of the state decides. Any other track belongs to
 * the caller that took the block from its pool. LIVE is stored last, so a track that
 * is seen LIVE is whole unless it is broken or being freed.
 */
#ifndef AC_TRACK_H
#define AC_TRACK_H

#include <linux/arena_cache_cpu.h>

/* Words that stray writes are unlikely to leave. */
enum ac_state {
	AC_STATE_NEW = 0x4e657721,
	AC_STATE_LIVE = 0x4c697665,
	AC_STATE_GOING = 0x476f696e,
	AC_STATE_FREE = 0x46726565,
	AC_STATE_LOST = 0x4c6f7374,
};

/**
 * struct ac_event - who did something to a block
 * @ip: where the allocator was called; 0 if never, or if users are not kept
 * @when: jiffies
 * @stack: handle for ac_stack_fetch()
 * @pid: the task
 * @cpu: the CPU
 */
struct ac_event {
	unsigned long ip;
	unsigned long when;
	u32 stack;
	u32 pid;
	u64 cpu;
};

/**
 * struct ac_track - what a debug cache knows of a block
 * @state: see enum ac_state
 * @sum: of all that follows
 * @size: bytes that the caller asked for
 * @serial: number of the allocation, never used twice
 * @alloc: the last allocation
 * @free: the last free
 */
struct ac_track {
	u32 state;
	u32 sum;
	u64 size;
	u64 serial;
	struct ac_event alloc;
	struct ac_event free;
};

static_assert(sizeof(struct ac_track) % 8 == 0);

/* The track that a block begins with. */
static inline struct ac_track *ac_debug_track(void *block)
{
	return block;
}

void ac_debug_prepare(unsigned int flags);
bool ac_debug_is_state(u32 state);
bool ac_debug_is_whole(const struct arena_cache *c,
		       const struct ac_track *track);
void ac_debug_seal(struct ac_track *track);
u32 ac_debug_save_stack(const struct arena_cache *c, unsigned long ip);
void ac_debug_note(const struct arena_cache *c, struct ac_event *event,
		   unsigned long ip, u32 stack);

#endif /* AC_TRACK_H */
