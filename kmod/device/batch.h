/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - batches of blocks on their way to an open file, or from it
 *
 * Owns nothing. Blocks are allocated and freed in three steps: reserve handles (or
 * look them up and take them out) under the session's lock; call the allocator
 * without it, in the context that the user asks for; make the handles live (or free)
 * under the lock. So calls to the allocator run side by side, no call finds a block
 * that is on its way, and no step holds the lock for long.
 *
 * Lock: the session's, which the functions take.
 */
#ifndef AC_BATCH_H
#define AC_BATCH_H

#include "context.h"
#include "session.h"

/* Blocks in the batches of long calls. */
#define AC_BATCH	64

/**
 * struct ac_batch - blocks on their way
 * @session: of the file
 * @context: where the allocator is called
 * @cache_nr: number of the cache; 0 for the size classes
 * @cache: the cache, or NULL
 * @bytes: size of a block
 * @charge: bytes charged for a block
 * @nr: number of handles
 * @got: number of blocks
 * @max: room for handles and blocks
 * @refused: what was at its limit, after -EDQUOT or -ENOSPC
 * @handle: the handles
 * @block: the blocks
 */
struct ac_batch {
	struct ac_session *session;
	enum ac_context context;
	u32 cache_nr;
	struct arena_cache *cache;
	u32 bytes;
	u32 charge;
	u32 nr;
	u32 got;
	u32 max;
	enum ac_resource refused;
	u32 *handle;
	void **block;
};

int ac_batch_alloc(struct ac_batch *b, u32 nr);
void ac_batch_publish(struct ac_batch *b, u32 nr);
int ac_batch_free(struct ac_batch *b, u32 nr);
void ac_batch_free_all(struct ac_session *s);

#endif /* AC_BATCH_H */
