// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of every call fails once: the first, the second ... until the call
 * succeeds. After each failure the heap is sound, and no block or cache is left over.
 */
#include "device.h"
#include "harness.h"

#define DEBUGFS "/sys/kernel/debug/arena_cache/"
#define ENOUGH 2000
#define BULK 80
/* Seconds: kernels that check everything are slow. */
#define PATIENCE 300

/* What a call works on, and what it leaves. */
struct scene {
	int fd;
	uint32_t cache;
	uint32_t flags;
	uint32_t bytes;
	uint32_t nr;
	uint32_t handle[BULK];
};

struct call {
	int (*prepare)(struct scene *s);
	int (*call)(struct scene *s);
	void (*undo)(struct scene *s);
};

/*
 * Which allocation fails: without @sort, the nth of this thread, by fail-nth. Interrupts
 * have no fail-nth; with @sort, the first of that sort that may not wait fails after
 * @step bytes or pages a time did not.
 */
struct fault {
	int fd;
	const char *sort;
	int step;
};

static void fault_set(const char *sort, const char *what, int value)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), FAULTS "%s/%s", sort, what);
	snprintf(text, sizeof(text), "%d", value);
	if (put_text(path, text))
		abort();
}

static void fault_order(const struct fault *f, int nth)
{
	if (!f->sort) {
		fail_nth(f->fd, nth);
		return;
	}
	fault_set(f->sort, "space", nth ? (nth - 1) * f->step + 1 : 0);
	fault_set(f->sort, "times", !!nth);
}

/* How often it is still to fail. Must not allocate anything that would count. */
static int fault_left(const struct fault *f)
{
	char path[64], text[16] = "";
	int fd, n;

	if (!f->sort) {
		n = pread(f->fd, text, sizeof(text) - 1, 0);
	} else {
		snprintf(path, sizeof(path), FAULTS "%s/times", f->sort);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		abort();
	return atoi(text);
}

/* Returns how many allocations failed, or a negative number if something is wrong. */
static int fail_each(const struct fault *f, const struct call *c, struct scene *s)
{
	struct arena_cache_stats_args before, after;
	int nth, err, failed;

	for (nth = 1; nth < ENOUGH; nth++) {
		dev_trim(s->fd);
		before = dev_stats(s->fd);
		if (c->prepare && c->prepare(s))
			return -1000;
		fault_order(f, nth);
		err = c->call(s);
		failed = !fault_left(f);
		fault_order(f, 0);
		if (err < 0 && err != -ENOMEM)
			return err;
		if (err >= 0 && c->undo)
			c->undo(s);
		after = dev_stats(s->fd);
		if (dev_violations(s->fd) || after.file_blocks != before.file_blocks ||
		    after.file_caches != before.file_caches ||
		    after.live_bytes != before.live_bytes)
			return -2000;
		if (!failed)
			return err < 0 ? err : nth - 1;
	}
	return -3000;
}

FIXTURE(faults) {
	int fd;
	struct fault fail;
};

FIXTURE_SETUP(faults)
{
	self->fail.fd = fail_open();
	if (self->fail.fd < 0)
		SKIP(return, "no fault injection in this kernel");
	put_text(FAULTS "_arena/verbose", "0");
	self->fd = dev_open();
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(faults)
{
	close(self->fd);
	close(self->fail.fd);
}

static int call_open(struct scene *s)
{
	int fd = dev_open();

	/* The file itself may lack memory, too. */
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

	EXPECT_GT(fail_each(&self->fail, &c, &s), 0);
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
		EXPECT_GT(fail_each(&self->fail, &c, &s), 0);
	}
}

/* A bulk call that fails may have allocated some blocks. */
static int call_bulk(struct scene *s)
{
	uint32_t done = 0;
	int err;

	err = dev_alloc_bulk(s->fd, s->cache, s->bytes, s->flags, s->nr, s->handle, &done);
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
	struct scene s = { .fd = self->fd, .nr = BULK };
	unsigned int i;

	for (i = 0; i < 16; i++) {
		s.bytes = sizes[i / 4];
		s.flags = contexts[i % 4];
		EXPECT_GE(fail_each(&self->fail, &c, &s), 0);
	}
}

TEST_F_TIMEOUT(faults, alloc_of_caches, PATIENCE)
{
	const struct call c = { .call = call_bulk };
	struct scene s = { .fd = self->fd, .nr = BULK };
	unsigned int i;
	int cache[] = {
		dev_create(self->fd, 24, 0, 0), dev_create(self->fd, 1000, 0, 0),
		dev_create(self->fd, 100, 0, ARENA_CACHE_CREATE_SHARED),
	};

	for (i = 0; i < 12; i++) {
		ASSERT_GT(cache[i / 4], 0);
		s.cache = cache[i / 4];
		s.flags = contexts[i % 4];
		EXPECT_GE(fail_each(&self->fail, &c, &s), 0);
	}
}

/*
 * The same allocations, in contexts that fail-nth does not know: arenas, by our own
 * fault attribute and by the page allocator's; magazines; and, while arenas fail, the
 * pages and the blocks of kmalloc().
 */
static const struct sort {
	const char *sort;
	int step;
	int famine;
	const char *min_order;
} sorts[] = {
	{ "_arena", 256 * 1024 },
	{ "_page_alloc", 64, 0, "6" },
	{ "slab", 256 },
	{ "_page_alloc", 1, 1, "0" },
	{ "slab", 0, 1 },
};

static void fail_atomic_only(int on)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fault_set(sorts[i].sort, "times", 0);
		fault_set(sorts[i].sort, "probability", on ? 100 : 0);
	}
	put_text(FAULTS "slab/ignore-gfp-wait", on ? "Y" : "N");
	put_text(FAULTS "_page_alloc/ignore-gfp-wait", on ? "Y" : "N");
}

