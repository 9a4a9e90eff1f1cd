// SPDX-License-Identifier: GPL-2.0
/*
 * The loops that several CPUs run at once
 *
 * The cost of an operation is time over the operations of all CPUs: two CPUs that do not
 * hinder each other halve it. Under "-icount" the CPUs take turns, and the cost is the
 * instructions of all of them.
 */
#include <linux/delay.h>

#include "loop.h"
#include "parallel.h"
#include "team.h"

/* Writes that a block gets in "scratch" before it is freed. */
#define WRITES		100

/* Looks at a mailbox between two naps, where there are any. */
#define PATIENCE	1024

static_assert(AC_BENCH_BATCHES <= AC_BENCH_RING);

/* A worker's part of the blocks. */
static void **own_blocks(const struct ac_bench_case *c,
			 const struct ac_bench_worker *w)
{
	return c->blocks + (size_t)w->index * c->slots;
}

static int finish(struct ac_bench_worker *w, const struct ac_bench_heap *h)
{
	ac_bench_finish(w);
	w->bad = h->bad;
	return READ_ONCE(w->team->stop) ? -ENOMEM : 0;
}

/*
 * Mailboxes: a slot is full if it is not NULL, so neither side reads the other's
 * position.
 */

static bool spin(const struct ac_bench_worker *w)
{
	cpu_relax();
	cond_resched();
	return !READ_ONCE(w->team->stop);
}

static void pass(struct ac_bench_worker *w, void **slot, void *p)
{
	while (READ_ONCE(*slot))
		if (!spin(w))
			return;
	/* A receiver that sees the address sees the contents. */
	smp_store_release(slot, p);
}

static void *receive(struct ac_bench_worker *w, void **slot)
{
	void *p;

	/* Pairs with the release in pass(). */
	while (!(p = smp_load_acquire(slot)))
		if (!spin(w))
			return NULL;
	return p;
}

/* The mailboxes of a pair: the upper half of the workers takes from the lower. */
static void **own_ring(const struct ac_bench_case *c,
		       const struct ac_bench_worker *w)
{
	return c->ring + (size_t)(w->index % (c->crew / 2)) * AC_BENCH_RING;
}

/* cross: one allocates, the other frees */

static __always_inline void send(const struct ac_bench_allocator *a,
				 struct ac_bench_heap *h,
				 struct ac_bench_worker *w, void **ring,
				 u64 iterations, const bool check)
{
	void *p;
	u64 i;

	for (i = 0; i < iterations; i++) {
		p = take(a, h, h->size, i, check);
		if (unlikely(!p)) {
			ac_bench_give_up(w);
			return;
		}
		pass(w, &ring[i % AC_BENCH_RING], p);
	}
}

static __always_inline void drain(const struct ac_bench_allocator *a,
				  struct ac_bench_heap *h,
				  struct ac_bench_worker *w, void **ring,
				  u64 iterations, const bool check)
{
	void **slot, *p;
	u64 i;

	for (i = 0; i < iterations; i++) {
		slot = &ring[i % AC_BENCH_RING];
		p = receive(w, slot);
		if (unlikely(!p))
			return;
		WRITE_ONCE(*slot, NULL);
		give(a, h, p, h->size, i, check);
	}
}

LOOP(cross)
{
	void **ring = own_ring(r->test, w);
	struct ac_bench_heap h = r->heap;

	h.bad = 0;
	ac_bench_begin(w);
	if (w->index < r->test->crew / 2)
		send(a, &h, w, ring, r->iterations, check);
	else
		drain(a, &h, w, ring, r->iterations, check);
	return finish(w, &h);
}

DEFINE_LOOPS(cross);

/* xmalloc: the same, a batch of n blocks at a time */

static __always_inline bool take_batch(const struct ac_bench_allocator *a,
				       struct ac_bench_heap *h, void **p,
				       unsigned int n, const bool check)
{
	unsigned int k;

	for (k = 0; k < n; k++) {
		p[k] = take(a, h, h->size, k, check);
		if (unlikely(!p[k])) {
			drop(a, h, p, k);
			return false;
		}
	}
	return true;
}

static __always_inline void give_batch(const struct ac_bench_allocator *a,
				       struct ac_bench_heap *h, void **p,
				       unsigned int n, const bool check)
{
	unsigned int k;

	for (k = 0; k < n; k++)
		give(a, h, p[k], h->size, k, check);
}

/* @patient: naps now and then, as the host may have fewer CPUs than there are workers. */
static __always_inline bool wait(struct ac_bench_worker *w, const bool patient)
{
	if (patient && !(++w->spins % PATIENCE))
		usleep_range(10, 50);
	return spin(w);
}

