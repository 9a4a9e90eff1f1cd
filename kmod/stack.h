/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - call stacks
 *
 * Owns nothing: the kernel's stack depot keeps every stack once and for ever, and
 * a handle of 32 bits stands for it. A kernel without a depot keeps none, and all
 * handles are 0, for "not known".
 */
#ifndef AC_STACK_H
#define AC_STACK_H

#include <linux/types.h>

#ifdef CONFIG_STACKDEPOT
int ac_stack_init(void);
u32 ac_stack_save(unsigned long ip);
unsigned int ac_stack_fetch(u32 stack, unsigned long **entries);
#else
static inline int ac_stack_init(void)
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
