/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache_bench - what the files of the benchmark share
 *
 * A *workload* says what is done with blocks, an *allocator* where they come
 * from. A *case* is a workload with its numbers fixed (n, order, size); a *run*
 * is one allocator in a case. The *cost* of a run is nanoseconds, or bytes for
 * a workload that weighs memory. A *session* is everything one request asks
 * for.
 *
 * allocators.h	the table of allocators, as inline functions
 * workloads.c	the table of workloads, and their loops for each allocator
 * memory.c	experiments with memory, which print lines of their own
 * pages.c	how many pages the system has to give
 * runner.c	cases: verification, calibration, interleaved rounds, results
 * thread.c	pinned threads
 * config.c	what a request may say
 * main.c	module parameters and debugfs files
 *
 * Locks: ac_bench_run_lock (main.c) is held for a whole session, results.lock
 * (main.c) for one line of its results. The first may be held when the second
 * is taken.
 */
#ifndef _AC_BENCH_H
#define _AC_BENCH_H

#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/types.h>

#include <linux/arena_cache.h>

#define AC_BENCH_GFP		GFP_KERNEL
#define AC_BENCH_GFP_NAME	"GFP_KERNEL"

/* Allocators that the table has room for; each costs a function per loop. */
#define AC_BENCH_SLOTS		8
#define AC_BENCH_LIST		16
#define AC_BENCH_WORDS		128
#define AC_BENCH_MIN_ROUNDS	5
#define AC_BENCH_MAX_ROUNDS	64
#define AC_BENCH_MAX_N		5000000
#define AC_BENCH_MAX_SIZE	8192
#define AC_BENCH_MAX_MIXED	512

/* Random picks are made before the clock starts, and used again from the top. */
#define AC_BENCH_PICKS		65536
#define AC_BENCH_RING		1024

struct ac_bench_run;
struct ac_bench_session;
struct kmem_cache;

/**
 * struct ac_bench_stack - blocks of the "floor" allocator on one CPU
 * @count: free blocks
 * @free: their addresses
 */
struct ac_bench_stack {
	unsigned int count;
	void **free;
};

/**
 * struct ac_bench_heap - one allocator made ready: what its functions work on
 * @arena: of "arena_cache"
 * @slab: of "kmem_cache"
 * @stack: of "floor"
 * @memory: of "floor": the blocks
 * @size: bytes in a block, for workloads whose blocks have one size
 * @bad: blocks found with wrong contents
 */
struct ac_bench_heap {
	struct arena_cache *arena;
	struct kmem_cache *slab;
	struct ac_bench_stack __percpu *stack;
	void *memory;
	unsigned int size;
	unsigned long bad;
};

/**
 * struct ac_bench_allocator - one entry of the table of allocators
 * @name: word that selects it
 * @desc: one line for people
 * @by_size: serves any size, and frees by the pointer alone
 * @one_cpu: a block must be freed on the CPU that allocated it
 * @create: makes a heap for @capacity live blocks on @cpu; may be NULL
 * @destroy: undoes @create, even half of it; may be NULL
 * @alloc: allocates one block, or returns NULL
 * @free: frees one block
 * @alloc_bulk: allocates all or nothing; NULL means a loop over @alloc
 * @free_bulk: NULL means a loop over @free
 * @shrink: gives back what nobody uses; may be NULL
 *
 * All but @create, @destroy and @shrink are inlined into the loops.
 */
struct ac_bench_allocator {
	const char *name;
	const char *desc;
	bool by_size;
	bool one_cpu;
	int (*create)(struct ac_bench_heap *h, unsigned int capacity,
		      unsigned int cpu);
	void (*destroy)(struct ac_bench_heap *h);
	void *(*alloc)(struct ac_bench_heap *h, size_t size, gfp_t gfp);
	void (*free)(struct ac_bench_heap *h, void *p);
	bool (*alloc_bulk)(struct ac_bench_heap *h, gfp_t gfp, size_t nr,
			   void **p);
	void (*free_bulk)(struct ac_bench_heap *h, size_t nr, void **p);
	void (*shrink)(struct ac_bench_heap *h);
};

typedef int (*ac_bench_loop)(struct ac_bench_run *r);

/**
 * struct ac_bench_loops - a workload's loop, compiled for each allocator
 * @slot: by index of the allocator in its table
 */
struct ac_bench_loops {
	ac_bench_loop slot[AC_BENCH_SLOTS];
};

/**
 * struct ac_bench_workload - one entry of the table of workloads
 * @name: word that selects it
 * @desc: one line for people
 * @loops: what it does
 * @n: values of n unless the request names others, ended by 0
 * @fixed: the request cannot change n
 * @group: n operations make one iteration of the loop, else one does
 * @ordered: blocks are freed in an order that the request may choose
 * @mixed: blocks have random sizes, whatever sizes the request names
 * @bulk: say in the result which bulk functions the allocator has
 * @memory: the cost is bytes held; a round is one iteration
 * @skewed: the sizes are those of a kernel, most of them small
 * @experiment: instead of @loops: called once, prints its results
 * @cpus: CPUs needed
 */
struct ac_bench_workload {
	const char *name;
	const char *desc;
	const struct ac_bench_loops *loops;
	const unsigned int *n;
	bool fixed;
	bool group;
	bool ordered;
	bool mixed;
	bool bulk;
	bool memory;
	bool skewed;
	void (*experiment)(struct ac_bench_run *r, const char *head);
	unsigned int cpus;
};

