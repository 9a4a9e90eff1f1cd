// SPDX-License-Identifier: GPL-2.0
/* The explorer: searches for inputs that reach new code. */
#include "fuzz_explore.h"
#include "fuzz_riot.h"

#include <linux/kcov.h>
#include <sys/wait.h>

#define INPUT_MAX	512		/* bytes */
#define CORPUS_MAX	1000		/* inputs */
#define COVER_MAX	(16ul << 10)	/* places that one step may reach */
#define PLACES		0x100000u	/* bits for places that were seen */

struct input {
	unsigned int length;
	uint8_t byte[INPUT_MAX];
};

/* The explorer may die of a call; the process that starts it anew shares this. */
static struct explored {
	struct input kept[CORPUS_MAX];
	unsigned int nr;
	struct input given[CORPUS_MAX];
	unsigned int nr_given;
	unsigned int next_given;
	unsigned long inputs;
	unsigned long places;
	bool kcov;
	uint8_t seen[PLACES / 8];
} *explored;

struct explorer {
	struct rng rng;
	struct riot riot;
	unsigned long *cover;
};

static bool parse_input(const char *hex, struct input *in)
{
	unsigned int byte;

	for (in->length = 0; in->length < INPUT_MAX; hex += 2) {
		if (sscanf(hex, "%2x", &byte) != 1)
			break;
		in->byte[in->length++] = byte;
	}
	return in->length;
}

int explore_setup(const char *corpus)
{
	char line[2 * INPUT_MAX + 2];
	FILE *file;

	explored = map_shared(sizeof(*explored));
	if (explored == MAP_FAILED)
		return -errno;
	if (!corpus)
		return 0;
	file = fopen(corpus, "r");
	if (!file)
		return -errno;
	while (explored->nr_given < CORPUS_MAX && fgets(line, sizeof(line), file))
		explored->nr_given += parse_input(line, &explored->given[explored->nr_given]);
	fclose(file);
	return 0;
}

/* From now on KCOV writes to @e->cover what the thread reaches in the kernel. */
static int open_kcov(struct explorer *e)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, KCOV_INIT_TRACE, COVER_MAX))
		return -errno;
	e->cover = mmap(NULL, COVER_MAX * sizeof(*e->cover),
			PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (e->cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return -errno;
	explored->kcov = true;
	return 0;
}

/* Whether the last step reached a place that none reached before. */
static bool note_places(struct explorer *e)
{
	unsigned long i, bit, n = __atomic_load_n(&e->cover[0], __ATOMIC_RELAXED);
	unsigned long before = explored->places;

	for (i = 1; i <= n && i < COVER_MAX; i++) {
		/* The module is smaller than PLACES bytes. */
		bit = e->cover[i] % PLACES;
		if (explored->seen[bit / 8] & 1 << bit % 8)
			continue;
		explored->seen[bit / 8] |= 1 << bit % 8;
		explored->places++;
	}
	return explored->places != before;
}

/* Returns how many bytes of the input reach all new places; 0 if there are none. */
static unsigned int run_input(struct explorer *e, const struct input *in)
{
	struct rng *rng = &e->riot.rng;
	unsigned int needed = 0;

	rng->input = in->byte;
	rng->left = in->length;
	riot_open(&e->riot);
	while (rng->left) {
		__atomic_store_n(&e->cover[0], 0, __ATOMIC_RELAXED);
		riot_step(&e->riot);
		if (note_places(e))
			needed = in->length - rng->left;
	}
	riot_close(&e->riot);
	explored->inputs++;
	return needed;
}

static void keep_if_new(struct explorer *e, struct input *in)
{
	in->length = run_input(e, in);
	if (in->length && explored->nr < CORPUS_MAX)
		explored->kept[explored->nr++] = *in;
}

static void mutate_byte(struct explorer *e, struct input *in)
{
	if (in->length)
		in->byte[below(&e->rng, in->length)] = random32(&e->rng);
}

static void append(struct explorer *e, struct input *in)
{
	unsigned int n = 1 + below(&e->rng, INPUT_MAX / 2);

	while (n-- && in->length < INPUT_MAX)
		in->byte[in->length++] = random32(&e->rng);
}

static void cut(struct explorer *e, struct input *in)
{
	unsigned int from = below(&e->rng, in->length + 1);
	unsigned int n = below(&e->rng, in->length - from + 1) & ~1u;

	memmove(in->byte + from, in->byte + from + n, in->length - from - n);
	in->length -= n;
}

/* Keeps the beginning of @in, and adds the end of another input. */
static void cross(struct explorer *e, struct input *in)
{
	const struct input *other = &explored->kept[below(&e->rng, explored->nr)];
	unsigned int to = below(&e->rng, in->length + 1) & ~1u;
	unsigned int from = below(&e->rng, other->length + 1) & ~1u;
	unsigned int n = other->length - from;

	if (n > INPUT_MAX - to)
		n = INPUT_MAX - to;
	memcpy(in->byte + to, other->byte + from, n);
	in->length = to + n;
}

static void make_input(struct explorer *e, struct input *in)
{
	static void (*const change[])(struct explorer *e, struct input *in) = {
		mutate_byte, mutate_byte, mutate_byte, append, cut, cross };
	int n = 1 + below(&e->rng, 4);

	in->length = 0;
	if (!explored->nr || one_in(&e->rng, 50)) {
		append(e, in);
		return;
	}
	*in = explored->kept[below(&e->rng, explored->nr)];
	while (n--)
		change[below(&e->rng, sizeof(change) / sizeof(change[0]))](e, in);
}

/* The inputs that were given are all run, however slow the kernel is. */
static bool goes_on(void)
{
	return !shared->stop || explored->next_given < explored->nr_given;
}

static int explore(uint64_t seed)
{
	struct explorer e = { .rng.state = seed };
	struct input in;

	if (riot_setup(&e.riot) || open_kcov(&e))
		return 1;
	while (goes_on()) {
		if (explored->next_given < explored->nr_given)
			in = explored->given[explored->next_given++];
		else
			make_input(&e, &in);
		keep_if_new(&e, &in);
	}
	return 0;
}

/* In a child: a call with a wild pointer may overwrite its own stack. */
int fuzz_explore(uint64_t seed)
{
	int status = 0;
	pid_t child;

	while (goes_on() && !status) {
		child = fork();
		if (!child)
			_exit(explore(seed++));
		waitpid(child, &status, 0);
		if (WIFSIGNALED(status))
			status = 0;
	}
	return explored->kcov && status;
}

static void print_input(const struct input *in)
{
	unsigned int i;

	printf("# input ");
	for (i = 0; i < in->length; i++)
		printf("%02x", in->byte[i]);
	puts("");
}

int explore_result(bool print)
{
	unsigned int i;

	if (!explored->kcov)
		return -1;
	printf("# %lu inputs reached %lu places; %u kept, %u given\n", explored->inputs,
	       explored->places, explored->nr, explored->nr_given);
	for (i = 0; print && i < explored->nr; i++)
		print_input(&explored->kept[i]);
	return explored->places && explored->next_given == explored->nr_given;
}
