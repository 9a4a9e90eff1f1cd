// SPDX-License-Identifier: GPL-2.0
/* What all parts of the fuzzer stand on. */
#include "fuzz_base.h"

struct fuzz_shared *shared;

void *map_shared(size_t length)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static uint32_t input32(struct rng *rng)
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

uint32_t random32(struct rng *rng)
{
	uint64_t x;

	if (rng->input)
		return input32(rng);
	x = rng->state += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (x ^ x >> 31) >> 16;
}

uint64_t random64(struct rng *rng)
{
	uint64_t high = random32(rng);

	return high << 32 | random32(rng);
}

uint32_t below(struct rng *rng, uint32_t n)
{
	return (uint64_t)random32(rng) * n >> 32;
}

bool one_in(struct rng *rng, uint32_t n)
{
	return !below(rng, n);
}

uint32_t random_size(struct rng *rng)
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
