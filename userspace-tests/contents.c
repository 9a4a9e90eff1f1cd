// SPDX-License-Identifier: GPL-2.0
/* The bytes of blocks. */
#include "fixture.h"

DEVICE_FIXTURE(contents, stay_here());

TEST_F(contents, new_blocks_are_zero)
{
	uint32_t sizes[] = { 1, 8, 63, 64, 200, 511, 512, 513, 5000, 32768 };
	int i, round, handle;

	for (i = 0; i < 10; i++) {
		for (round = 0; round < 3; round++) {
			handle = dev_alloc(self->fd, sizes[i]);
			ASSERT_GT(handle, 0);
			EXPECT_EQ(0, dev_check(self->fd, handle, 0, sizes[i], 0));
			EXPECT_EQ(0, dev_fill(self->fd, handle, 0, sizes[i], ~0ull));
			EXPECT_EQ(0, dev_free(self->fd, handle));
		}
	}
}

TEST_F(contents, what_is_written_is_read)
{
	char in[5000], out[5000];
	int handle = dev_alloc(self->fd, sizeof(in)), i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i * 7 + i / 256;
	ASSERT_EQ(0, dev_write(self->fd, handle, 0, in, sizeof(in)));
	ASSERT_EQ(0, dev_read(self->fd, handle, 0, out, sizeof(out)));
	EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
	ASSERT_EQ(0, dev_write(self->fd, handle, 300, "hello", 5));
	ASSERT_EQ(0, dev_read(self->fd, handle, 298, out, 9));
	EXPECT_EQ(in[298], out[0]);
	EXPECT_EQ(0, memcmp(out + 2, "hello", 5));
	EXPECT_EQ(in[306], out[8]);
}

TEST_F(contents, fill_and_check)
{
	uint64_t pattern = 0x0807060504030201;
	unsigned char out[20];
	uint32_t where = 0;
	int handle = dev_alloc(self->fd, 20), i;

	ASSERT_EQ(0, dev_fill(self->fd, handle, 3, 14, pattern));
	ASSERT_EQ(0, dev_read(self->fd, handle, 0, out, 20));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(i < 3 || i >= 17 ? 0 : i % 8 + 1, out[i]);
	EXPECT_EQ(0, dev_check(self->fd, handle, 3, 14, pattern));
	EXPECT_EQ(0, dev_check(self->fd, handle, 5, 2, pattern));
	EXPECT_EQ(-EILSEQ, dev_check_at(self->fd, handle, 2, 10, pattern, &where));
	EXPECT_EQ(2, where);
	EXPECT_EQ(-EILSEQ, dev_check_at(self->fd, handle, 3, 15, pattern, &where));
	EXPECT_EQ(17, where);
	EXPECT_EQ(0, dev_check(self->fd, handle, 20, 0, pattern));
}

TEST_F(contents, erange_outside_of_what_was_asked_for)
{
	int handle = dev_alloc(self->fd, 17);
	char out[64];

	EXPECT_EQ(0, dev_read(self->fd, handle, 0, out, 17));
	EXPECT_EQ(0, dev_read(self->fd, handle, 17, out, 0));
	EXPECT_EQ(-ERANGE, dev_read(self->fd, handle, 0, out, 18));
	EXPECT_EQ(-ERANGE, dev_read(self->fd, handle, 1, out, 17));
	EXPECT_EQ(-ERANGE, dev_read(self->fd, handle, 18, out, 0));
	EXPECT_EQ(-ERANGE, dev_read(self->fd, handle, ~0u, out, 1));
	EXPECT_EQ(-ERANGE, dev_read(self->fd, handle, 2, out, ~0u));
	EXPECT_EQ(-ERANGE, dev_write(self->fd, handle, 0, out, 18));
	EXPECT_EQ(-ERANGE, dev_fill(self->fd, handle, 10, 8, 0));
	EXPECT_EQ(-ERANGE, dev_check(self->fd, handle, 10, 8, 0));
}

TEST_F(contents, neighbours_keep_out_of_each_other)
{
	uint32_t handle[512], i;

	ASSERT_EQ(0, dev_alloc_bulk(self->fd, 0, 24, 0, 512, handle, NULL));
	for (i = 0; i < 512; i++)
		ASSERT_EQ(0, dev_fill(self->fd, handle[i], 0, 24, 0x0101010101010101 * (i & 255)));
	for (i = 0; i < 512; i++)
		EXPECT_EQ(0, dev_check(self->fd, handle[i], 0, 24, 0x0101010101010101 * (i & 255)));
}

TEST_F(contents, realloc_keeps_what_fits_and_zeroes_the_rest)
{
	uint32_t sizes[] = { 8, 9, 24, 20, 10, 100, 512, 513, 600, 4000, 700, 100, 32768, 3, 512 };
	uint32_t was = 8, is;
	int handle = dev_alloc(self->fd, 8), i;

	ASSERT_EQ(0, dev_fill(self->fd, handle, 0, 8, ~0ull));
	for (i = 1; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		is = sizes[i];
		ASSERT_EQ(0, dev_realloc(self->fd, handle, is));
		EXPECT_EQ(is, dev_query(self->fd, handle).bytes);
		EXPECT_EQ(0, dev_check(self->fd, handle, 0, is < was ? is : was, ~0ull));
		if (is > was)
			EXPECT_EQ(0, dev_check(self->fd, handle, was, is - was, 0));
		ASSERT_EQ(0, dev_fill(self->fd, handle, 0, is, ~0ull));
		was = is;
	}
	EXPECT_EQ(0, dev_free(self->fd, handle));
	EXPECT_EQ(0, dev_stats(self->fd).file_bytes);
}

TEST_F(contents, realloc_moves_to_the_class_of_the_size)
{
	int handle = dev_alloc(self->fd, 100);

	ASSERT_EQ(0, dev_realloc(self->fd, handle, 101));
	EXPECT_EQ(12, dev_query(self->fd, handle).class);
	ASSERT_EQ(0, dev_realloc(self->fd, handle, 20));
	EXPECT_EQ(2, dev_query(self->fd, handle).class);
	ASSERT_EQ(0, dev_realloc(self->fd, handle, 500));
	EXPECT_EQ(62, dev_query(self->fd, handle).class);
}

TEST_F(contents, eopnotsupp_for_realloc_of_a_caches_block)
{
	int cache = dev_create(self->fd, 32, 0, 0);

	EXPECT_EQ(-EOPNOTSUPP, dev_realloc(self->fd, dev_alloc_from(self->fd, cache), 16));
}

/* A copy of many runs stops where user memory ends. */
TEST_F(contents, partial_copies_are_counted)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct arena_cache_copy_args args = {
		.size = sizeof(args), .length = 8192 };

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	args.handle = dev_alloc(self->fd, 8192);
	args.buffer = (uintptr_t)page;
	EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ARENA_CACHE_IOC_READ, &args));
	EXPECT_EQ(4096, args.done);
	EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ARENA_CACHE_IOC_WRITE, &args));
	EXPECT_EQ(4096, args.done);
}

TEST_HARNESS_MAIN
