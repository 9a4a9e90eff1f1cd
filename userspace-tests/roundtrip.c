// SPDX-License-Identifier: GPL-2.0
/*
 * Measures ALLOC and FREE of one block, and of 256, against an ioctl that does nothing,
 * as no operation has its number. Prints nanoseconds; tests nothing.
 */
#include "device.h"

#include <time.h>

#define BULK 256
#define BEST_OF 30
/* Few enough that some rounds meet no tick of the timer. */
#define CALLS 500

static int fd;
static uint32_t handle[BULK];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void nothing(void)
{
	dev_ioctl(fd, _IO(ARENA_CACHE_IOC_MAGIC, 255), NULL);
}

static void info(void)
{
	dev_info(fd);
}

static void single(void)
{
	dev_free(fd, dev_alloc(fd, 64));
}

static void bulk(void)
{
	dev_alloc_bulk(fd, 0, 64, 0, BULK, handle, NULL);
	dev_free_bulk(fd, 0, BULK, handle, NULL);
}

static double measure(void (*fn)(void), int calls)
{
	double best = 1e18, begin, each;
	int round, i;

	for (round = 0; round < BEST_OF; round++) {
		begin = now();
		for (i = 0; i < calls; i++)
			fn();
		each = (now() - begin) / calls;
		if (each < best)
			best = each;
	}
	return best;
}

int main(void)
{
	double none, one, many;

	fd = dev_open();
	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", DEVICE, strerror(-fd));
		return 1;
	}
	stay_here();
	none = measure(nothing, CALLS);
	one = measure(single, CALLS);
	many = measure(bulk, 5) / BULK;
	printf("ioctl that does nothing     %10.1f ns\n", none);
	printf("INFO                        %10.1f ns\n", measure(info, CALLS));
	printf("ALLOC and FREE              %10.1f ns, %.2f of two that do nothing\n",
	       one, one / none / 2);
	printf("each of bulk of %d         %10.1f ns, %.3f of ALLOC and FREE\n",
	       BULK, many, many / one);
	return 0;
}
