// SPDX-License-Identifier: GPL-2.0
/* Threads that work on one open file, and processes on many. */
#include "fixture.h"

#include <pthread.h>
#include <sys/wait.h>

#define THREADS 4
#define ROUNDS 200
#define BULK 100

DEVICE_FIXTURE(concurrency, 0);

struct job {
	pthread_t thread;
	int fd;
	uint32_t cache;
	uint32_t bytes;
	uint32_t context;
	uint64_t mark;
	int bad;
};

/* No other thread writes to the blocks of this one. */
static void *own_contents(void *arg)
{
	struct job *job = arg;
	uint32_t handle[BULK], bytes = job->bytes, i, round;

	for (round = 0; round < ROUNDS; round++) {
		job->bad += !!dev_alloc_bulk(job->fd, job->cache, job->cache ? 0 : bytes,
					     job->context, BULK, handle, NULL);
		for (i = 0; i < BULK; i++)
			job->bad += !!dev_fill(job->fd, handle[i], 0, bytes, job->mark + i);
		for (i = 0; i < BULK; i++)
			job->bad += !!dev_check(job->fd, handle[i], 0, bytes, job->mark + i);
		job->bad += !!dev_free_bulk(job->fd, job->context, BULK, handle, NULL);
	}
	return NULL;
}

/* Runs @fn in all threads, every other one in the context of @like. */
static int run_jobs(struct job like, void *(*fn)(void *arg))
{
	struct job job[THREADS];
	int i, bad = 0;

	for (i = 0; i < THREADS; i++) {
		job[i] = like;
		job[i].context = i % 2 ? like.context : 0;
		job[i].mark = (i + 1) << 20;
		pthread_create(&job[i].thread, NULL, fn, &job[i]);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(job[i].thread, NULL);
		bad += job[i].bad;
	}
	return bad;
}

TEST_F(concurrency, by_size)
{
	struct job like = { .fd = self->fd, .bytes = 64,
			    .context = ARENA_CACHE_IN_NOPREEMPT };

	EXPECT_EQ(0, run_jobs(like, own_contents));
	EXPECT_EQ(0, dev_stats(self->fd).file_blocks);
}

TEST_F(concurrency, of_one_cache)
{
	int cache = dev_create(self->fd, 72, 0, 0);
	struct job like = { .fd = self->fd, .cache = cache, .bytes = 72,
			    .context = ARENA_CACHE_IN_SOFTIRQ };

	EXPECT_EQ(0, run_jobs(like, own_contents));
	EXPECT_EQ(0, dev_destroy(self->fd, cache));
}

/* Every thread frees, resizes and reads blocks of all; no block is freed twice. */
static void *grab(void *arg)
{
	struct job *job = arg;
	unsigned int seed = job->mark;
	uint32_t handle, i;
	char byte[16];
	int err;

	for (i = 0; i < 20000; i++) {
		handle = 1 + rand_r(&seed) % 50;
		switch (rand_r(&seed) % 5) {
		case 0:
			err = dev_free(job->fd, handle);
			break;
		case 1:
			err = dev_realloc(job->fd, handle, 1 + rand_r(&seed) % 1000);
			break;
		case 2:
			err = dev_read(job->fd, handle, 0, byte, 1);
			break;
		case 3:
			err = dev_fill(job->fd, handle, 0, 1, i);
			break;
		default:
			err = dev_alloc(job->fd, 1 + rand_r(&seed) % 600);
			if (err > 40)
				err = dev_free(job->fd, err);
		}
		job->bad += err < 0 && err != -ENOENT;
	}
	return NULL;
}

TEST_F(concurrency, everybody_touches_everything)
{
	struct arena_cache_stats_args stats;
	struct job like = { .fd = self->fd };
	uint32_t i, live = 0;

	EXPECT_EQ(0, run_jobs(like, grab));
	for (i = 1; i < 10000; i++)
		live += !dev_free(self->fd, i);
	stats = dev_stats(self->fd);
	EXPECT_EQ(0, stats.file_blocks);
	EXPECT_EQ(0, stats.file_bytes);
	EXPECT_EQ(stats.file_allocs, stats.file_frees);
}

/* A cache is there or not, never half. */
static void *create_and_destroy(void *arg)
{
	struct job *job = arg;
	unsigned int seed = job->mark;
	int i, err;

	for (i = 0; i < 300; i++) {
		err = rand_r(&seed) % 2 ? dev_create(job->fd, 8 + 8 * (i % 64), 0, 0) :
					  dev_destroy(job->fd, 1 + rand_r(&seed) % 16);
		job->bad += err < 0 && err != -EDQUOT && err != -ENOENT && err != -EBUSY;
		err = dev_alloc_from(job->fd, 1 + rand_r(&seed) % 16);
		if (err > 0)
			err = dev_free(job->fd, err);
		job->bad += err < 0 && err != -ENOENT;
	}
	return NULL;
}

TEST_F(concurrency, caches_come_and_go)
{
	struct job like = { .fd = self->fd };
	int i;

	EXPECT_EQ(0, run_jobs(like, create_and_destroy));
	for (i = 1; i <= 16; i++)
		dev_destroy(self->fd, i);
	EXPECT_EQ(0, dev_stats(self->fd).file_caches);
}

TEST_F(concurrency, processes)
{
	int i, status, sum = 0;

	for (i = 0; i < THREADS; i++) {
		if (!fork()) {
			struct job job = { .fd = dev_open(), .bytes = 8 + 100 * i,
					   .mark = i };

			own_contents(&job);
			_exit(!!job.bad);
		}
	}
	for (i = 0; i < THREADS; i++) {
		wait(&status);
		sum += status;
	}
	EXPECT_EQ(0, sum);
	EXPECT_EQ(0, dev_stats(self->fd).all_blocks);
}

TEST_F(concurrency, trim_and_verify_meanwhile)
{
	struct job job = { .fd = self->fd, .bytes = 128 };
	int i;

	ASSERT_EQ(0, pthread_create(&job.thread, NULL, own_contents, &job));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(0, dev_trim(self->fd));
		EXPECT_EQ(0, dev_violations(self->fd));
	}
	pthread_join(job.thread, NULL);
	EXPECT_EQ(0, job.bad);
}

TEST_HARNESS_MAIN
