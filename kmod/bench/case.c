// SPDX-License-Identifier: GPL-2.0
/*
 * Orders, random numbers, and room for blocks
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "case.h"
#include "script.h"
#include "trace.h"

static u32 next_random(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void set_order(struct ac_bench_case *c)
{
	u32 state = 2463534242U;
	unsigned int i, k;

	for (i = 0; i < c->n; i++)
		c->index[i] = c->order == AC_BENCH_LIFO ? c->n - 1 - i : i;
	if (c->order != AC_BENCH_RANDOM)
		return;
	for (i = c->n - 1; i > 0; i--) {
		k = reciprocal_scale(next_random(&state), i + 1);
		swap(c->index[i], c->index[k]);
	}
}

static unsigned int uniform_size(u32 *state)
{
	return 1 + reciprocal_scale(next_random(state), AC_BENCH_MAX_MIXED);
}

/* As a kernel's: most are small, and a few sizes are many. */
static unsigned int skewed_size(u32 *state)
{
	static const struct {
		u8 percent;
		u16 from, to;
	} parts[] = {
		{ 12, 8, 16 }, { 20, 17, 32 }, { 12, 32, 32 }, { 16, 33, 64 },
		{ 10, 64, 64 }, { 10, 65, 128 }, { 8, 192, 192 },
		{ 7, 129, 256 }, { 5, 257, 512 },
	};
	unsigned int i, roll = reciprocal_scale(next_random(state), 100);

	for (i = 0; roll >= parts[i].percent; i++)
		roll -= parts[i].percent;
	return parts[i].from + reciprocal_scale(next_random(state),
						parts[i].to - parts[i].from + 1);
}

static unsigned int random_size(enum ac_bench_sizes sizes, u32 *state)
{
	switch (sizes) {
	case AC_BENCH_SKEWED:
		return skewed_size(state);
	case AC_BENCH_SERVER:
		return 10 + reciprocal_scale(next_random(state), 491);
	default:
		return uniform_size(state);
	}
}

static int make_picks(struct ac_bench_case *c)
{
	unsigned int slots = min_t(unsigned int, c->slots, U16_MAX + 1);
	u32 state = 2463534242U;
	unsigned int i;

	c->picks = kvmalloc_array(AC_BENCH_PICKS, sizeof(*c->picks),
				  GFP_KERNEL);
	if (!c->picks)
		return -ENOMEM;
	for (i = 0; i < AC_BENCH_PICKS; i++) {
		c->picks[i].slot = reciprocal_scale(next_random(&state), slots);
		c->picks[i].size = random_size(c->workload->sizes, &state);
	}
	return 0;
}

static int make_script(struct ac_bench_case *c)
{
	c->script = ac_bench_script_make(c->session->trace, c->workload->trace,
					 c->crew, c->live_size);
	if (!c->script)
		return -ENOMEM;
	c->n = c->script->first[c->crew];
	return 0;
}

/* Also of a case that was made in part. */
void ac_bench_case_free(struct ac_bench_case *c)
{
	kvfree(c->blocks);
	kvfree(c->index);
	kvfree(c->live_size);
	kvfree(c->picks);
	kvfree(c->ring);
	ac_bench_script_free(c->script);
}

/* How many CPUs, and how many blocks there must be room for. */
static void set_crew(struct ac_bench_case *c)
{
	unsigned int cpus = num_online_cpus();

	c->slots = c->workload->slots ?: c->n;
	if (c->workload->trace)
		c->slots = max(c->session->trace->slots, 1U);
	switch (c->workload->crew) {
	case AC_BENCH_ALONE:
		c->crew = 1;
		break;
	case AC_BENCH_ALL:
	case AC_BENCH_TOGETHER:
		c->crew = cpus;
		break;
	case AC_BENCH_PAIRS:
		c->crew = max(round_down(cpus, 2), 2U);
		break;
	case AC_BENCH_N_CPUS:
		c->crew = c->n;
		break;
	}
}

/**
 * ac_bench_case_make - allocate what a case needs, and draw its random numbers
 * @c: the case: all that the request says is set; ac_bench_case_free() it in the end
 *
 * Return: 0 or -ENOMEM.
 */
int ac_bench_case_make(struct ac_bench_case *c)
{
	size_t blocks;

	set_crew(c);
	blocks = array_size(c->slots, c->crew);
	/* "shuffled" needs as much again. */
	c->blocks = kvcalloc(blocks, 2 * sizeof(*c->blocks), GFP_KERNEL);
	c->live_size = kvcalloc(blocks, sizeof(*c->live_size), GFP_KERNEL);
	c->index = kvcalloc(c->n, sizeof(*c->index), GFP_KERNEL);
	c->ring = kvcalloc(AC_BENCH_RING * c->crew, sizeof(*c->ring), GFP_KERNEL);
	if (!c->blocks || !c->index || !c->live_size || !c->ring)
		return -ENOMEM;
	set_order(c);
	return c->workload->trace ? make_script(c) : make_picks(c);
}
