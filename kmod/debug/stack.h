/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - call stacks
 *
 * Owns nothing: the kernel's stack depot keeps each stack once and for ever, and a
 * handle of 32 bits stands for it. The depot is made with the first cache that keeps
 * its users. Before that, without memory for it, and in kernels without one, no stack is
 * kept, and every handle is 0, for "not known".
 *
 * Stacks are kept under no lock of ours: the depot takes locks of its own, and may go to
 * the page allocator for a page.
 */
#ifndef AC_STACK_H
#define AC_STACK_H

#include <linux/types.h>

/* Entries of a stack. */
#define AC_STACK_DEPTH	20

#ifdef CONFIG_STACKDEPOT
void ac_stack_prepare(void);
unsigned int ac_stack_trace(unsigned long ip, unsigned long *entries);
u32 ac_stack_save(unsigned long ip);
unsigned int ac_stack_fetch(u32 stack, unsigned long **entries);
#else
static inline void ac_stack_prepare(void)
{
}

static inline unsigned int ac_stack_trace(unsigned long ip,
					  unsigned long *entries)
{
	return 0;
}

static inline u32 ac_stack_save(unsigned long ip)
{
	return 0;
}

static inline unsigned int ac_stack_fetch(u32 stack, unsigned long **entries)
{
	return 0;
}
#endif

#endif /* AC_STACK_H */
