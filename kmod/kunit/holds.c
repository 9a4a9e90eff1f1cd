// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: how long a pool set's lock is held
 *
 * Not in time, but in pools and blocks: a call that has many of them takes the lock so
 * often that no hold exceeds its limits.
 */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "../pool_put.h"
#include "helper.h"

#define HELD	4096
#define BATCH	256

struct fixture {
	struct arena_cache *c;
	struct rnd_state rnd;
	unsigned long locks;
	unsigned int nr;
	void *p[HELD];
};

static struct fixture *setup(struct kunit *test, unsigned int size)
{
	struct fixture *f = ac_kunit_zalloc(test, sizeof(*f));

	f->c = ac_kunit_cache(test, size, 0, NULL);
	ac_kunit_seed(test, &f->rnd);
	return f;
}

static void shuffle(struct fixture *f)
{
	unsigned int i, k;

	for (i = f->nr; i > 1; i--) {
		k = prandom_u32_state(&f->rnd) % i;
		swap(f->p[i - 1], f->p[k]);
	}
}

static void note_locks(struct fixture *f)
{
	f->locks = ac_stat_read(AC_STAT_POOL_LOCK);
}

static void expect_holds(struct kunit *test, struct fixture *f,
			 unsigned int nr, unsigned int holds)
{
	KUNIT_EXPECT_EQ_MSG(test, ac_stat_read(AC_STAT_POOL_LOCK) - f->locks,
			    holds, "%u blocks", nr);
}

static unsigned long page_of(const void *p)
{
	return (unsigned long)p / AC_POOL_SIZE;
}

/* One hold is of 32 pools and 128 blocks at most, in the order of the batch. */
static unsigned int holds_for(unsigned int nr, void **p)
{
	unsigned int holds = 0, pools, n, i = 0;

	while (i < nr) {
		holds++;
		pools = 0;
		for (n = 0; i < nr && n < 128; i++, n++) {
			if (n && page_of(p[i]) == page_of(p[i - 1]))
				continue;
			if (pools++ == 32)
				break;
		}
	}
	return holds;
}

/* On machines with nodes, each 128 blocks are sorted by node first. */
static unsigned int holds_for_put(unsigned int nr, void **p)
{
	unsigned int n, holds = 0;

	if (num_node_state(N_MEMORY) == 1)
		return holds_for(nr, p);
	for (; nr; nr -= n, p += n) {
		n = min(nr, 128U);
		holds += holds_for(n, p);
	}
	return holds;
}

static const struct size_case {
	unsigned int size;
	const char *name;
} size_cases[] = {
	{ 16, "16 bytes" }, { 64, "64 bytes" }, { 512, "512 bytes" },
};

KUNIT_ARRAY_PARAM_DESC(size, size_cases, name);

/* Frees scattered blocks, and takes as many from the pools that they were in. */
static void holds_are_short(struct kunit *test)
{
	const struct size_case *row = test->param_value;
	struct fixture *f = setup(test, row->size);
	unsigned int nr;

	ac_kunit_take_blocks(test, f->c, HELD, f->p);
	f->nr = HELD;
	for (nr = 1; nr <= BATCH; nr++) {
		/* Each fourth batch in the order in which it was taken. */
		if (nr % 4)
			shuffle(f);
		note_locks(f);
		ac_pool_put(f->c, nr, f->p);
		expect_holds(test, f, nr, holds_for_put(nr, f->p));
		KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(f->c), HELD - nr);
		note_locks(f);
		KUNIT_ASSERT_EQ(test, ac_pool_take(f->c, numa_mem_id(), nr,
						   f->p), nr);
		expect_holds(test, f, nr, holds_for(nr, f->p));
	}
	ac_kunit_assert_clean(test);
	ac_pool_put(f->c, HELD, f->p);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
}

/* A caller that asks for more blocks than there are needs no second hold. */
static void taking_ends_where_blocks_do(struct kunit *test)
{
	struct fixture *f = setup(test, 64);
	unsigned int free;

	for (free = 0; free < 64; free++) {
		ac_kunit_take_blocks(test, f->c, 64, f->p);
		ac_pool_put(f->c, free, f->p);
		note_locks(f);
		KUNIT_EXPECT_EQ(test, ac_pool_take(f->c, numa_mem_id(), 125,
						   f->p), free);
		expect_holds(test, f, free, 1);
		ac_pool_put(f->c, 64, f->p);
		KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
	}
}

/* --- what is refused --- */

enum kind { NOTHING, INTERIOR, FOREIGN, THEIRS, FREE_PAGE, TWICE, KINDS };

static const enum ac_stat counted[KINDS] = {
	[INTERIOR] = AC_STAT_BAD_INTERIOR, [FOREIGN] = AC_STAT_BAD_FOREIGN,
	[THEIRS] = AC_STAT_BAD_CACHE, [FREE_PAGE] = AC_STAT_BAD_CACHE,
	[TWICE] = AC_STAT_BAD_DOUBLE,
};

struct bad {
	struct fixture *f;
	void *of[KINDS];		/* but for TWICE, which depends on the batch */
	unsigned long events[AC_NR_STATS];
	unsigned int nr_good;
	void *good[BATCH];		/* of the batch */
	void *batch[BATCH];
};

static bool is_refusal(enum ac_stat stat)
{
	return stat >= AC_STAT_BAD_FOREIGN && stat <= AC_STAT_BAD_DOUBLE;
}

