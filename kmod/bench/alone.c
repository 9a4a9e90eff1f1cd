// SPDX-License-Identifier: GPL-2.0
/*
 * The loops that run alone
 */
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "alone.h"
#include "loop.h"
#include "pages.h"
#include "sort.h"

/* reuse */

LOOP(reuse)
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

LOOP(batch)
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

LOOP(bulk)
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
			h.bad += ac_bench_differs(p[k], h.size, k);
		give_bulk(a, &h, p, n);
	}
	return answer(r, &h, ktime_get_ns() - start, i);
}

DEFINE_LOOPS(bulk);

/* touch: every byte of n blocks is written, then read */

static __always_inline u64 read_all(const void *p, size_t size)
{
	const u64 *word = p;
	u64 sum = 0;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		sum += READ_ONCE(word[i]);
	return sum;
}

LOOP(touch)
{
	const unsigned int n = r->test->n;
	struct ac_bench_heap h = r->heap;
	void **p = r->test->blocks;
	u64 start = ktime_get_ns(), sum = 0;
	unsigned int k;
	u64 i;

	for (i = 0; i < r->iterations; i++) {
		for (k = 0; k < n; k++) {
			p[k] = take(a, &h, h.size, k, check);
			if (unlikely(!p[k]))
				goto out;
			if (!check)
				memset(p[k], k, h.size);
		}
		for (k = 0; k < n; k++) {
			sum += read_all(p[k], h.size);
			give(a, &h, p[k], h.size, k, check);
		}
	}
	k = 0;
out:
	OPTIMIZER_HIDE_VAR(sum);
	drop(a, &h, p, k);
	return answer(r, &h, ktime_get_ns() - start, i);
}

DEFINE_LOOPS(touch);

/*
 * shuffled: as bulk, but blocks that are freed one after the other share no page, as far
 * as possible. The shuffle is not timed.
 */

/* Sorted by page, then every stride-th: neighbours are a page and more apart. */
static noinline void spread_pages(void **p, void **scratch, unsigned int n)
{
	unsigned int stride = max(int_sqrt(n), 1U), from, k, to = 0;

	ac_bench_sort(p, n);
	for (from = 0; from < stride; from++)
		for (k = from; k < n; k += stride)
			scratch[to++] = p[k];
	memcpy(p, scratch, n * sizeof(*p));
}

LOOP(shuffled)
{
	const unsigned int n = r->test->n;
	void **p = r->test->blocks;
	struct ac_bench_heap h = r->heap;
	u64 i, start, cost = 0;
	unsigned int k;

	for (i = 0; i < r->iterations; i++) {
		start = ktime_get_ns();
		if (unlikely(!take_bulk(a, &h, p, n)))
			break;
		cost += ktime_get_ns() - start;
		for (k = 0; k < n; k++)
			mark(p[k], h.size, 0, check);
		spread_pages(p, p + n, n);
		for (k = 0; check && k < n; k++)
			h.bad += ac_bench_differs(p[k], h.size, 0);
		start = ktime_get_ns();
		give_bulk(a, &h, p, n);
		cost += ktime_get_ns() - start;
	}
	return answer(r, &h, cost, i);
}

DEFINE_LOOPS(shuffled);

/* mixed */

static __always_inline bool take_slot(const struct ac_bench_allocator *a,
				      struct ac_bench_heap *h,
				      const struct ac_bench_case *c,
				      unsigned int slot, size_t size,
				      const bool check)
{
	void *p = take(a, h, size, slot, check);

	c->blocks[slot] = p;
	if (check)
		c->live_size[slot] = size;
	return p;
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

LOOP(mixed)
{
	const struct ac_bench_case c = *r->test;
	const u64 iterations = r->iterations;
	struct ac_bench_heap h = r->heap;
	struct ac_bench_pick pick;
	unsigned int nr = take_all(a, &h, &c, check);
	u64 start = ktime_get_ns();
	u64 cost, i;

	for (i = 0; nr == c.n && i < iterations; i++) {
		pick = c.picks[i % AC_BENCH_PICKS];
		give_slot(a, &h, &c, pick.slot, check);
		if (unlikely(!take_slot(a, &h, &c, pick.slot, pick.size, check)))
			break;
	}
	cost = ktime_get_ns() - start;
	give_all(a, &h, &c, nr, check);
	return answer(r, &h, cost, i);
}

DEFINE_LOOPS(mixed);

/*
 * live: some of n live blocks, far apart, are freed, and as many are allocated: shows
 * what n costs
 */

static __always_inline unsigned int random_slot(u64 *state, unsigned int n)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 32) * n >> 32;
}

/* Steps that visit all slots before they come back, if n is a power of ten. */
static __always_inline unsigned int next_slot(unsigned int slot, unsigned int n)
{
	slot += (u32)((u64)n * 618034 / 1000000) | 1;
	return slot < n ? slot : slot - n;
}

static __always_inline bool replace_some(const struct ac_bench_allocator *a,
					 struct ac_bench_heap *h, void **p,
					 unsigned int first, unsigned int n,
					 const bool check)
{
	unsigned int k, slot = first;

	for (k = 0; k < AC_BENCH_REPLACED; k++, slot = next_slot(slot, n)) {
		if (likely(p[slot]))
			give(a, h, p[slot], h->size, slot, check);
		p[slot] = NULL;
	}
	for (k = 0, slot = first; k < AC_BENCH_REPLACED;
	     k++, slot = next_slot(slot, n)) {
		if (unlikely(p[slot]))
			continue;
		p[slot] = take(a, h, h->size, slot, check);
		if (unlikely(!p[slot]))
			return false;
	}
	return true;
}

LOOP(live)
{
	const u64 iterations = r->iterations;
	const unsigned int n = r->test->n;
	struct ac_bench_heap h = r->heap;
	void **p = r->test->blocks;
	u64 cost, i = 0, start, state = 1;
	unsigned int nr;

	for (nr = 0; nr < n && (p[nr] = take(a, &h, h.size, nr, check)); nr++)
		cond_resched();
	start = ktime_get_ns();
	for (; nr == n && i < iterations; i++)
		if (unlikely(!replace_some(a, &h, p, random_slot(&state, n), n,
					   check)))
			break;
	cost = ktime_get_ns() - start;
	while (nr--) {
		if (p[nr])
			give(a, &h, p[nr], h.size, nr, check);
		cond_resched();
	}
	return answer(r, &h, cost, i);
}

DEFINE_LOOPS(live);

/*
 * footprint: bytes that left the page allocator while n blocks of random sizes
 * live. An allocator that can shrink does so first. Another does not take again what
 * it kept of an earlier round, so @kept remembers that and it is counted. What it held
 * before the first round is not counted, which matters little if n is large.
 */
LOOP(footprint)
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
	/* Or it would go back while another allocator is weighed. */
	if (a->shrink)
		a->shrink(&h);
	return answer(r, &h, peak, nr == c->n ? r->iterations : 0);
}

DEFINE_LOOPS(footprint);

/*
 * What calls through the table uses this file's. Elsewhere the compiler would fit
 * call_alloc() to the loops above, and their figures would not compare with old ones.
 */
const struct ac_bench_allocator *ac_bench_allocator_at(unsigned int i)
{
	return i < ARRAY_SIZE(allocators) ? &allocators[i] : NULL;
}
