// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - call stacks
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "../kunit_export.h"
#include "stack.h"

static bool ready;

/**
 * ac_stack_prepare - make the depot
 *
 * It takes megabytes, by the machine's memory, and never gives them back. If there is no
 * memory for it, no stack is kept.
 *
 * Context: process context; may sleep.
 */
void ac_stack_prepare(void)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_stack_prepare);
	if (stack_depot_init())
		return;
	/* Pairs with smp_load_acquire() in ac_stack_save(). */
	smp_store_release(&ready, true);
}
EXPORT_SYMBOL_IF_KUNIT(ac_stack_prepare);

/**
 * ac_stack_trace - the current call stack
 * @ip: where the allocator was called; its own frames above are left out
 * @entries: gets the stack, at most %AC_STACK_DEPTH entries
 *
 * Context: any but NMI.
 * Return: number of entries.
 */
unsigned int ac_stack_trace(unsigned long ip, unsigned long *entries)
{
	unsigned int n = stack_trace_save(entries, AC_STACK_DEPTH, 1);
	unsigned int skip = 0;

	while (skip < n && entries[skip] != ip)
		skip++;
	if (skip == n)
		return n;
	memmove(entries, entries + skip, (n - skip) * sizeof(*entries));
	return n - skip;
}

/**
 * ac_stack_save - keep the call stack
 * @ip: where the allocator was called
 *
 * Context: any but NMI; no lock of ours held. Does not sleep.
 * Return: a handle, or 0 if there is no depot, or it has no room and gets none.
 */
u32 ac_stack_save(unsigned long ip)
{
	unsigned long entries[AC_STACK_DEPTH];
	unsigned int n;

	KUNIT_STATIC_STUB_REDIRECT(ac_stack_save, ip);
	/* Pairs with smp_store_release() in ac_stack_prepare(). */
	if (!smp_load_acquire(&ready))
		return 0;
	n = ac_stack_trace(ip, entries);
	return stack_depot_save(entries, n, GFP_NOWAIT | __GFP_NOWARN);
}
EXPORT_SYMBOL_IF_KUNIT(ac_stack_save);

/* Has @entries point at a stack. Returns the number of its entries. */
unsigned int ac_stack_fetch(u32 stack, unsigned long **entries)
{
	return stack ? stack_depot_fetch(stack, entries) : 0;
}
