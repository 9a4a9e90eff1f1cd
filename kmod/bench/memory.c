// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments with memory: what an allocator holds of the system, and for what
 *
 * Held is always what the page allocator has less than before (pages.c), so it
 * counts metadata and what CPUs cache, for every allocator alike. Each experiment
 * runs once per allocator and prints lines of its own. But for "exhaust", which
 * waits for the page allocator anyway, nothing is timed, so allocators are called
 * through pointers.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>

#include "bench.h"

#define SEED		0x5eed
#define PATTERN		0xa5
#define STEPS		20
#define KEEP_PERCENT	20
#define PRESSURE_KEEP	20
#define PRESSURE_TRIES	1000
#define SWINGS		50
#define SWING_PAGES	256

/**
 * struct trial - one experiment under way
 * @run: whose it is
 * @heap: its heap
 * @head: how each line of it begins
 * @blocks: the blocks; live ones first after pack()
 * @live: how many live
 * @before: free bytes of the system when it began
 * @time: steps of samples so far
 */
struct trial {
	struct ac_bench_run *run;
	struct ac_bench_heap *heap;
	const char *head;
	void **blocks;
	unsigned int live;
	s64 before;
	unsigned int time;
};

static const struct ac_bench_config *config_of(const struct trial *t)
{
	return &t->run->test->session->config;
}

static bool interrupted(const struct trial *t)
{
	cond_resched();
	return READ_ONCE(t->run->test->session->stop);
}

static s64 held(const struct trial *t)
{
	return max_t(s64, t->before - ac_bench_free_bytes(), 0);
}

static void shrink(const struct trial *t)
{
	if (t->run->allocator->shrink)
		t->run->allocator->shrink(t->heap);
}

static void emit_sample(struct trial *t, const char *phase)
{
	const struct ac_bench_case *c = t->run->test;

	if (!config_of(t)->samples)
		return;
	ac_bench_emit(c->session,
		      "sample %s t=%u phase=%s live=%llu held=%lld", t->head,
		      t->time++, phase, (u64)t->live * c->size, held(t));
}

static bool take(struct trial *t, unsigned int i)
{
	const unsigned int size = t->run->test->size;

	t->blocks[i] = t->run->allocator->alloc(t->heap, size, AC_BENCH_GFP);
	if (!t->blocks[i])
		return false;
	memset(t->blocks[i], PATTERN, size);
	t->live++;
	return true;
}

static void give(struct trial *t, unsigned int i)
{
	if (!t->blocks[i])
		return;
	if (memchr_inv(t->blocks[i], PATTERN, t->run->test->size))
		t->heap->bad++;
	t->run->allocator->free(t->heap, t->blocks[i]);
	t->blocks[i] = NULL;
	t->live--;
}

static bool step_ends(unsigned int i, unsigned int n)
{
	return (i + 1) % DIV_ROUND_UP(n, STEPS) == 0 || i + 1 == n;
}

static void fill(struct trial *t)
{
	const unsigned int n = t->run->test->n;
	unsigned int i;

	for (i = 0; i < n && !interrupted(t); i++) {
		if (!take(t, i))
			return;
		if (step_ends(i, n))
			emit_sample(t, "fill");
	}
}

/* Also what nothing but a stop left. */
static void give_all(struct trial *t)
{
	unsigned int i;

	for (i = 0; i < t->run->test->n; i++) {
		give(t, i);
		cond_resched();
	}
}

static void begin(struct trial *t)
{
	t->live = 0;
	t->time = 0;
	shrink(t);
	t->before = ac_bench_free_bytes();
	emit_sample(t, "start");
}

static void free_but_every(struct trial *t, unsigned int k)
{
	const unsigned int n = t->run->test->n;
	unsigned int i;

	for (i = 0; i < n && !interrupted(t); i++) {
		if (i % k != k / 2)
			give(t, i);
		if (step_ends(i, n))
			emit_sample(t, "free");
	}
}

/* As many, but nobody says which. */
static void free_but_random(struct trial *t, unsigned int k)
{
	const unsigned int n = t->run->test->n;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < n && !interrupted(t); i++)
		if (prandom_u32_state(&rnd) % k)
			give(t, i);
}

/* Frees at random, and allocates one for eight, until a part is left. */
static void churn_down(struct trial *t, unsigned int percent)
{
	const struct ac_bench_case *c = t->run->test;
	unsigned int left = c->n / 100 * percent, i = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, SEED);
	while (t->live > left && !interrupted(t)) {
		unsigned int k = prandom_u32_state(&rnd) % c->n;

		if (t->blocks[k])
			give(t, k);
		else if (prandom_u32_state(&rnd) % 8 == 0 && !take(t, k))
			return;
		if (++i % (c->n / 4 + 1) == 0)
			emit_sample(t, "churn");
	}
}

