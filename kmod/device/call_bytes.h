/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - calls on the bytes of blocks: READ, WRITE, FILL, CHECK
 *
 * Owns nothing. A block stays while the session's lock is held, and user memory may
 * only be touched without it: READ and WRITE go by way of the stack. See
 * call_caches.h for what all calls have in common.
 */
#ifndef AC_CALL_BYTES_H
#define AC_CALL_BYTES_H

#include "session.h"

int ac_call_read(struct ac_session *s, void *args);
int ac_call_write(struct ac_session *s, void *args);
int ac_call_fill(struct ac_session *s, void *args);
int ac_call_check(struct ac_session *s, void *args);

#endif /* AC_CALL_BYTES_H */
