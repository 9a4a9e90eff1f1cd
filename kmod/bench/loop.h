/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all loops are made of, and how they are compiled
 *
 * Each loop is written once, as an inline function of a constant allocator, and
 * compiled twice for every allocator: as it is timed, and with blocks filled and
 * checked. A timed loop stores one byte to each block, to touch its first cache line.
 */
#ifndef _AC_BENCH_LOOP_H
#define _AC_BENCH_LOOP_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "allocators.h"
#include "run.h"

/* Contents depend on the address and on the owner of the block: loop.c. */
void ac_bench_fill(void *p, size_t size, unsigned long owner);
bool ac_bench_differs(const void *p, size_t size, unsigned long owner);

static __always_inline void mark(void *p, size_t size, unsigned long owner,
				 bool check)
{
	if (check)
		ac_bench_fill(p, size, owner);
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
	if (check && ac_bench_differs(p, size, owner))
		h->bad++;
	a->free(h, p);
}

static __always_inline void drop(const struct ac_bench_allocator *a,
				 struct ac_bench_heap *h, void **p, size_t nr)
{
	while (nr--)
		a->free(h, p[nr]);
}

/* Answer of a loop that runs alone. */
static inline int answer(struct ac_bench_run *r, const struct ac_bench_heap *h,
			 u64 cost, u64 iterations)
{
	r->heap.bad = h->bad;
	r->cost = cost;
	r->ops = iterations * ac_bench_group(r->test);
	return iterations == r->iterations ? 0 : -ENOMEM;
}

/*
 * The signature of a loop. @a is constant where the loop is compiled, and so is @check.
 * A loop that runs alone has no @w.
 */
#define LOOP(name)							\
static __always_inline int name##_loop(const struct ac_bench_allocator *a, \
				       struct ac_bench_run *r,		\
				       struct ac_bench_worker *w,	\
				       const bool check)

typedef int (*ac_bench_body)(const struct ac_bench_allocator *a,
			     struct ac_bench_run *r, struct ac_bench_worker *w,
			     const bool check);

/* With a constant loop and i, this is the loop with all calls inlined, twice. */
static __always_inline int run_body(ac_bench_body loop, unsigned int i,
				    struct ac_bench_run *r,
				    struct ac_bench_worker *w)
{
	if (r->check)
		return loop(&allocators[i], r, w, true);
	return loop(&allocators[i], r, w, false);
}

static_assert(ARRAY_SIZE(allocators) == 11);

/*
 * QEMU takes half as long again for a loop that straddles two pages, as its translated
 * code does not jump from one to the other directly. Most loops are shorter than this.
 * Each has a section of its own, as long paddings within one upset objtool of 6.1.
 */
#define AC_BENCH_ALIGN	2048

#define DEFINE_SLOT(loop, i)						\
static noinline __aligned(AC_BENCH_ALIGN) __section(".text." #loop #i)	\
int loop##_##i(struct ac_bench_run *r, struct ac_bench_worker *w)	\
{									\
	return run_body(loop, i##U, r, w);				\
}

/* One function for each entry of the table of allocators. */
#define DEFINE_LOOPS(name)						\
DEFINE_SLOT(name##_loop, 0)						\
DEFINE_SLOT(name##_loop, 1)						\
DEFINE_SLOT(name##_loop, 2)						\
DEFINE_SLOT(name##_loop, 3)						\
DEFINE_SLOT(name##_loop, 4)						\
DEFINE_SLOT(name##_loop, 5)						\
DEFINE_SLOT(name##_loop, 6)						\
DEFINE_SLOT(name##_loop, 7)						\
DEFINE_SLOT(name##_loop, 8)						\
DEFINE_SLOT(name##_loop, 9)						\
DEFINE_SLOT(name##_loop, 10)						\
const struct ac_bench_loops ac_bench_##name = {				\
	.slot = {							\
		name##_loop_0, name##_loop_1, name##_loop_2,		\
		name##_loop_3, name##_loop_4, name##_loop_5,		\
		name##_loop_6, name##_loop_7, name##_loop_8,		\
		name##_loop_9, name##_loop_10,				\
	},								\
}

#endif /* _AC_BENCH_LOOP_H */