static int by_address(const void *a, const void *b)
{
	const unsigned long x = *(const unsigned long *)a;
	const unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/* Moves live blocks to the front, by address. */
static void pack(struct trial *t)
{
	unsigned int i, n = 0;

	for (i = 0; i < t->run->test->n; i++) {
		if (!t->blocks[i])
			continue;
		swap(t->blocks[n], t->blocks[i]);
		n++;
	}
	sort(t->blocks, n, sizeof(*t->blocks), by_address, NULL);
}

/* Different places of 1 << @shift bytes that live blocks, packed, are in. */
static unsigned int places(const struct trial *t, unsigned int shift)
{
	unsigned long last = 0, here;
	unsigned int i, n = 0;

	for (i = 0; i < t->live; i++) {
		here = (unsigned long)t->blocks[i] >> shift;
		n += here != last;
		last = here;
	}
	return n;
}

/* What stays allocated while nothing happens: background work may free it. */
static void rest(struct trial *t)
{
	unsigned int i;

	for (i = 0; i < STEPS / 2 && !interrupted(t); i++) {
		msleep(config_of(t)->rest_ms / (STEPS / 2));
		emit_sample(t, "rest");
	}
}

static void show_retention(struct trial *t, s64 peak, s64 freed, s64 rested,
			   s64 trimmed)
{
	u64 pages = places(t, PAGE_SHIFT);

	ac_bench_emit(t->run->test->session,
		      "%s live=%u pages=%llu arenas=%u peak=%lld freed=%lld rested=%lld trimmed=%lld per_mille=%llu status=%s",
		      t->head, t->live, pages, places(t, 18), peak, freed, rested,
		      trimmed,
		      div64_u64((u64)trimmed * 1000, max(pages, 1ULL) * PAGE_SIZE),
		      t->heap->bad ? "BAD" : "ok");
}

/* Which blocks survive. */
static const struct {
	const char *name;
	void (*fn)(struct trial *t, unsigned int k);
	unsigned int k;
} survivals[] = {
	{ "10", free_but_every, 10 },
	{ "100", free_but_every, 100 },
	{ "1000", free_but_every, 1000 },
	{ "10000", free_but_every, 10000 },
	{ "random100", free_but_random, 100 },
	{ "random1000", free_but_random, 1000 },
	{ "churn", churn_down, KEEP_PERCENT },
};

static void retain(struct trial *t, unsigned int i)
{
	s64 peak, freed, rested;

	begin(t);
	fill(t);
	peak = held(t);
	survivals[i].fn(t, survivals[i].k);
	freed = held(t);
	if (config_of(t)->rest_ms)
		rest(t);
	rested = held(t);
	shrink(t);
	emit_sample(t, "trim");
	if (!interrupted(t)) {
		s64 trimmed = held(t);

		pack(t);
		show_retention(t, peak, freed, rested, trimmed);
	}
	give_all(t);
	shrink(t);
	emit_sample(t, "end");
}

/**
 * ac_bench_retention - what a few survivors hold
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_retention(struct ac_bench_run *r, const char *head)
{
	struct trial t = { .run = r, .heap = &r->heap,
			   .blocks = r->test->blocks };
	char line[192];
	unsigned int i;

	t.head = line;
	for (i = 0; i < ARRAY_SIZE(survivals) && !interrupted(&t); i++) {
		snprintf(line, sizeof(line), "%s k=%s", head,
			 survivals[i].name);
		retain(&t, i);
	}
}

/* Pages that anybody has freed so far. */
static u64 freed_pages(void)
{
#ifdef CONFIG_VM_EVENT_COUNTERS
	static unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	return events[PGFREE];
#else
	return 0;
#endif
}

/* Frees and allocates the last @span blocks again and again. */
static bool swing(struct trial *t, unsigned int span)
{
	unsigned int end = t->live, i;

	for (i = 0; i < span; i++)
		give(t, end - 1 - i);
	for (i = 0; i < span; i++)
		if (!take(t, end - span + i))
			return false;
	return true;
}

/* At every length of the heap, by steps of @span; returns pages freed. */
static u64 swing_along(struct trial *t, unsigned int span, unsigned int *swings)
{
	const unsigned int n = min(t->run->test->n, SWING_PAGES *
				   (unsigned int)PAGE_SIZE / t->run->test->size);
	unsigned int i = 0, k;
	u64 pages = 0, before;

	while (i + span <= n && !interrupted(t)) {
		for (k = 0; k < span; k++, i++)
			if (!take(t, i))
				return pages;
		/* The first may cost what it wants. */
		if (!swing(t, span))
			return pages;
		before = freed_pages();
		for (k = 0; k < SWINGS; k++)
			if (!swing(t, span))
				return pages;
		pages += freed_pages() - before;
		*swings += SWINGS;
	}
	return pages;
}

/**
 * ac_bench_pingpong - pages that swinging at the edge of a pool or arena costs
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_pingpong(struct ac_bench_run *r, const char *head)
{
	static const unsigned int spans[] = { 1, 16, 300 };
	struct trial t = { .run = r, .heap = &r->heap, .head = head,
			   .blocks = r->test->blocks };
	unsigned int i, swings;
	u64 pages;

	for (i = 0; i < ARRAY_SIZE(spans) && !interrupted(&t); i++) {
		begin(&t);
		swings = 0;
		pages = swing_along(&t, spans[i], &swings);
		ac_bench_emit(r->test->session,
			      "%s span=%u swings=%u freed_pages=%llu status=%s",
			      head, spans[i], swings, pages,
			      r->heap.bad ? "BAD" : "ok");
		give_all(&t);
		shrink(&t);
	}
}

/* Takes page after page until there are none; returns their number. */
static u64 eat(struct trial *t, struct list_head *eaten)
{
	struct page *page;
	u64 n = 0;

	while (!interrupted(t)) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		list_add(&page->lru, eaten);
		n++;
	}
	return n;
}

