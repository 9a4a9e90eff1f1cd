/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which bugs of its users a cache looks for
 *
 * Owns the letters and the parameter debug=. A cache has the flags that it was
 * created with until it is destroyed: all of them with ARENA_CACHE_DEBUG, else those
 * that debug= named at that moment. A cache that has any is a debug cache.
 *
 *	F	free only what is a live block of this cache
 *	Z	red zones on both sides
 *	P	poison: new bytes are 0xcd, free ones 0xdd
 *	U	users: who allocated a block and who freed it
 *	Q	quarantine; see quarantine.h
 */
#ifndef AC_FLAGS_H
#define AC_FLAGS_H

#include <linux/bits.h>

#define AC_DEBUG_FREES		BIT(0)
#define AC_DEBUG_REDZONES	BIT(1)
#define AC_DEBUG_POISON		BIT(2)
#define AC_DEBUG_USERS		BIT(3)
#define AC_DEBUG_QUARANTINE	BIT(4)
#define AC_DEBUG_ALL		GENMASK(4, 0)

/* Bytes that ac_debug_letters() writes at most, the NUL included. */
#define AC_DEBUG_LETTERS	8

unsigned int ac_debug_default(void);
void ac_debug_letters(unsigned int flags, char *letters);

#endif /* AC_FLAGS_H */
