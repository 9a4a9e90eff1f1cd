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
 * loop.[ch]	what all loops are made of, and how they are compiled
 * workloads.c	the table of workloads, and the loops that run alone
 * parallel.c	the loops that several CPUs run at once
 * irq.c		the loop that timers interrupt
 * team.c	the CPUs that run such a loop: where they start, wait, and end
 * latency.c	how long single calls take
 * replay.c	the loops that make a trace's calls
 * trace.[ch]	that trace
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

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/types.h>

#include <linux/arena_cache.h>

#define AC_BENCH_GFP		GFP_KERNEL
#define AC_BENCH_GFP_NAME	"GFP_KERNEL"

/* Allocators that the table has room for; each costs a function per loop. */
#define AC_BENCH_SLOTS		9
#define AC_BENCH_LIST		16
#define AC_BENCH_WORDS		128
#define AC_BENCH_MIN_ROUNDS	5
#define AC_BENCH_MAX_ROUNDS	64
#define AC_BENCH_MAX_N		10000000
#define AC_BENCH_MAX_SIZE	8192
#define AC_BENCH_MAX_MIXED	512

/* Random picks are made before the clock starts, and used again from the top. */
#define AC_BENCH_PICKS		65536
#define AC_BENCH_RING		1024

/* kmalloc's sizes: 8 to 8192, and two that are no power of two. */
#define AC_BENCH_SIZES		13

/* Blocks of each CPU in "scale". */
#define AC_BENCH_WINDOW		64

/* Blocks that "irq" allocates at a time. */
#define AC_BENCH_CHURN		16

/* Blocks that "live" replaces at a time, of 1000 or more. */
#define AC_BENCH_REPLACED	1000

/* Batches on their way in "xmalloc". */
#define AC_BENCH_BATCHES	4

struct ac_bench_run;
struct ac_bench_script;
struct ac_bench_session;
struct ac_bench_team;
struct ac_bench_trace;
struct ac_bench_worker;
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
 * @sizes: of "slab_sizes"
 * @stack: of "floor"
 * @memory: of "floor": the blocks
 * @size: bytes in a block, for workloads whose blocks have one size
 * @bad: blocks found with wrong contents
 */