/* The same as fail_each(), summed over the three contexts that may not wait. */
static int fail_sort(struct scene *s, const struct sort *sort)
{
	const struct fault f = { .sort = sort->sort, .step = sort->step ?: (int)s->bytes };
	const struct call c = { .call = call_bulk };
	int i, n, failed = 0;

	if (sort->min_order)
		put_text(FAULTS "_page_alloc/min-order", sort->min_order);
	for (i = 1; i < 4; i++) {
		s->flags = contexts[i];
		n = fail_each(&f, &c, s);
		if (n < 0)
			return n;
		failed += n;
	}
	return failed;
}

TEST_F_TIMEOUT(faults, interrupts, PATIENCE)
{
	static const uint32_t sizes[] = { 32, 100, 512 };
	struct scene s = { .fd = self->fd };
	unsigned int i, k;
	int n, sum;

	fail_atomic_only(1);
	for (k = 0; k < sizeof(sorts) / sizeof(*sorts); k++) {
		s.nr = !strcmp(sorts[k].sort, "slab") && sorts[k].famine ? BULK / 8 : BULK;
		for (i = 0, sum = 0; i < 3; i++) {
			s.bytes = sizes[i];
			if (sorts[k].famine)
				fault_set("_arena", "times", -1);
			n = fail_sort(&s, &sorts[k]);
			printf("# %u bytes, fail%s: %d\n", s.bytes, sorts[k].sort, n);
			EXPECT_GE(n, 0);
			sum += n;
			fault_set("_arena", "times", 0);
		}
		/*
		 * After a failure the cache leaves that order alone for a while, and small
		 * blocks of kmalloc() may need no page.
		 */
		EXPECT_GE(sum, sorts[k].step == 64 ? 1 : 3);
	}
	fail_atomic_only(0);
}

static int prepare_resize(struct scene *s)
{
	s->handle[0] = dev_alloc(s->fd, 50);
	return (int)s->handle[0] <= 0 || dev_fill(s->fd, s->handle[0], 0, 50, 7);
}

/* If it fails, the block must be as it was. */
static int call_resize(struct scene *s)
{
	int err = dev_realloc(s->fd, s->handle[0], s->bytes);

	if (dev_check(s->fd, s->handle[0], 0, 50, 7) || dev_free(s->fd, s->handle[0]))
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
		EXPECT_GE(fail_each(&self->fail, &c, &s), 0);
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
		EXPECT_GT(fail_each(&self->fail, &c, &s), 0);
	}
}

TEST_HARNESS_MAIN
