/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - calls on what is in blocks: READ, WRITE, FILL, CHECK
 */
#ifndef AC_CALL_BYTES_H
#define AC_CALL_BYTES_H

#include "session.h"

int ac_call_read(struct ac_session *s, void *args);
int ac_call_write(struct ac_session *s, void *args);
int ac_call_fill(struct ac_session *s, void *args);
int ac_call_check(struct ac_session *s, void *args);

#endif /* AC_CALL_BYTES_H */
