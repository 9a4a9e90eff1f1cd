/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the fuzzer share: what its processes tell each other, and where
 * their choices come from, a seed or the bytes of an input.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "device.h"

#include <stdbool.h>
#include <sys/mman.h>

#define MODELS_MAX	8
#define ARENA		(256ul << 10)
#define MAP_LENGTH	(32 * ARENA)

/* Shared by all processes. */
struct fuzz_shared {
	unsigned long model_calls[MODELS_MAX];
	unsigned long riot_calls;
	unsigned long riots;
	int stop;
};

extern struct fuzz_shared *shared;

/* @left bytes of @input, or, if that is NULL, numbers that follow from @state. */
struct rng {
	uint64_t state;
	const uint8_t *input;
	unsigned int left;
};

static inline uint32_t input32(struct rng *rng)
{
	uint32_t x;

	if (rng->left < 2) {
		rng->left = 0;
		return 0;
	}
	x = rng->input[0] << 8 | rng->input[1];
	rng->input += 2;
	rng->left -= 2;
	return x << 16 | x;
}

static inline uint32_t random32(struct rng *rng)
{
	uint64_t x;

	if (rng->input)
		return input32(rng);
	x = rng->state += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (x ^ x >> 31) >> 16;
}

static inline uint32_t below(struct rng *rng, uint32_t n)
{
	return (uint64_t)random32(rng) * n >> 32;
}

static inline bool one_in(struct rng *rng, uint32_t n)
{
	return !below(rng, n);
}

static inline uint64_t random64(struct rng *rng)
{
	return (uint64_t)random32(rng) << 32 | random32(rng);
}

/* Sizes around those where something changes, and any. */
static inline uint32_t random_size(struct rng *rng)
{
	static const uint32_t edges[] = { 1, 7, 8, 9, 63, 64, 65, 128, 256, 504,
					  505, 511, 512, 513, 1024, 4096, 32768 };

	switch (below(rng, 8)) {
	case 0:
		return edges[below(rng, sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return 1 + below(rng, 4096);
	default:
		return 1 + below(rng, 512);
	}
}

/* A model of one file, until it is told to stop or made so many calls. */
int fuzz_model(int index, uint64_t seed, unsigned long calls);

/* One riot after the other, until it is told to stop. */
int fuzz_riots(uint64_t seed);

/* A file on which anything is called. */
struct riot {
	struct rng rng;
	int fd;
	char *map;	/* of the file */
	char *page;	/* two pages, of which the second is not there */
	char *fixed;	/* a page that cannot be written */
};

int riot_setup(struct riot *r);
void riot_open(struct riot *r);
void riot_close(struct riot *r);
void riot_step(struct riot *r);

/* Looks for inputs that reach new code, until it is told to stop. */
int explore_setup(const char *corpus);
int fuzz_explore(uint64_t seed);
int explore_result(bool print);

#endif /* FUZZ_H */
