/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - caches that there cannot be
 *
 * Owns nothing: says which argument of arena_cache_create() is wrong, and what is allowed.
 */
#ifndef AC_REFUSAL_H
#define AC_REFUSAL_H

#include <linux/types.h>

#define AC_REFUSAL_WHY	128

bool ac_refusal_find(const char *name, unsigned int size, unsigned int align,
		     unsigned long flags, char *why);

#endif /* AC_REFUSAL_H */
