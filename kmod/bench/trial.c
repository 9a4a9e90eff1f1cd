// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of an experiment: taken, given, counted
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "pages.h"
#include "results.h"
#include "sort.h"
#include "trial.h"

#define PATTERN		0xa5

const struct ac_bench_config *ac_trial_config(const struct ac_trial *t)
{
	return &t->run->test->session->config;
}

/* Called in each step of a long loop: whether the session is to end. */
bool ac_trial_interrupted(const struct ac_trial *t)
{
	cond_resched();
	return READ_ONCE(t->run->test->session->stop);
}

/* Bytes that the page allocator has less than at ac_trial_begin(). */
s64 ac_trial_held(const struct ac_trial *t)
{
	return max_t(s64, t->before - ac_bench_free_bytes(), 0);
}

void ac_trial_shrink(const struct ac_trial *t)
{
	if (t->run->allocator->shrink)
		t->run->allocator->shrink(t->heap);
}

static u64 now_ms(void)
{
	return ktime_to_ms(ktime_get());
}

/* Prints what is held now, if the request wants that. */
void ac_trial_sample(struct ac_trial *t, const char *phase)
{
	const struct ac_bench_case *c = t->run->test;

	if (!ac_trial_config(t)->samples)
		return;
	ac_bench_emit(c->session,
		      "sample %s t=%u ms=%llu phase=%s live=%llu held=%lld", t->head,
		      t->time++, now_ms() - t->start, phase,
		      (u64)t->live * c->size, ac_trial_held(t));
}

/* Allocates and fills block @i. Returns false if there is no memory. */
bool ac_trial_take(struct ac_trial *t, unsigned int i)
{
	const unsigned int size = t->run->test->size;

	t->blocks[i] = t->run->allocator->alloc(t->heap, size, AC_BENCH_GFP);
	if (!t->blocks[i])
		return false;
	memset(t->blocks[i], PATTERN, size);
	t->live++;
	return true;
}

/* Checks and frees block @i, if it lives. */
void ac_trial_give(struct ac_trial *t, unsigned int i)
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
	return (i + 1) % DIV_ROUND_UP(n, AC_BENCH_STEPS) == 0 || i + 1 == n;
}

/* Allocates all blocks. */
void ac_trial_fill(struct ac_trial *t)
{
	const unsigned int n = t->run->test->n;
	unsigned int i;

	for (i = 0; i < n && !ac_trial_interrupted(t); i++) {
		if (!ac_trial_take(t, i))
			return;
		if (step_ends(i, n))
			ac_trial_sample(t, "fill");
	}
}

/* Also frees what a stop left. */
void ac_trial_give_all(struct ac_trial *t)
{
	unsigned int i;

	for (i = 0; i < t->run->test->n; i++) {
		ac_trial_give(t, i);
		cond_resched();
	}
}

/* Shrinks the heap, and takes what is free then as the start. */
void ac_trial_begin(struct ac_trial *t)
{
	t->live = 0;
	t->time = 0;
	ac_trial_shrink(t);
	t->before = ac_bench_free_bytes();
	t->start = now_ms();
	ac_trial_sample(t, "start");
}

/* Frees all blocks but every @k-th. */
void ac_trial_keep_every(struct ac_trial *t, unsigned int k)
{
	const unsigned int n = t->run->test->n;
	unsigned int i;

	for (i = 0; i < n && !ac_trial_interrupted(t); i++) {
		if (i % k != k / 2)
			ac_trial_give(t, i);
		if (step_ends(i, n))
			ac_trial_sample(t, "free");
	}
}

/* Moves live blocks to the front, by address. */
void ac_trial_pack(struct ac_trial *t)
{
	unsigned int i, n = 0;

	for (i = 0; i < t->run->test->n; i++) {
		if (!t->blocks[i])
			continue;
		swap(t->blocks[n], t->blocks[i]);
		n++;
	}
	ac_bench_sort(t->blocks, n);
}

/* How many aligned ranges of 1 << @shift bytes the live blocks, packed, are in. */
unsigned int ac_trial_places(const struct ac_trial *t, unsigned int shift)
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
