// SPDX-License-Identifier: GPL-2.0
/* The interface's form: sizes, versions, flags, reserved fields, pointers. */
#include "fixture.h"
#include "ops.h"
#include "touch.h"

#include <sys/stat.h>

DEVICE_FIXTURE(abi, 0);

struct any {
	uint32_t size;
	uint32_t flags;
	char rest[1016];
};

TEST(no_holes)
{
	int i;

	for (i = 0; i < NR_OPS; i++)
		EXPECT_EQ(ops[i].first_size, ops[i].size);
}

TEST(only_its_owner_may_open_it)
{
	struct stat st;

	ASSERT_EQ(0, stat(DEVICE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
}

TEST_F(abi, info)
{
	struct arena_cache_info_args info = dev_info(self->fd);

	EXPECT_EQ(ARENA_CACHE_ABI_VERSION, info.version);
	EXPECT_EQ(256 * 1024, info.arena_size);
	EXPECT_EQ(4096, info.pool_size);
	EXPECT_EQ(64, info.classes);
	EXPECT_EQ(8, info.class_step);
	EXPECT_LT(512, info.max_bytes);
	EXPECT_LT(0, info.file_blocks);
	EXPECT_LT(0, info.file_caches);
	EXPECT_LT(0, info.file_bytes);
	EXPECT_LE(info.file_bytes, info.all_bytes);
	EXPECT_LE(info.file_map_bytes, info.all_map_bytes);
}

TEST_F(abi, enotty_for_what_is_no_operation)
{
	struct any any = { .size = sizeof(any) };

	EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, _IO(ARENA_CACHE_IOC_MAGIC, NR_OPS), &any));
	EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, _IO(ARENA_CACHE_IOC_MAGIC, 255), &any));
	EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, _IO(ARENA_CACHE_IOC_MAGIC + 1, 0), &any));
	EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, _IOR(ARENA_CACHE_IOC_MAGIC, 0, int), &any));
	EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, 0, &any));
}

/* 0xAC is the raw devices', and was this device's at first. */
TEST_F(abi, enotty_for_the_code_of_raw_devices)
{
	struct any any = { .size = sizeof(any) };
	int i;

	for (i = 0; i < NR_OPS; i++)
		EXPECT_EQ(-ENOTTY, dev_ioctl(self->fd, _IO(0xac, i), &any));
}

TEST_F(abi, efault_for_what_is_no_memory)
{
	int i;

	for (i = 0; i < NR_OPS; i++) {
		EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ops[i].cmd, NULL));
		EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ops[i].cmd, (void *)-4096));
		EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ops[i].cmd, (void *)-1));
	}
}

TEST_F(abi, efault_for_what_cannot_be_written)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct any *any = (void *)page;

	ASSERT_NE(MAP_FAILED, page);
	any->size = sizeof(struct arena_cache_info_args);
	ASSERT_EQ(0, mprotect(page, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, dev_ioctl(self->fd, ARENA_CACHE_IOC_INFO, page));
}

TEST_F(abi, einval_for_what_is_too_small)
{
	struct any any = {};
	int i;

	for (i = 0; i < NR_OPS; i++) {
		for (any.size = 0; any.size < ops[i].size; any.size++)
			EXPECT_EQ(-EINVAL, dev_ioctl(self->fd, ops[i].cmd, &any));
	}
}

TEST_F(abi, e2big_for_what_the_kernel_does_not_know)
{
	struct any any = {};
	int i;

	for (i = 0; i < NR_OPS; i++) {
		memset(&any, 0, sizeof(any));
		any.size = sizeof(any);
		any.rest[sizeof(any.rest) - 1] = 1;
		EXPECT_EQ(-E2BIG, dev_ioctl(self->fd, ops[i].cmd, &any));
		memset(&any, 0, sizeof(any));
		any.size = ops[i].size + 1;
		((char *)&any)[ops[i].size] = 1;
		EXPECT_EQ(-E2BIG, dev_ioctl(self->fd, ops[i].cmd, &any));
		any.size = ~0u;
		EXPECT_EQ(-E2BIG, dev_ioctl(self->fd, ops[i].cmd, &any));
	}
}

TEST_F(abi, larger_and_zero_is_fine)
{
	struct any any = { .size = sizeof(any) };

	EXPECT_EQ(0, dev_ioctl(self->fd, ARENA_CACHE_IOC_INFO, &any));
	EXPECT_EQ(sizeof(any), any.size);
	EXPECT_EQ(ARENA_CACHE_ABI_VERSION, ((struct arena_cache_info_args *)&any)->version);
}

TEST_F(abi, einval_for_unknown_flags)
{
	struct any any = {};
	int i, bit;

	for (i = 0; i < NR_OPS; i++) {
		for (bit = 2; bit < 32; bit++) {
			memset(&any, 0, sizeof(any));
			any.size = ops[i].size;
			any.flags = 1u << bit;
			EXPECT_EQ(-EINVAL, dev_ioctl(self->fd, ops[i].cmd, &any));
		}
	}
}

TEST_F(abi, einval_for_reserved_fields)
{
	struct arena_cache_create_args create = {
		.size = sizeof(create), .bytes = 8, .reserved = 1 };
	struct arena_cache_destroy_args destroy = {
		.size = sizeof(destroy), .cache = 1, .reserved = 1 };
	struct arena_cache_free_args free = {
		.size = sizeof(free), .handle = 1, .count = 1, .reserved = 1 };

	EXPECT_EQ(-EINVAL, dev_ioctl(self->fd, ARENA_CACHE_IOC_CACHE_CREATE, &create));
	EXPECT_EQ(-EINVAL, dev_ioctl(self->fd, ARENA_CACHE_IOC_CACHE_DESTROY, &destroy));
	EXPECT_EQ(-EINVAL, dev_ioctl(self->fd, ARENA_CACHE_IOC_FREE, &free));
}

