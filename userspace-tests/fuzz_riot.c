// SPDX-License-Identifier: GPL-2.0
/* Riots: threads that make any calls with anything. */
#include "fuzz_riot.h"
#include "ops.h"
#include "touch.h"

#include <pthread.h>
#include <sys/wait.h>

#define RIOT_THREADS	3

static uint64_t any_pointer(struct riot *r)
{
	switch (below(&r->rng, 12)) {
	case 0:
		return 0;
	case 1:
		return random64(&r->rng);
	case 2:
		return -(uint64_t)below(&r->rng, 1 << 20);
	case 3:
		return 0xffff888000000000 + below(&r->rng, 1 << 30);
	case 4:
		return (uintptr_t)r->fixed + below(&r->rng, 4096);
	case 5:
		return (uintptr_t)r->page + 4096 - below(&r->rng, 64);
	case 6:
	case 7:
		return (uintptr_t)r->map + below(&r->rng, MAP_LENGTH);
	default:
		return (uintptr_t)r->page + below(&r->rng, 2048);
	}
}

static uint32_t any_number(struct riot *r)
{
	switch (below(&r->rng, 10)) {
	case 0:
		return 0;
	case 1:
		return random32(&r->rng);
	case 2:
		return 1u << below(&r->rng, 32);
	case 3:
		return random_size(&r->rng);
	case 4:
		return 1;
	default:
		return below(&r->rng, 300);
	}
}

union any_args {
	struct {
		uint32_t size;
		uint32_t flags;
	};
	uint32_t word[128];
	struct arena_cache_create_args create;
	struct arena_cache_alloc_args alloc;
	struct arena_cache_free_args free;
	struct arena_cache_copy_args copy;
};

/* Fields for which hardly any number would do. */
static void choose_fields(struct riot *r, unsigned long cmd, union any_args *args)
{
	switch (cmd) {
	case ARENA_CACHE_IOC_ALLOC:
		args->alloc.limit = random32(&r->rng);
		args->alloc.handles = any_pointer(r);
		if (one_in(&r->rng, 2))
			args->alloc.cache = 0;
		else
			args->alloc.bytes = 0;
		break;
	case ARENA_CACHE_IOC_FREE:
		args->free.reserved = one_in(&r->rng, 20);
		args->free.handles = any_pointer(r);
		break;
	case ARENA_CACHE_IOC_READ:
	case ARENA_CACHE_IOC_WRITE:
		args->copy.buffer = any_pointer(r);
		break;
	case ARENA_CACHE_IOC_CACHE_CREATE:
		args->flags = one_in(&r->rng, 2);
		args->create.align = one_in(&r->rng, 2) ? 0 : args->create.align;
		args->create.reserved = one_in(&r->rng, 20);
	}
}

/* Any operation, but rarely one that is slow. */
static uint32_t any_op(struct riot *r)
{
	uint32_t op = below(&r->rng, NR_OPS);

	if ((op >= _IOC_NR(ARENA_CACHE_IOC_TRIM) && !one_in(&r->rng, 200)) ||
	    (op == _IOC_NR(ARENA_CACHE_IOC_CACHE_CREATE) && !one_in(&r->rng, 10)))
		op = _IOC_NR(ARENA_CACHE_IOC_ALLOC) + below(&r->rng, 8);
	return op;
}

static void riot_call(struct riot *r)
{
	uint32_t op = any_op(r), i;
	union any_args args = {};
	void *at = &args;

	args.size = one_in(&r->rng, 30) ? random32(&r->rng) : ops[op].size;
	args.flags = one_in(&r->rng, 15) ? random32(&r->rng) & 7 : 0;
	for (i = 2; i < ops[op].size / 4; i++)
		args.word[i] = any_number(r);
	choose_fields(r, ops[op].cmd, &args);
	if (one_in(&r->rng, 40))
		at = (void *)(uintptr_t)any_pointer(r);
	if (one_in(&r->rng, 100))
		op = any_number(r);
	ioctl(r->fd, _IO(ARENA_CACHE_IOC_MAGIC, op), at);
	__atomic_add_fetch(&shared->riot_calls, 1, __ATOMIC_RELAXED);
}

static void riot_touch(struct riot *r)
{
	bool write = one_in(&r->rng, 2);

	touch(r->map + below(&r->rng, MAP_LENGTH), write);
}

static void riot_map(struct riot *r)
{
	uint64_t offset = (uint64_t)below(&r->rng, 64) * ARENA;
	char *map = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
			 one_in(&r->rng, 8) ? random64(&r->rng) & ~4095ull : offset);

	if (map == MAP_FAILED)
		return;
	touch(map + below(&r->rng, ARENA), false);
	madvise(map, 4096 * below(&r->rng, 64), MADV_DONTNEED);
	munmap(map, ARENA / (1 + one_in(&r->rng, 8)));
	munmap(map, ARENA);
}

void riot_step(struct riot *r)
{
	switch (below(&r->rng, 200)) {
	case 1:
		riot_map(r);
		break;
	case 2 ... 11:
		riot_touch(r);
		break;
	case 12:
		close(dup(r->fd));
		break;
	default:
		riot_call(r);
	}
}

int riot_setup(struct riot *r)
{
	catch_faults();
	r->page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	r->fixed = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r->page == MAP_FAILED || r->fixed == MAP_FAILED)
		return -errno;
	munmap(r->page + 4096, 4096);
	/*
	 * User-mode Linux copies to and from user space without a lock on the page's
	 * entry, and panics if another thread's first write replaces it meanwhile.
	 */
	memset(r->page, 1, 4096);
	return 0;
}

/* If it cannot be opened or mapped, calls on it fail, which is fine, too. */
void riot_open(struct riot *r)
{
	r->fd = dev_open();
	r->map = mmap(NULL, MAP_LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
}

void riot_close(struct riot *r)
{
	close(r->fd);
	if (r->map != MAP_FAILED)
		munmap(r->map, MAP_LENGTH);
}

static void *riot_thread(void *arg)
{
	for (;;)
		riot_step(arg);
	return NULL;
}

static void run_riot(uint64_t seed)
{
	struct riot riot[RIOT_THREADS] = {};
	pthread_t thread;
	int i;

	if (riot_setup(riot))
		_exit(0);
	riot_open(riot);
	for (i = 1; i < RIOT_THREADS; i++)
		riot[i] = riot[0];
	for (i = 0; i < RIOT_THREADS; i++) {
		riot[i].rng.state = seed * RIOT_THREADS + i;
		if (i)
			pthread_create(&thread, NULL, riot_thread, &riot[i]);
	}
	/* So that it also dies between two of its own calls. */
	alarm(1);
	riot_thread(riot);
}

int fuzz_riots(uint64_t seed)
{
	struct rng rng = { .state = ~seed };
	pid_t child;

	while (!shared->stop) {
		child = fork();
		if (!child)
			run_riot(random64(&rng));
		random64(&rng);
		usleep(1000 + below(&rng, 400000));
		kill(child, one_in(&rng, 4) ? SIGTERM : SIGKILL);
		waitpid(child, NULL, 0);
		shared->riots++;
	}
	return 0;
}
