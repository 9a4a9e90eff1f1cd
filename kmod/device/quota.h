/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - limits of /dev/arena_cache
 *
 * Owns the module parameters that limit each open file and all of them together,
 * and the sums over all files.
 *
 * Invariant: sum[what] == sum over all files of their ac_quota.used[what]. Neither
 * exceeds its limit, except while mremap() has a mapping twice: ac_quota_force().
 *
 * Lock: the owner's for its ac_quota; the sums are atomic.
 */
#ifndef AC_QUOTA_H
#define AC_QUOTA_H

#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>

/**
 * enum ac_resource - what is limited
 * @AC_FILES: open files
 * @AC_BLOCKS: blocks
 * @AC_BYTES: bytes that they occupy
 * @AC_CACHES: caches
 * @AC_MAPPED: bytes of mappings
 * @AC_NR_RESOURCES: number of resources
 */
enum ac_resource {
	AC_FILES,
	AC_BLOCKS,
	AC_BYTES,
	AC_CACHES,
	AC_MAPPED,
	AC_NR_RESOURCES,
};

/* Room for caches in an open file; max_caches_per_file can be less. */
#define AC_QUOTA_CACHES		64

/* Highest max_blocks_per_file: a handle has 32 bits. */
#define AC_QUOTA_BLOCKS		SZ_16M

/**
 * struct ac_quota - what an open file has
 * @lock: the owner's; protects @used
 * @used: how much of each resource
 * @refused: of which resource there was too little, last time
 */
struct ac_quota {
	struct mutex *lock;	/* the owner's */
	unsigned long used[AC_NR_RESOURCES];
	enum ac_resource refused;
};

int ac_quota_open(struct ac_quota *q, struct mutex *lock);
void ac_quota_close(struct ac_quota *q);
int ac_quota_charge(struct ac_quota *q, enum ac_resource what, unsigned long n);
void ac_quota_force(struct ac_quota *q, enum ac_resource what, unsigned long n);
void ac_quota_uncharge(struct ac_quota *q, enum ac_resource what,
		       unsigned long n);
u32 ac_quota_block_bytes(u32 bytes);
unsigned long ac_quota_file_limit(enum ac_resource what);
unsigned long ac_quota_limit(enum ac_resource what);
unsigned long ac_quota_used(enum ac_resource what);

#endif /* AC_QUOTA_H */
