// SPDX-License-Identifier: GPL-2.0
/*
 * Riots are a few threads with one file that make any calls at all, from wild numbers,
 * bad pointers and each other's handles, until they are killed.
 */
#include "fuzz_base.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#define RIOT_THREADS	3

static const uint32_t sizes[] = {
	sizeof(struct arena_cache_info_args), sizeof(struct arena_cache_create_args),
	sizeof(struct arena_cache_destroy_args), sizeof(struct arena_cache_alloc_args),
	sizeof(struct arena_cache_free_args), sizeof(struct arena_cache_realloc_args),
	sizeof(struct arena_cache_query_args), sizeof(struct arena_cache_copy_args),
	sizeof(struct arena_cache_copy_args), sizeof(struct arena_cache_fill_args),
	sizeof(struct arena_cache_fill_args), sizeof(struct arena_cache_stats_args),
	sizeof(struct arena_cache_trim_args), sizeof(struct arena_cache_verify_args),
};

#define NR_OPS (sizeof(sizes) / sizeof(sizes[0]))
#define OP_CREATE 1
#define OP_TRIM 12

static __thread sigjmp_buf back;

static void on_fault(int signal)
{
	siglongjmp(back, 1);
}

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

/* All structures have their numbers first and their addresses behind. */
static void riot_call(struct riot *r)
{
	uint32_t op = below(&r->rng, NR_OPS), i;
	union {
		uint32_t word[128];
		uint64_t pair[64];
	} args = {};
	void *at = &args;

	/* They are slow. */
	if ((op >= OP_TRIM && !one_in(&r->rng, 200)) ||
	    (op == OP_CREATE && !one_in(&r->rng, 10)))
		op = 3 + below(&r->rng, 8);
	args.word[0] = one_in(&r->rng, 30) ? random32(&r->rng) : sizes[op];
	args.word[1] = one_in(&r->rng, 15) ? random32(&r->rng) & 7 : 0;
	for (i = 2; i < sizes[op] / 4; i++)
		args.word[i] = any_number(r);
	if (op == 3 || op == 4) {
		args.word[7 - 2 * (op == 4)] = one_in(&r->rng, 20);
		args.pair[op == 3 ? 4 : 3] = any_pointer(r);
		/* Named caches have their size, others have one that can be. */
		if (op == 3 && one_in(&r->rng, 2))
			args.word[2] = 0;
		else if (op == 3)
			args.word[3] = 0;
	} else if (op == 7 || op == 8) {
		args.pair[3] = any_pointer(r);
	} else if (op == 1) {
		args.word[1] = one_in(&r->rng, 2);
		args.word[3] = one_in(&r->rng, 2) ? 0 : args.word[3];
		args.word[5] = one_in(&r->rng, 20);
	}
	if (one_in(&r->rng, 40))
		at = (void *)(uintptr_t)any_pointer(r);
	/* Wild pointers may hit args of another call, or what matters here. */
	ioctl(r->fd, _IO(ARENA_CACHE_IOC_MAGIC, one_in(&r->rng, 100) ? any_number(r) : op), at);
	__atomic_add_fetch(&shared->riot_calls, 1, __ATOMIC_RELAXED);
}

static void touch(volatile char *p, bool write)
{
	if (sigsetjmp(back, 1))
		return;
	if (write)
		*p = 1;
	else
		(void)*p;
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

/* 0 or a negative errno. */
int riot_setup(struct riot *r)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
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

/* Calls on what could not be opened or mapped fail, which is fine, too. */
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
	/* Not only by others: also between two of its own calls. */
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
