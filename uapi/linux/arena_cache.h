/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * arena_cache - the interface of /dev/arena_cache
 *
 * Every operation is ioctl(fd, ARENA_CACHE_IOC_..., &args). The first word of args
 * is its size as the caller knows it, so that structures may grow: the kernel takes
 * fields that an older caller does not have as zero, and refuses fields that it does
 * not know unless they are zero. The second word is flags. Unused flags and reserved
 * fields must be zero.
 *
 * Handles name blocks. They are small numbers from 1 on, and belong to the open file.
 * After FREE, a later ALLOC may return the same handle.
 *
 * Errors that any operation may return:
 *
 * * ``EINVAL``: unknown flags, a reserved field that is not zero, @size smaller
 *   than the first version of the structure
 * * ``E2BIG``: the structure is larger than the kernel's, and a field that the kernel
 *   does not know is not zero
 * * ``EFAULT``: a pointer that cannot be read from or written to
 * * ``ENOTTY``: no such operation
 *
 * If an operation fails for another reason, the kernel still writes the fields that
 * it fills in.
 *
 * ``EDQUOT`` means a limit of the file, ``ENOSPC`` one of all files together. The
 * module's parameters max_... are the limits; the kernel's log names the one that was met.
 *
 * Errors of open(): ``ENOSPC``: there are as many open files as may be; ``ENOMEM``.
 *
 * mmap() shows blocks of SHARED caches at the offsets that QUERY tells. A page in
 * which the file has no live block of such a cache cannot be touched (SIGBUS); a page
 * that was touched stays until it is unmapped. A child does not inherit mappings. They
 * are unmapped and protected as a whole, or not at all (EINVAL). Errors of mmap():
 *
 * * ``EINVAL``: not MAP_SHARED
 * * ``EACCES``: PROT_EXEC, or PROT_WRITE of a file opened for reading
 * * ``EDQUOT``: the file has as many bytes of mappings as it may
 * * ``ENOSPC``: all files together do
 */
#ifndef _UAPI_LINUX_ARENA_CACHE_H
#define _UAPI_LINUX_ARENA_CACHE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* In &struct arena_cache_info_args; a higher version does all that a lower one does. */
#define ARENA_CACHE_ABI_VERSION		1

/*
 * Flags of ALLOC and FREE: in which context the kernel calls the allocator. In all but
 * the first the allocator must not sleep.
 */
#define ARENA_CACHE_IN_PROCESS		0u
#define ARENA_CACHE_IN_NOPREEMPT	1u	/* preemption off */
#define ARENA_CACHE_IN_SOFTIRQ		2u	/* in a tasklet */
#define ARENA_CACHE_IN_HARDIRQ		3u	/* in an interrupt (irq_work) */
#define ARENA_CACHE_IN_MASK		3u

/* Flag of CACHE_CREATE: blocks of the cache can be mapped with mmap(). */
#define ARENA_CACHE_CREATE_SHARED	1u

/* @limit of &struct arena_cache_alloc_args: of what there are as many as may be. */
#define ARENA_CACHE_LIMIT_NONE		0u
#define ARENA_CACHE_LIMIT_BLOCKS	1u	/* blocks */
#define ARENA_CACHE_LIMIT_BYTES		2u	/* bytes in blocks */

/* What QUERY says of a block without class, place in an arena, or offset. */
#define ARENA_CACHE_NONE		(~0u)
#define ARENA_CACHE_NO_OFFSET		(~0ull)

/* Where a block is: @kind of &struct arena_cache_query_args. */
#define ARENA_CACHE_KIND_ARENA		1u
#define ARENA_CACHE_KIND_RAW		2u	/* the kernel's kmalloc() or SLUB */

/**
 * struct arena_cache_info_args - version, sizes and limits
 * @size: of this structure
 * @flags: 0
 * @version: %ARENA_CACHE_ABI_VERSION of the kernel
 * @arena_size: bytes of an arena
 * @pool_size: bytes of a pool
 * @classes: number of size classes
 * @class_step: bytes from one class to the next
 * @max_bytes: largest block
 * @file_blocks: most blocks of a file
 * @file_caches: most caches of a file
 * @file_bytes: most bytes in blocks of a file
 * @all_blocks: most blocks of all files together
 * @all_caches: most caches of all files together
 * @all_bytes: most bytes in blocks of all files together
 * @file_map_bytes: most bytes of mappings of a file
 * @all_map_bytes: most bytes of mappings of all files together
 */
