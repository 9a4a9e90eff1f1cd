// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzzer of /dev/arena_cache.
 *
 *	fuzz [--seed N] [--seconds S] [--calls N] [--models N] [--riots N]
 *	     [--corpus FILE] [--print]
 *
 * Three kinds of processes run side by side: models (fuzz_model.c), riots (fuzz_riot.c)
 * and, if the kernel has KCOV, an explorer (fuzz_explore.c), which begins with the
 * inputs in --corpus and, with --print, prints those that are worth keeping.
 *
 * What a model does follows from its seed alone; --seed replays it. The run ends after
 * --seconds, or when each model made so many --calls. At the end no block or cache may
 * be left, and the allocator must be sound. Prints TAP.
 */
#include "fuzz_explore.h"
#include "fuzz_model.h"
#include "fuzz_riot.h"

#include <getopt.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static struct {
	uint64_t seed;
	unsigned long seconds;
	unsigned long calls;
	unsigned long models;
	unsigned long riots;
	const char *corpus;
	bool print;
} options = { .seconds = 10, .calls = ~0ul, .models = 2, .riots = 1 };

static void refuse(void)
{
	fputs("usage: fuzz [--seed N] [--seconds S] [--calls N] [--models N] [--riots N]\n"
	      "            [--corpus FILE] [--print]\n", stderr);
	exit(2);
}

static void set_option(int option, const char *value)
{
	unsigned long number = value ? strtoul(value, NULL, 0) : 0;

	switch (option) {
	case 's':
		options.seed = number;
		break;
	case 't':
		options.seconds = number;
		break;
	case 'c':
		options.calls = number;
		break;
	case 'm':
		options.models = number;
		break;
	case 'r':
		options.riots = number;
		break;
	case 'f':
		options.corpus = value;
		break;
	case 'p':
		options.print = true;
		break;
	default:
		refuse();
	}
}

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "calls", required_argument, NULL, 'c' },
		{ "models", required_argument, NULL, 'm' },
		{ "riots", required_argument, NULL, 'r' },
		{ "corpus", required_argument, NULL, 'f' },
		{ "print", no_argument, NULL, 'p' },
		{ }
	};
	int option;

	options.seed = time(NULL) ^ (uint64_t)getpid() << 32;
	while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0)
		set_option(option, optarg);
	if (optind < argc || options.models > MODELS_MAX || options.riots > MODELS_MAX)
		refuse();
}

/* Waits for @n processes, and returns how many did not end well. */
static int wait_for(pid_t *child, int n)
{
	int i, status, bad = 0;

	for (i = 0; i < n; i++) {
		waitpid(child[i], &status, 0);
		bad += !!status;
		if (WIFSIGNALED(status))
			printf("# killed by signal %d\n", WTERMSIG(status));
	}
	return bad;
}

static void on_alarm(int signal)
{
	shared->stop = 1;
}

static pid_t start(int (*fn)(int index), int index)
{
	pid_t child = fork();

	if (!child)
		_exit(fn(index));
	return child;
}

static int start_model(int index)
{
	return fuzz_model(index, options.seed, options.calls);
}

static int start_riots(int index)
{
	return fuzz_riots(options.seed * MODELS_MAX + index);
}

static int start_explorer(int index)
{
	return fuzz_explore(options.seed);
}

/* Returns how many models ended badly; @bad gets how many other processes did. */
static int run_processes(int *bad)
{
	pid_t model[MODELS_MAX], riots[MODELS_MAX], explorer;
	int i, bad_models;

	for (i = 0; i < options.models; i++)
		model[i] = start(start_model, i);
	for (i = 0; i < options.riots; i++)
		riots[i] = start(start_riots, i);
	explorer = start(start_explorer, 0);
	alarm(options.seconds);
	bad_models = wait_for(model, options.models);
	/* Without models only --seconds ends it. */
	while (!options.models && !shared->stop)
		pause();
	shared->stop = 1;
	*bad = wait_for(riots, options.riots) + wait_for(&explorer, 1);
	return bad_models;
}

static int results;
static int failures;

static void result(bool good, const char *name)
{
	printf("%s %d %s\n", good ? "ok" : "not ok", ++results, name);
	failures += !good;
}

static void result_of_explorer(void)
{
	int reached = explore_result(options.print);

	if (reached < 0)
		printf("ok %d explorer # SKIP no KCOV in this kernel\n", ++results);
	else
		result(reached, "explorer_reached_code");
}

static bool all_gone(int fd)
{
	struct arena_cache_stats_args stats = dev_stats(fd);

	return stats.nr_events && !stats.all_blocks && !stats.all_bytes &&
	       !stats.all_caches;
}

static void print_calls(void)
{
	unsigned long calls = 0;
	int i;

	for (i = 0; i < options.models; i++)
		calls += shared->model_calls[i];
	printf("# %lu calls of models, %lu of %lu riots and the explorer\n", calls,
	       shared->riot_calls, shared->riots);
}

static int setup(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	int err;

	shared = map_shared(sizeof(*shared));
	if (shared == MAP_FAILED)
		return -errno;
	err = explore_setup(options.corpus);
	if (err)
		return err;
	sigaction(SIGALRM, &action, NULL);
	return dev_open();
}

int main(int argc, char **argv)
{
	int fd, bad_models, bad;

	parse(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..5\n# --seed %llu --seconds %lu --models %lu --riots %lu\n",
	       (unsigned long long)options.seed, options.seconds, options.models,
	       options.riots);
	fd = setup();
	if (fd < 0) {
		printf("Bail out! %s\n", strerror(-fd));
		return 1;
	}
	bad_models = run_processes(&bad);
	print_calls();
	result(!bad_models, "models_foresaw_everything");
	result(!bad, "riots_were_survived");
	result_of_explorer();
	result(all_gone(fd), "nothing_is_left");
	result(!dev_violations(fd), "verify");
	return !!failures;
}
