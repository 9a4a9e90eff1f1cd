/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - change the size of a block of an open file
 *
 * Owns nothing. The handle is reserved while arena_realloc() runs without the
 * session's lock, as for a batch: batch.h.
 */
#ifndef AC_RESIZE_H
#define AC_RESIZE_H

#include "session.h"

int ac_resize(struct ac_session *s, u32 handle, u32 bytes);

#endif /* AC_RESIZE_H */
