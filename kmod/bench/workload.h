/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a workload is: an entry of the table in workloads.c
 */
#ifndef _AC_BENCH_WORKLOAD_H
#define _AC_BENCH_WORKLOAD_H

#include <linux/types.h>

#include "allocator.h"

struct ac_bench_run;
struct ac_bench_worker;

/* A loop that runs alone has no worker. */
typedef int (*ac_bench_loop)(struct ac_bench_run *r, struct ac_bench_worker *w);

/**
 * struct ac_bench_loops - a workload's loop, compiled for each allocator
 * @slot: by index of the allocator in its table
 */
struct ac_bench_loops {
	ac_bench_loop slot[AC_BENCH_SLOTS];
};

/* Which CPUs run a loop, and what counts as its operations. */
enum ac_bench_crew {
	AC_BENCH_ALONE,		/* one CPU */
	AC_BENCH_ALL,		/* all CPUs: each does all iterations */
	AC_BENCH_PAIRS,		/* all: of two, one does what the other counts */
	AC_BENCH_TOGETHER,	/* all: each does a part of an iteration */
	AC_BENCH_N_CPUS,	/* n of them */
};

/* The distribution of random sizes. */
enum ac_bench_sizes {
	AC_BENCH_UNIFORM,	/* 1 to 512 */
	AC_BENCH_SKEWED,	/* a kernel's, most of them small */
	AC_BENCH_SERVER,	/* 10 to 500 */
	AC_BENCH_TRACED,	/* the trace's */
};

/**
 * struct ac_bench_workload - one entry of the table of workloads
 * @name: word that selects it
 * @desc: one line for people
 * @loops: what it does
 * @n: values of n unless the request names others, ended by 0
 * @most: n must not be more; 0 for any
 * @fixed: the request cannot change n
 * @group: n operations make one iteration of the loop
 * @ops: so many operations make one iteration, and n must not be less; 0 for one
 * @ordered: blocks are freed in an order that the request may choose
 * @mixed: blocks have random sizes, whatever sizes the request names
 * @bulk: the result says which bulk functions the allocator has
 * @memory: the cost is bytes held; a round is one iteration
 * @sizes: the distribution of sizes, if @mixed
 * @size: bytes in a block, whatever the request says; 0 for what it says
 * @crew: which CPUs run @loops
 * @slots: room for blocks of each CPU; 0 means n
 * @least: with fewer iterations the loop would measure something else
 * @irq: interrupts allocate, too
 * @trace: replays the trace's blocks of up to so many bytes, and n is the number of
 *	events; 0 for a workload without a trace
 * @experiment: called once, instead of rounds of @loops; prints its results
 * @cpus: CPUs needed
 */
struct ac_bench_workload {
	const char *name;
	const char *desc;
	const struct ac_bench_loops *loops;
	const unsigned int *n;
	unsigned int most;
	bool fixed;
	bool group;
	unsigned int ops;
	bool ordered;
	bool mixed;
	bool bulk;
	bool memory;
	enum ac_bench_sizes sizes;
	unsigned int size;
	enum ac_bench_crew crew;
	unsigned int slots;
	unsigned int least;
	bool irq;
	unsigned int trace;
	void (*experiment)(struct ac_bench_run *r, const char *head);
	unsigned int cpus;
};

#endif /* _AC_BENCH_WORKLOAD_H */
