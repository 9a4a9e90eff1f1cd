// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - limits of /dev/arena_cache
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>

#include "../size_class.h"
#include "quota.h"

static struct {
	unsigned long file;	/* of each file */
	unsigned long all;	/* of all files together */
} limit[AC_NR_RESOURCES] = {
	[AC_FILES] = { 1, 256 },
	[AC_BLOCKS] = { 131072, 262144 },
	[AC_BYTES] = { SZ_32M, SZ_64M },
	[AC_CACHES] = { 16, 64 },
	[AC_MAPPED] = { SZ_64M, SZ_128M },
};

#define LIMIT(name, variable, words)					\
	module_param_named(max_##name, variable, ulong, 0444);		\
	MODULE_PARM_DESC(max_##name, "/dev/arena_cache: " words)

LIMIT(files, limit[AC_FILES].all, "open files (default 256)");
LIMIT(blocks_per_file, limit[AC_BLOCKS].file, "blocks of a file (default 131072)");
LIMIT(blocks, limit[AC_BLOCKS].all, "blocks of all files (default 262144)");
LIMIT(bytes_per_file, limit[AC_BYTES].file, "bytes in blocks of a file (default 32 MB)");
LIMIT(bytes, limit[AC_BYTES].all, "bytes in blocks of all files (default 64 MB)");
LIMIT(caches_per_file, limit[AC_CACHES].file, "caches of a file (default 16)");
LIMIT(caches, limit[AC_CACHES].all, "caches of all files (default 64)");
LIMIT(map_bytes_per_file, limit[AC_MAPPED].file, "bytes of mappings of a file (default 64 MB)");
LIMIT(map_bytes, limit[AC_MAPPED].all, "bytes of mappings of all files (default 128 MB)");

/* What all files together have. */
static atomic_long_t sum[AC_NR_RESOURCES];

unsigned long ac_quota_file_limit(enum ac_resource what)
{
	return limit[what].file;
}

unsigned long ac_quota_limit(enum ac_resource what)
{
	return limit[what].all;
}

unsigned long ac_quota_used(enum ac_resource what)
{
	return atomic_long_read(&sum[what]);
}

/**
 * ac_quota_charge - use more of a resource
 * @q: the file's quota
 * @what: the resource
 * @n: how much more
 *
 * Return: 0, -EDQUOT at the file's limit, -ENOSPC at that of all files.
 */
int ac_quota_charge(struct ac_quota *q, enum ac_resource what, unsigned long n)
{
	unsigned long used;
	long all;

	lockdep_assert_held(q->lock);
	used = q->used[what];
	if (n > limit[what].file || used > limit[what].file - n)
		return -EDQUOT;
	all = atomic_long_add_return(n, &sum[what]);
	if (all < 0 || all > limit[what].all) {
		atomic_long_sub(n, &sum[what]);
		return -ENOSPC;
	}
	q->used[what] = used + n;
	return 0;
}

/* Charges without a limit, for the new half of a mapping that mremap() moves. */
void ac_quota_force(struct ac_quota *q, enum ac_resource what, unsigned long n)
{
	lockdep_assert_held(q->lock);
	q->used[what] += n;
	atomic_long_add(n, &sum[what]);
}

void ac_quota_uncharge(struct ac_quota *q, enum ac_resource what,
		       unsigned long n)
{
	lockdep_assert_held(q->lock);
	q->used[what] -= n;
	atomic_long_sub(n, &sum[what]);
}

/**
 * ac_quota_open - begin the quota of a file
 * @q: the quota, all zero
 * @lock: the owner's lock
 *
 * Return: 0, or -ENOSPC if there are as many open files as may be.
 */
int ac_quota_open(struct ac_quota *q, struct mutex *lock)
{
	int err;

	q->lock = lock;
	mutex_lock(lock);
	err = ac_quota_charge(q, AC_FILES, 1);
	mutex_unlock(lock);
	return err;
}

/* Uncharges all that the file has. */
void ac_quota_close(struct ac_quota *q)
{
	unsigned int i;

	mutex_lock(q->lock);
	for (i = 0; i < AC_NR_RESOURCES; i++)
		ac_quota_uncharge(q, i, q->used[i]);
	mutex_unlock(q->lock);
}

/* What a block by size is charged: above the classes, kmalloc() rounds to a power of two. */
u32 ac_quota_block_bytes(u32 bytes)
{
	return bytes <= ARENA_CACHE_MAX_BLOCK ?
	       ac_class_size(ac_class_for(bytes)) : roundup_pow_of_two(bytes);
}

/* Refuses limits that the sums or the tables cannot express. */
int ac_quota_init(void)
{
	unsigned int i;

	for (i = 0; i < AC_NR_RESOURCES; i++) {
		if (limit[i].file > LONG_MAX / 2 || limit[i].all > LONG_MAX / 2) {
			pr_err("a limit of /dev/arena_cache is too large\n");
			return -EINVAL;
		}
	}
	if (limit[AC_BLOCKS].file > AC_QUOTA_BLOCKS ||
	    limit[AC_CACHES].file > AC_QUOTA_CACHES) {
		pr_err("max_blocks_per_file can be %u, max_caches_per_file %u\n",
		       AC_QUOTA_BLOCKS, AC_QUOTA_CACHES);
		return -EINVAL;
	}
	return 0;
}
