/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - quarantine for freed blocks of debug caches
 *
 * Owns, for each debug cache with the letter Q, the blocks that were freed last. A
 * caller that still uses one finds 0xdd instead of a new owner's bytes, and what it
 * writes is found when the block leaves: first in, first out.
 *
 * The quarantine is bounded by bytes (quarantine=). It is a ring of addresses, made
 * with the cache: a free needs no memory, and no stray write to a block derails it.
 * Blocks that lie in no arena are not quarantined.
 *
 * Invariants:
 *	nr <= room; ring[(head + i) % room] is a block for i < nr
 *	every block in the ring is taken, not LIVE (debug.h), and there once
 *
 * Lock: ac_quarantine.lock (raw, interrupts off). Nothing nests inside: a block that
 * leaves is looked at and put back into its pool after the lock is dropped.
 */
#ifndef AC_QUARANTINE_H
#define AC_QUARANTINE_H

#include <linux/spinlock.h>

#include "../pool_put.h"
#include "../stats.h"

/**
 * struct ac_quarantine - the ring of a cache
 * @lock: protects @nr, @head and @ring; nothing nests inside
 * @nr: blocks in it
 * @head: where the oldest is
 * @room: blocks that it can have, fixed at creation
 * @ring: the blocks
 */
struct ac_quarantine {
	raw_spinlock_t lock;
	unsigned int nr;
	unsigned int head;
	unsigned int room;
	void *ring[];
};

int ac_quarantine_create(struct arena_cache *c);
void ac_quarantine_destroy(struct arena_cache *c);
bool ac_quarantine_add(struct arena_cache *c, void *block);
void ac_quarantine_flush(struct arena_cache *c);
void ac_quarantine_for_each(struct arena_cache *c,
			    void (*fn)(struct arena_cache *c, void *block,
				       void *arg),
			    void *arg);

/* Quarantined blocks. */
static inline unsigned int ac_quarantine_nr(const struct arena_cache *c)
{
	return c->quarantine ? ac_peek(c->quarantine->nr) : 0;
}

#endif /* AC_QUARANTINE_H */