/* One pointer of three is bad; good ones are taken from the end of @f->p. */
static void make_batch(struct bad *b, unsigned int nr)
{
	struct fixture *f = b->f;
	enum kind kind;
	unsigned int i;

	shuffle(f);
	b->nr_good = 0;
	for (i = 0; i < nr; i++) {
		kind = prandom_u32_state(&f->rnd) % (3 * KINDS);
		if (kind >= KINDS || (kind == TWICE && !b->nr_good)) {
			b->batch[i] = f->p[--f->nr];
			b->good[b->nr_good++] = b->batch[i];
			continue;
		}
		b->batch[i] = b->of[kind];
		if (kind == TWICE)
			b->batch[i] = b->good[prandom_u32_state(&f->rnd) %
					      b->nr_good];
		if (kind != NOTHING)
			b->events[counted[kind]]++;
	}
}

static void expect_refusals(struct kunit *test, struct bad *b)
{
	enum ac_stat i;

	for (i = 0; i < AC_NR_STATS; i++)
		if (is_refusal(i))
			KUNIT_ASSERT_EQ_MSG(test, ac_stat_read(i), b->events[i],
					    "counter %u", i);
}

/* Keeps a block of each pool, or a pool could go before its block is freed twice. */
static unsigned int keep_one_of_each(struct fixture *f, void **keep)
{
	const void *last = NULL;
	unsigned int i, n = 0;

	for (i = 0, f->nr = 0; i < HELD; i++) {
		if (ac_kunit_pool_of(f->p[i]) != last) {
			last = ac_kunit_pool_of(f->p[i]);
			keep[n++] = f->p[i];
		} else {
			f->p[f->nr++] = f->p[i];
		}
	}
	return n;
}

/* Wherever bad pointers stand in a batch, the good blocks are freed. */
static void bad_ones_in_every_place(struct kunit *test)
{
	struct fixture *f = setup(test, 64);
	struct bad *b = ac_kunit_zalloc(test, sizeof(*b));
	struct arena_cache *other = ac_kunit_cache(test, 64, 0, NULL);
	void **keep = ac_kunit_zalloc(test, HELD * sizeof(*keep));
	unsigned int i, round, nr, nr_keep, nr_held;

	b->f = f;
	ac_kunit_take_blocks(test, f->c, HELD, f->p);
	nr_keep = keep_one_of_each(f, keep);
	nr_held = f->nr;
	b->of[THEIRS] = ac_kunit_take_block(test, other);
	b->of[INTERIOR] = keep[0] + 8;
	b->of[FOREIGN] = kunit_kmalloc(test, 512, GFP_KERNEL);
	b->of[FREE_PAGE] = ac_kunit_free_page(test, keep[0]);
	for (i = 0; i < AC_NR_STATS; i++)
		b->events[i] = ac_stat_read(i);
	for (round = 0; round < AC_KUNIT_ROUNDS(1000); round++) {
		nr = 1 + prandom_u32_state(&f->rnd) % BATCH;
		make_batch(b, nr);
		ac_pool_put(f->c, nr, b->batch);
		expect_refusals(test, b);
		KUNIT_ASSERT_EQ(test, ac_pool_nr_taken(f->c), nr_keep + f->nr);
		KUNIT_ASSERT_EQ(test, ac_pool_nr_taken(other), 1);
		for (i = 0; i < b->nr_good; i++)
			KUNIT_ASSERT_EQ(test, ac_pool_check(f->c, b->good[i]),
					AC_BAD_DOUBLE);
		ac_kunit_take_blocks(test, f->c, b->nr_good, f->p + f->nr);
		f->nr += b->nr_good;
	}
	ac_kunit_assert_clean(test);
	ac_pool_put(other, 1, &b->of[THEIRS]);
	ac_pool_put(f->c, nr_held, f->p);
	ac_pool_put(f->c, nr_keep, keep);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_pools(f->c), 0);
}

/* --- nodes --- */

static void take_on(struct kunit *test, struct arena_cache *c, int node,
		    void **p)
{
	if (ac_pool_take(c, node, 1, p))
		return;
	KUNIT_ASSERT_EQ(test, ac_pool_grow(c, GFP_KERNEL | __GFP_THISNODE, node,
					   1, p), 1);
}

/* Blocks of two nodes alternate; each node's are freed together. */
static void nodes_do_not_alternate(struct kunit *test)
{
	struct fixture *f = setup(test, 64);
	unsigned int i, round, which, nr[2];
	int node[2];

	ac_kunit_need_nodes(test);
	node[0] = first_node(node_states[N_MEMORY]);
	node[1] = next_node(node[0], node_states[N_MEMORY]);
	for (round = 0; round < 100; round++) {
		memset(nr, 0, sizeof(nr));
		for (i = 0; i < 125; i++) {
			which = round ? prandom_u32_state(&f->rnd) & 1 : i & 1;
			nr[which]++;
			take_on(test, f->c, node[which], &f->p[i]);
		}
		note_locks(f);
		ac_pool_put(f->c, 125, f->p);
		expect_holds(test, f, 125, DIV_ROUND_UP(nr[0], 32) +
			     DIV_ROUND_UP(nr[1], 32));
		KUNIT_ASSERT_EQ(test, ac_pool_nr_taken(f->c), 0);
	}
	ac_kunit_assert_clean(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(holds_are_short, size_gen_params),
	KUNIT_CASE(taking_ends_where_blocks_do),
	KUNIT_CASE(bad_ones_in_every_place),
	KUNIT_CASE(nodes_do_not_alternate),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_holds",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
