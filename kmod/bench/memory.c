// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments with the page allocator: swings, pressure, and no memory at all
 *
 * Each runs once per allocator and prints lines of its own. Only "exhaust" is timed, and
 * most of its time is the page allocator's.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>
#include <linux/vmstat.h>

#include "memory.h"
#include "results.h"
#include "trial.h"

#define PRESSURE_KEEP	20
#define PRESSURE_TRIES	1000
#define SWINGS		50
#define SWING_PAGES	256

/* Pages that the whole system has freed so far. */
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
static bool swing(struct ac_trial *t, unsigned int span)
{
	unsigned int end = t->live, i;

	for (i = 0; i < span; i++)
		ac_trial_give(t, end - 1 - i);
	for (i = 0; i < span; i++)
		if (!ac_trial_take(t, end - span + i))
			return false;
	return true;
}

/* At every length of the heap, by steps of @span; returns pages freed. */
static u64 swing_along(struct ac_trial *t, unsigned int span, unsigned int *swings)
{
	const unsigned int n = min(t->run->test->n, SWING_PAGES *
				   (unsigned int)PAGE_SIZE / t->run->test->size);
	unsigned int i = 0, k;
	u64 pages = 0, before;

	while (i + span <= n && !ac_trial_interrupted(t)) {
		for (k = 0; k < span; k++, i++)
			if (!ac_trial_take(t, i))
				return pages;
		/* The first swing is not counted. */
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
	struct ac_trial t = { .run = r, .heap = &r->heap, .head = head,
			   .blocks = r->test->blocks };
	unsigned int i, swings;
	u64 pages;

	for (i = 0; i < ARRAY_SIZE(spans) && !ac_trial_interrupted(&t); i++) {
		ac_trial_begin(&t);
		swings = 0;
		pages = swing_along(&t, spans[i], &swings);
		ac_bench_emit(r->test->session,
			      "%s span=%u swings=%u freed_pages=%llu status=%s",
			      head, spans[i], swings, pages,
			      r->heap.bad ? "BAD" : "ok");
		ac_trial_give_all(&t);
		ac_trial_shrink(&t);
	}
}

/* Takes page after page until there are none; returns their number. */
static u64 eat(struct ac_trial *t, struct list_head *eaten)
{
	struct page *page;
	u64 n = 0;

	while (!ac_trial_interrupted(t)) {
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
static unsigned int serve(struct ac_trial *t)
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
	struct ac_trial t = { .run = r, .heap = &r->heap, .head = head,
			   .blocks = r->test->blocks };
	unsigned int round, failed, pages;
	u64 alone, beside;
	LIST_HEAD(eaten);

	for (round = 0; round < ac_trial_config(&t)->rounds && !ac_trial_interrupted(&t);
	     round++) {
		ac_trial_begin(&t);
		alone = eat(&t, &eaten);
		spit(&eaten);
		ac_trial_begin(&t);
		ac_trial_fill(&t);
		ac_trial_keep_every(&t, PRESSURE_KEEP);
		beside = eat(&t, &eaten);
		failed = serve(&t);
		spit(&eaten);
		ac_trial_pack(&t);
		pages = ac_trial_places(&t, PAGE_SHIFT);
		ac_bench_emit(r->test->session,
			      "%s round=%u live=%u pages=%u pages_alone=%llu pages_beside=%llu pages_kept=%lld failed=%u status=%s",
			      head, round, t.live, pages, alone, beside,
			      (s64)(alone - beside), failed,
			      r->heap.bad ? "BAD" : "ok");
		ac_trial_give_all(&t);
	}
	ac_trial_shrink(&t);
}

/* Allocates until there is no memory. Each block holds the address of the one before. */
static void **use_up(struct ac_trial *t, u64 *blocks)
{
	const struct ac_bench_run *r = t->run;
	void **last = NULL, **p;

	while (!ac_trial_interrupted(t)) {
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

static void free_chain(struct ac_trial *t, void **p)
{
	void **next;

	for (; p; p = next) {
		next = *p;
		t->run->allocator->free(t->heap, p);
	}
}

/**
 * ac_bench_exhaust - how much can be had, at what cost, and does it come back?
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_exhaust(struct ac_bench_run *r, const char *head)
{
	struct ac_trial t = { .run = r, .heap = &r->heap, .head = head };
	unsigned int round;
	u64 times[3], blocks;
	void **last;

	if (r->test->size < sizeof(void *))
		return ac_bench_emit(r->test->session,
				     "%s status=n/a reason=size", head);
	for (round = 0; round < ac_trial_config(&t)->rounds && !ac_trial_interrupted(&t);
	     round++) {
		ac_trial_begin(&t);
		blocks = 0;
		times[0] = ktime_get_ns();
		last = use_up(&t, &blocks);
		times[1] = ktime_get_ns();
		free_chain(&t, last);
		times[2] = ktime_get_ns();
		ac_trial_shrink(&t);
		ac_bench_emit(r->test->session,
			      "%s round=%u blocks=%llu kb=%llu ns_alloc=%llu ns_free=%llu kept_kb=%lld status=ok",
			      head, round, blocks,
			      blocks * r->test->size >> 10,
			      div64_u64(times[1] - times[0], max(blocks, 1ULL)),
			      div64_u64(times[2] - times[1], max(blocks, 1ULL)),
			      ac_trial_held(&t) >> 10);
	}
}