TEST_F(abi, einval_for_numbers_that_cannot_be)
{
	uint32_t max = dev_info(self->fd).max_bytes, handle, cache;

	EXPECT_EQ(-EINVAL, dev_alloc(self->fd, 0));
	EXPECT_EQ(-EINVAL, dev_alloc(self->fd, max + 1));
	EXPECT_EQ(-EINVAL, dev_alloc(self->fd, ~0u));
	EXPECT_EQ(-EINVAL, dev_alloc_bulk(self->fd, 0, 8, 0, 0, &handle, NULL));
	EXPECT_EQ(-EINVAL, dev_free_bulk(self->fd, 0, 0, &handle, NULL));
	handle = dev_alloc(self->fd, 8);
	EXPECT_EQ(-EINVAL, dev_realloc(self->fd, handle, 0));
	EXPECT_EQ(-EINVAL, dev_realloc(self->fd, handle, max + 1));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, 0, 0, 0));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, max + 1, 0, 0));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, 8, 3, 0));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, 8, 8192, 0));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, 513, 0, ARENA_CACHE_CREATE_SHARED));
	EXPECT_EQ(-EINVAL, dev_create(self->fd, 8, 1024, ARENA_CACHE_CREATE_SHARED));
	cache = dev_create(self->fd, 24, 0, 0);
	EXPECT_EQ(-EINVAL, dev_alloc_bulk(self->fd, cache, 24, 0, 1, &handle, NULL));
}

TEST_F(abi, enoent_for_what_is_not_there)
{
	uint32_t wrong[] = { 0, 2, 12345, 1 << 24, ~0u };
	char byte;
	int i;

	ASSERT_EQ(1, dev_alloc(self->fd, 8));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		EXPECT_EQ(-ENOENT, dev_free(self->fd, wrong[i]));
		EXPECT_EQ(-ENOENT, dev_realloc(self->fd, wrong[i], 8));
		EXPECT_EQ(0, dev_query(self->fd, wrong[i]).kind);
		EXPECT_EQ(ENOENT, errno);
		EXPECT_EQ(-ENOENT, dev_read(self->fd, wrong[i], 0, &byte, 1));
		EXPECT_EQ(-ENOENT, dev_write(self->fd, wrong[i], 0, &byte, 1));
		EXPECT_EQ(-ENOENT, dev_fill(self->fd, wrong[i], 0, 1, 0));
		EXPECT_EQ(-ENOENT, dev_check(self->fd, wrong[i], 0, 1, 0));
		EXPECT_EQ(-ENOENT, dev_destroy(self->fd, wrong[i]));
		if (wrong[i])
			EXPECT_EQ(-ENOENT, dev_alloc_from(self->fd, wrong[i]));
	}
}

TEST_F(abi, efault_for_arrays)
{
	uint32_t done = 7, handle = dev_alloc(self->fd, 8);

	EXPECT_EQ(-EFAULT, dev_alloc_bulk(self->fd, 0, 8, 0, 2, NULL, &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(-EFAULT, dev_alloc_bulk(self->fd, 0, 8, 0, 2, (void *)-64, &done));
	EXPECT_EQ(0, done);
	EXPECT_EQ(-EFAULT, dev_free_bulk(self->fd, 0, 2, NULL, &done));
	EXPECT_EQ(-EFAULT, dev_free_bulk(self->fd, 0, 2, (void *)8, &done));
	EXPECT_EQ(-EFAULT, dev_read(self->fd, handle, 0, (void *)8, 8));
	EXPECT_EQ(-EFAULT, dev_write(self->fd, handle, 0, (void *)8, 8));
	EXPECT_EQ(1, dev_stats(self->fd).file_blocks);
}

#ifdef __x86_64__
/* Calls as a program of 32 bits does; @args lie below 4 GB. */
static int ioctl_of_32_bits(int fd, unsigned long cmd, void *args)
{
	int result;

	if (sigsetjmp(before_fault, 1))
		return -ENOEXEC;
	asm volatile("int $0x80" : "=a"(result)
		     : "a"(54), "b"(fd), "c"(cmd), "d"(args) : "memory");
	return result;
}

TEST_F(abi, programs_of_32_bits)
{
	struct arena_cache_alloc_args *args;
	int err;

	/* User-mode Linux would take that for a call of 64 bits. */
	if (!access("/proc/exitcode", F_OK))
		SKIP(return, "user-mode Linux runs no 32-bit programs");
	catch_faults();
	args = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, args);
	*args = (struct arena_cache_alloc_args){
		.size = sizeof(*args), .bytes = 24, .count = 2,
		.handles = (uintptr_t)(args + 1) };
	err = ioctl_of_32_bits(self->fd, ARENA_CACHE_IOC_ALLOC, args);
	if (err == -ENOEXEC)
		SKIP(return, "this kernel runs no 32-bit programs");
	EXPECT_EQ(0, err);
	EXPECT_EQ(2, args->done);
	EXPECT_EQ(24, dev_query(self->fd, ((uint32_t *)(args + 1))[1]).bytes);
	args->count = 0;
	EXPECT_EQ(-EINVAL, ioctl_of_32_bits(self->fd, ARENA_CACHE_IOC_ALLOC, args));
}
#endif

TEST_HARNESS_MAIN
