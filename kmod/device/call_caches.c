// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - calls on caches: CACHE_CREATE, CACHE_DESTROY
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <uapi/linux/arena_cache.h>

#include "call_caches.h"

int ac_call_cache_create(struct ac_session *s, void *args)
{
	struct arena_cache_create_args *a = args;
	bool shared = a->flags & ARENA_CACHE_CREATE_SHARED;

	if (a->reserved || !a->bytes ||
	    a->bytes > (shared ? ARENA_CACHE_MAX_BLOCK : AC_SESSION_MAX) ||
	    (a->align && !is_power_of_2(a->align)) || a->align > PAGE_SIZE)
		return -EINVAL;
	/* A larger alignment would make the cache a large one, without arenas. */
	if (shared && a->align > ARENA_CACHE_MAX_BLOCK)
		return -EINVAL;
	return ac_session_cache_create(s, a->bytes, a->align, shared,
				       &a->cache);
}

int ac_call_cache_destroy(struct ac_session *s, void *args)
{
	struct arena_cache_destroy_args *a = args;

	return a->reserved ? -EINVAL : ac_session_cache_destroy(s, a->cache);
}