enum ac_bench_order {
	AC_BENCH_FIFO,
	AC_BENCH_LIFO,
	AC_BENCH_RANDOM,
	AC_BENCH_ORDERS,
};

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
 * @cpu: CPU of all loops
 * @peer: the other one, where there are two
 * @blocks: n live blocks
 * @index: order of frees as a permutation of 0 ... n - 1
 * @live_size: size of each live block, kept up by checked loops only
 * @picks: random numbers
 * @ring: blocks on their way from one CPU to the other
 */
struct ac_bench_case {
	struct ac_bench_session *session;
	const struct ac_bench_workload *workload;
	unsigned int n;
	enum ac_bench_order order;
	unsigned int size;
	unsigned int cpu;
	unsigned int peer;
	void **blocks;
	u32 *index;
	u16 *live_size;
	struct ac_bench_pick *picks;
	void **ring;
};

/**
 * struct ac_bench_run - one allocator in a case
 * @test: the case
 * @allocator: the allocator
 * @heap: what it allocates from
 * @slot: its index in the table
 * @check: fill blocks, and check them before they are freed
 * @iterations: how often the loop is to go round
 * @ops: answer of the loop: operations done
 * @cost: answer of the loop: what they cost
 * @end: set by the peer thread when it has freed the last block
 * @status: a word for the result line, NULL as long as nothing is wrong
 * @error: what goes with @status, or 0
 * @chunk: iterations between two chances to stop or to reschedule
 * @total: iterations of one round
 * @round_ops: operations of one round
 * @sample: cost of each round: thousandths of a nanosecond, or bytes
 * @samples: how many
 * @requested: memory workloads: bytes asked for
 * @kept: memory workloads: bytes not given back so far
 */
struct ac_bench_run {
	const struct ac_bench_case *test;
	const struct ac_bench_allocator *allocator;
	struct ac_bench_heap heap;
	unsigned int slot;
	bool check;
	u64 iterations;
	u64 ops;
	u64 cost;
	u64 end;
	const char *status;
	int error;
	u64 chunk;
	u64 total;
	u64 round_ops;
	u64 sample[AC_BENCH_MAX_ROUNDS];
	unsigned int samples;
	u64 requested;
	s64 kept;
};

/* Numbers of a request; an empty list means the workload's own. */
struct ac_bench_list {
	unsigned int nr;
	unsigned int value[AC_BENCH_LIST];
};

/**
 * struct ac_bench_config - a request
 * @workload: comma-separated names or patterns
 * @allocator: the same
 * @order: the same
 * @size: bytes in a block
 * @n: how many blocks
 * @rounds: counted rounds
 * @iterations: of the loop in a round; 0 means as many as fill @round_ms
 * @round_ms: length of a round
 * @rest_ms: how long retention rests after the frees; 0 for not at all
 * @samples: experiments print what is held from step to step
 */
struct ac_bench_config {
	char workload[AC_BENCH_WORDS];
	char allocator[AC_BENCH_WORDS];
	char order[AC_BENCH_WORDS];
	struct ac_bench_list size;
	struct ac_bench_list n;
	unsigned int rounds;
	unsigned int iterations;
	unsigned int round_ms;
	unsigned int rest_ms;
	unsigned int samples;
};

/**
 * struct ac_bench_session - a request being served
 * @config: the request
 * @stop: set to end it early
 * @log: print results to the kernel log, too
 * @error: the first that happened
 * @cases: cases that began
 * @progress: when the last sign of life was printed
 */
struct ac_bench_session {
	struct ac_bench_config config;
	bool stop;
	bool log;
	int error;
	unsigned int cases;
	unsigned long progress;
};

/**
 * struct ac_bench_thread - a thread bound to a CPU
 * @task: the thread
 * @fn: what it does
 * @arg: and with what
 * @result: what @fn returned
 * @started: it runs
 * @done: @fn has returned
 */
struct ac_bench_thread {
	struct task_struct *task;
	int (*fn)(void *arg);
	void *arg;
	int result;
	struct completion started;
	struct completion done;
};

/* workloads.c */
const struct ac_bench_allocator *ac_bench_allocator_at(unsigned int i);
const struct ac_bench_workload *ac_bench_workload_at(unsigned int i);

/* memory.c */
void ac_bench_retention(struct ac_bench_run *r, const char *head);
void ac_bench_pingpong(struct ac_bench_run *r, const char *head);
void ac_bench_pressure(struct ac_bench_run *r, const char *head);

/* pages.c */
s64 ac_bench_free_bytes(void);

/* runner.c */
int ac_bench_serve(struct ac_bench_session *s);

/* thread.c */
int ac_bench_thread_start(struct ac_bench_thread *t, unsigned int cpu,
			  int (*fn)(void *arg), void *arg);
int ac_bench_thread_wait(struct ac_bench_thread *t);
int ac_bench_thread_wait_stop(struct ac_bench_thread *t, bool *stop);

/* config.c */
extern const char * const ac_bench_orders[AC_BENCH_ORDERS];
bool ac_bench_match(const char *words, const char *name);
int ac_bench_config_set(struct ac_bench_config *c, const char *key,
			const char *value);
int ac_bench_config_parse(struct ac_bench_config *c, char *text);

/* main.c */
__printf(2, 3)
void ac_bench_emit(struct ac_bench_session *s, const char *fmt, ...);

#endif /* _AC_BENCH_H */
