// SPDX-License-Identifier: GPL-2.0
/* Models: processes that foresee the result of every call. */
#include "fuzz_model.h"

#include <stdarg.h>

#define BLOCKS		1500		/* of a model, at most */
#define BYTES		(4 << 20)	/* of a model, at most */
#define CACHES		16
#define BULK		300
#define NONE		(-1)

struct block {
	uint32_t handle;
	uint32_t bytes;
	int cache;		/* its number, 0 for the size classes */
	unsigned char *data;	/* what must be in it */
};

struct cache {
	bool there;
	bool shared;
	uint32_t bytes;
	uint32_t blocks;
};

struct model {
	struct rng rng;
	unsigned long calls;
	int fd;
	char *map;
	uint64_t bytes;
	unsigned int nr;
	struct block block[BLOCKS];
	struct cache cache[CACHES + 1];
	uint64_t seed;
	int index;
};

static void wrong(struct model *m, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static void wrong(struct model *m, const char *format, ...)
{
	va_list args;

	printf("# model %d, call %lu: ", m->index, m->calls);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("; replay with --seed %llu\n", (unsigned long long)m->seed);
	fflush(stdout);
	_exit(1);
}

static void expect(struct model *m, const char *what, int is, int must)
{
	m->calls++;
	if (is != must)
		wrong(m, "%s returned %d, not %d", what, is, must);
}

/* Other processes may have used up the limit of all files, or the memory. */
static bool scarce(int err)
{
	return err == -ENOSPC || err == -ENOMEM;
}

static struct block *any_block(struct model *m)
{
	return m->nr ? &m->block[below(&m->rng, m->nr)] : NULL;
}

static bool handle_lives(struct model *m, uint32_t handle)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->block[i].handle == handle)
			return true;
	return false;
}

static uint32_t dead_handle(struct model *m)
{
	uint32_t handle;

	do {
		handle = one_in(&m->rng, 4) ? random32(&m->rng) :
					      below(&m->rng, BLOCKS * 2);
	} while (handle_lives(m, handle));
	return handle;
}

static int any_cache(struct model *m, bool there)
{
	int i, nr = 1 + below(&m->rng, CACHES);

	for (i = 0; i < CACHES; i++, nr = nr % CACHES + 1)
		if (m->cache[nr].there == there)
			return nr;
	return NONE;
}

static void add_block(struct model *m, uint32_t handle, int cache, uint32_t bytes)
{
	if (!handle || handle_lives(m, handle))
		wrong(m, "ALLOC gave handle %u", handle);
	m->block[m->nr++] = (struct block){
		.handle = handle, .bytes = bytes, .cache = cache,
		.data = calloc(1, bytes) };
	m->bytes += bytes;
	m->cache[cache].blocks++;
}

static void drop_block(struct model *m, struct block *b)
{
	free(b->data);
	m->bytes -= b->bytes;
	m->cache[b->cache].blocks--;
	*b = m->block[--m->nr];
}

static void do_open(struct model *m)
{
	m->fd = dev_open();
	m->calls++;
	if (m->fd < 0)
		wrong(m, "open returned %d", m->fd);
	m->map = mmap(NULL, MAP_LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED,
		      m->fd, 0);
	if (m->map == MAP_FAILED)
		m->map = NULL;
}

static void do_close(struct model *m)
{
	while (m->nr)
		drop_block(m, m->block);
	memset(m->cache, 0, sizeof(m->cache));
	if (one_in(&m->rng, 2)) {
		close(m->fd);
		if (m->map)
			munmap(m->map, MAP_LENGTH);
	} else {
		if (m->map)
			munmap(m->map, MAP_LENGTH);
		close(m->fd);
	}
}

static void op_reopen(struct model *m)
{
	if (!one_in(&m->rng, 100))
		return;
	do_close(m);
	do_open(m);
}

