/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A case: a workload with its numbers fixed, and the memory that its loops need
 *
 * Random numbers are drawn before the clock starts, from the same seed each time, so
 * that runs compare.
 */
#ifndef _AC_BENCH_CASE_H
#define _AC_BENCH_CASE_H

#include <linux/types.h>

#include "session.h"
#include "workload.h"

/* A loop that needs more random picks than these begins again with the first. */
#define AC_BENCH_PICKS		65536
#define AC_BENCH_MAX_MIXED	512

/* Mailboxes of a pair of CPUs, and batches on their way between them. */
#define AC_BENCH_RING		1024
#define AC_BENCH_BATCHES	4

/* A random slot and a random size. */
struct ac_bench_pick {
	u16 slot;
	u16 size;
};

/**
 * struct ac_bench_case - a workload with its numbers fixed
 * @session: what it is part of
 * @workload: what is done
 * @n: how many blocks live at once, or in one call
 * @order: order of frees
 * @size: bytes in a block
 * @cpu: CPU of all loops that run alone
 * @crew: how many CPUs run the loop
 * @slots: room for blocks of each of them
 * @blocks: that room, for all of them
 * @index: order of frees as a permutation of 0 ... n - 1
 * @live_size: size of each live block, kept up by checked loops only
 * @picks: random numbers
 * @ring: blocks on their way from one CPU to another, for each pair
 * @script: what is replayed, if that is what is done
 */
struct ac_bench_case {
	struct ac_bench_session *session;
	const struct ac_bench_workload *workload;
	unsigned int n;
	enum ac_bench_order order;
	unsigned int size;
	unsigned int cpu;
	unsigned int crew;
	unsigned int slots;
	void **blocks;
	u32 *index;
	u16 *live_size;
	struct ac_bench_pick *picks;
	void **ring;
	struct ac_bench_script *script;
};

/* Operations in one iteration of a loop. */
static inline u64 ac_bench_group(const struct ac_bench_case *c)
{
	u64 ops = c->workload->group ? c->n : c->workload->ops ?: 1;

	switch (c->workload->crew) {
	case AC_BENCH_ALONE:
	case AC_BENCH_TOGETHER:
		return ops;
	case AC_BENCH_PAIRS:
		return ops * (c->crew / 2);
	default:
		return ops * c->crew;
	}
}

int ac_bench_case_make(struct ac_bench_case *c);
void ac_bench_case_free(struct ac_bench_case *c);

#endif /* _AC_BENCH_CASE_H */
