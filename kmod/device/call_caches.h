/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - calls on caches: CACHE_CREATE, CACHE_DESTROY
 *
 * Owns nothing. Each call gets its arguments from device.c, which has checked their
 * size and flags, and returns 0 or the errno that linux/arena_cache.h of the uapi
 * tells.
 */
#ifndef AC_CALL_CACHES_H
#define AC_CALL_CACHES_H

#include "session.h"

int ac_call_cache_create(struct ac_session *s, void *args);
int ac_call_cache_destroy(struct ac_session *s, void *args);

#endif /* AC_CALL_CACHES_H */
