// SPDX-License-Identifier: GPL-2.0
/*
 * retention: what a few surviving blocks pin
 */
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>

#include "results.h"
#include "retention.h"
#include "trial.h"

#define SEED		0x5eed
#define KEEP_PERCENT	20

/* Keeps one in @k, at random. */
static void free_but_random(struct ac_trial *t, unsigned int k)
{
	const unsigned int n = t->run->test->n;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, SEED);
	for (i = 0; i < n && !ac_trial_interrupted(t); i++)
		if (prandom_u32_state(&rnd) % k)
			ac_trial_give(t, i);
}

/* Frees at random, and allocates one for eight frees, until @percent are left. */
static void churn_down(struct ac_trial *t, unsigned int percent)
{
	const struct ac_bench_case *c = t->run->test;
	unsigned int left = c->n / 100 * percent, i = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, SEED);
	while (t->live > left && !ac_trial_interrupted(t)) {
		unsigned int k = prandom_u32_state(&rnd) % c->n;

		if (t->blocks[k])
			ac_trial_give(t, k);
		else if (prandom_u32_state(&rnd) % 8 == 0 && !ac_trial_take(t, k))
			return;
		if (++i % (c->n / 4 + 1) == 0)
			ac_trial_sample(t, "churn");
	}
}

/* Does nothing for a while, in which background work may give memory back. */
static void rest(struct ac_trial *t)
{
	unsigned int i;

	for (i = 0; i < AC_BENCH_STEPS / 2 && !ac_trial_interrupted(t); i++) {
		msleep(ac_trial_config(t)->rest_ms / (AC_BENCH_STEPS / 2));
		ac_trial_sample(t, "rest");
	}
}

/* @rested only if there was a rest. */
static void show_retention(struct ac_trial *t, s64 peak, s64 freed, s64 rested,
			   s64 trimmed)
{
	u64 pages = ac_trial_places(t, PAGE_SHIFT);
	char rest[32] = "";

	if (ac_trial_config(t)->rest_ms)
		scnprintf(rest, sizeof(rest), "rested=%lld ", rested);
	ac_bench_emit(t->run->test->session,
		      "%s live=%u pages=%llu arenas=%u peak=%lld freed=%lld %strimmed=%lld per_mille=%llu status=%s",
		      t->head, t->live, pages, ac_trial_places(t, 18), peak, freed, rest,
		      trimmed,
		      div64_u64((u64)trimmed * 1000, max(pages, 1ULL) * PAGE_SIZE),
		      t->heap->bad ? "BAD" : "ok");
}

/* Which blocks survive. */
static const struct {
	const char *name;
	void (*fn)(struct ac_trial *t, unsigned int k);
	unsigned int k;
} survivals[] = {
	{ "10", ac_trial_keep_every, 10 },
	{ "100", ac_trial_keep_every, 100 },
	{ "1000", ac_trial_keep_every, 1000 },
	{ "10000", ac_trial_keep_every, 10000 },
	{ "random100", free_but_random, 100 },
	{ "random1000", free_but_random, 1000 },
	{ "churn", churn_down, KEEP_PERCENT },
};

static void retain(struct ac_trial *t, unsigned int i)
{
	s64 peak, freed, rested;

	ac_trial_begin(t);
	ac_trial_fill(t);
	peak = ac_trial_held(t);
	survivals[i].fn(t, survivals[i].k);
	freed = ac_trial_held(t);
	if (ac_trial_config(t)->rest_ms)
		rest(t);
	rested = ac_trial_held(t);
	ac_trial_shrink(t);
	ac_trial_sample(t, "trim");
	if (!ac_trial_interrupted(t)) {
		s64 trimmed = ac_trial_held(t);

		ac_trial_pack(t);
		show_retention(t, peak, freed, rested, trimmed);
	}
	ac_trial_give_all(t);
	ac_trial_shrink(t);
	ac_trial_sample(t, "end");
}

/**
 * ac_bench_retention - what a few survivors pin
 * @r: the run
 * @head: how each line begins
 */
void ac_bench_retention(struct ac_bench_run *r, const char *head)
{
	struct ac_trial t = { .run = r, .heap = &r->heap,
			   .blocks = r->test->blocks };
	char line[192];
	unsigned int i;

	t.head = line;
	for (i = 0; i < ARRAY_SIZE(survivals) && !ac_trial_interrupted(&t); i++) {
		snprintf(line, sizeof(line), "%s k=%s", head,
			 survivals[i].name);
		retain(&t, i);
	}
}
