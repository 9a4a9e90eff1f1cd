/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - run a function in another context
 *
 * Owns nothing. The caller sleeps until the function has run, which it does on the
 * caller's CPU unless the caller migrates first.
 */
#ifndef AC_CONTEXT_H
#define AC_CONTEXT_H

/* The same numbers as ARENA_CACHE_IN_... in the uapi. */
enum ac_context {
	AC_CONTEXT_PROCESS,
	AC_CONTEXT_NOPREEMPT,
	AC_CONTEXT_SOFTIRQ,
	AC_CONTEXT_HARDIRQ,
};

void ac_context_run(enum ac_context context, void (*fn)(void *arg), void *arg);

#endif /* AC_CONTEXT_H */