/* The sender owns the batch of a @slot that is NULL. */
static __always_inline bool send_batch(const struct ac_bench_allocator *a,
				       struct ac_bench_heap *h,
				       struct ac_bench_worker *w, void **slot,
				       void **batch, const bool check,
				       const bool patient)
{
	/* Pairs with the release in drain_batch(). */
	while (smp_load_acquire(slot))
		if (!wait(w, patient))
			return false;
	if (!take_batch(a, h, batch, w->team->run->test->n, check)) {
		ac_bench_give_up(w);
		return false;
	}
	pass(w, slot, batch);
	return true;
}

static __always_inline bool drain_batch(const struct ac_bench_allocator *a,
					struct ac_bench_heap *h,
					struct ac_bench_worker *w, void **slot,
					const bool check, const bool patient)
{
	void **batch;

	while (patient && !READ_ONCE(*slot))
		if (!wait(w, patient))
			return false;
	batch = receive(w, slot);
	if (!batch)
		return false;
	give_batch(a, h, batch, w->team->run->test->n, check);
	/* The sender may fill it again. */
	smp_store_release(slot, NULL);
	return true;
}

static __always_inline int batch_loop(const struct ac_bench_allocator *a,
				      struct ac_bench_run *r,
				      struct ac_bench_worker *w,
				      const bool check, const bool patient)
{
	const struct ac_bench_case *c = r->test;
	bool sender = w->index < c->crew / 2, good = true;
	void **ring = own_ring(c, w), **batches = own_blocks(c, w);
	struct ac_bench_heap h = r->heap;
	unsigned int k;
	u64 i;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; good && i < r->iterations; i++) {
		k = i % AC_BENCH_BATCHES;
		if (sender)
			good = send_batch(a, &h, w, &ring[k],
					  batches + (size_t)k * c->n, check,
					  patient);
		else
			good = drain_batch(a, &h, w, &ring[k], check, patient);
	}
	return finish(w, &h);
}

LOOP(xmalloc)
{
	return batch_loop(a, r, w, check, false);
}

DEFINE_LOOPS(xmalloc);

/* convey: small batches, and a CPU that waits lets others run */

LOOP(convey)
{
	return batch_loop(a, r, w, check, true);
}

DEFINE_LOOPS(convey);

/* larson: arrays whose blocks are replaced at random; now and then CPUs swap them */

static __always_inline bool replace(const struct ac_bench_allocator *a,
				    struct ac_bench_heap *h,
				    const struct ac_bench_case *c, size_t slot,
				    size_t size, const bool check)
{
	void *p = c->blocks[slot];

	if (p)
		give(a, h, p, check ? c->live_size[slot] : 0, slot, check);
	p = take(a, h, size, slot, check);
	c->blocks[slot] = p;
	if (check)
		c->live_size[slot] = size;
	return p;
}

static __always_inline void clear_blocks(const struct ac_bench_allocator *a,
					 struct ac_bench_heap *h, void **p,
					 unsigned int nr)
{
	unsigned int k;

	for (k = 0; k < nr; k++) {
		if (p[k])
			a->free(h, p[k]);
		p[k] = NULL;
	}
}

/* One generation: a worker replaces blocks of the array that begins at @first. */
static __always_inline bool replace_many(const struct ac_bench_allocator *a,
					 struct ac_bench_heap *h,
					 const struct ac_bench_case *c,
					 size_t first, u64 from, u64 to,
					 const bool check)
{
	struct ac_bench_pick pick;
	u64 i;

	for (i = from; i < to; i++) {
		pick = c->picks[i % AC_BENCH_PICKS];
		if (unlikely(!replace(a, h, c, first + pick.slot, pick.size,
				      check)))
			return false;
	}
	return true;
}

LOOP(larson)
{
	const struct ac_bench_case c = *r->test;
	const u64 iterations = r->iterations;
	const u64 generation = 10ULL * c.slots;
	struct ac_bench_heap h = r->heap;
	u64 i, end = 0;
	size_t first;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; i < iterations; i = end) {
		first = (w->index + div64_u64(i, generation)) % c.crew * c.slots;
		end = min(i + generation, iterations);
		if (!replace_many(a, &h, &c, first, i, end, check))
			ac_bench_give_up(w);
		if (!ac_bench_meet(w))
			break;
	}
	finish(w, &h);
	clear_blocks(a, &h, own_blocks(&c, w), c.slots);
	return READ_ONCE(w->team->stop) ? -ENOMEM : 0;
}

DEFINE_LOOPS(larson);

/* remote: all allocate n blocks, then one frees them all */

