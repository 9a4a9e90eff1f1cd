// SPDX-License-Identifier: GPL-2.0
/* Where blocks are. */
#include "fixture.h"

#define PER_POOL	8		/* blocks of 512 bytes */
#define PER_ARENA	(64 * PER_POOL)
#define ARENAS		4

static int start_trimmed(int fd)
{
	return stay_here() ?: dev_trim(fd);
}

DEVICE_FIXTURE(alloc, start_trimmed(self->fd));

TEST_F(alloc, every_size_lands_in_its_class)
{
	struct arena_cache_query_args q;
	uint32_t bytes;
	int handle;

	for (bytes = 1; bytes <= 512; bytes++) {
		handle = dev_alloc(self->fd, bytes);
		ASSERT_GT(handle, 0);
		q = dev_query(self->fd, handle);
		EXPECT_EQ(ARENA_CACHE_KIND_ARENA, q.kind);
		EXPECT_EQ((bytes - 1) / 8, q.class);
		EXPECT_EQ((bytes + 7) / 8 * 8, q.usable);
		EXPECT_EQ(bytes, q.bytes);
		EXPECT_EQ(0, q.cache);
		EXPECT_GT(64, q.pool);
		EXPECT_GT(4096 / q.usable, q.block);
		EXPECT_NE(0, q.arena);
		EXPECT_EQ(ARENA_CACHE_NO_OFFSET, q.offset);
	}
}

TEST_F(alloc, what_is_larger_is_raw)
{
	uint32_t sizes[] = { 513, 1024, 4096, dev_info(self->fd).max_bytes };
	struct arena_cache_query_args q;
	int i;

	for (i = 0; i < 4; i++) {
		q = dev_query(self->fd, dev_alloc(self->fd, sizes[i]));
		EXPECT_EQ(ARENA_CACHE_KIND_RAW, q.kind);
		EXPECT_EQ(ARENA_CACHE_NONE, q.class);
		EXPECT_EQ(ARENA_CACHE_NONE, q.pool);
		EXPECT_EQ(0, q.arena);
		EXPECT_LE(sizes[i], q.usable);
	}
}

TEST_F(alloc, freed_memory_is_reused_first)
{
	struct arena_cache_query_args was[8], is;
	uint32_t handle[8];
	int i;

	for (i = 0; i < 8; i++) {
		handle[i] = dev_alloc(self->fd, 48);
		was[i] = dev_query(self->fd, handle[i]);
	}
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, dev_free(self->fd, handle[i]));
	for (i = 7; i >= 0; i--) {
		is = dev_query(self->fd, dev_alloc(self->fd, 41));
		EXPECT_EQ(was[i].arena, is.arena);
		EXPECT_EQ(was[i].pool, is.pool);
		EXPECT_EQ(was[i].block, is.block);
	}
}

static uint32_t handles[ARENAS * PER_ARENA];
static struct arena_cache_query_args place[ARENAS * PER_ARENA];

/* Fills ARENAS arenas with blocks of 512 bytes. */
static int fill_arenas(int fd)
{
	uint32_t done, i;

	if (dev_alloc_bulk(fd, 0, 512, 0, ARENAS * PER_ARENA, handles, &done))
		return -1;
	for (i = 0; i < done; i++)
		place[i] = dev_query(fd, handles[i]);
	return 0;
}

/* The numbers of arenas, in the order of their first blocks. */
static int list_arenas(uint64_t *id)
{
	int i, j, n = 0;

	for (i = 0; i < ARENAS * PER_ARENA; i++) {
		for (j = 0; j < n && id[j] != place[i].arena; j++)
			;
		if (j == ARENAS)
			return -1;
		if (j == n)
			id[n++] = place[i].arena;
	}
	return n;
}

static void free_pool(int fd, uint64_t arena, uint32_t pool)
{
	int i;

	for (i = 0; i < ARENAS * PER_ARENA; i++)
		if (place[i].arena == arena && place[i].pool == pool)
			dev_free(fd, handles[i]);
}

TEST_F(alloc, an_arena_has_64_pools)
{
	char seen[64] = {};
	uint64_t id[ARENAS];
	int i, n;

	ASSERT_EQ(0, fill_arenas(self->fd));
	n = list_arenas(id);
	ASSERT_EQ(ARENAS, n);
	for (i = 0; i < ARENAS * PER_ARENA; i++) {
		ASSERT_GT(64, place[i].pool);
		ASSERT_GT(PER_POOL, place[i].block);
		if (place[i].arena == id[0])
			seen[place[i].pool]++;
	}
	for (i = 0; i < 64; i++)
		EXPECT_EQ(PER_POOL, seen[i]);
}

TEST_F(alloc, no_two_blocks_in_one_place)
{
	int i, j;

	ASSERT_EQ(0, fill_arenas(self->fd));
	for (i = 0; i < ARENAS * PER_ARENA; i++)
		for (j = 0; j < i; j++)
			if (place[i].arena == place[j].arena &&
			    place[i].pool == place[j].pool)
				ASSERT_NE(place[i].block, place[j].block);
}

/*
 * Magazines and the depot keep what is freed first and what is freed last; the blocks
 * between go to their pools. So free blocks of the last arena first and last.
 */
