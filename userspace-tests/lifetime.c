// SPDX-License-Identifier: GPL-2.0
/* Blocks and caches belong to the open file, and go with it. */
#include "device.h"
#include "harness.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

FIXTURE(lifetime) {
	int fd;
};

FIXTURE_SETUP(lifetime)
{
	self->fd = dev_open();
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, dev_stats(self->fd).all_blocks);
}

FIXTURE_TEARDOWN(lifetime)
{
	EXPECT_EQ(0, dev_violations(self->fd));
	EXPECT_EQ(0, dev_stats(self->fd).all_blocks);
	EXPECT_EQ(0, dev_stats(self->fd).all_bytes);
	EXPECT_EQ(0, dev_stats(self->fd).all_caches);
	close(self->fd);
}

/* Allocates blocks by size, blocks of caches and raw ones, and returns how many. */
static int some_of_each(int fd)
{
	uint32_t handle[100];
	int cache, i, flags[] = { 0, ARENA_CACHE_CREATE_SHARED, 0 };

	for (i = 0; i < 3; i++) {
		cache = dev_create(fd, i == 2 ? 2000 : 100, 0, flags[i]);
		if (cache < 0 ||
		    dev_alloc_bulk(fd, cache, 0, 0, 100, handle, NULL) ||
		    dev_alloc_bulk(fd, 0, 30 + 400 * i, 0, 100, handle, NULL))
			return -1;
	}
	return 600;
}

TEST_F(lifetime, close_frees_all)
{
	int fd = dev_open();

	ASSERT_EQ(600, some_of_each(fd));
	EXPECT_EQ(600, dev_stats(self->fd).all_blocks);
	EXPECT_EQ(3, dev_stats(self->fd).all_caches);
	close(fd);
}

TEST_F(lifetime, a_dup_keeps_it)
{
	int fd = dev_open(), other = dup(fd);

	ASSERT_EQ(600, some_of_each(fd));
	close(fd);
	EXPECT_EQ(600, dev_stats(other).file_blocks);
	EXPECT_EQ(0, dev_free(other, 1));
	close(other);
}

TEST_F(lifetime, handles_are_of_one_file)
{
	int fd = dev_open(), handle = dev_alloc(fd, 10);

	EXPECT_EQ(-ENOENT, dev_free(self->fd, handle));
	EXPECT_EQ(-ENOENT, dev_alloc_from(self->fd, dev_create(fd, 8, 0, 0)));
	close(fd);
}

TEST_F(lifetime, a_child_has_it_too)
{
	int fd = dev_open(), status;
	pid_t child;

	ASSERT_EQ(600, some_of_each(fd));
	child = fork();
	if (!child)
		_exit(dev_free(fd, 1) || dev_free(fd, 2));
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(598, dev_stats(fd).file_blocks);
	close(fd);
}

#define THREADS 8
#define EACH 12500

struct filler {
	int fd;
	int ready;
	uint32_t handle[EACH];
};

static void *fill_and_go_on(void *arg)
{
	struct filler *filler = arg;
	int handle;

	dev_alloc_bulk(filler->fd, 0, 8 + filler->ready * 16, 0, EACH, filler->handle, NULL);
	write(filler->ready, ".", 1);
	for (;;) {
		handle = dev_alloc(filler->fd, 40);
		if (handle > 0)
			dev_free(filler->fd, handle);
	}
	return NULL;
}

static void die_rich(int fd, int ready)
{
	struct filler *filler = calloc(THREADS, sizeof(*filler));
	pthread_t thread;
	int i;

	for (i = 0; i < THREADS; i++) {
		filler[i].fd = fd;
		filler[i].ready = ready;
		pthread_create(&thread, NULL, fill_and_go_on, &filler[i]);
	}
	pause();
}

TEST_F(lifetime, kill_frees_all)
{
	int ready[2], i, status;
	char byte;
	pid_t child;

	ASSERT_EQ(0, pipe(ready));
	child = fork();
	if (!child) {
		close(self->fd);
		die_rich(dev_open(), ready[1]);
	}
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_LE(THREADS * EACH, dev_stats(self->fd).all_blocks);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	EXPECT_TRUE(WIFSIGNALED(status));
	for (i = 0; i < 1000 && dev_stats(self->fd).all_blocks; i++)
		usleep(10000);
}

static void *work_on_dup(void *arg)
{
	int fd = *(int *)arg, handle;

	do {
		handle = dev_alloc(fd, 100);
		if (handle > 0)
			dev_fill(fd, handle, 0, 100, 1);
	} while (handle > 0);
	return NULL;
}

/* Another thread closes the descriptor while calls on it run. */
TEST_F(lifetime, close_while_others_work)
{
	pthread_t thread[4];
	int round, i, fd;

	for (round = 0; round < 20; round++) {
		fd = dev_open();
		for (i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, work_on_dup, &fd);
		usleep(2000);
		close(fd);
		for (i = 0; i < 4; i++)
			pthread_join(thread[i], NULL);
	}
}

TEST_HARNESS_MAIN
