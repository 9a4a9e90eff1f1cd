// SPDX-License-Identifier: GPL-2.0
/* Blocks of SHARED caches, mapped. */
#include "device.h"
#include "harness.h"
#include "touch.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define LENGTH (16 * ARENA)

FIXTURE(mapped) {
	int fd;
	int cache;
	char *map;
};

FIXTURE_SETUP(mapped)
{
	catch_faults();
	self->fd = dev_open();
	ASSERT_GE(self->fd, 0);
	self->cache = dev_create(self->fd, 200, 0, ARENA_CACHE_CREATE_SHARED);
	ASSERT_GT(self->cache, 0);
	self->map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(mapped)
{
	munmap(self->map, LENGTH);
	EXPECT_EQ(0, dev_violations(self->fd));
	close(self->fd);
}

TEST_F(mapped, kernel_and_user_see_the_same)
{
	uint32_t handle[200], i;
	uint64_t offset;
	char text[32];

	ASSERT_EQ(0, dev_alloc_bulk(self->fd, self->cache, 0, 0, 200, handle, NULL));
	for (i = 0; i < 200; i++) {
		offset = dev_query(self->fd, handle[i]).offset;
		ASSERT_GT(LENGTH, offset);
		EXPECT_EQ(0, offset % 8);
		EXPECT_EQ(0, self->map[offset]);
		sprintf(self->map + offset, "block %u", i);
	}
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(0, dev_read(self->fd, handle[i], 0, text, 32));
		EXPECT_EQ(i, atoi(text + 6));
		ASSERT_EQ(0, dev_write(self->fd, handle[i], 0, "written", 8));
		EXPECT_STREQ("written", self->map + dev_query(self->fd, handle[i]).offset);
	}
}

TEST_F(mapped, offset_says_pool_and_block)
{
	struct arena_cache_query_args q;

	q = dev_query(self->fd, dev_alloc_from(self->fd, self->cache));
	EXPECT_EQ(q.pool, q.offset % ARENA / 4096);
	/* Blocks of shared caches lie at multiples of 64. */
	EXPECT_EQ(q.block, q.offset % 4096 / 256);
}

TEST_F(mapped, two_processes_share)
{
	int handle = dev_alloc_from(self->fd, self->cache), status;
	char *block = self->map + dev_query(self->fd, handle).offset;
	pid_t child = fork();

	if (!child) {
		char *mine = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
				  MAP_SHARED, self->fd, 0);

		strcpy(mine + (block - self->map), "from the child");
		_exit(0);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_STREQ("from the child", block);
}

TEST_F(mapped, sigbus_where_no_block_lives)
{
	struct arena_cache_query_args q;
	int handle, other = dev_alloc(self->fd, 200);

	EXPECT_EQ(SIGBUS, touch(self->map, 0));
	EXPECT_EQ(ARENA_CACHE_NO_OFFSET, dev_query(self->fd, other).offset);
	handle = dev_alloc_from(self->fd, self->cache);
	q = dev_query(self->fd, handle);
	EXPECT_EQ(0, touch(self->map + q.offset, 1));
	EXPECT_EQ(SIGBUS, touch(self->map + q.offset / ARENA * ARENA +
				(q.pool + 32) % 64 * 4096, 1));
	EXPECT_EQ(SIGBUS, touch(self->map + LENGTH - 1, 0));
}

TEST_F(mapped, a_page_stays_until_it_is_unmapped)
{
	uint32_t handle = dev_alloc_from(self->fd, self->cache), more[2000];
	uint64_t offset = dev_query(self->fd, handle).offset;
	int i, cache;

	strcpy(self->map + offset, "still here");
	ASSERT_EQ(0, dev_free(self->fd, handle));
	ASSERT_EQ(0, dev_destroy(self->fd, self->cache));
	ASSERT_EQ(0, dev_trim(self->fd));
	EXPECT_STREQ("still here", self->map + offset);
	/* No new block lies in it. */
	cache = dev_create(self->fd, 200, 0, ARENA_CACHE_CREATE_SHARED);
	ASSERT_EQ(0, dev_alloc_bulk(self->fd, cache, 0, 0, 2000, more, NULL));
	for (i = 0; i < 2000; i++) {
		ASSERT_EQ(0, dev_fill(self->fd, more[i], 0, 200, ~0ull));
		ASSERT_NE(offset, dev_query(self->fd, more[i]).offset);
	}
	EXPECT_STREQ("still here", self->map + offset);
	strcpy(self->map + offset, "and ours");
	for (i = 0; i < 2000; i++)
		EXPECT_EQ(0, dev_check(self->fd, more[i], 0, 200, ~0ull));
}