TEST_F(alloc, fullest_arena_first_and_emptied_pools_serve_other_sizes)
{
	struct arena_cache_query_args q;
	uint64_t id[ARENAS];
	uint32_t pool;
	int cache;

	ASSERT_EQ(0, fill_arenas(self->fd));
	ASSERT_EQ(ARENAS, list_arenas(id));
	for (pool = 0; pool < 44; pool++)
		free_pool(self->fd, id[3], pool);
	for (pool = 10; pool < 12; pool++)
		free_pool(self->fd, id[1], pool);
	for (pool = 20; pool < 30; pool++)
		free_pool(self->fd, id[0], pool);
	for (pool = 44; pool < 64; pool++)
		free_pool(self->fd, id[3], pool);

	cache = dev_create(self->fd, 256, 0, 0);
	ASSERT_GT(cache, 0);
	q = dev_query(self->fd, dev_alloc_from(self->fd, cache));
	EXPECT_EQ(id[1], q.arena);
	EXPECT_EQ(10, q.pool);
	q = dev_query(self->fd, dev_alloc(self->fd, 32));
	EXPECT_EQ(id[1], q.arena);
	EXPECT_EQ(11, q.pool);
	q = dev_query(self->fd, dev_alloc(self->fd, 320));
	EXPECT_EQ(id[0], q.arena);
	EXPECT_EQ(20, q.pool);
}

TEST_F(alloc, caches_have_their_own_pools)
{
	struct arena_cache_query_args a, b;
	int one, other;

	one = dev_create(self->fd, 40, 0, 0);
	other = dev_create(self->fd, 40, 0, 0);
	ASSERT_GT(one, 0);
	ASSERT_GT(other, 0);
	ASSERT_NE(one, other);
	a = dev_query(self->fd, dev_alloc_from(self->fd, one));
	b = dev_query(self->fd, dev_alloc_from(self->fd, other));
	EXPECT_EQ(one, a.cache);
	EXPECT_EQ(other, b.cache);
	EXPECT_EQ(ARENA_CACHE_NONE, a.class);
	EXPECT_EQ(40, a.bytes);
	EXPECT_EQ(40, a.usable);
	EXPECT_TRUE(a.arena != b.arena || a.pool != b.pool);
}

TEST_F(alloc, alignment)
{
	struct arena_cache_query_args q;
	int cache, i;

	cache = dev_create(self->fd, 40, 128, 0);
	ASSERT_GT(cache, 0);
	/* Block i lies at i times the distance, which is 128. */
	for (i = 0; i < 100; i++) {
		q = dev_query(self->fd, dev_alloc_from(self->fd, cache));
		EXPECT_GT(4096 / 128, q.block);
	}
}

TEST_F(alloc, large_caches)
{
	uint32_t handle[100], done;
	int cache = dev_create(self->fd, 3000, 0, 0);

	ASSERT_GT(cache, 0);
	EXPECT_EQ(0, dev_alloc_bulk(self->fd, cache, 0, 0, 100, handle, &done));
	EXPECT_EQ(ARENA_CACHE_KIND_RAW, dev_query(self->fd, handle[99]).kind);
	EXPECT_EQ(0, dev_free_bulk(self->fd, 0, 100, handle, &done));
	EXPECT_EQ(100, done);
	EXPECT_EQ(0, dev_destroy(self->fd, cache));
}

DEVICE_FIXTURE(context, 0);

FIXTURE_VARIANT(context) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(context, process) { ARENA_CACHE_IN_PROCESS };
FIXTURE_VARIANT_ADD(context, nopreempt) { ARENA_CACHE_IN_NOPREEMPT };
FIXTURE_VARIANT_ADD(context, softirq) { ARENA_CACHE_IN_SOFTIRQ };
FIXTURE_VARIANT_ADD(context, hardirq) { ARENA_CACHE_IN_HARDIRQ };

TEST_F(context, alloc_and_free)
{
	uint32_t handle[300], done, i, size;

	for (size = 24; size <= 768; size *= 2) {
		ASSERT_EQ(0, dev_alloc_bulk(self->fd, 0, size, variant->flags, 300,
					    handle, &done));
		ASSERT_EQ(300, done);
		for (i = 0; i < 300; i++) {
			ASSERT_EQ(0, dev_check(self->fd, handle[i], 0, size, 0));
			ASSERT_EQ(0, dev_fill(self->fd, handle[i], 0, size, ~0ull));
		}
		ASSERT_EQ(0, dev_free_bulk(self->fd, variant->flags, 300, handle, &done));
		ASSERT_EQ(300, done);
	}
	EXPECT_EQ(0, dev_stats(self->fd).file_blocks);
}

TEST_F(context, of_a_cache)
{
	uint32_t handle[300], done, size;
	int cache;

	for (size = 24; size <= 768; size *= 2) {
		cache = dev_create(self->fd, size, 0, 0);
		ASSERT_GT(cache, 0);
		ASSERT_EQ(0, dev_alloc_bulk(self->fd, cache, 0, variant->flags, 300,
					    handle, &done));
		ASSERT_EQ(0, dev_free_bulk(self->fd, variant->flags, 300, handle, &done));
		ASSERT_EQ(300, done);
		ASSERT_EQ(0, dev_destroy(self->fd, cache));
	}
}

TEST_HARNESS_MAIN
