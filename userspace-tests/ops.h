/* SPDX-License-Identifier: GPL-2.0 */
/* All operations: number n is ops[n]. */
#ifndef OPS_H
#define OPS_H

#include "device.h"

static const struct {
	unsigned long cmd;
	uint32_t size;		/* of its arguments */
	uint32_t first_size;	/* the same in version 1 of the interface */
} ops[] = {
	{ ARENA_CACHE_IOC_INFO, sizeof(struct arena_cache_info_args), 80 },
	{ ARENA_CACHE_IOC_CACHE_CREATE, sizeof(struct arena_cache_create_args), 24 },
	{ ARENA_CACHE_IOC_CACHE_DESTROY, sizeof(struct arena_cache_destroy_args), 16 },
	{ ARENA_CACHE_IOC_ALLOC, sizeof(struct arena_cache_alloc_args), 40 },
	{ ARENA_CACHE_IOC_FREE, sizeof(struct arena_cache_free_args), 32 },
	{ ARENA_CACHE_IOC_REALLOC, sizeof(struct arena_cache_realloc_args), 16 },
	{ ARENA_CACHE_IOC_QUERY, sizeof(struct arena_cache_query_args), 56 },
	{ ARENA_CACHE_IOC_READ, sizeof(struct arena_cache_copy_args), 32 },
	{ ARENA_CACHE_IOC_WRITE, sizeof(struct arena_cache_copy_args), 32 },
	{ ARENA_CACHE_IOC_FILL, sizeof(struct arena_cache_fill_args), 32 },
	{ ARENA_CACHE_IOC_CHECK, sizeof(struct arena_cache_fill_args), 32 },
	{ ARENA_CACHE_IOC_STATS, sizeof(struct arena_cache_stats_args), 384 },
	{ ARENA_CACHE_IOC_TRIM, sizeof(struct arena_cache_trim_args), 16 },
	{ ARENA_CACHE_IOC_VERIFY, sizeof(struct arena_cache_verify_args), 32 },
};

#define NR_OPS (sizeof(ops) / sizeof(ops[0]))

#endif /* OPS_H */
