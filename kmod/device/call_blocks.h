/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - calls on blocks: ALLOC, FREE, REALLOC, QUERY
 *
 * Owns nothing. ALLOC and FREE copy handles between user space and a batch, one batch
 * after the other; see call_caches.h for what all calls have in common.
 */
#ifndef AC_CALL_BLOCKS_H
#define AC_CALL_BLOCKS_H

#include "session.h"

int ac_call_alloc(struct ac_session *s, void *args);
int ac_call_free(struct ac_session *s, void *args);
int ac_call_realloc(struct ac_session *s, void *args);
int ac_call_query(struct ac_session *s, void *args);

#endif /* AC_CALL_BLOCKS_H */
