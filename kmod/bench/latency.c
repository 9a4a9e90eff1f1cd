// SPDX-License-Identifier: GPL-2.0
/*
 * latency: how long single calls take, n blocks live
 *
 * Two readings of the clock time each call; "floor" shows their own cost, which is in
 * the figure. With n = 1 all calls are the fast path; with more, some move a magazine,
 * take a pool, or an arena. Calls are counted in 32 steps for each power of two, so a
 * figure may be 3 % too low.
 */
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>

#include "latency.h"
#include "loop.h"
#include "results.h"

#define STEPS		32U
#define BUCKETS		(64 * STEPS)
#define LEAST_CALLS	200000
#define CLOCK_STEPS	100

/**
 * struct ac_bench_histogram - how long calls took
 * @count: calls, by the logarithm of their length
 * @nr: sum of these
 * @max: the longest
 */
struct ac_bench_histogram {
	u32 count[BUCKETS];
	u64 nr;
	u64 max;
};

static unsigned int bucket_of(u64 ns)
{
	unsigned int shift;

	if (ns < STEPS)
		return ns;
	shift = ilog2(ns) - ilog2(STEPS);
	return (shift + 1) * STEPS + (ns >> shift) - STEPS;
}

static u64 bucket_value(unsigned int i)
{
	if (i < STEPS)
		return i;
	return (u64)(STEPS + i % STEPS) << (i / STEPS - 1);
}

static void note(struct ac_bench_histogram *h, u64 ns)
{
	h->count[bucket_of(ns)]++;
	h->nr++;
	h->max = max(h->max, ns);
}

/* What @per_100000 of 100,000 calls did not exceed. */
static u64 percentile(const struct ac_bench_histogram *h, u32 per_100000)
{
	u64 rank = div_u64(h->nr * per_100000, 100000), seen = 0;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		seen += h->count[i];
		if (seen > rank)
			return bucket_value(i);
	}
	return h->max;
}

/* One iteration: n allocations, n frees in the order of the allocations. */
LOOP(latencies)
{
	struct ac_bench_histogram *hist = r->private;
	const unsigned int n = r->test->n;
	struct ac_bench_heap h = r->heap;
	void **p = r->test->blocks;
	unsigned int k, nr;
	u64 start;

	for (nr = 0; nr < n; nr++) {
		start = ktime_get_ns();
		p[nr] = a->alloc(&h, h.size, AC_BENCH_GFP);
		note(&hist[0], ktime_get_ns() - start);
		if (unlikely(!p[nr]))
			break;
		mark(p[nr], h.size, nr, check);
	}
	for (k = 0; k < nr; k++) {
		if (check)
			h.bad += ac_bench_differs(p[k], h.size, k);
		start = ktime_get_ns();
		a->free(&h, p[k]);
		note(&hist[1], ktime_get_ns() - start);
	}
	return answer(r, &h, 0, nr == n ? r->iterations : 0);
}

DEFINE_LOOPS(latencies);

/* The least difference of two readings, if calls are shorter than that. */
static u64 clock_step(void)
{
	u64 step = U64_MAX, last = ktime_get_ns(), now;
	unsigned int i;

	for (i = 0; i < CLOCK_STEPS; i++) {
		while ((now = ktime_get_ns()) == last)
			cpu_relax();
		step = min(step, now - last);
		last = now;
	}
	return step;
}

static void print(struct ac_bench_run *r, const char *head, const char *call,
		  const struct ac_bench_histogram *h)
{
	ac_bench_emit(r->test->session,
		      "%s call=%s calls=%llu p50=%llu p99=%llu p999=%llu p9999=%llu max=%llu clock_ns=%llu status=ok",
		      head, call, h->nr, percentile(h, 50000),
		      percentile(h, 99000), percentile(h, 99900),
		      percentile(h, 99990), h->max, clock_step());
}

static int run_once(struct ac_bench_run *r, bool check)
{
	r->iterations = 1;
	r->check = check;
	return ac_bench_call_loop(r, NULL);
}

/**
 * ac_bench_latency - how long single calls take
 * @r: the run
 * @head: how each line begins
 *
 * The first two rounds are not counted: one checks, one warms up.
 */
void ac_bench_latency(struct ac_bench_run *r, const char *head)
{
	struct ac_bench_histogram *hist = kvcalloc(2, sizeof(*hist), GFP_KERNEL);
	int err = hist ? 0 : -ENOMEM;

	r->private = hist;
	if (!err)
		err = run_once(r, true) ?: run_once(r, false);
	if (!err)
		memset(hist, 0, 2 * sizeof(*hist));
	while (!err && hist[1].nr < LEAST_CALLS && !r->test->session->stop) {
		err = run_once(r, false);
		cond_resched();
	}
	if (err) {
		ac_bench_emit(r->test->session, "%s status=error error=%d", head,
			      err);
	} else {
		print(r, head, "alloc", &hist[0]);
		print(r, head, "free", &hist[1]);
	}
	kvfree(hist);
}
