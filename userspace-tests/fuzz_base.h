/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all parts of the fuzzer stand on: what its processes tell each other, and where
 * their choices come from, a seed or the bytes of an input.
 */
#ifndef FUZZ_BASE_H
#define FUZZ_BASE_H

#include "device.h"

#include <stdbool.h>
#include <sys/mman.h>

#define MODELS_MAX	8
#define MAP_LENGTH	(32 * ARENA)

/* In memory that all processes share. */
struct fuzz_shared {
	unsigned long model_calls[MODELS_MAX];
	unsigned long riot_calls;
	unsigned long riots;
	int stop;
};

extern struct fuzz_shared *shared;

/* @length zeroed bytes that all processes to be forked share, or MAP_FAILED. */
void *map_shared(size_t length);

/* @left bytes of @input, or, if that is NULL, numbers that follow from @state. */
struct rng {
	uint64_t state;
	const uint8_t *input;
	unsigned int left;
};

uint32_t random32(struct rng *rng);
uint64_t random64(struct rng *rng);

/* A number from 0 to @n - 1. */
uint32_t below(struct rng *rng, uint32_t n);
bool one_in(struct rng *rng, uint32_t n);

/* A size for ALLOC, often one at which something changes. */
uint32_t random_size(struct rng *rng);

#endif /* FUZZ_BASE_H */
