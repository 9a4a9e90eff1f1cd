// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - limits of /dev/arena_cache
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#include "quota.h"
#include "../size_class.h"

static unsigned long file_limit[AC_NR_RESOURCES] = {
	[AC_FILES] = 1,
	[AC_BLOCKS] = 131072,
	[AC_BYTES] = SZ_32M,
	[AC_CACHES] = 16,
	[AC_MAPPED] = SZ_64M,
};

static unsigned long limit[AC_NR_RESOURCES] = {
	[AC_FILES] = 256,
	[AC_BLOCKS] = 262144,
	[AC_BYTES] = SZ_64M,
	[AC_CACHES] = 64,
	[AC_MAPPED] = SZ_128M,
};

module_param_named(max_files, limit[AC_FILES], ulong, 0444);
MODULE_PARM_DESC(max_files, "/dev/arena_cache: open files (default 256)");
module_param_named(max_blocks_per_file, file_limit[AC_BLOCKS], ulong, 0444);
MODULE_PARM_DESC(max_blocks_per_file, "/dev/arena_cache: blocks of a file (default 131072)");
module_param_named(max_blocks, limit[AC_BLOCKS], ulong, 0444);
MODULE_PARM_DESC(max_blocks, "/dev/arena_cache: blocks of all files (default 262144)");
module_param_named(max_bytes_per_file, file_limit[AC_BYTES], ulong, 0444);
MODULE_PARM_DESC(max_bytes_per_file, "/dev/arena_cache: bytes in blocks of a file (default 32 MB)");
module_param_named(max_bytes, limit[AC_BYTES], ulong, 0444);
MODULE_PARM_DESC(max_bytes, "/dev/arena_cache: bytes in blocks of all files (default 64 MB)");
module_param_named(max_caches_per_file, file_limit[AC_CACHES], ulong, 0444);
MODULE_PARM_DESC(max_caches_per_file, "/dev/arena_cache: caches of a file (default 16)");
module_param_named(max_caches, limit[AC_CACHES], ulong, 0444);
MODULE_PARM_DESC(max_caches, "/dev/arena_cache: caches of all files (default 64)");
module_param_named(max_map_bytes_per_file, file_limit[AC_MAPPED], ulong, 0444);
MODULE_PARM_DESC(max_map_bytes_per_file, "/dev/arena_cache: bytes of mappings of a file (default 64 MB)");
module_param_named(max_map_bytes, limit[AC_MAPPED], ulong, 0444);
MODULE_PARM_DESC(max_map_bytes, "/dev/arena_cache: bytes of mappings of all files (default 128 MB)");

static atomic_long_t sum[AC_NR_RESOURCES];

unsigned long ac_quota_file_limit(enum ac_resource what)
{
	return file_limit[what];
}

unsigned long ac_quota_limit(enum ac_resource what)
{
	return limit[what];
}

unsigned long ac_quota_used(enum ac_resource what)
{
	return atomic_long_read(&sum[what]);
}

/**
 * ac_quota_charge - use more of something
 * @q: whose
 * @what: of what
 * @n: how much
 *
 * Return: 0, -EDQUOT if the file may not, -ENOSPC if all files together may not.
 */
int ac_quota_charge(struct ac_quota *q, enum ac_resource what, unsigned long n)
{
	unsigned long used = q->used[what];
	long all;

	if (n > file_limit[what] || used > file_limit[what] - n)
		return -EDQUOT;
	all = atomic_long_add_return(n, &sum[what]);
	if (all < 0 || all > limit[what]) {
		atomic_long_sub(n, &sum[what]);
		return -ENOSPC;
	}
	q->used[what] = used + n;
	return 0;
}

/* For what is there twice until its first half goes. */
void ac_quota_force(struct ac_quota *q, enum ac_resource what, unsigned long n)
{
	q->used[what] += n;
	atomic_long_add(n, &sum[what]);
}

void ac_quota_uncharge(struct ac_quota *q, enum ac_resource what,
		       unsigned long n)
{
	q->used[what] -= n;
	atomic_long_sub(n, &sum[what]);
}

/* What a block by size occupies; as kmalloc() has it, for large ones. */
u32 ac_quota_block_bytes(u32 bytes)
{
	return bytes <= ARENA_CACHE_MAX_BLOCK ?
	       ac_class_size(ac_class_for(bytes)) : roundup_pow_of_two(bytes);
}

int ac_quota_init(void)
{
	unsigned int i;

	for (i = 0; i < AC_NR_RESOURCES; i++) {
		if (file_limit[i] > LONG_MAX / 2 || limit[i] > LONG_MAX / 2) {
			pr_err("a limit of /dev/arena_cache is too large\n");
			return -EINVAL;
		}
	}
	if (file_limit[AC_BLOCKS] > AC_QUOTA_BLOCKS ||
	    file_limit[AC_CACHES] > AC_QUOTA_CACHES) {
		pr_err("max_blocks_per_file can be %u, max_caches_per_file %u\n",
		       AC_QUOTA_BLOCKS, AC_QUOTA_CACHES);
		return -EINVAL;
	}
	return 0;
}