struct arena_cache_info_args {
	__u32 size;
	__u32 flags;
	__u32 version;
	__u32 arena_size;
	__u32 pool_size;
	__u32 classes;
	__u32 class_step;
	__u32 max_bytes;
	__u32 file_blocks;
	__u32 file_caches;
	__u64 file_bytes;
	__u32 all_blocks;
	__u32 all_caches;
	__u64 all_bytes;
	__u64 file_map_bytes;
	__u64 all_map_bytes;
};

/**
 * struct arena_cache_create_args - make a cache of blocks of one size
 * @size: of this structure
 * @flags: 0 or %ARENA_CACHE_CREATE_SHARED
 * @bytes: size of a block, 1 to @max_bytes of INFO; with SHARED to 512
 * @align: of blocks: a power of two up to 4096, or 0 for 8
 * @cache: gets its number
 * @reserved: 0
 *
 * Errors:
 *
 * * ``EINVAL``: also for @bytes and @align out of range
 * * ``EDQUOT``: the file has as many caches as it may
 * * ``ENOSPC``: all files together do
 * * ``ENOMEM``: no memory
 */
struct arena_cache_create_args {
	__u32 size;
	__u32 flags;
	__u32 bytes;
	__u32 align;
	__u32 cache;
	__u32 reserved;
};

/**
 * struct arena_cache_destroy_args - destroy a cache
 * @size: of this structure
 * @flags: 0
 * @cache: its number
 * @reserved: 0
 *
 * Errors:
 *
 * * ``ENOENT``: no such cache
 * * ``EBUSY``: blocks of it live
 */
struct arena_cache_destroy_args {
	__u32 size;
	__u32 flags;
	__u32 cache;
	__u32 reserved;
};

/**
 * struct arena_cache_alloc_args - allocate blocks, which are zeroed
 * @size: of this structure
 * @flags: one of ARENA_CACHE_IN_...
 * @cache: from which cache; 0 for the size classes
 * @bytes: size of each block, 1 to @max_bytes of INFO; 0 if @cache is not
 * @count: how many
 * @done: gets how many were allocated
 * @handle: gets the handle, if @count is 1 and @handles is 0
 * @limit: gets which limit there was with ``EDQUOT`` and ``ENOSPC``, one of
 *	ARENA_CACHE_LIMIT_..., else %ARENA_CACHE_LIMIT_NONE; before 0.3.0 reserved and 0
 * @handles: address of an array of @count __u32, which gets @done handles
 *
 * Errors, before which @done blocks were allocated, and stay so:
 *
 * * ``EINVAL``: also for @bytes out of range, and a @count of 0
 * * ``ENOENT``: no such cache
 * * ``EDQUOT``: the file has as many blocks or bytes as it may
 * * ``ENOSPC``: all files together do
 * * ``ENOMEM``: no memory, perhaps in that context only
 * * ``EINTR``: a signal came
 */
struct arena_cache_alloc_args {
	__u32 size;
	__u32 flags;
	__u32 cache;
	__u32 bytes;
	__u32 count;
	__u32 done;
	__u32 handle;
	__u32 limit;
	__u64 handles;
};

/**
 * struct arena_cache_free_args - free blocks
 * @size: of this structure
 * @flags: one of ARENA_CACHE_IN_...
 * @count: how many
 * @done: gets how many were freed, from the first on
 * @handle: the handle, if @count is 1 and @handles is 0
 * @reserved: 0
 * @handles: address of an array of @count __u32
 *
 * Errors, before which @done blocks were freed:
 *
 * * ``EINVAL``: also for a @count of 0
 * * ``ENOENT``: no such handle
 * * ``EINTR``: a signal came
 */