LOOP(remote)
{
	const struct ac_bench_case *c = r->test;
	void **own = own_blocks(c, w);
	struct ac_bench_heap h = r->heap;
	unsigned int k;
	u64 i;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; i < r->iterations; i++) {
		if (!take_batch(a, &h, own, c->n, check))
			ac_bench_give_up(w);
		if (!ac_bench_meet(w))
			break;
		for (k = 0; !w->index && k < c->crew; k++)
			give_batch(a, &h, own + (size_t)k * c->slots, c->n, check);
		if (!ac_bench_meet(w))
			break;
	}
	return finish(w, &h);
}

DEFINE_LOOPS(remote);

/* spread: one allocates n blocks for each, then each frees its own */

LOOP(spread)
{
	const struct ac_bench_case *c = r->test;
	void **own = own_blocks(c, w);
	struct ac_bench_heap h = r->heap;
	unsigned int k;
	u64 i;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; i < r->iterations; i++) {
		for (k = 0; !w->index && k < c->crew; k++)
			if (!take_batch(a, &h, own + (size_t)k * c->slots, c->n,
					check))
				ac_bench_give_up(w);
		if (!ac_bench_meet(w))
			break;
		give_batch(a, &h, own, c->n, check);
		if (!ac_bench_meet(w))
			break;
	}
	return finish(w, &h);
}

DEFINE_LOOPS(spread);

/*
 * scratch: each CPU writes to a small block of its own, frees it and allocates another.
 * One CPU allocated the first blocks, which are neighbours: an allocator that hands
 * these out again makes CPUs write to one cache line.
 */

static __always_inline void write_often(void *p)
{
	unsigned int k;

	for (k = 0; k < WRITES; k++)
		WRITE_ONCE(*(u8 *)p, READ_ONCE(*(u8 *)p) + 1);
}

LOOP(scratch)
{
	const struct ac_bench_case *c = r->test;
	struct ac_bench_heap h = r->heap;
	void *p;
	u64 i;

	h.bad = 0;
	if (!w->index && !take_batch(a, &h, c->blocks, c->crew, check))
		return ac_bench_give_up(w);
	if (!ac_bench_begin(w))
		return -ENOMEM;
	give(a, &h, c->blocks[w->index], h.size, w->index, check);
	for (i = 0; i < r->iterations; i++) {
		p = take(a, &h, h.size, i, check);
		if (unlikely(!p))
			return ac_bench_give_up(w);
		if (!check)
			write_often(p);
		give(a, &h, p, h.size, i, check);
	}
	return finish(w, &h);
}

DEFINE_LOOPS(scratch);

/* rptest: n percent of the blocks that a CPU replaces are another's */

static __always_inline bool trade(const struct ac_bench_allocator *a,
				  struct ac_bench_heap *h, void **slot,
				  const bool check)
{
	void *p = take(a, h, h->size, 0, check);

	if (unlikely(!p))
		return false;
	p = xchg(slot, p);
	if (p)
		give(a, h, p, h->size, 0, check);
	return true;
}

LOOP(rptest)
{
	const struct ac_bench_case c = *r->test;
	const u64 iterations = r->iterations;
	void **own = own_blocks(&c, w);
	void **other = c.blocks + (size_t)((w->index + 1) % c.crew) * c.slots;
	const struct ac_bench_pick *pick;
	struct ac_bench_heap h = r->heap;
	u64 i;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; i < iterations; i++) {
		pick = &c.picks[i % AC_BENCH_PICKS];
		if (unlikely(!trade(a, &h, (pick->size * 100 <= c.n * 512 ?
					    other : own) + pick->slot, check))) {
			ac_bench_give_up(w);
			break;
		}
	}
	finish(w, &h);
	clear_blocks(a, &h, own, c.slots);
	return READ_ONCE(w->team->stop) ? -ENOMEM : 0;
}

DEFINE_LOOPS(rptest);

/* scale: each of n CPUs has some blocks of its own and replaces the oldest */

LOOP(scale)
{
	void *window[AC_BENCH_WINDOW] = {};
	struct ac_bench_heap h = r->heap;
	void **p;
	u64 i;

	h.bad = 0;
	ac_bench_begin(w);
	for (i = 0; i < r->iterations; i++) {
		p = &window[i % AC_BENCH_WINDOW];
		if (*p)
			give(a, &h, *p, h.size, w->index, check);
		*p = take(a, &h, h.size, w->index, check);
		if (unlikely(!*p)) {
			ac_bench_give_up(w);
			break;
		}
	}
	finish(w, &h);
	clear_blocks(a, &h, window, AC_BENCH_WINDOW);
	return READ_ONCE(w->team->stop) ? -ENOMEM : 0;
}

DEFINE_LOOPS(scale);
