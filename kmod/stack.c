// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - call stacks
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>

#include "stack.h"

#define AC_STACK_DEPTH	20

int ac_stack_init(void)
{
	return stack_depot_init();
}

/**
 * ac_stack_save - keep the call stack
 * @ip: where the allocator was called; what is above is its own
 *
 * Context: any but NMI. Does not sleep.
 * Return: a handle, or 0 if the depot has no room and gets none.
 */
u32 ac_stack_save(unsigned long ip)
{
	unsigned long entries[AC_STACK_DEPTH];
	unsigned int n = stack_trace_save(entries, ARRAY_SIZE(entries), 1);
	unsigned int skip = 0;

	while (skip < n && entries[skip] != ip)
		skip++;
	if (skip == n)
		skip = 0;
	return stack_depot_save(entries + skip, n - skip,
				GFP_NOWAIT | __GFP_NOWARN);
}

unsigned int ac_stack_fetch(u32 stack, unsigned long **entries)
{
	return stack ? stack_depot_fetch(stack, entries) : 0;
}
