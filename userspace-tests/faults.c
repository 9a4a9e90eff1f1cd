// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of every call fails once: the first, the second ... until the call
 * needs no more. After each failure all is sound, and what is left is what was there.
 */
#include "device.h"
#include "kselftest_harness.h"

#define DEBUGFS "/sys/kernel/debug/arena_cache/"
#define ENOUGH 2000
#define BULK 80
/* Seconds, which are short on kernels that check everything. */
#define PATIENCE 300

FIXTURE(faults) {
	int fd;
	int fail;
};

FIXTURE_SETUP(faults)
{
	self->fail = fail_open();
	if (self->fail < 0)
		SKIP(return, "no fault injection in this kernel");
	put_text(FAULTS "_arena/verbose", "0");
	self->fd = dev_open();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(faults)
{
	close(self->fd);
	close(self->fail);
}

/* The state of a test: what calls work on, and what they leave. */
struct scene {
	int fd;
	uint32_t cache;
	uint32_t flags;
	uint32_t bytes;
	uint32_t handle[BULK];
};

struct call {
	/* From zero, so that there is much to allocate. */
	int (*prepare)(struct scene *s);
	int (*call)(struct scene *s);
	void (*undo)(struct scene *s);
};

/* Did the fault that fail_nth() ordered happen? */
static int has_failed(int fail)
{
	char text[16] = "";

	if (pread(fail, text, sizeof(text) - 1, 0) < 0)
		abort();
	return !atoi(text);
}

/* Returns how many allocations failed, or a negative number: what was wrong. */
static int fail_each(int fail, const struct call *c, struct scene *s)
{
	int nth, err, failed;
	uint32_t blocks, caches;

	for (nth = 1; nth < ENOUGH; nth++) {
		dev_trim(s->fd);
		if (c->prepare && c->prepare(s))
			return -1000;
		blocks = dev_stats(s->fd).file_blocks;
		caches = dev_stats(s->fd).file_caches;
		fail_nth(fail, nth);
		err = c->call(s);
		failed = has_failed(fail);
		fail_nth(fail, 0);
		if (err < 0 && err != -ENOMEM)
			return err;
		if (err >= 0 && c->undo)
			c->undo(s);
		if (dev_violations(s->fd) || dev_stats(s->fd).file_blocks != blocks ||
		    dev_stats(s->fd).file_caches != caches)
			return -2000;
		if (!failed)
			return err < 0 ? err : nth - 1;
	}
	return -3000;
}

static int call_open(struct scene *s)
{
	int fd = dev_open();

	/* What else open() needs may fail, too. */
	if (fd == -ENFILE)
		return -ENOMEM;
	if (fd >= 0)
		close(fd);
	return fd;
}

TEST_F_TIMEOUT(faults, open, PATIENCE)
{
	struct scene s = { .fd = self->fd };
	const struct call c = { .call = call_open };

	EXPECT_GT(fail_each(self->fail, &c, &s), 0);
}

static int call_create(struct scene *s)
{
	int cache = dev_create(s->fd, s->bytes, 0, s->flags);

	s->cache = cache;
	return cache;
}

static void undo_create(struct scene *s)
{
	dev_destroy(s->fd, s->cache);
}

TEST_F_TIMEOUT(faults, create, PATIENCE)
{
	const struct call c = { .call = call_create, .undo = undo_create };
	static const struct scene scenes[] = {
		{ .bytes = 100 }, { .bytes = 2000 },
		{ .bytes = 64, .flags = ARENA_CACHE_CREATE_SHARED },
	};
	struct scene s;
	int i;

	for (i = 0; i < 3; i++) {
		s = scenes[i];
		s.fd = self->fd;
		EXPECT_GT(fail_each(self->fail, &c, &s), 0);
	}
}

/* Some blocks of a bulk call may be there when it fails. */
static int call_bulk(struct scene *s)
{
	uint32_t done = 0;
	int err;

	err = dev_alloc_bulk(s->fd, s->cache, s->bytes, s->flags, BULK, s->handle, &done);
	if (done)
		dev_free_bulk(s->fd, s->flags, done, s->handle, NULL);
	return err;
}

static const uint32_t contexts[] = {
	0, ARENA_CACHE_IN_NOPREEMPT, ARENA_CACHE_IN_SOFTIRQ, ARENA_CACHE_IN_HARDIRQ,
};

TEST_F_TIMEOUT(faults, alloc_by_size, PATIENCE)
{
	const struct call c = { .call = call_bulk };
	static const uint32_t sizes[] = { 8, 100, 512, 3000 };
	struct scene s = { .fd = self->fd };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		s.bytes = sizes[i / 4];
		s.flags = contexts[i % 4];
		EXPECT_GE(fail_each(self->fail, &c, &s), 0);
	}
}

TEST_F_TIMEOUT(faults, alloc_of_caches, PATIENCE)
{
	const struct call c = { .call = call_bulk };
	struct scene s = { .fd = self->fd };
	unsigned int i;
	int cache[] = {
		dev_create(self->fd, 24, 0, 0), dev_create(self->fd, 1000, 0, 0),
		dev_create(self->fd, 100, 0, ARENA_CACHE_CREATE_SHARED),
	};

	for (i = 0; i < 12; i++) {
		ASSERT_GT(cache[i / 4], 0);
		s.cache = cache[i / 4];
		s.flags = contexts[i % 4];
		EXPECT_GE(fail_each(self->fail, &c, &s), 0);
	}
}

static int prepare_resize(struct scene *s)
{
	s->handle[0] = dev_alloc(s->fd, 50);
	return (int)s->handle[0] <= 0 || dev_fill(s->fd, s->handle[0], 0, 50, 7);
}

/* If it fails, the block is as it was. */
static int call_resize(struct scene *s)
{
	int err = dev_realloc(s->fd, s->handle[0], s->bytes);

	if (dev_check(s->fd, s->handle[0], 0, 50, 7))
		err = -EILSEQ;
	return err;
}

TEST_F_TIMEOUT(faults, resize, PATIENCE)
{
	const struct call c = { .prepare = prepare_resize, .call = call_resize };
	static const uint32_t sizes[] = { 56, 400, 5000 };
	struct scene s = { .fd = self->fd };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		s.bytes = sizes[i];
		EXPECT_GE(fail_each(self->fail, &c, &s), 0);
	}
}

static const char *file;

static int call_look(struct scene *s)
{
	char text[4096];
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENFILE ? -ENOMEM : -errno;
	do {
		n = read(fd, text, sizeof(text));
	} while (n > 0);
	close(fd);
	return n < 0 ? -errno : 0;
}

TEST_F_TIMEOUT(faults, debugfs, PATIENCE)
{
	static const char *const files[] = {
		DEBUGFS "stats", DEBUGFS "stats.json", DEBUGFS "caches", DEBUGFS "arenas",
		DEBUGFS "cpus", DEBUGFS "zombies", DEBUGFS "traces", DEBUGFS "verify",
	};
	const struct call c = { .call = call_look };
	struct scene s = { .fd = self->fd };
	unsigned int i;

	ASSERT_GT(dev_alloc(self->fd, 100), 0);
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		file = files[i];
		EXPECT_GT(fail_each(self->fail, &c, &s), 0);
	}
}

TEST_HARNESS_MAIN
