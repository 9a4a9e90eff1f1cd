// SPDX-License-Identifier: GPL-2.0
/*
 * replay: what a kernel once allocated and freed, on as many CPUs
 *
 * Each CPU makes its own calls in their order. It waits for another only to free a block
 * that the other has not allocated yet. The other is then at an earlier event, so CPUs
 * cannot wait in a circle.
 */
#include <linux/math64.h>
#include <linux/mm.h>

#include "loop.h"
#include "pages.h"
#include "replay.h"
#include "script.h"
#include "summary.h"
#include "team.h"

/* How often held and live bytes are compared on the way. */
#define SAMPLES		256

static __always_inline bool replay_event(const struct ac_bench_allocator *a,
					 struct ac_bench_heap *h,
					 struct ac_bench_worker *w,
					 const struct ac_bench_case *c,
					 const struct ac_bench_event *e,
					 const bool check)
{
	u32 slot = le32_to_cpu(e->slot);
	size_t size = le16_to_cpu(e->size);
	void *p;

	if (size) {
		p = take(a, h, size, slot, check);
		if (unlikely(!p))
			return false;
		if (check)
			c->live_size[slot] = size;
		/* The CPU that frees it sees its contents. */
		smp_store_release(&c->blocks[slot], p);
		return true;
	}
	/* Pairs with the release above. */
	while (!(p = smp_load_acquire(&c->blocks[slot]))) {
		cpu_relax();
		cond_resched();
		if (READ_ONCE(w->team->stop))
			return false;
	}
	c->blocks[slot] = NULL;
	give(a, h, p, check ? c->live_size[slot] : 0, slot, check);
	return true;
}

static __always_inline void clear_slots(const struct ac_bench_allocator *a,
					struct ac_bench_heap *h,
					const struct ac_bench_case *c)
{
	u32 slot;

	for (slot = 0; slot < c->slots; slot++) {
		if (c->blocks[slot])
			a->free(h, c->blocks[slot]);
		c->blocks[slot] = NULL;
		cond_resched();
	}
}

/* Blocks that the trace leaves are freed when all workers are done. */
LOOP(replay)
{
	const struct ac_bench_case c = *r->test;
	const u32 *first = &c.script->first[w->index];
	const struct ac_bench_event *e = &c.script->event[first[0]];
	const struct ac_bench_event *end = &c.script->event[first[1]];
	struct ac_bench_heap h = r->heap;

	h.bad = 0;
	ac_bench_begin(w);
	for (; e < end; e++) {
		if (unlikely(!replay_event(a, &h, w, &c, e, check))) {
			ac_bench_give_up(w);
			break;
		}
	}
	ac_bench_finish(w);
	w->bad = h.bad;
	if (!w->index)
		clear_slots(a, &h, &c);
	return READ_ONCE(w->team->stop) ? -ENOMEM : 0;
}

DEFINE_LOOPS(replay);

/*
 * replay-held: one CPU makes all calls in their order, and the bytes that are missing from
 * the page allocator are compared with live bytes. The cost is the mean of the bytes
 * held. What the allocator held before counts, unless it gave that back.
 */

static __always_inline u64 play(const struct ac_bench_allocator *a,
				struct ac_bench_heap *h,
				const struct ac_bench_case *c,
				const struct ac_bench_event *e, const bool check)
{
	u32 slot = le32_to_cpu(e->slot);
	size_t size = le16_to_cpu(e->size);

	if (!size) {
		size = c->live_size[slot];
		if (c->blocks[slot])
			give(a, h, c->blocks[slot], size, slot, check);
		c->blocks[slot] = NULL;
		return -(u64)size;
	}
	c->blocks[slot] = take(a, h, size, slot, check);
	c->live_size[slot] = size;
	return size;
}

LOOP(held)
{
	const struct ac_bench_case *c = r->test;
	u64 live = 0, sum_live = 0, sum_held = 0, samples = 0;
	struct ac_bench_heap h = r->heap;
	s64 before, held;
	u32 i;

	if (a->shrink) {
		a->shrink(&h);
		r->kept = 0;
	}
	before = ac_bench_free_bytes() + r->kept;
	for (i = 0; i < c->n; i++) {
		live += play(a, &h, c, &c->script->event[i], check);
		if (i % (c->n / SAMPLES + 1))
			continue;
		held = max_t(s64, before - ac_bench_free_bytes(), 0);
		ac_bench_sample(r, samples, live, held);
		sum_live += live;
		sum_held += held;
		samples++;
	}
	clear_slots(a, &h, c);
	r->kept = before - ac_bench_free_bytes();
	if (a->shrink)
		a->shrink(&h);
	r->requested = div64_u64(sum_live, samples);
	return answer(r, &h, div64_u64(sum_held, samples), r->iterations);
}

DEFINE_LOOPS(held);
