// SPDX-License-Identifier: GPL-2.0
/*
 * The workloads, and their loops for each allocator
 *
 * Each loop is written once, as an inline function of a constant allocator,
 * and compiled for every allocator twice: as it is timed, and with blocks
 * filled and checked. A timed loop stores one byte to each block, so that its
 * first cache line is touched, and its figures include the loop itself: the
 * counter, that store, and where there are many blocks the array of pointers
 * and the order array. That part is the same for all; "floor" shows its size.
 *
 * Measured is throughput on an otherwise idle CPU in process context, with
 * preemption on. Not measured: latency of single operations, several CPUs at
 * once except in "cross", interrupts, memory pressure, NUMA, and what an
 * allocator's layout does to the caller's own use of blocks.
 *
 * To add a workload, write its loop, DEFINE_LOOPS() it, and add one entry to
 * the table.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "allocators.h"
#include "bench.h"

/* Checking: contents depend on the address and on who owns the block now */

static u64 cookie(const u8 *p, unsigned long owner)
{
	return ((unsigned long)p ^ (owner << 32)) * 0x9e3779b97f4a7c15ULL;
}

static noinline void fill(u8 *p, size_t size, unsigned long owner)
{
	u64 c = cookie(p, owner);
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = c >> (8 * (i % 8));
}

static noinline bool differs(const u8 *p, size_t size, unsigned long owner)
{
	u64 c = cookie(p, owner);
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (u8)(c >> (8 * (i % 8))))
			return true;
	return false;
}

/* What all loops are made of */

static __always_inline void mark(void *p, size_t size, unsigned long owner,
				 bool check)
{
	if (check)
		fill(p, size, owner);
	else
		WRITE_ONCE(*(u8 *)p, 1);
}

static __always_inline void *take(const struct ac_bench_allocator *a,
				  struct ac_bench_heap *h, size_t size,
				  unsigned long owner, bool check)
{
	void *p = a->alloc(h, size, AC_BENCH_GFP);

	if (likely(p))
		mark(p, size, owner, check);
	return p;
}

static __always_inline void give(const struct ac_bench_allocator *a,
				 struct ac_bench_heap *h, void *p, size_t size,
				 unsigned long owner, bool check)
{
	if (check && differs(p, size, owner))
		h->bad++;
	a->free(h, p);
}

static __always_inline void drop(const struct ac_bench_allocator *a,
				 struct ac_bench_heap *h, void **p, size_t nr)
{
	while (nr--)
		a->free(h, p[nr]);
}

static int answer(struct ac_bench_run *r, const struct ac_bench_heap *h,
		  u64 cost, u64 iterations)
{
	const struct ac_bench_case *c = r->test;

	r->heap.bad = h->bad;
	r->cost = cost;
	r->ops = iterations * (c->workload->group ? c->n : 1);
	return iterations == r->iterations ? 0 : -ENOMEM;
}

typedef int (*body)(const struct ac_bench_allocator *a, struct ac_bench_run *r,
		    const bool check);

/* With a constant loop and i, this is the loop with all calls inlined, twice. */
static __always_inline int run_body(body loop, unsigned int i,
				    struct ac_bench_run *r)
{
	if (i >= ARRAY_SIZE(allocators))
		return -EOPNOTSUPP;
	if (r->check)
		return loop(&allocators[i], r, true);
	return loop(&allocators[i], r, false);
}

