/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trial: one experiment with memory under way
 *
 * What an allocator holds is always what the page allocator has less than before
 * (pages.c), so metadata and what CPUs cache count, for every allocator alike. Blocks
 * are filled when they are taken, and checked when they are given. Allocators are
 * called through pointers: next to nothing here is timed.
 */
#ifndef _AC_BENCH_TRIAL_H
#define _AC_BENCH_TRIAL_H

#include <linux/types.h>

#include "run.h"

/* Samples while all blocks are allocated or freed. */
#define AC_BENCH_STEPS		20

/**
 * struct ac_trial - one experiment under way
 * @run: whose it is
 * @heap: its heap
 * @head: how each line of it begins
 * @blocks: the blocks; live ones first after ac_trial_pack()
 * @live: how many live
 * @before: free bytes of the system when it began
 * @start: when it began, in ms
 * @time: steps of samples so far
 */
struct ac_trial {
	struct ac_bench_run *run;
	struct ac_bench_heap *heap;
	const char *head;
	void **blocks;
	unsigned int live;
	s64 before;
	u64 start;
	unsigned int time;
};

const struct ac_bench_config *ac_trial_config(const struct ac_trial *t);
bool ac_trial_interrupted(const struct ac_trial *t);
s64 ac_trial_held(const struct ac_trial *t);
void ac_trial_shrink(const struct ac_trial *t);
void ac_trial_sample(struct ac_trial *t, const char *phase);
bool ac_trial_take(struct ac_trial *t, unsigned int i);
void ac_trial_give(struct ac_trial *t, unsigned int i);
void ac_trial_fill(struct ac_trial *t);
void ac_trial_give_all(struct ac_trial *t);
void ac_trial_begin(struct ac_trial *t);
void ac_trial_keep_every(struct ac_trial *t, unsigned int k);
void ac_trial_pack(struct ac_trial *t);
unsigned int ac_trial_places(const struct ac_trial *t, unsigned int shift);

#endif /* _AC_BENCH_TRIAL_H */