struct arena_cache_free_args {
	__u32 size;
	__u32 flags;
	__u32 count;
	__u32 done;
	__u32 handle;
	__u32 reserved;
	__u64 handles;
};

/**
 * struct arena_cache_realloc_args - change the size of a block
 * @size: of this structure
 * @flags: 0
 * @handle: the block, which keeps its handle
 * @bytes: new size, 1 to @max_bytes of INFO; added bytes are zero
 *
 * Errors, after which the block is as it was:
 *
 * * ``EINVAL``: also for @bytes out of range
 * * ``ENOENT``: no such handle
 * * ``EOPNOTSUPP``: the block is of a cache, whose blocks have one size
 * * ``EDQUOT``, ``ENOSPC``, ``ENOMEM``: as for ALLOC
 */
struct arena_cache_realloc_args {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 bytes;
};

/**
 * struct arena_cache_query_args - where a block is
 * @size: of this structure
 * @flags: 0
 * @handle: the block
 * @kind: gets %ARENA_CACHE_KIND_ARENA or %ARENA_CACHE_KIND_RAW
 * @cache: gets the number of its cache, 0 for the size classes
 * @bytes: gets the size asked for
 * @usable: gets the bytes that the block has room for
 * @class: gets the size class, from 0 on, or %ARENA_CACHE_NONE
 * @pool: gets the pool's place in its arena, 0 to 63, or %ARENA_CACHE_NONE
 * @block: gets the block's place in its pool, or %ARENA_CACHE_NONE
 * @arena: gets the arena's number, or 0; numbers are used once
 * @offset: gets the offset for mmap() of a block of a SHARED cache, or
 *	%ARENA_CACHE_NO_OFFSET
 *
 * Errors:
 *
 * * ``ENOENT``: no such handle
 */
struct arena_cache_query_args {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 kind;
	__u32 cache;
	__u32 bytes;
	__u32 usable;
	__u32 class;
	__u32 pool;
	__u32 block;
	__u64 arena;
	__u64 offset;
};

/**
 * struct arena_cache_copy_args - READ from a block, or WRITE to it
 * @size: of this structure
 * @flags: 0
 * @handle: the block
 * @offset: first byte
 * @length: how many, 0 or more
 * @done: gets how many were copied
 * @buffer: address to copy to or from
 *
 * Copies are not atomic: another thread may see, or make, a part of one.
 *
 * Errors, before which @done bytes were copied:
 *
 * * ``ENOENT``: no such handle
 * * ``ERANGE``: the range exceeds the bytes asked for
 */
struct arena_cache_copy_args {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 offset;
	__u32 length;
	__u32 done;
	__u64 buffer;
};

/**
 * struct arena_cache_fill_args - FILL a block with a pattern, or CHECK it
 * @size: of this structure
 * @flags: 0
 * @handle: the block
 * @offset: first byte
 * @length: how many, 0 or more
 * @mismatch: gets the offset of the first byte that CHECK found to differ
 * @pattern: byte i of the block is byte i % 8 of this, the lowest first
 *
 * Errors:
 *
 * * ``ENOENT``: no such handle
 * * ``ERANGE``: the range exceeds the bytes asked for
 * * ``EILSEQ``: CHECK found a byte that differs
 */
struct arena_cache_fill_args {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 offset;
	__u32 length;
	__u32 mismatch;
	__u64 pattern;
};

/* Room in @events of &struct arena_cache_stats_args, also for those of later versions. */
#define ARENA_CACHE_EVENTS		32

/**
 * struct arena_cache_stats_args - numbers of this file and of the module
 * @size: of this structure
 * @flags: 0
 * @file_blocks: blocks of this file
 * @file_caches: caches of this file
 * @file_bytes: bytes in blocks of this file
 * @file_allocs: blocks allocated by this file so far
 * @file_frees: blocks freed by this file so far
 * @all_blocks: blocks of all files
 * @all_caches: caches of all files
 * @all_bytes: bytes in blocks of all files
 * @arenas: arenas
 * @arenas_empty: arenas in which no cache has a pool
 * @arenas_highwater: most arenas that there ever were
 * @free_pools: pools that belong to no cache
 * @gone_pools: pools without a page, given back or never had
 * @live_bytes: of arenas, in live blocks of any caller
 * @cached_bytes: of arenas, in magazines and depots
 * @available_bytes: of arenas, in free blocks of pools
 * @nr_events: how many of @events are in use
 * @reserved: 0
 * @events: event counters, in the order of stats.json in debugfs
 *
 * Numbers of all files and of arenas are exact while no other call runs.
 *
 * Errors:
 *
 * * ``ENOMEM``: no memory
 */