static void spit(struct list_head *eaten)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, eaten, lru) {
		__free_page(page);
		cond_resched();
	}
	INIT_LIST_HEAD(eaten);
}

/* Allocations that fail while there is next to no memory. */
static unsigned int serve(struct trial *t)
{
	const unsigned int size = t->run->test->size;
	unsigned int i, failed = 0;
	void *p;

	for (i = 0; i < PRESSURE_TRIES; i++) {
		p = t->run->allocator->alloc(t->heap, size,
					     GFP_NOWAIT | __GFP_NOWARN);
		if (p)
			t->run->allocator->free(t->heap, p);
		else
			failed++;
	}
	return failed;
}

/**
 * ac_bench_pressure - what goes back when others need it
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_pressure(struct ac_bench_run *r, const char *head)
{
	struct trial t = { .run = r, .heap = &r->heap, .head = head,
			   .blocks = r->test->blocks };
	unsigned int round, failed, pages;
	u64 alone, beside;
	LIST_HEAD(eaten);

	for (round = 0; round < config_of(&t)->rounds && !interrupted(&t);
	     round++) {
		begin(&t);
		alone = eat(&t, &eaten);
		spit(&eaten);
		begin(&t);
		fill(&t);
		free_but_every(&t, PRESSURE_KEEP);
		beside = eat(&t, &eaten);
		failed = serve(&t);
		spit(&eaten);
		pack(&t);
		pages = places(&t, PAGE_SHIFT);
		ac_bench_emit(r->test->session,
			      "%s round=%u live=%u pages=%u pages_alone=%llu pages_beside=%llu pages_kept=%lld failed=%u status=%s",
			      head, round, t.live, pages, alone, beside,
			      (s64)(alone - beside), failed,
			      r->heap.bad ? "BAD" : "ok");
		give_all(&t);
	}
	shrink(&t);
}

/* Allocates until there is no memory. Each block has the address of the last one. */
static void **use_up(struct trial *t, u64 *blocks)
{
	const struct ac_bench_run *r = t->run;
	void **last = NULL, **p;

	while (!interrupted(t)) {
		p = r->allocator->alloc(t->heap, r->test->size,
					GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!p)
			break;
		*p = last;
		last = p;
		++*blocks;
	}
	return last;
}

static void free_chain(struct trial *t, void **p)
{
	void **next;

	for (; p; p = next) {
		next = *p;
		t->run->allocator->free(t->heap, p);
	}
}

/**
 * ac_bench_exhaust - how much can be had, at which price, and does it come back?
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_exhaust(struct ac_bench_run *r, const char *head)
{
	struct trial t = { .run = r, .heap = &r->heap, .head = head };
	unsigned int round;
	u64 times[3], blocks;
	void **last;

	if (r->test->size < sizeof(void *))
		return ac_bench_emit(r->test->session, "%s status=n/a", head);
	for (round = 0; round < config_of(&t)->rounds && !interrupted(&t);
	     round++) {
		begin(&t);
		blocks = 0;
		times[0] = ktime_get_ns();
		last = use_up(&t, &blocks);
		times[1] = ktime_get_ns();
		free_chain(&t, last);
		times[2] = ktime_get_ns();
		shrink(&t);
		ac_bench_emit(r->test->session,
			      "%s round=%u blocks=%llu kb=%llu ns_alloc=%llu ns_free=%llu kept_kb=%lld status=ok",
			      head, round, blocks,
			      blocks * r->test->size >> 10,
			      div64_u64(times[1] - times[0], max(blocks, 1ULL)),
			      div64_u64(times[2] - times[1], max(blocks, 1ULL)),
			      held(&t) >> 10);
	}
}
