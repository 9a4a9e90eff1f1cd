// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - limits of /dev/arena_cache
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "../param.h"
#include "../size_class.h"
#include "quota.h"

/* Sums of all files stay far from the end of a long. */
#define MAX_BYTES	(1024UL * SZ_1G)

static struct ac_param files = { 256, SZ_1M };
AC_PARAM(max_files, files, 0444);
MODULE_PARM_DESC(max_files, "open files of /dev/arena_cache (files; 0 to 1048576; 256)");
static struct ac_param blocks_per_file = { 131072, AC_QUOTA_BLOCKS };
AC_PARAM(max_blocks_per_file, blocks_per_file, 0444);
MODULE_PARM_DESC(max_blocks_per_file, "blocks of an open file (blocks; 0 to 16777216; 131072)");
static struct ac_param blocks = { 262144, U32_MAX };
AC_PARAM(max_blocks, blocks, 0444);
MODULE_PARM_DESC(max_blocks, "blocks of all open files (blocks; 0 to 4294967295; 262144)");
static struct ac_param bytes_per_file = { SZ_32M, MAX_BYTES };
AC_PARAM(max_bytes_per_file, bytes_per_file, 0444);
MODULE_PARM_DESC(max_bytes_per_file, "memory in blocks of an open file (bytes; 0 to 1024G; 32M)");
static struct ac_param bytes = { SZ_64M, MAX_BYTES };
AC_PARAM(max_bytes, bytes, 0444);
MODULE_PARM_DESC(max_bytes, "memory in blocks of all open files (bytes; 0 to 1024G; 64M)");
static struct ac_param caches_per_file = { 16, AC_QUOTA_CACHES };
AC_PARAM(max_caches_per_file, caches_per_file, 0444);
MODULE_PARM_DESC(max_caches_per_file, "caches of an open file (caches; 0 to 64; 16)");
static struct ac_param caches = { 64, SZ_1M };
AC_PARAM(max_caches, caches, 0444);
MODULE_PARM_DESC(max_caches, "caches of all open files (caches; 0 to 1048576; 64)");
static struct ac_param map_bytes_per_file = { SZ_64M, MAX_BYTES };
AC_PARAM(max_map_bytes_per_file, map_bytes_per_file, 0444);
MODULE_PARM_DESC(max_map_bytes_per_file, "mappings of an open file (bytes; 0 to 1024G; 64M)");
static struct ac_param map_bytes = { SZ_128M, MAX_BYTES };
AC_PARAM(max_map_bytes, map_bytes, 0444);
MODULE_PARM_DESC(max_map_bytes, "mappings of all open files (bytes; 0 to 1024G; 128M)");

/**
 * struct limit - of a resource
 * @name: of the parameter for all files; that for each adds _per_file
 * @file: of each file; NULL: it has one
 * @all: of all files together
 */
struct limit {
	const char *name;
	const struct ac_param *file;
	const struct ac_param *all;
};

static const struct limit limit[AC_NR_RESOURCES] = {
	[AC_FILES] = { "max_files", NULL, &files },
	[AC_BLOCKS] = { "max_blocks", &blocks_per_file, &blocks },
	[AC_BYTES] = { "max_bytes", &bytes_per_file, &bytes },
	[AC_CACHES] = { "max_caches", &caches_per_file, &caches },
	[AC_MAPPED] = { "max_map_bytes", &map_bytes_per_file, &map_bytes },
};

/* What all files together have. */
static atomic_long_t sum[AC_NR_RESOURCES];

unsigned long ac_quota_file_limit(enum ac_resource what)
{
	return limit[what].file ? limit[what].file->value : 1;
}

unsigned long ac_quota_limit(enum ac_resource what)
{
	return limit[what].all->value;
}

unsigned long ac_quota_used(enum ac_resource what)
{
	return atomic_long_read(&sum[what]);
}

/* Tells people what to raise, and callers which resource it was. */
static int refuse(struct ac_quota *q, enum ac_resource what, int err)
{
	const bool file = err == -EDQUOT;

	lockdep_assert_held(q->lock);
	q->refused = what;
	pr_info_ratelimited("/dev/arena_cache: %s%s=%lu is reached\n",
			    limit[what].name, file ? "_per_file" : "",
			    file ? ac_quota_file_limit(what) :
				   ac_quota_limit(what));
	return err;
}

/**
 * ac_quota_charge - use more of a resource
 * @q: the file's quota; its @refused says later what was at its limit
 * @what: the resource
 * @n: how much more
 *
 * Return: 0, -EDQUOT at the file's limit, -ENOSPC at that of all files.
 */
int ac_quota_charge(struct ac_quota *q, enum ac_resource what, unsigned long n)
{
	const unsigned long most = ac_quota_file_limit(what);
	unsigned long used;
	long all;

	lockdep_assert_held(q->lock);
	used = q->used[what];
	if (n > most || used > most - n)
		return refuse(q, what, -EDQUOT);
	all = atomic_long_add_return(n, &sum[what]);
	if (all < 0 || all > ac_quota_limit(what)) {
		atomic_long_sub(n, &sum[what]);
		return refuse(q, what, -ENOSPC);
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
