// SPDX-License-Identifier: GPL-2.0
/* The program of the README. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <linux/arena_cache.h>

int main(void)
{
	char text[] = "hello", back[sizeof(text)];
	struct arena_cache_alloc_args a = { .size = sizeof(a), .bytes = 24, .count = 1 };
	struct arena_cache_copy_args c = { .size = sizeof(c), .length = sizeof(text) };
	struct arena_cache_free_args f = { .size = sizeof(f), .count = 1 };
	int fd = open("/dev/arena_cache", O_RDWR), err;

	err = ioctl(fd, ARENA_CACHE_IOC_ALLOC, &a);
	c.handle = a.handle;
	f.handle = a.handle;
	c.buffer = (__u64)text;
	err |= ioctl(fd, ARENA_CACHE_IOC_WRITE, &c);
	c.buffer = (__u64)back;
	err |= ioctl(fd, ARENA_CACHE_IOC_READ, &c) | ioctl(fd, ARENA_CACHE_IOC_FREE, &f);
	return err || puts(back) < 0;
}
