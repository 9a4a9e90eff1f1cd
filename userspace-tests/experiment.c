// SPDX-License-Identifier: GPL-2.0
/*
 * What do survivors pin? Allocates blocks, frees all but every 1000th, and prints what the
 * allocator has of the system meanwhile. docs/experiment.md explains what it prints.
 *
 * usage: experiment [BLOCKS [BYTES]]
 *
 * The status is 0 if, in the end, survivors pin no more than a page each.
 */
#include "device.h"

#define EVERY	1000
#define PAGE	4096

/* What is wrong, and the end. */
static int fail(const char *what, int err)
{
	fprintf(stderr, "experiment: %s: %s\n", what, strerror(-err));
	return 1;
}

static int alloc(int fd, uint32_t bytes, uint32_t count, uint32_t *handles)
{
	static const char *const names[] = { "", "blocks", "bytes" };
	struct arena_cache_alloc_args args = { .size = sizeof(args), .bytes = bytes,
					       .count = count,
					       .handles = (uintptr_t)handles };
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_ALLOC, &args);

	if (args.limit)
		fprintf(stderr, "after %u blocks: load the module with a larger max_%s%s=\n",
			args.done, names[args.limit], err == -EDQUOT ? "_per_file" : "");
	return err;
}

/* Frees all but every 1000th, which come first in the array then. */
static int free_most(int fd, uint32_t *handles, uint32_t count, uint32_t *left)
{
	uint32_t *others = malloc(count * sizeof(*others)), i, n = 0;
	int err;

	*left = 0;
	for (i = 0; i < count; i++) {
		if (i % EVERY == 0)
			handles[(*left)++] = handles[i];
		else
			others[n++] = handles[i];
	}
	err = dev_free_bulk(fd, 0, n, others, NULL);
	free(others);
	return err;
}

static uint64_t pages_of(const struct arena_cache_stats_args *s)
{
	return s->arenas * (ARENA / PAGE) - s->gone_pools;
}

static uint64_t print(int fd, const char *when)
{
	struct arena_cache_stats_args s = dev_stats(fd);
	uint64_t pages = pages_of(&s);

	printf("%-32s %8u %8llu %8.1f %8llu %8.1f\n", when, s.file_blocks,
	       (unsigned long long)pages, pages * PAGE / 1e6,
	       (unsigned long long)s.arenas, s.arenas * ARENA / 1e6);
	return pages;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? atoi(argv[1]) : 1000000, left;
	uint32_t bytes = argc > 2 ? atoi(argv[2]) : 64;
	uint32_t *handles = calloc(count, sizeof(*handles));
	uint64_t before, pages;
	int fd = dev_open(), err;

	if (fd < 0)
		return fail(DEVICE, fd);
	setlinebuf(stdout);
	printf("%-32s %8s %8s %8s %8s %8s\n", "", "blocks", "pages", "MB", "arenas", "MB");
	dev_trim(fd);
	before = print(fd, "at the start");
	err = alloc(fd, bytes, count, handles);
	if (err)
		return fail("ALLOC", err);
	print(fd, "all blocks live");
	err = free_most(fd, handles, count, &left);
	if (err)
		return fail("FREE", err);
	print(fd, "all but every 1000th freed");
	sleep(1);
	print(fd, "after 1 second");
	sleep(2);
	print(fd, "after 3 seconds");
	dev_trim(fd);
	pages = print(fd, "after a trim");
	if (dev_free_bulk(fd, 0, left, handles, NULL) || dev_trim(fd))
		return 1;
	print(fd, "all freed, after a trim");
	return pages > before + left;
}