struct ac_bench_heap {
	struct arena_cache *arena;
	struct kmem_cache *slab;
	struct kmem_cache *sizes[AC_BENCH_SIZES];
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
 * @memory_only: tells nothing new of time
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
	bool memory_only;
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

/* Loops that run alone have no worker. */
typedef int (*ac_bench_loop)(struct ac_bench_run *r, struct ac_bench_worker *w);

/**
 * struct ac_bench_loops - a workload's loop, compiled for each allocator
 * @slot: by index of the allocator in its table
 */
struct ac_bench_loops {
	ac_bench_loop slot[AC_BENCH_SLOTS];
};

/* Who runs a loop, and what counts as its operations. */
enum ac_bench_crew {
	AC_BENCH_ALONE,		/* one CPU */
	AC_BENCH_ALL,		/* all CPUs: each does all iterations */
	AC_BENCH_PAIRS,		/* all: of two, one does what the other counts */
	AC_BENCH_TOGETHER,	/* all: each does a part of an iteration */
	AC_BENCH_N_CPUS,	/* n of them */
};

/* Which sizes there are where they are random. */
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
 * @fixed: the request cannot change n
 * @group: n operations make one iteration of the loop
 * @ops: that many do, of n or more; 0 for one
 * @ordered: blocks are freed in an order that the request may choose
 * @mixed: blocks have random sizes, whatever sizes the request names
 * @bulk: say in the result which bulk functions the allocator has
 * @memory: the cost is bytes held; a round is one iteration
 * @sizes: which random sizes
 * @size: bytes in a block, whatever the request says; 0 for that
 * @crew: who runs @loops
 * @slots: room for blocks of each CPU; 0 means n
 * @least: iterations below which the loop would tell of something else
 * @irq: interrupts allocate, too
 * @trace: does what the trace says, if there is one, with blocks of up to so many
 *	bytes, and n is its events; 0 for not
 * @experiment: called once, instead of rounds of @loops; prints its results
 * @cpus: CPUs needed
 */
struct ac_bench_workload {
	const char *name;
	const char *desc;
	const struct ac_bench_loops *loops;
	const unsigned int *n;
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
 * @status: a word for the result line, NULL as long as nothing is wrong
 * @error: what goes with @status, or 0
 * @chunk: iterations between two chances to stop or to reschedule
 * @total: iterations of one round
 * @round_ops: operations of one round
 * @all_ops: operations of all loops, those that are not timed included
 * @sample: cost of each round: thousandths of a nanosecond, or bytes
 * @samples: how many
 * @requested: memory workloads: bytes asked for
 * @kept: memory workloads: bytes not given back so far
 * @private: the experiment's
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
	const char *status;
	int error;
	u64 chunk;
	u64 total;
	u64 round_ops;
	u64 all_ops;
	u64 sample[AC_BENCH_MAX_ROUNDS];
	unsigned int samples;
	u64 requested;
	s64 kept;
	void *private;
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
 * @trace: what is replayed now
 */
struct ac_bench_session {
	struct ac_bench_config config;
	bool stop;
	bool log;
	int error;
	unsigned int cases;
	unsigned long progress;
	struct ac_bench_trace *trace;
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

/**
 * struct ac_bench_worker - one of the CPUs that run a loop together
 * @team: all of them
 * @thread: what runs on it; unused for the first
 * @index: its number, from 0 on
 * @meetings: how often it met the others
 * @spins: how often it looked whether others are ready
 * @bad: blocks that it found with wrong contents
 * @extra: operations besides iterations, in interrupts
 * @end: when it was done
 * @private: the workload's
 */
struct ac_bench_worker {
	struct ac_bench_team *team;
	struct ac_bench_thread thread;
	unsigned int index;
	unsigned int meetings;
	unsigned int spins;
	unsigned long bad;
	u64 extra;
	u64 end;
	void *private;
};

/**
 * struct ac_bench_team - the CPUs that run a loop together
 * @run: what they do
 * @nr: how many they are
 * @arrived: sum of all meetings
 * @stop: one failed; the others need not wait
 * @start: when they began
 * @worker: they
 */
struct ac_bench_team {
	struct ac_bench_run *run;
	unsigned int nr;
	atomic_t arrived;
	bool stop;
	u64 start;
	struct ac_bench_worker worker[];
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

/* workloads.c */
extern const struct ac_bench_loops ac_bench_footprint;
extern const struct ac_bench_loops ac_bench_reuse;
extern const struct ac_bench_loops ac_bench_batch;
extern const struct ac_bench_loops ac_bench_bulk;
extern const struct ac_bench_loops ac_bench_shuffled;
extern const struct ac_bench_loops ac_bench_touch;
extern const struct ac_bench_loops ac_bench_mixed;
extern const struct ac_bench_loops ac_bench_live;
const struct ac_bench_allocator *ac_bench_allocator_at(unsigned int i);
const struct ac_bench_workload *ac_bench_workload_at(unsigned int i);

/* parallel.c */
extern const struct ac_bench_loops ac_bench_cross;
extern const struct ac_bench_loops ac_bench_xmalloc;
extern const struct ac_bench_loops ac_bench_convey;
extern const struct ac_bench_loops ac_bench_larson;
extern const struct ac_bench_loops ac_bench_remote;
extern const struct ac_bench_loops ac_bench_spread;
extern const struct ac_bench_loops ac_bench_scratch;
extern const struct ac_bench_loops ac_bench_rptest;
extern const struct ac_bench_loops ac_bench_scale;

/* replay.c */
extern const struct ac_bench_loops ac_bench_replay;
extern const struct ac_bench_loops ac_bench_held;
int ac_bench_script_make(struct ac_bench_case *c);
void ac_bench_script_free(struct ac_bench_case *c);

/* irq.c */
extern const struct ac_bench_loops ac_bench_interrupt;
extern const struct ac_bench_loops ac_bench_irq;

/* team.c */
int ac_bench_team_run(struct ac_bench_run *r);
bool ac_bench_meet(struct ac_bench_worker *w);
bool ac_bench_begin(struct ac_bench_worker *w);
void ac_bench_finish(struct ac_bench_worker *w);
int ac_bench_give_up(struct ac_bench_worker *w);

/* latency.c */
extern const struct ac_bench_loops ac_bench_latencies;
void ac_bench_latency(struct ac_bench_run *r, const char *head);

/* memory.c */
void ac_bench_retention(struct ac_bench_run *r, const char *head);
void ac_bench_pingpong(struct ac_bench_run *r, const char *head);
void ac_bench_pressure(struct ac_bench_run *r, const char *head);
void ac_bench_exhaust(struct ac_bench_run *r, const char *head);

/* pages.c */
s64 ac_bench_free_bytes(void);

/* runner.c */
int ac_bench_compare(const void *a, const void *b);
void ac_bench_sample(struct ac_bench_run *r, u64 step, u64 live, s64 held);
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
