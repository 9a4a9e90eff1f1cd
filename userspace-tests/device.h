/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Thin wrappers around the ioctls of /dev/arena_cache. Each returns 0 or more if all
 * went well, else a negative errno.
 */
#ifndef DEVICE_H
#define DEVICE_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/arena_cache.h>

#define DEVICE "/dev/arena_cache"
#define ARENA (256ul << 10)

static inline int dev_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int dev_ioctl(int fd, unsigned long cmd, void *args)
{
	return ioctl(fd, cmd, args) < 0 ? -errno : 0;
}

/* The arguments of a call: sets their size, and the fields that are named. */
#define ARGS(type, ...)							\
	struct arena_cache_##type##_args args = {			\
		.size = sizeof(args), ##__VA_ARGS__ }

static inline struct arena_cache_info_args dev_info(int fd)
{
	ARGS(info);

	if (dev_ioctl(fd, ARENA_CACHE_IOC_INFO, &args))
		args.version = 0;
	return args;
}

static inline struct arena_cache_stats_args dev_stats(int fd)
{
	ARGS(stats);

	if (dev_ioctl(fd, ARENA_CACHE_IOC_STATS, &args))
		args.nr_events = 0;
	return args;
}

/* The number of the cache, or a negative errno. */
static inline int dev_create(int fd, uint32_t bytes, uint32_t align,
			     uint32_t flags)
{
	ARGS(create, .bytes = bytes, .align = align, .flags = flags);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_CACHE_CREATE, &args);

	return err ? err : (int)args.cache;
}

static inline int dev_destroy(int fd, uint32_t cache)
{
	ARGS(destroy, .cache = cache);

	return dev_ioctl(fd, ARENA_CACHE_IOC_CACHE_DESTROY, &args);
}

/* One block by size; its handle, or a negative errno. */
static inline int dev_alloc(int fd, uint32_t bytes)
{
	ARGS(alloc, .bytes = bytes, .count = 1);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_ALLOC, &args);

	return err ? err : (int)args.handle;
}

/* One block of a cache. */
static inline int dev_alloc_from(int fd, uint32_t cache)
{
	ARGS(alloc, .cache = cache, .count = 1);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_ALLOC, &args);

	return err ? err : (int)args.handle;
}

/* Many blocks; *@done gets how many. */
static inline int dev_alloc_bulk(int fd, uint32_t cache, uint32_t bytes,
				 uint32_t flags, uint32_t count,
				 uint32_t *handles, uint32_t *done)
{
	ARGS(alloc, .cache = cache, .bytes = bytes, .flags = flags,
	     .count = count, .handles = (uintptr_t)handles);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_ALLOC, &args);

	if (done)
		*done = args.done;
	return err;
}

static inline int dev_free(int fd, uint32_t handle)
{
	ARGS(free, .handle = handle, .count = 1);

	return dev_ioctl(fd, ARENA_CACHE_IOC_FREE, &args);
}

static inline int dev_free_bulk(int fd, uint32_t flags, uint32_t count,
				const uint32_t *handles, uint32_t *done)
{
	ARGS(free, .flags = flags, .count = count,
	     .handles = (uintptr_t)handles);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_FREE, &args);

	if (done)
		*done = args.done;
	return err;
}

static inline int dev_realloc(int fd, uint32_t handle, uint32_t bytes)
{
	ARGS(realloc, .handle = handle, .bytes = bytes);

	return dev_ioctl(fd, ARENA_CACHE_IOC_REALLOC, &args);
}

/* Where a block is; its @kind is 0 if QUERY fails. */
static inline struct arena_cache_query_args dev_query(int fd, uint32_t handle)
{
	ARGS(query, .handle = handle);

	if (dev_ioctl(fd, ARENA_CACHE_IOC_QUERY, &args))
		args.kind = 0;
	return args;
}

static inline int dev_read(int fd, uint32_t handle, uint32_t offset,
			   void *to, uint32_t length)
{
	ARGS(copy, .handle = handle, .offset = offset, .length = length,
	     .buffer = (uintptr_t)to);

	return dev_ioctl(fd, ARENA_CACHE_IOC_READ, &args);
}

static inline int dev_write(int fd, uint32_t handle, uint32_t offset,
			    const void *from, uint32_t length)
{
	ARGS(copy, .handle = handle, .offset = offset, .length = length,
	     .buffer = (uintptr_t)from);

	return dev_ioctl(fd, ARENA_CACHE_IOC_WRITE, &args);
}

static inline int dev_fill(int fd, uint32_t handle, uint32_t offset,
			   uint32_t length, uint64_t pattern)
{
	ARGS(fill, .handle = handle, .offset = offset, .length = length,
	     .pattern = pattern);

	return dev_ioctl(fd, ARENA_CACHE_IOC_FILL, &args);
}

static inline int dev_check_at(int fd, uint32_t handle, uint32_t offset,
			       uint32_t length, uint64_t pattern,
			       uint32_t *mismatch)
{
	ARGS(fill, .handle = handle, .offset = offset, .length = length,
	     .pattern = pattern);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_CHECK, &args);

	if (mismatch)
		*mismatch = args.mismatch;
	return err;
}

static inline int dev_check(int fd, uint32_t handle, uint32_t offset,
			    uint32_t length, uint64_t pattern)
{
	return dev_check_at(fd, handle, offset, length, pattern, NULL);
}

static inline int dev_trim(int fd)
{
	ARGS(trim);

	return dev_ioctl(fd, ARENA_CACHE_IOC_TRIM, &args);
}

/* The number of broken invariants. */
static inline long dev_violations(int fd)
{
	ARGS(verify);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_VERIFY, &args);

	return err ? err : (long)args.violations;
}

/* Stays on this CPU, whose magazines then have what it frees; 0 if it can. */
static inline int stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* Writes to a file of the kernel; 0 or a negative errno. */
static inline int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

#define FAULTS "/sys/kernel/debug/fail"

/*
 * Lets allocations of this thread fail, even those that may wait. Returns a descriptor
 * for fail_nth(), or a negative errno if the kernel has no fault injection.
 */
static inline int fail_open(void)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	put_text(FAULTS "slab/verbose", "0");
	put_text(FAULTS "slab/ignore-gfp-wait", "N");
	put_text(FAULTS "_page_alloc/verbose", "0");
	put_text(FAULTS "_page_alloc/ignore-gfp-wait", "N");
	put_text(FAULTS "_page_alloc/min-order", "0");
	return fd;
}

/* The @nth allocation from now on fails; 0: none does. */
static inline void fail_nth(int fd, int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	if (pwrite(fd, text, len, 0) != len)
		abort();
}

/* All allocations of this thread fail from now on; after fail_open(). */
static inline int fail_all(void)
{
	int fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);

	put_text(FAULTS "slab/task-filter", "Y");
	put_text(FAULTS "slab/times", "-1");
	put_text(FAULTS "slab/probability", "100");
	if (fd < 0 || write(fd, "1", 1) != 1)
		abort();
	return fd;
}

/* Ends that, with what fail_all() returned. */
static inline void fail_none(int fd)
{
	if (pwrite(fd, "0", 1, 0) != 1)
		abort();
	close(fd);
	put_text(FAULTS "slab/probability", "0");
	put_text(FAULTS "slab/task-filter", "N");
}

#endif /* DEVICE_H */