TEST_F(mapped, the_file_stays_until_it_is_unmapped)
{
	int fd = dev_open(), cache, handle;
	uint64_t offset;
	char *map;

	cache = dev_create(fd, 64, 0, ARENA_CACHE_CREATE_SHARED);
	handle = dev_alloc_from(fd, cache);
	offset = dev_query(fd, handle).offset;
	map = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	EXPECT_EQ(0, touch(map + offset, 1));
	EXPECT_EQ(1, dev_stats(self->fd).all_blocks);
	munmap(map, ARENA);
	EXPECT_EQ(0, dev_stats(self->fd).all_blocks);
}

TEST_F(mapped, pages_are_zero_at_first)
{
	uint32_t handle[100];
	uint64_t page;
	int i, j;

	ASSERT_EQ(0, dev_alloc_bulk(self->fd, self->cache, 0, 0, 100, handle, NULL));
	for (i = 0; i < 100; i++) {
		page = dev_query(self->fd, handle[i]).offset & ~4095ull;
		for (j = 0; j < 4096; j++)
			ASSERT_EQ(0, self->map[page + j]);
	}
}

TEST_F(mapped, read_only)
{
	int handle = dev_alloc_from(self->fd, self->cache);
	uint64_t offset = dev_query(self->fd, handle).offset;
	int fd = open(DEVICE, O_RDONLY);
	char *map = mmap(NULL, ARENA, PROT_READ, MAP_SHARED, self->fd, 0);

	ASSERT_NE(MAP_FAILED, map);
	strcpy(self->map + offset, "look");
	EXPECT_STREQ("look", map + offset);
	EXPECT_EQ(SIGSEGV, touch(map + offset, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	EXPECT_EQ(EACCES, errno);
	close(fd);
}

TEST_F(mapped, einval_eacces_and_what_is_not_to_be)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, ARENA, PROT_READ, MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, ARENA, PROT_READ | PROT_EXEC, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(self->map, LENGTH, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	/* A part cannot be unmapped, and a mapping cannot grow. */
	EXPECT_EQ(-1, munmap(self->map + 4096, 4096));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(self->map, LENGTH, 2 * LENGTH, MREMAP_MAYMOVE));
}

TEST_F(mapped, mremap_moves)
{
	int handle = dev_alloc_from(self->fd, self->cache);
	uint64_t offset = dev_query(self->fd, handle).offset;
	char *to = mmap(NULL, LENGTH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	strcpy(self->map + offset, "moved");
	to = mremap(self->map, LENGTH, LENGTH, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	ASSERT_NE(MAP_FAILED, to);
	EXPECT_STREQ("moved", to + offset);
	self->map = to;
}

TEST_F(mapped, limits)
{
	struct arena_cache_info_args info = dev_info(self->fd);
	char *map[256];
	int fds[256], n;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, info.file_map_bytes, PROT_READ, MAP_SHARED, self->fd, 0));
	EXPECT_EQ(EDQUOT, errno);
	for (n = 0; n < 256; n++) {
		fds[n] = dev_open();
		ASSERT_GE(fds[n], 0);
		map[n] = mmap(NULL, info.file_map_bytes, PROT_READ, MAP_SHARED, fds[n], 0);
		if (map[n] == MAP_FAILED)
			break;
	}
	EXPECT_EQ(ENOSPC, errno);
	close(fds[n]);
	while (n--) {
		munmap(map[n], info.file_map_bytes);
		map[n] = mmap(NULL, info.file_map_bytes, PROT_READ, MAP_SHARED, fds[n], 0);
		EXPECT_NE(MAP_FAILED, map[n]);
		munmap(map[n], info.file_map_bytes);
		close(fds[n]);
	}
}

/* The kernel reads and writes buffers that are blocks of the same file. */
TEST_F(mapped, a_block_is_a_buffer)
{
	int handle = dev_alloc_from(self->fd, self->cache);
	int other = dev_alloc(self->fd, 200);
	char *block = self->map + dev_query(self->fd, handle).offset;

	ASSERT_EQ(0, dev_fill(self->fd, other, 0, 200, 0x4141414141414141));
	ASSERT_EQ(0, dev_read(self->fd, other, 0, block, 200));
	EXPECT_EQ(0, dev_check(self->fd, handle, 0, 200, 0x4141414141414141));
	block = self->map + dev_query(self->fd, handle).offset;
	memset(block, 'B', 100);
	ASSERT_EQ(0, dev_write(self->fd, handle, 100, block, 100));
	EXPECT_EQ('B', block[199]);
	EXPECT_EQ(-EFAULT, dev_read(self->fd, other, 0, self->map + LENGTH - 200, 200));
}

TEST_F(mapped, two_caches_in_one_file)
{
	int other = dev_create(self->fd, 64, 0, ARENA_CACHE_CREATE_SHARED);
	uint64_t a = dev_query(self->fd, dev_alloc_from(self->fd, self->cache)).offset;
	uint64_t b = dev_query(self->fd, dev_alloc_from(self->fd, other)).offset;

	EXPECT_NE(a / 4096, b / 4096);
	EXPECT_EQ(0, touch(self->map + a, 1));
	EXPECT_EQ(0, touch(self->map + b, 1));
}

TEST_HARNESS_MAIN
