/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - calls on the heap as a whole: INFO, STATS, TRIM, VERIFY
 *
 * Owns nothing; see call_caches.h for what all calls have in common.
 */
#ifndef AC_CALL_HEAP_H
#define AC_CALL_HEAP_H

#include "session.h"

int ac_call_info(struct ac_session *s, void *args);
int ac_call_stats(struct ac_session *s, void *args);
int ac_call_trim(struct ac_session *s, void *args);
int ac_call_verify(struct ac_session *s, void *args);

#endif /* AC_CALL_HEAP_H */
