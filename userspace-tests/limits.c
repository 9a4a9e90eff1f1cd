// SPDX-License-Identifier: GPL-2.0
/* Limits that calls run into: quotas, memory, signals. */
#include "device.h"
#include "harness.h"

#include <signal.h>
#include <sys/time.h>

FIXTURE(limits) {
	int fd;
	struct arena_cache_info_args info;
	uint32_t *handles;
};

FIXTURE_SETUP(limits)
{
	self->fd = dev_open();
	ASSERT_GE(self->fd, 0);
	self->info = dev_info(self->fd);
	self->handles = calloc(self->info.file_blocks + 64, sizeof(uint32_t));
	ASSERT_NE(NULL, self->handles);
}

FIXTURE_TEARDOWN(limits)
{
	close(self->fd);
	free(self->handles);
}

TEST_F(limits, blocks_of_a_file)
{
	uint32_t max = self->info.file_blocks, done, count = 0;
	struct arena_cache_stats_args stats;

	EXPECT_EQ(-EDQUOT, dev_alloc_bulk(self->fd, 0, 8, 0, max + 50, self->handles, &done));
	EXPECT_EQ(max, done);
	EXPECT_EQ(-EDQUOT, dev_alloc(self->fd, 8));
	stats = dev_stats(self->fd);
	EXPECT_EQ(max, stats.file_blocks);
	EXPECT_EQ(max, stats.file_allocs);
	EXPECT_EQ(8ull * max, stats.file_bytes);
	EXPECT_EQ(0, dev_free_bulk(self->fd, 0, 100, self->handles, &count));
	EXPECT_EQ(0, dev_alloc_bulk(self->fd, 0, 8, 0, 100, self->handles, &count));
	EXPECT_EQ(100, count);
	EXPECT_EQ(0, dev_free_bulk(self->fd, 0, done, self->handles, &count));
	EXPECT_EQ(done, count);
	EXPECT_EQ(0, dev_stats(self->fd).file_bytes);
}

TEST_F(limits, bytes_of_a_file)
{
	uint32_t each = self->info.max_bytes, done;
	uint32_t want = self->info.file_bytes / each;
	int small;

	small = dev_alloc(self->fd, 8);
	EXPECT_EQ(-EDQUOT, dev_alloc_bulk(self->fd, 0, each, 0, want, self->handles, &done));
	EXPECT_EQ(want - 1, done);
	EXPECT_EQ(-EDQUOT, dev_realloc(self->fd, small, each));
	EXPECT_EQ(8, dev_query(self->fd, small).bytes);
}

/* ALLOC of @count blocks of @bytes, with anything in the field that gets the limit. */
static int alloc_limit(int fd, uint32_t bytes, uint32_t count, uint32_t *handles,
		       uint32_t *limit)
{
	ARGS(alloc, .bytes = bytes, .count = count, .limit = 12345,
	     .handles = (uintptr_t)handles);
	int err = dev_ioctl(fd, ARENA_CACHE_IOC_ALLOC, &args);

	*limit = args.limit;
	return err;
}