struct arena_cache_stats_args {
	__u32 size;
	__u32 flags;
	__u32 file_blocks;
	__u32 file_caches;
	__u64 file_bytes;
	__u64 file_allocs;
	__u64 file_frees;
	__u32 all_blocks;
	__u32 all_caches;
	__u64 all_bytes;
	__u64 arenas;
	__u64 arenas_empty;
	__u64 arenas_highwater;
	__u64 free_pools;
	__u64 gone_pools;
	__u64 live_bytes;
	__u64 cached_bytes;
	__u64 available_bytes;
	__u32 nr_events;
	__u32 reserved;
	__u64 events[ARENA_CACHE_EVENTS];
};

/**
 * struct arena_cache_trim_args - give back memory that is not in use
 * @size: of this structure
 * @flags: 0
 * @pages: gets how many pages of arenas went back
 */
struct arena_cache_trim_args {
	__u32 size;
	__u32 flags;
	__u64 pages;
};

/**
 * struct arena_cache_verify_args - check every invariant of the allocator
 * @size: of this structure
 * @flags: 0
 * @pools: gets the number of pools seen
 * @cached: gets the number of cached blocks seen
 * @violations: gets the number of broken invariants; 0 means that all hold
 */
struct arena_cache_verify_args {
	__u32 size;
	__u32 flags;
	__u64 pools;
	__u64 cached;
	__u64 violations;
};

/*
 * Code 0xA9, numbers 00-1F: the kernel's list of ioctl numbers (Linux 7.3,
 * Documentation/userspace-api/ioctl/ioctl-number.rst) has nothing from 0xA7 to 0xA9.
 * The size of the structure is in its first word, hence not in the command.
 */
#define ARENA_CACHE_IOC_MAGIC		0xA9
#define ARENA_CACHE_IOC_INFO		_IO(ARENA_CACHE_IOC_MAGIC, 0)
#define ARENA_CACHE_IOC_CACHE_CREATE	_IO(ARENA_CACHE_IOC_MAGIC, 1)
#define ARENA_CACHE_IOC_CACHE_DESTROY	_IO(ARENA_CACHE_IOC_MAGIC, 2)
#define ARENA_CACHE_IOC_ALLOC		_IO(ARENA_CACHE_IOC_MAGIC, 3)
#define ARENA_CACHE_IOC_FREE		_IO(ARENA_CACHE_IOC_MAGIC, 4)
#define ARENA_CACHE_IOC_REALLOC		_IO(ARENA_CACHE_IOC_MAGIC, 5)
#define ARENA_CACHE_IOC_QUERY		_IO(ARENA_CACHE_IOC_MAGIC, 6)
#define ARENA_CACHE_IOC_READ		_IO(ARENA_CACHE_IOC_MAGIC, 7)
#define ARENA_CACHE_IOC_WRITE		_IO(ARENA_CACHE_IOC_MAGIC, 8)
#define ARENA_CACHE_IOC_FILL		_IO(ARENA_CACHE_IOC_MAGIC, 9)
#define ARENA_CACHE_IOC_CHECK		_IO(ARENA_CACHE_IOC_MAGIC, 10)
#define ARENA_CACHE_IOC_STATS		_IO(ARENA_CACHE_IOC_MAGIC, 11)
#define ARENA_CACHE_IOC_TRIM		_IO(ARENA_CACHE_IOC_MAGIC, 12)
#define ARENA_CACHE_IOC_VERIFY		_IO(ARENA_CACHE_IOC_MAGIC, 13)

#endif /* _UAPI_LINUX_ARENA_CACHE_H */