#define DEFINE_SLOT(loop, i)						\
static noinline int loop##_##i(struct ac_bench_run *r)			\
{									\
	return run_body(loop, i##U, r);					\
}

/* One function per slot; those without an allocator are never called. */
#define DEFINE_LOOPS(name)						\
DEFINE_SLOT(name##_loop, 0)						\
DEFINE_SLOT(name##_loop, 1)						\
DEFINE_SLOT(name##_loop, 2)						\
DEFINE_SLOT(name##_loop, 3)						\
DEFINE_SLOT(name##_loop, 4)						\
DEFINE_SLOT(name##_loop, 5)						\
DEFINE_SLOT(name##_loop, 6)						\
DEFINE_SLOT(name##_loop, 7)						\
static const struct ac_bench_loops name##_loops = {			\
	.slot = {							\
		name##_loop_0, name##_loop_1, name##_loop_2,		\
		name##_loop_3, name##_loop_4, name##_loop_5,		\
		name##_loop_6, name##_loop_7,				\
	},								\
}

/* reuse */

static __always_inline int reuse_loop(const struct ac_bench_allocator *a,
				      struct ac_bench_run *r, const bool check)
{
	struct ac_bench_heap h = r->heap;
	const u64 iterations = r->iterations;
	u64 start = ktime_get_ns();
	void *p;
	u64 i;

	for (i = 0; i < iterations; i++) {
		p = take(a, &h, h.size, i, check);
		if (unlikely(!p))
			break;
		give(a, &h, p, h.size, i, check);
	}
	return answer(r, &h, ktime_get_ns() - start, i);
}

DEFINE_LOOPS(reuse);

/* batch: the order array is used for FIFO, too, so that orders compare */

static __always_inline int batch_loop(const struct ac_bench_allocator *a,
				      struct ac_bench_run *r, const bool check)
{
	const struct ac_bench_case *c = r->test;
	struct ac_bench_heap h = r->heap;
	const u32 *index = c->index;
	const unsigned int n = c->n;
	void **p = c->blocks;
	u64 start = ktime_get_ns();
	unsigned int k;
	u64 i;

	for (i = 0; i < r->iterations; i++) {
		for (k = 0; k < n; k++) {
			p[k] = take(a, &h, h.size, k, check);
			if (unlikely(!p[k]))
				goto out;
		}
		for (k = 0; k < n; k++)
			give(a, &h, p[index[k]], h.size, index[k], check);
	}
	k = 0;
out:
	drop(a, &h, p, k);
	return answer(r, &h, ktime_get_ns() - start, i);
}

DEFINE_LOOPS(batch);

/* bulk: an allocator without bulk functions calls the single ones in a loop */

static __always_inline bool take_bulk(const struct ac_bench_allocator *a,
				      struct ac_bench_heap *h, void **p,
				      size_t nr)
{
	size_t k;

	if (a->alloc_bulk)
		return a->alloc_bulk(h, AC_BENCH_GFP, nr, p);
	for (k = 0; k < nr; k++) {
		p[k] = a->alloc(h, h->size, AC_BENCH_GFP);
		if (unlikely(!p[k])) {
			drop(a, h, p, k);
			return false;
		}
	}
	return true;
}

static __always_inline void give_bulk(const struct ac_bench_allocator *a,
				      struct ac_bench_heap *h, void **p,
				      size_t nr)
{
	size_t k;

	if (a->free_bulk)
		return a->free_bulk(h, nr, p);
	for (k = 0; k < nr; k++)
		a->free(h, p[k]);
}

static __always_inline int bulk_loop(const struct ac_bench_allocator *a,
				     struct ac_bench_run *r, const bool check)
{
	struct ac_bench_heap h = r->heap;
	const unsigned int n = r->test->n;
	void **p = r->test->blocks;
	u64 start = ktime_get_ns();
	unsigned int k;
	u64 i;

	for (i = 0; i < r->iterations; i++) {
		if (unlikely(!take_bulk(a, &h, p, n)))
			break;
		for (k = 0; k < n; k++)
			mark(p[k], h.size, k, check);
		for (k = 0; check && k < n; k++)
			h.bad += differs(p[k], h.size, k);
		give_bulk(a, &h, p, n);
	}
	return answer(r, &h, ktime_get_ns() - start, i);
}

DEFINE_LOOPS(bulk);

/* mixed */

static __always_inline bool take_slot(const struct ac_bench_allocator *a,
				      struct ac_bench_heap *h,
				      const struct ac_bench_case *c,
				      unsigned int slot, size_t size,
				      const bool check)
{
	c->blocks[slot] = take(a, h, size, slot, check);
	if (check)
		c->live_size[slot] = size;
	return c->blocks[slot];
}

static __always_inline void give_slot(const struct ac_bench_allocator *a,
				      struct ac_bench_heap *h,
				      const struct ac_bench_case *c,
				      unsigned int slot, const bool check)
{
	give(a, h, c->blocks[slot], check ? c->live_size[slot] : 0, slot,
	     check);
}

/* Fills the slots, untimed, and returns how many were filled. */
static __always_inline unsigned int
take_all(const struct ac_bench_allocator *a, struct ac_bench_heap *h,
	 const struct ac_bench_case *c, const bool check)
{
	unsigned int k;

	for (k = 0; k < c->n; k++) {
		if (!take_slot(a, h, c, k, c->picks[k % AC_BENCH_PICKS].size,
			       check))
			break;
		cond_resched();
	}
	return k;
}

static __always_inline void give_all(const struct ac_bench_allocator *a,
				     struct ac_bench_heap *h,
				     const struct ac_bench_case *c,
				     unsigned int nr, const bool check)
{
	unsigned int k;

	for (k = 0; k < nr; k++) {
		if (c->blocks[k])
			give_slot(a, h, c, k, check);
		cond_resched();
	}
}

static __always_inline int mixed_loop(const struct ac_bench_allocator *a,
				      struct ac_bench_run *r, const bool check)
{
	const struct ac_bench_case *c = r->test;
	struct ac_bench_heap h = r->heap;
	const struct ac_bench_pick *pick;
	unsigned int nr = take_all(a, &h, c, check);
	u64 start = ktime_get_ns();
	u64 cost, i;

	for (i = 0; nr == c->n && i < r->iterations; i++) {
		pick = &c->picks[i % AC_BENCH_PICKS];
		give_slot(a, &h, c, pick->slot, check);
		if (unlikely(!take_slot(a, &h, c, pick->slot, pick->size,
					check)))
			break;
	}
	cost = ktime_get_ns() - start;
	give_all(a, &h, c, nr, check);
	return answer(r, &h, cost, i);
}

DEFINE_LOOPS(mixed);

/*
 * cross: the caller allocates, its peer frees. A slot of the ring that is not
 * NULL is full, so neither side reads the other's position; the address of the
 * ring itself ends the stream. The clock stops with the last free.
 */

static void pass(void **slot, void *p)
{
	while (READ_ONCE(*slot)) {
		cpu_relax();
		cond_resched();
	}
	/* The block's contents are seen by who sees its address. */
	smp_store_release(slot, p);
}

static void *receive(void **slot)
{
	void *p;

	/* Pairs with the release in pass(). */
	while (!(p = smp_load_acquire(slot))) {
		cpu_relax();
		cond_resched();
	}
	WRITE_ONCE(*slot, NULL);
	return p;
}

static __always_inline int consume_loop(const struct ac_bench_allocator *a,
					struct ac_bench_run *r, const bool check)
{
	struct ac_bench_heap h = r->heap;
	void **ring = r->test->ring;
	void *p;
	u64 i;

	for (i = 0; (p = receive(&ring[i % AC_BENCH_RING])) != ring; i++)
		give(a, &h, p, h.size, i, check);
	r->end = ktime_get_ns();
	r->heap.bad = h.bad;
	return 0;
}

DEFINE_LOOPS(consume);

static int consume(void *run)
{
	struct ac_bench_run *r = run;

	return consume_loops.slot[r->slot](r);
}

static __always_inline int cross_loop(const struct ac_bench_allocator *a,
				      struct ac_bench_run *r, const bool check)
{
	struct ac_bench_heap h = r->heap;
	void **ring = r->test->ring;
	struct ac_bench_thread t;
	u64 start, i;
	void *p;
	int err;

	err = ac_bench_thread_start(&t, r->test->peer, consume, r);
	if (err)
		return err;
	start = ktime_get_ns();
	for (i = 0; i < r->iterations; i++) {
		p = take(a, &h, h.size, i, check);
		if (unlikely(!p))
			break;
		pass(&ring[i % AC_BENCH_RING], p);
	}
	pass(&ring[i % AC_BENCH_RING], ring);
	ac_bench_thread_wait(&t);
	h.bad = r->heap.bad;
	return answer(r, &h, r->end - start, i);
}

DEFINE_LOOPS(cross);

/*
 * footprint: bytes that left the page allocator while n blocks of random sizes
 * live. An allocator that can be told to give back what nobody uses is told so
 * first. What another kept of an earlier round is not taken again, so it is
 * remembered in @kept and counted; what it held before the first round is not,
 * which matters little if n is large.
 */
static __always_inline int footprint_loop(const struct ac_bench_allocator *a,
					  struct ac_bench_run *r, const bool check)
{
	const struct ac_bench_case *c = r->test;
	struct ac_bench_heap h = r->heap;
	s64 before, peak;
	unsigned int nr;
	u64 k;

	if (a->shrink) {
		a->shrink(&h);
		r->kept = 0;
	}
	before = ac_bench_free_bytes();
	nr = take_all(a, &h, c, check);
	peak = ac_bench_free_bytes();
	give_all(a, &h, c, nr, check);
	r->requested = 0;
	for (k = 0; k < nr; k++)
		r->requested += c->picks[k % AC_BENCH_PICKS].size;
	peak = max_t(s64, r->kept + before - peak, 0);
	r->kept += before - ac_bench_free_bytes();
	/* Or it goes back while another is weighed. */
	if (a->shrink)
		a->shrink(&h);
	return answer(r, &h, peak, nr == c->n ? r->iterations : 0);
}

DEFINE_LOOPS(footprint);

static const struct ac_bench_workload workloads[] = {
	{
		.name = "footprint",
		.desc = "bytes held from the page allocator, sizes 1-512, n live",
		.loops = &footprint_loops,
		.n = (const unsigned int []){ 100000, 0 },
		.group = true,
		.mixed = true,
		.memory = true,
	}, {
		.name = "footprint-skewed",
		.desc = "the same, sizes as a kernel's: most below 128",
		.loops = &footprint_loops,
		.n = (const unsigned int []){ 100000, 0 },
		.group = true,
		.mixed = true,
		.skewed = true,
		.memory = true,
	}, {
		.name = "retention",
		.desc = "held for every k-th of n blocks, and for a random 20 %",
		.n = (const unsigned int []){ 400000, 0 },
		.experiment = ac_bench_retention,
	}, {
		.name = "pingpong",
		.desc = "pages freed by swinging at the edges of pools and arenas",
		.n = (const unsigned int []){ 100000, 0 },
		.experiment = ac_bench_pingpong,
	}, {
		.name = "pressure",
		.desc = "pages that others get beside every 20th of n blocks",
		.n = (const unsigned int []){ 100000, 0 },
		.experiment = ac_bench_pressure,
	}, {
		.name = "reuse",
		.desc = "allocate one block, free it",
		.loops = &reuse_loops,
		.n = (const unsigned int []){ 1, 0 },
		.fixed = true,
	}, {
		.name = "batch",
		.desc = "allocate n blocks, free them in an order",
		.loops = &batch_loops,
		.n = (const unsigned int []){ 16, 64, 256, 1024, 8192, 0 },
		.group = true,
		.ordered = true,
	}, {
		.name = "bulk",
		.desc = "allocate and free n blocks with one call each",
		.loops = &bulk_loops,
		.n = (const unsigned int []){
			1, 2, 4, 8, 16, 32, 64, 128, 250, 0
		},
		.group = true,
		.bulk = true,
	}, {
		.name = "mixed",
		.desc = "replace random ones of n blocks, sizes 1-512",
		.loops = &mixed_loops,
		.n = (const unsigned int []){ 4096, 0 },
		.mixed = true,
	}, {
		.name = "cross",
		.desc = "one CPU allocates, another frees",
		.loops = &cross_loops,
		.n = (const unsigned int []){ AC_BENCH_RING, 0 },
		.fixed = true,
		.cpus = 2,
	},
};

const struct ac_bench_allocator *ac_bench_allocator_at(unsigned int i)
{
	return i < ARRAY_SIZE(allocators) ? &allocators[i] : NULL;
}

const struct ac_bench_workload *ac_bench_workload_at(unsigned int i)
{
	return i < ARRAY_SIZE(workloads) ? &workloads[i] : NULL;
}