TEST_F(limits, alloc_names_the_limit_of_a_file)
{
	uint32_t max = self->info.file_blocks, limit;
	uint32_t want = self->info.file_bytes / self->info.max_bytes;

	EXPECT_EQ(0, alloc_limit(self->fd, 8, 1, self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_NONE, limit);
	EXPECT_EQ(-EINVAL, alloc_limit(self->fd, 0, 1, self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_NONE, limit);
	EXPECT_EQ(-EDQUOT, alloc_limit(self->fd, 8, max, self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_BLOCKS, limit);
	EXPECT_EQ(-EDQUOT, alloc_limit(self->fd, 8, 1, self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_BLOCKS, limit);
	close(self->fd);
	self->fd = dev_open();
	EXPECT_EQ(-EDQUOT, alloc_limit(self->fd, self->info.max_bytes, want + 1,
				       self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_BYTES, limit);
}

TEST_F(limits, raw_memory_that_does_not_shrink_is_charged)
{
	int handle = dev_alloc(self->fd, self->info.max_bytes);

	ASSERT_EQ(0, dev_realloc(self->fd, handle, 600));
	EXPECT_LE(dev_query(self->fd, handle).usable, dev_stats(self->fd).file_bytes);
}

#define FILES 64

/* Opens files and fills them, until all together may have no more; @fds gets them. */
static int exhaust_bytes(struct arena_cache_info_args *info, uint32_t *handles,
			 int *fds, int *n)
{
	uint32_t want = info->file_bytes / info->max_bytes;
	int err = 0;

	for (*n = 0; *n < FILES && (!err || err == -EDQUOT); ++*n) {
		fds[*n] = dev_open();
		if (fds[*n] < 0)
			return fds[*n];
		err = dev_alloc_bulk(fds[*n], 0, info->max_bytes, 0, want, handles, NULL);
	}
	return err;
}

TEST_F(limits, bytes_of_all_files)
{
	int fds[FILES], n, small = dev_alloc(self->fd, 8);
	uint32_t limit;

	EXPECT_EQ(-ENOSPC, exhaust_bytes(&self->info, self->handles, fds, &n));
	EXPECT_EQ(-ENOSPC, alloc_limit(self->fd, self->info.max_bytes, 1,
				       self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_BYTES, limit);
	EXPECT_EQ(-ENOSPC, dev_realloc(self->fd, small, self->info.max_bytes));
	while (n--)
		close(fds[n]);
	EXPECT_EQ(0, dev_realloc(self->fd, small, self->info.max_bytes));
}

TEST_F(limits, blocks_of_all_files)
{
	uint32_t want = self->info.file_blocks, limit;
	int fds[FILES], n, err = 0;

	for (n = 0; n < FILES && !err; n++) {
		fds[n] = dev_open();
		ASSERT_GE(fds[n], 0);
		err = dev_alloc_bulk(fds[n], 0, 8, 0, want, self->handles, NULL);
	}
	EXPECT_EQ(-ENOSPC, err);
	EXPECT_EQ(-ENOSPC, alloc_limit(self->fd, 8, 1, self->handles, &limit));
	EXPECT_EQ(ARENA_CACHE_LIMIT_BLOCKS, limit);
	while (n--)
		close(fds[n]);
	EXPECT_LT(0, dev_alloc(self->fd, 8));
}

TEST_F(limits, caches_of_a_file)
{
	int i;

	for (i = 0; i < self->info.file_caches; i++)
		ASSERT_GT(dev_create(self->fd, 8 * (i + 1), 0, 0), 0);
	EXPECT_EQ(-EDQUOT, dev_create(self->fd, 8, 0, 0));
	EXPECT_EQ(0, dev_destroy(self->fd, 3));
	EXPECT_EQ(3, dev_create(self->fd, 8, 0, 0));
}

TEST_F(limits, caches_of_all_files)
{
	int fds[FILES], n, cache = 0;

	for (n = 0; n < FILES && (cache >= 0 || cache == -EDQUOT); n++) {
		fds[n] = dev_open();
		ASSERT_GE(fds[n], 0);
		do {
			cache = dev_create(fds[n], 16, 0, 0);
		} while (cache > 0);
	}
	EXPECT_EQ(-ENOSPC, cache);
	while (n--)
		close(fds[n]);
	EXPECT_EQ(1, dev_create(self->fd, 16, 0, 0));
}

TEST_F(limits, ebusy_for_a_cache_with_blocks)
{
	int cache = dev_create(self->fd, 64, 0, 0);
	int handle = dev_alloc_from(self->fd, cache);

	EXPECT_EQ(-EBUSY, dev_destroy(self->fd, cache));
	EXPECT_EQ(0, dev_free(self->fd, handle));
	EXPECT_EQ(0, dev_destroy(self->fd, cache));
	EXPECT_EQ(-ENOENT, dev_destroy(self->fd, cache));
}

TEST_F(limits, files)
{
	int fds[2000], n;

	for (n = 0; n < 2000; n++) {
		fds[n] = dev_open();
		if (fds[n] < 0)
			break;
	}
	EXPECT_TRUE(fds[n] == -ENOSPC || fds[n] == -EMFILE);
	while (n--)
		close(fds[n]);
}

TEST_F(limits, partial_frees_are_counted)
{
	uint32_t done;

	ASSERT_EQ(0, dev_alloc_bulk(self->fd, 0, 8, 0, 200, self->handles, NULL));
	self->handles[150] = 12345;
	EXPECT_EQ(-ENOENT, dev_free_bulk(self->fd, 0, 200, self->handles, &done));
	EXPECT_EQ(150, done);
	EXPECT_EQ(50, dev_stats(self->fd).file_blocks);
	/* A handle that is there twice is not live the second time. */
	self->handles[0] = self->handles[160];
	self->handles[1] = self->handles[160];
	EXPECT_EQ(-ENOENT, dev_free_bulk(self->fd, 0, 2, self->handles, &done));
	EXPECT_EQ(1, done);
}

static void on_alarm(int signal)
{
}

static void start_alarms(long usec)
{
	struct itimerval timer = { { 0, usec }, { 0, usec } };
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/*
 * A signal ends a call sooner or later, and @done is right then, too. The two calls have
 * rounds of their own: one that a slow machine always interrupts would leave the other
 * nothing to do.
 */
TEST_F(limits, eintr)
{
	uint32_t n, done, max = self->info.file_blocks, allocs = 0, frees = 0;
	int round;

	for (round = 0; round < 2000 && !allocs; round++) {
		start_alarms(1000);
		allocs += dev_alloc_bulk(self->fd, 0, 8, 0, max, self->handles,
					 &n) == -EINTR;
		start_alarms(0);
		ASSERT_EQ(n, dev_stats(self->fd).file_blocks);
		ASSERT_EQ(0, dev_free_bulk(self->fd, 0, n, self->handles, NULL));
	}
	for (round = 0; round < 2000 && !frees; round++) {
		ASSERT_EQ(0, dev_alloc_bulk(self->fd, 0, 8, 0, max,
					    self->handles, NULL));
		start_alarms(1000);
		frees += dev_free_bulk(self->fd, 0, max, self->handles,
				       &done) == -EINTR;
		start_alarms(0);
		ASSERT_EQ(max - done, dev_stats(self->fd).file_blocks);
		if (done < max)
			ASSERT_EQ(0, dev_free_bulk(self->fd, 0, max - done,
						   self->handles + done, NULL));
	}
	EXPECT_LT(0, allocs);
	EXPECT_LT(0, frees);
}

/* Lets each allocation of a call fail in turn, until none is left to fail. */
#define EACH_FAILURE(enomems, call, undo)				\
	for (int nth = 1; nth < 200; nth++) {				\
		int result;						\
									\
		fail_nth(faults, nth);					\
		result = call;						\
		fail_nth(faults, 0);					\
		if (result >= 0) {					\
			undo;						\
		}							\
		ASSERT_TRUE(result >= 0 || result == -ENOMEM);		\
		(enomems) += result == -ENOMEM;				\
	}

TEST_F(limits, enomem)
{
	int allocs = 0, creates = 0, reallocs = 0, stats = 0, opens = 0, small;
	struct arena_cache_stats_args args = { .size = sizeof(args) };
	int faults = fail_open(), all;

	if (faults < 0)
		SKIP(return, "no fault injection in this kernel");
	EACH_FAILURE(opens, dev_open(), close(result));
	EXPECT_LT(0, opens);
	EACH_FAILURE(allocs, dev_alloc(self->fd, 5000), dev_free(self->fd, result));
	EXPECT_LT(0, allocs);
	EACH_FAILURE(creates, dev_create(self->fd, 64, 0, 0), dev_destroy(self->fd, result));
	EXPECT_LT(0, creates);
	small = dev_alloc(self->fd, 8);
	EACH_FAILURE(reallocs, dev_realloc(self->fd, small, 5000),
		     dev_free(self->fd, small); small = dev_alloc(self->fd, 8));
	EXPECT_LT(0, reallocs);
	/* STATS falls back on another allocator, so one failure would not do. */
	all = fail_all();
	stats = dev_ioctl(self->fd, ARENA_CACHE_IOC_STATS, &args);
	fail_none(all);
	EXPECT_EQ(-ENOMEM, stats);
	EXPECT_EQ(1, dev_stats(self->fd).file_blocks);
	EXPECT_EQ(8, dev_stats(self->fd).file_bytes);
	EXPECT_EQ(0, dev_stats(self->fd).file_caches);
}

TEST_HARNESS_MAIN
