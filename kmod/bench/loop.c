// SPDX-License-Identifier: GPL-2.0
/*
 * Contents of blocks that are checked
 */
#include "loop.h"

static u64 cookie(const u8 *p, unsigned long owner)
{
	return ((unsigned long)p ^ (owner << 32)) * 0x9e3779b97f4a7c15ULL;
}

void ac_bench_fill(void *block, size_t size, unsigned long owner)
{
	u8 *p = block;
	u64 c = cookie(p, owner);
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = c >> (8 * (i % 8));
}

bool ac_bench_differs(const void *block, size_t size, unsigned long owner)
{
	const u8 *p = block;
	u64 c = cookie(p, owner);
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (u8)(c >> (8 * (i % 8))))
			return true;
	return false;
}
