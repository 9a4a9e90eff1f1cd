/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches that look for bugs of their users
 *
 * Owns what surrounds a caller's bytes in the blocks of a debug cache, and the
 * reports of what was found there. A cache is one because it was created with
 * ARENA_CACHE_DEBUG, or while the parameter debug= named letters:
 *
 *	F	free only what is a live block of this cache
 *	Z	red zones on both sides
 *	P	poison: new bytes are 0xcd, free ones 0xdd
 *	U	users: who allocated a block and who freed it
 *	Q	quarantine; see quarantine.h
 *
 * Magazines of a debug cache are the null magazine for ever: the inline paths turn
 * down every request by what they test anyway, and the slow paths come here.
 *
 * A block, which is what pools know, and what the caller gets of it:
 *
 *	block                             p = block + c->offset
 *	| track  | 0xfd ...              | bytes | 0xfd ...        | next block
 *	         left zone, 8 at least     asked   right zone, 8 at least
 *
 * The track is in front, for most stray writes run upwards: those then meet a
 * right zone, and the track that tells whose bytes they were is whole.
 *
 * States: NEW (never given out) -> LIVE -> GOING (somebody frees it) -> FREE -> LIVE.
 * One whose track was overwritten is LOST once that was reported: nobody is told
 * twice. If it was free it is NEW when it is taken from its pool again. Else it stays
 * its owner's, whoever he is: to free it is refused, so it counts as live for ever,
 * and nothing is known of its bytes.
 *
 * Invariants, of every block of a debug cache:
 *	track.sum == the sum of the track's other bytes
 *	Z: both zones are 0xfd
 *	P: NEW or FREE, and no constructor	=> all c->size bytes are 0xdd
 *	LIVE					=> track.size <= c->size
 *	LOST					=> track.size == c->size; no more holds
 *	free in its pool, or in quarantine	=> not LIVE
 *
 * Lock: none. A live block's track belongs to whoever frees it first, or first
 * finds it broken, decided by a cmpxchg of the state; others belong to whoever took
 * the block from its pool. LIVE is stored last, so that a track seen LIVE is whole
 * unless it is broken, or somebody else frees it meanwhile.
 * Preemption is off from the first change of a track to the last, so that a
 * stopped machine shows none half done.
 */
#ifndef AC_DEBUG_H
#define AC_DEBUG_H

#include <linux/bits.h>

#include "../report.h"
#include "../size_class.h"

#define AC_DEBUG_FREES		BIT(0)
#define AC_DEBUG_REDZONES		BIT(1)
#define AC_DEBUG_POISON		BIT(2)
#define AC_DEBUG_USERS		BIT(3)
#define AC_DEBUG_QUARANTINE	BIT(4)
#define AC_DEBUG_ALL		GENMASK(4, 0)

#define AC_BYTE_NEW	0xcd
#define AC_BYTE_FREE	0xdd
#define AC_BYTE_REDZONE	0xfd
#define AC_REDZONE_MIN	8

/* Words that stray writes are not likely to leave. */
enum ac_state {
	AC_STATE_NEW = 0x4e657721,
	AC_STATE_LIVE = 0x4c697665,
	AC_STATE_GOING = 0x476f696e,
	AC_STATE_FREE = 0x46726565,
	AC_STATE_LOST = 0x4c6f7374,
};

/**
 * struct ac_event - who did something to a block
 * @ip: where the allocator was called; 0 if nobody did, or users are not kept
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

/**
 * struct ac_finding - what was reported last
 * @kind: what is wrong
 * @cache: the cache
 * @p: what its caller has of the block, or had
 * @offset: of the first bad byte from @p
 * @bytes: how many bytes are bad
 * @serial: of the allocation
 */
struct ac_finding {
	enum ac_bad kind;
	const struct arena_cache *cache;
	const void *p;
	long offset;
	unsigned int bytes;
	u64 serial;
};

/* The track that a block begins with. */
static inline struct ac_track *ac_debug_track(void *block)
{
	return block;
}

/* Bytes between the start of a block and what its caller gets. */
static inline unsigned int ac_debug_offset(unsigned int align)
{
	return ALIGN(sizeof(struct ac_track) + AC_REDZONE_MIN, align);
}

void ac_debug_prepare(unsigned int flags);
unsigned int ac_debug_default(void);
void ac_debug_letters(unsigned int flags, char *letters);
bool ac_debug_is_whole(const struct arena_cache *c,
		       const struct ac_track *track);
void ac_debug_format(const struct arena_cache *c, void *block);
void *ac_debug_on_alloc(const struct arena_cache *c, void *block, size_t size,
			gfp_t gfp, unsigned long ip);
bool ac_debug_on_free(const struct arena_cache *c, void *block, unsigned long ip);
unsigned int ac_debug_check(const struct arena_cache *c, void *block);
void ac_debug_bad_free(const struct arena_cache *c, const void *p,
		       enum ac_bad kind, const struct arena_cache *owner,
		       unsigned long ip);
void ac_debug_describe(const struct arena_cache *c, void *block);
void ac_debug_last(struct ac_finding *f);

size_t ac_debug_size(const struct arena_cache *c, const void *p);
void ac_debug_resize(const struct arena_cache *c, void *p, size_t size,
		     gfp_t gfp);

#define AC_DEBUG_LETTERS	8

#endif /* AC_DEBUG_H */
