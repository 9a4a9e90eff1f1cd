// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - calls on the heap as a whole: INFO, STATS, TRIM, VERIFY
 */
#include <uapi/linux/arena_cache.h>

#include "../arena.h"
#include "../cache.h"
#include "../debug/verify.h"
#include "../snapshot.h"
#include "../stats.h"
#include "call_heap.h"

static_assert(AC_NR_STATS <= ARENA_CACHE_EVENTS);

int ac_call_info(struct ac_session *s, void *args)
{
	struct arena_cache_info_args *a = args;

	*a = (struct arena_cache_info_args){
		.size = a->size,
		.version = ARENA_CACHE_ABI_VERSION,
		.arena_size = AC_ARENA_SIZE,
		.pool_size = AC_POOL_SIZE,
		.classes = ARENA_CACHE_CLASSES,
		.class_step = ARENA_CACHE_STEP,
		.max_bytes = AC_SESSION_MAX,
		.file_blocks = ac_quota_file_limit(AC_BLOCKS),
		.file_caches = ac_quota_file_limit(AC_CACHES),
		.file_bytes = ac_quota_file_limit(AC_BYTES),
		.all_blocks = ac_quota_limit(AC_BLOCKS),
		.all_caches = ac_quota_limit(AC_CACHES),
		.all_bytes = ac_quota_limit(AC_BYTES),
		.file_map_bytes = ac_quota_file_limit(AC_MAPPED),
		.all_map_bytes = ac_quota_limit(AC_MAPPED),
	};
	return 0;
}

static void stats_of_file(struct ac_session *s,
			  struct arena_cache_stats_args *a)
{
	mutex_lock(&s->lock);
	a->file_blocks = s->quota.used[AC_BLOCKS];
	a->file_caches = s->quota.used[AC_CACHES];
	a->file_bytes = s->quota.used[AC_BYTES];
	a->file_allocs = s->allocs;
	a->file_frees = s->frees;
	mutex_unlock(&s->lock);
	a->all_blocks = ac_quota_used(AC_BLOCKS);
	a->all_caches = ac_quota_used(AC_CACHES);
	a->all_bytes = ac_quota_used(AC_BYTES);
}

int ac_call_stats(struct ac_session *s, void *args)
{
	struct arena_cache_stats_args *a = args;
	struct ac_snapshot *now = ac_snapshot_get();
	unsigned int i;

	if (!now)
		return -ENOMEM;
	*a = (struct arena_cache_stats_args){
		.size = a->size,
		.arenas = now->arenas,
		.arenas_empty = now->empty,
		.arenas_highwater = now->highwater,
		.free_pools = now->free_pools,
		.gone_pools = now->gone_pools,
		.live_bytes = now->bytes.live,
		.cached_bytes = now->bytes.in_magazines + now->bytes.in_depots,
		.available_bytes = now->bytes.free,
		.nr_events = AC_NR_STATS,
	};
	ac_snapshot_put(now);
	stats_of_file(s, a);
	for (i = 0; i < AC_NR_STATS; i++)
		a->events[i] = ac_stat_read(i);
	return 0;
}

int ac_call_trim(struct ac_session *s, void *args)
{
	struct arena_cache_trim_args *a = args;

	a->pages = ac_cache_trim();
	return 0;
}

int ac_call_verify(struct ac_session *s, void *args)
{
	struct arena_cache_verify_args *a = args;
	struct ac_verify v;

	a->violations = ac_verify(&v);
	a->pools = v.pools;
	a->cached = v.cached;
	return 0;
}