static void op_alloc(struct model *m)
{
	uint32_t handle[BULK], done, i, bytes, asked, count = 1;
	uint32_t context = one_in(&m->rng, 20) ? below(&m->rng, 4) : 0;
	int cache = one_in(&m->rng, 2) ? any_cache(m, true) : 0;
	int err;

	if (cache == NONE)
		cache = 0;
	if (one_in(&m->rng, 3))
		count = 1 + below(&m->rng, BULK);
	asked = cache ? 0 : random_size(&m->rng);
	bytes = cache ? m->cache[cache].bytes : asked;
	if (m->nr + count > BLOCKS || m->bytes + bytes * count > BYTES)
		return;
	err = dev_alloc_bulk(m->fd, cache, asked, context, count, handle, &done);
	m->calls++;
	if (done > count || (err ? !scarce(err) || done == count : done != count))
		wrong(m, "ALLOC of %u blocks of %u bytes returned %d and gave %u",
		      count, bytes, err, done);
	for (i = 0; i < done; i++)
		add_block(m, handle[i], cache, bytes);
	for (i = 0; i < done; i += 1 + below(&m->rng, 40))
		expect(m, "CHECK of a new block",
		       dev_check(m->fd, handle[i], 0, bytes, 0), 0);
}

/* One field is wrong, and the call must have no effect. */
static void op_alloc_fault(struct model *m)
{
	struct arena_cache_alloc_args args = {
		.size = sizeof(args), .count = 1 + below(&m->rng, 100) };
	uint32_t handle[100];
	int must = -EINVAL;

	args.handles = (uintptr_t)handle;
	args.bytes = random_size(&m->rng);
	args.limit = random32(&m->rng);
	switch (below(&m->rng, 7)) {
	case 0:
		args.flags = 4u << below(&m->rng, 30);
		break;
	case 1:
		args.bytes = 32769 + below(&m->rng, 1u << 31);
		break;
	case 2:
		args.bytes = 0;
		break;
	case 3:
		args.count = 0;
		break;
	case 4:
		args.size = below(&m->rng, sizeof(args));
		break;
	case 5:
		args.cache = 17 + below(&m->rng, 1000);
		args.bytes = 0;
		must = -ENOENT;
		break;
	default:
		args.handles = 8;
		must = -EFAULT;
	}
	expect(m, "faulty ALLOC", dev_ioctl(m->fd, ARENA_CACHE_IOC_ALLOC, &args), must);
	if (args.done)
		wrong(m, "faulty ALLOC gave %u", args.done);
}

static void op_free(struct model *m)
{
	uint32_t handle[BULK], done, i, n = 0;
	uint32_t context = one_in(&m->rng, 20) ? below(&m->rng, 4) : 0;
	uint32_t count = one_in(&m->rng, 2) ? 1 : 1 + below(&m->rng, BULK);
	uint32_t bad = one_in(&m->rng, 4) ? below(&m->rng, count) : count;
	struct block *b;

	for (n = 0; n < count; n++) {
		b = n == bad ? NULL : any_block(m);
		if (!b) {
			bad = n;
			handle[n++] = dead_handle(m);
			break;
		}
		handle[n] = b->handle;
		drop_block(m, b);
	}
	/* FREE must leave alone the handles behind the bad one. */
	for (i = n; n > bad && i < count && m->nr; i++)
		handle[n++] = any_block(m)->handle;
	expect(m, "FREE", dev_free_bulk(m->fd, context, n, handle, &done),
	       bad < n ? -ENOENT : 0);
	if (done != (bad < n ? bad : n))
		wrong(m, "FREE freed %u, not %u", done, bad < n ? bad : n);
}

static void op_realloc(struct model *m)
{
	struct block *b = any_block(m);
	uint32_t bytes = random_size(&m->rng);
	int err;

	if (one_in(&m->rng, 10) || !b) {
		expect(m, "REALLOC of nothing",
		       dev_realloc(m->fd, dead_handle(m), bytes), -ENOENT);
		return;
	}
	if (b->cache) {
		expect(m, "REALLOC of a cache's block",
		       dev_realloc(m->fd, b->handle, bytes), -EOPNOTSUPP);
		return;
	}
	err = dev_realloc(m->fd, b->handle, bytes);
	m->calls++;
	if (scarce(err))
		return;
	if (err)
		wrong(m, "REALLOC to %u returned %d", bytes, err);
	b->data = realloc(b->data, bytes);
	if (bytes > b->bytes)
		memset(b->data + b->bytes, 0, bytes - b->bytes);
	m->bytes += bytes - b->bytes;
	b->bytes = bytes;
}

