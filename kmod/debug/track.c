// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what a debug cache knows of a block
 */
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "flags.h"
#include "stack.h"
#include "track.h"

static u32 sum_of(const struct ac_track *track)
{
	const size_t start = offsetof(struct ac_track, size);

	return jhash((const char *)track + start, sizeof(*track) - start, 0);
}

void ac_debug_seal(struct ac_track *track)
{
	track->sum = sum_of(track);
}

bool ac_debug_is_state(u32 state)
{
	return state == AC_STATE_NEW || state == AC_STATE_LIVE ||
	       state == AC_STATE_GOING || state == AC_STATE_FREE ||
	       state == AC_STATE_LOST;
}

/* The invariants of a track that nobody is changing. */
bool ac_debug_is_whole(const struct arena_cache *c,
		       const struct ac_track *track)
{
	return ac_debug_is_state(READ_ONCE(track->state)) &&
	       track->sum == sum_of(track) && track->size <= c->size;
}

/**
 * ac_debug_save_stack - keep the call stack of an allocation or a free
 * @c: a debug cache
 * @ip: the caller
 *
 * Context: any but NMI; no lock of ours held: the stack depot may go to the page
 * allocator for a page, and takes locks of its own.
 * Return: a handle, or 0 if @c keeps no users.
 */
u32 ac_debug_save_stack(const struct arena_cache *c, unsigned long ip)
{
	return c->debug & AC_DEBUG_USERS ? ac_stack_save(ip) : 0;
}

/* Fills @event if @c keeps users: @ip did it now, in the context of @stack. */
void ac_debug_note(const struct arena_cache *c, struct ac_event *event,
		   unsigned long ip, u32 stack)
{
	if (!(c->debug & AC_DEBUG_USERS))
		return;
	*event = (struct ac_event){
		.ip = ip,
		.when = jiffies,
		.stack = stack,
		.pid = current->pid,
		.cpu = raw_smp_processor_id(),
	};
}

/**
 * ac_debug_prepare - get what tracks of caches with these flags need
 * @flags: the flags
 *
 * Context: process context; may sleep.
 */
void ac_debug_prepare(unsigned int flags)
{
	if (flags & AC_DEBUG_USERS)
		ac_stack_prepare();
}