static unsigned char bounce[65536];

static void op_read(struct model *m)
{
	struct block *b = any_block(m);
	uint32_t offset, length;

	if (!b)
		return;
	offset = below(&m->rng, b->bytes + 1);
	length = below(&m->rng, b->bytes - offset + 1);
	if (one_in(&m->rng, 10)) {
		expect(m, "READ beyond", dev_read(m->fd, b->handle, offset, bounce,
						  b->bytes - offset + 1), -ERANGE);
		return;
	}
	expect(m, "READ", dev_read(m->fd, b->handle, offset, bounce, length), 0);
	if (memcmp(bounce, b->data + offset, length))
		wrong(m, "READ of handle %u, %u bytes at %u, has other bytes",
		      b->handle, length, offset);
}

static void op_write(struct model *m)
{
	struct block *b = any_block(m);
	uint32_t offset, length, i;

	if (!b)
		return;
	offset = below(&m->rng, b->bytes + 1);
	length = below(&m->rng, b->bytes - offset + 1);
	if (one_in(&m->rng, 10)) {
		expect(m, "WRITE from nowhere",
		       dev_write(m->fd, b->handle, 0, (void *)8, b->bytes), -EFAULT);
		return;
	}
	for (i = 0; i < length; i++)
		bounce[i] = random32(&m->rng);
	expect(m, "WRITE", dev_write(m->fd, b->handle, offset, bounce, length), 0);
	memcpy(b->data + offset, bounce, length);
}

static void op_fill(struct model *m)
{
	struct block *b = any_block(m);
	uint64_t pattern = random64(&m->rng);
	uint32_t offset, length, i;

	if (!b)
		return;
	offset = below(&m->rng, b->bytes);
	length = 1 + below(&m->rng, b->bytes - offset);
	expect(m, "FILL", dev_fill(m->fd, b->handle, offset, length, pattern), 0);
	for (i = offset; i < offset + length; i++)
		b->data[i] = pattern >> i % 8 * 8;
	expect(m, "CHECK", dev_check(m->fd, b->handle, offset, length, pattern), 0);
	pattern ^= 1ull << offset % 8 * 8;
	expect(m, "CHECK of another pattern",
	       dev_check_at(m->fd, b->handle, offset, length, pattern, &i), -EILSEQ);
	if (i != offset)
		wrong(m, "CHECK saw a mismatch at %u, not %u", i, offset);
}

static void op_query(struct model *m)
{
	struct block *b = any_block(m);
	struct arena_cache_query_args q;
	bool offset;

	if (!b)
		return;
	q = dev_query(m->fd, b->handle);
	m->calls++;
	if (!q.kind || q.bytes != b->bytes || q.cache != b->cache ||
	    q.usable < b->bytes)
		wrong(m, "QUERY of handle %u: kind %u, bytes %u for %u, cache %u for %d",
		      b->handle, q.kind, q.bytes, b->bytes, q.cache, b->cache);
	offset = q.offset != ARENA_CACHE_NO_OFFSET;
	if (m->cache[b->cache].shared != offset)
		wrong(m, "QUERY of handle %u: offset %#llx", b->handle, q.offset);
	if (q.class != ARENA_CACHE_NONE && (q.class + 1) * 8 != q.usable)
		wrong(m, "QUERY: class %u has %u bytes", q.class, q.usable);
}

/* User space sees in the mapping what the kernel sees in the block. */
static void op_map(struct model *m)
{
	struct block *b = any_block(m);
	uint64_t offset;
	uint32_t i;

	if (!b || !m->cache[b->cache].shared || !m->map)
		return;
	offset = dev_query(m->fd, b->handle).offset;
	m->calls++;
	if (offset > MAP_LENGTH - ARENA)
		return;
	if (memcmp(m->map + offset, b->data, b->bytes))
		wrong(m, "handle %u is mapped with other bytes", b->handle);
	for (i = 0; i < b->bytes; i++)
		b->data[i] = random32(&m->rng);
	memcpy(m->map + offset, b->data, b->bytes);
}

static void create(struct model *m)
{
	static const uint32_t aligns[] = { 0, 0, 0, 8, 16, 64, 128, 512 };
	bool shared = one_in(&m->rng, 3);
	uint32_t bytes = shared ? 1 + below(&m->rng, 512) : random_size(&m->rng);
	uint32_t align = aligns[below(&m->rng, 8)];
	int nr;

	if (one_in(&m->rng, 8)) {
		expect(m, "CREATE with an odd alignment",
		       dev_create(m->fd, bytes, 24, shared), -EINVAL);
		return;
	}
	nr = dev_create(m->fd, bytes, align, shared);
	m->calls++;
	if (scarce(nr) || (nr == -EDQUOT && any_cache(m, false) == NONE))
		return;
	if (nr < 1 || nr > CACHES || m->cache[nr].there)
		wrong(m, "CREATE returned %d", nr);
	m->cache[nr] = (struct cache){ .there = true, .shared = shared, .bytes = bytes };
}

static void destroy(struct model *m)
{
	int nr = 1 + below(&m->rng, CACHES);
	struct cache *c = &m->cache[nr];

	expect(m, "DESTROY", dev_destroy(m->fd, nr),
	       !c->there ? -ENOENT : c->blocks ? -EBUSY : 0);
	if (c->there && !c->blocks)
		c->there = false;
}

/* Frees all blocks of a cache, and destroys it. */
static void empty(struct model *m)
{
	int nr = any_cache(m, true);
	unsigned int i;

	if (nr == NONE)
		return;
	for (i = m->nr; i--;) {
		if (m->block[i].cache != nr)
			continue;
		expect(m, "FREE", dev_free(m->fd, m->block[i].handle), 0);
		drop_block(m, &m->block[i]);
	}
	expect(m, "DESTROY", dev_destroy(m->fd, nr), 0);
	m->cache[nr].there = false;
}

/* Rarely, because these calls are slow. */
static void op_cache(struct model *m)
{
	if (one_in(&m->rng, 5))
		create(m);
	else if (one_in(&m->rng, 5))
		destroy(m);
	else if (one_in(&m->rng, 40))
		empty(m);
}

static void op_rare(struct model *m)
{
	struct arena_cache_stats_args stats;

	switch (below(&m->rng, 200)) {
	case 0:
		expect(m, "TRIM", dev_trim(m->fd), 0);
		break;
	case 1:
		expect(m, "VERIFY", dev_violations(m->fd), 0);
		break;
	case 2 ... 20:
		stats = dev_stats(m->fd);
		m->calls++;
		if (stats.nr_events && stats.file_blocks != m->nr)
			wrong(m, "STATS: %u blocks, not %u", stats.file_blocks, m->nr);
	}
}

/* Compares every byte of every block. */
static void check_all(struct model *m)
{
	struct block *b;

	for (b = m->block; b < m->block + m->nr; b++) {
		expect(m, "READ", dev_read(m->fd, b->handle, 0, bounce, b->bytes), 0);
		if (memcmp(bounce, b->data, b->bytes))
			wrong(m, "handle %u has other bytes in the end", b->handle);
	}
}

static void (*const model_ops[])(struct model *m) = {
	op_alloc, op_alloc, op_alloc, op_free, op_free, op_free, op_realloc,
	op_realloc, op_read, op_read, op_write, op_fill, op_query, op_map,
	op_alloc_fault, op_cache, op_reopen, op_rare,
};

int fuzz_model(int index, uint64_t seed, unsigned long calls)
{
	struct model *m = calloc(1, sizeof(*m));

	m->index = index;
	m->seed = seed;
	m->rng.state = seed * MODELS_MAX + index;
	do_open(m);
	while (!shared->stop && m->calls < calls) {
		model_ops[below(&m->rng, sizeof(model_ops) / sizeof(model_ops[0]))](m);
		shared->model_calls[index] = m->calls;
	}
	check_all(m);
	do_close(m);
	return 0;
}
