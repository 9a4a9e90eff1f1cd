// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: everything at once
 *
 * The owner of a block writes its name into it, and checks it before the free: two
 * owners of one block would see each other.
 */
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../reclaim.h"
#include "../snapshot.h"
#include "../debug/verify.h"
#include "crew.h"
#include "helper.h"

/* --- the fast path, interrupted --- */

struct owned {
	unsigned long owner;	/* 0: free */
	unsigned long unused;
};

static void disown(void *p)
{
	((struct owned *)p)->owner = 0;
}

enum owner { THREAD = 1, INTERRUPT = 2 };

struct contest {
	struct arena_cache *c;
	struct hrtimer timer;
	unsigned long interrupts;
	unsigned long errors;	/* of both; see claim() */
	unsigned int nr;
	struct owned *kept[40];	/* from one interrupt to the next */
};

static struct owned *claim(struct contest *contest, enum owner who, gfp_t gfp)
{
	struct owned *block = arena_cache_alloc(contest->c, gfp);

	if (block && xchg(&block->owner, who))
		contest->errors++;
	return block;
}

static void let_go(struct contest *contest, enum owner who, struct owned *block)
{
	if (!block)
		return;
	if (xchg(&block->owner, 0) != who)
		contest->errors++;
	arena_cache_free(contest->c, block);
}

/* Keeps one block more from each interrupt to the next, then frees them all. */
static void interrupt(void *arg)
{
	struct contest *contest = arg;
	unsigned int i, target = contest->interrupts++ % 37;
	struct owned *block;

	for (i = 0; i < 3; i++) {
		block = claim(contest, INTERRUPT, GFP_ATOMIC);
		let_go(contest, INTERRUPT, block);
	}
	while (contest->nr < target)
		contest->kept[contest->nr++] = claim(contest, INTERRUPT,
						     GFP_ATOMIC);
	while (contest->nr > target)
		let_go(contest, INTERRUPT, contest->kept[--contest->nr]);
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	interrupt(container_of(timer, struct contest, timer));
	hrtimer_forward_now(timer, us_to_ktime(30));
	return HRTIMER_RESTART;
}

static void compete(struct contest *contest, unsigned int i)
{
	struct owned *block[8];
	unsigned int k, n = i % 8 + 1;

	for (k = 0; k < n; k++)
		block[k] = claim(contest, THREAD, GFP_KERNEL);
	for (k = 0; k < n; k++)
		let_go(contest, THREAD, block[k]);
}

static struct contest *make_contest(struct kunit *test)
{
	struct contest *contest = ac_kunit_zalloc(test, sizeof(*contest));

	contest->c = ac_kunit_cache(test, sizeof(struct owned), 0, disown);
	ac_kunit_pin(test, 0);
	return contest;
}

static void finish_contest(struct kunit *test, struct contest *contest,
			   unsigned long busy)
{
	while (contest->nr)
		let_go(contest, INTERRUPT, contest->kept[--contest->nr]);
	kunit_info(test, "%lu interrupts, %lu found the magazines busy\n",
		   contest->interrupts, busy);
	KUNIT_EXPECT_EQ(test, contest->errors, 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(contest->c), 0);
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(contest->c), 0);
}

static unsigned long busy_count(void)
{
	return ac_stat_read(AC_STAT_BUSY_ALLOC) + ac_stat_read(AC_STAT_BUSY_FREE);
}

static void interrupted_by_a_timer(struct kunit *test)
{
	struct contest *contest = make_contest(test);
	unsigned long busy = busy_count();
	unsigned int i;

	hrtimer_setup(&contest->timer, tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED);
	hrtimer_start(&contest->timer, us_to_ktime(30),
		      HRTIMER_MODE_REL_PINNED);
	for (i = 0; i < AC_KUNIT_ROUNDS(5000000); i++) {
		compete(contest, i);
		if (i % 1024 == 0)
			cond_resched();
		if (READ_ONCE(contest->interrupts) > AC_KUNIT_ROUNDS(20000))
			break;
	}
	hrtimer_cancel(&contest->timer);
	KUNIT_EXPECT_GT(test, contest->interrupts, 0);
	finish_contest(test, contest, busy_count() - busy);
}

static void interrupt_cpu_0(struct ac_kunit_thread *thread)
{
	unsigned int i;

	if (!thread->cpu)
		return;
	for (i = 0; i < AC_KUNIT_ROUNDS(500); i++) {
		ac_kunit_interrupt(0, interrupt, thread->arg);
		cond_resched();
	}
}

static void interrupted_by_another_cpu(struct kunit *test)
{
	struct contest *contest;
	struct ac_kunit_crew *crew;
	unsigned long busy = busy_count();
	unsigned int i = 0;

	if (num_online_cpus() < 2 || !cpu_online(1))
		kunit_skip(test, "one CPU");
	contest = make_contest(test);
	crew = ac_kunit_crew_start(test, 2, interrupt_cpu_0, contest);
	while (ac_kunit_crew_busy(crew)) {
		compete(contest, i++);
		if (i % 64 == 0)
			cond_resched();
	}
	ac_kunit_crew_finish(test, crew);
	KUNIT_EXPECT_GT(test, contest->interrupts, 0);
	finish_contest(test, contest, busy_count() - busy);
}

/* --- all CPUs, all sizes, every block freed by another thread --- */

#define NR_SLOTS	512

struct market {
	struct arena_cache *c;
	void *slot[NR_SLOTS];	/* cookies of arena_alloc() */
	void *object[NR_SLOTS];	/* cookies of @c */
};

struct cookie {
	u32 size;
	u32 serial;
	u8 data[];
};

static void *sign(void *p, u32 size, u32 serial)
{
	struct cookie *cookie = p;

	if (!p)
		return NULL;
	cookie->size = size;
	cookie->serial = serial;
	memset(cookie->data, serial, size - sizeof(*cookie));
	return p;
}

static bool signature_holds(const struct cookie *cookie, u32 room)
{
	return cookie->size <= room &&
	       !memchr_inv(cookie->data, cookie->serial & 0xff,
			   cookie->size - sizeof(*cookie));
}

static void give_up(struct ac_kunit_thread *thread, struct cookie *cookie)
{
	if (!cookie)
		return;
	ac_kunit_check(thread, signature_holds(cookie, 700),
		       "a block was written to by another");
	arena_free(cookie);
}

static u32 any_size(struct ac_kunit_thread *thread)
{
	u32 r = prandom_u32_state(&thread->rnd);

	return sizeof(struct cookie) + (r & 1 ? r / 2 % 120 : r / 2 % 692);
}

static void trade(struct ac_kunit_thread *thread, void **slot)
{
	u32 size = any_size(thread), serial = prandom_u32_state(&thread->rnd);
	struct cookie *cookie = arena_alloc(size, GFP_KERNEL);

	sign(cookie, size, serial);
	give_up(thread, xchg(slot, (void *)cookie));
}

static void resize(struct ac_kunit_thread *thread, void **slot)
{
	struct cookie *cookie = xchg(slot, NULL), *new;
	u32 size = any_size(thread), serial;

	if (!cookie)
		return;
	ac_kunit_check(thread, signature_holds(cookie, 700), "before realloc");
	serial = cookie->serial;
	new = arena_realloc(cookie, size, GFP_KERNEL);
	if (!new) {
		give_up(thread, cookie);
		return;
	}
	ac_kunit_check(thread, new->serial == serial, "serial after realloc");
	new->size = min(new->size, size);
	ac_kunit_check(thread, signature_holds(new, size), "after realloc");
	sign(new, size, serial);
	give_up(thread, xchg(slot, (void *)new));
}

static void trade_bulk(struct ac_kunit_thread *thread, struct market *market)
{
	u32 nr = prandom_u32_state(&thread->rnd) % 130, i, k;
	void *p[130];

	if (!arena_cache_alloc_bulk(market->c, GFP_KERNEL, nr, p))
		return;
	for (i = 0; i < nr; i++) {
		sign(p[i], 40, prandom_u32_state(&thread->rnd));
		k = prandom_u32_state(&thread->rnd) % NR_SLOTS;
		p[i] = xchg(&market->object[k], p[i]);
		ac_kunit_check(thread, !p[i] || signature_holds(p[i], 40),
			       "an object was written to by another");
	}
	arena_cache_free_bulk(market->c, nr, p);
}

static void trade_atomic(struct ac_kunit_thread *thread, struct market *market)
{
	u32 k = prandom_u32_state(&thread->rnd) % NR_SLOTS;
	void *p;

	local_bh_disable();
	p = sign(arena_cache_alloc(market->c, GFP_ATOMIC), 40, k);
	p = xchg(&market->object[k], p);
	ac_kunit_check(thread, !p || signature_holds(p, 40), "in softirq");
	arena_cache_free(market->c, p);
	local_bh_enable();
}

static void hammer(struct ac_kunit_thread *thread)
{
	struct market *market = thread->arg;
	unsigned int i;
	void **slot;

	for (i = 0; i < AC_KUNIT_ROUNDS(200000); i++) {
		slot = &market->slot[prandom_u32_state(&thread->rnd) % NR_SLOTS];
		if (i % 32 == 0)
			trade_bulk(thread, market);
		else if (i % 4 == 0)
			resize(thread, slot);
		else if (i % 4 == 1)
			trade_atomic(thread, market);
		else
			trade(thread, slot);
		cond_resched();
	}
}

static void close_market(struct market *market)
{
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++) {
		arena_free(market->slot[i]);
		arena_cache_free(market->c, market->object[i]);
	}
}

static long count_objects(const struct market *market)
{
	long n = 0;
	unsigned int i;

	for (i = 0; i < NR_SLOTS; i++)
		n += !!market->object[i];
	return n;
}

static void all_cpus_and_sizes(struct kunit *test)
{
	struct market *market = ac_kunit_zalloc(test, sizeof(*market));
	struct ac_kunit_crew *crew;
	unsigned int looks;

	market->c = ac_kunit_cache(test, 40, 0, NULL);
	crew = ac_kunit_crew_start(test, 2 * num_online_cpus(), hammer, market);
	for (looks = 0; ac_kunit_crew_busy(crew); looks++) {
		ac_kunit_expect_sums(test);
		ac_kunit_assert_clean(test);
		if (looks % 8 == 0)
			ac_cache_trim();
		else if (looks % 8 == 4)
			ac_reclaim_scan(numa_mem_id(), 100);
		else
			ac_reclaim_decay();
		schedule_timeout_uninterruptible(1);
	}
	ac_kunit_crew_finish(test, crew);
	KUNIT_EXPECT_GT(test, looks, 0);
	ac_kunit_expect_sums(test);
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, ac_cache_live(market->c), count_objects(market));
	close_market(market);
	KUNIT_EXPECT_EQ(test, ac_cache_live(market->c), 0);
	ac_kunit_expect_sums(test);
}

/* At rest each figure of a snapshot is known, not only their sum. */
static void snapshot_at_rest(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 72, 0, NULL);
	struct ac_snapshot *s;
	void *p[100];
	unsigned int i;

	ac_kunit_trim(test);
	ac_kunit_take_blocks(test, c, 100, p);
	arena_cache_free_bulk(c, 30, p);
	s = ac_snapshot_get();
	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < s->nr_rows && s->row[i].cache != c;)
		i++;
	KUNIT_EXPECT_LT(test, i, s->nr_rows);
	KUNIT_EXPECT_EQ(test, s->row[i].pools, 2);
	KUNIT_EXPECT_EQ(test, s->row[i].taken, 100);
	KUNIT_EXPECT_EQ(test, s->row[i].live, 70);
	KUNIT_EXPECT_EQ(test, s->row[i].in_magazines, 30);
	KUNIT_EXPECT_EQ(test, s->row[i].free, 2 * 56 - 100);
	KUNIT_EXPECT_EQ(test, s->bytes.live, 70 * 72);
	KUNIT_EXPECT_EQ(test, s->bytes.in_magazines, 30 * 72);
	KUNIT_EXPECT_EQ(test, s->bytes.in_depots, 0);
	KUNIT_EXPECT_EQ(test, s->bytes.free, 12 * 72);
	KUNIT_EXPECT_EQ(test, s->bytes.gone_pools, 0);
	KUNIT_EXPECT_EQ(test, s->bytes.tails, 2 * (4096 - 56 * 72));
	KUNIT_EXPECT_EQ(test, s->bytes.maps, 0);
	KUNIT_EXPECT_EQ(test, s->bytes.free_pools, (s->arenas * 64 - 2) * 4096);
	ac_snapshot_put(s);
	arena_cache_free_bulk(c, 70, p + 30);
}

/* --- caches come and go --- */

static void create_use_destroy(struct ac_kunit_thread *thread, unsigned int i)
{
	struct arena_cache *c;
	void *p[40];
	unsigned int n = i % ARRAY_SIZE(p) + 1;

	c = arena_cache_create("short_lived", i % 512 + 1, 0, 0, NULL);
	ac_kunit_check(thread, c, "create");
	if (!c)
		return;
	if (arena_cache_alloc_bulk(c, GFP_KERNEL, n, p))
		arena_cache_free_bulk(c, n, p);
	else
		ac_kunit_check(thread, false, "no memory");
	ac_kunit_check(thread, !ac_cache_live(c), "live blocks");
	arena_cache_destroy(c);
}

static void many_caches(struct kunit *test)
{
	unsigned int i, nr = IS_ENABLED(CONFIG_KASAN) ? 300 : 10000;
	struct ac_kunit_thread thread = {};

	for (i = 0; i < nr; i++)
		create_use_destroy(&thread, i);
	KUNIT_EXPECT_EQ_MSG(test, thread.errors, 0, "%s", thread.first_error);
	ac_kunit_assert_clean(test);
}

static void churn(struct ac_kunit_thread *thread)
{
	unsigned int i;

	for (i = 0; i < AC_KUNIT_ROUNDS(150); i++) {
		create_use_destroy(thread, i);
		if (i % 16 == 0)
			ac_cache_trim();
		if (i % 4 == 1)
			arena_cache_shrink(arena_cache_classes[i % 64]);
		cond_resched();
	}
}

static void hammer_or_churn(struct ac_kunit_thread *thread)
{
	if (thread->id < num_online_cpus())
		hammer(thread);
	else
		churn(thread);
}

static void caches_come_and_go_under_load(struct kunit *test)
{
	struct market *market = ac_kunit_zalloc(test, sizeof(*market));
	struct ac_kunit_crew *crew;

	market->c = ac_kunit_cache(test, 40, 0, NULL);
	crew = ac_kunit_crew_start(test, 2 * num_online_cpus(),
				   hammer_or_churn, market);
	while (ac_kunit_crew_busy(crew)) {
		ac_kunit_expect_sums(test);
		arena_cache_shrink(market->c);
		ac_kunit_assert_clean(test);
		schedule_timeout_uninterruptible(1);
	}
	ac_kunit_crew_finish(test, crew);
	KUNIT_EXPECT_EQ(test, ac_cache_live(market->c), count_objects(market));
	close_market(market);
	KUNIT_EXPECT_EQ(test, ac_cache_live(market->c), 0);
}

/* None of the frees is a bad one. */
static void no_free_is_refused(struct kunit *test)
{
	struct market *market = ac_kunit_zalloc(test, sizeof(*market));
	unsigned long doubles = ac_stat_read(AC_STAT_BAD_DOUBLE);
	unsigned long foreign = ac_stat_read(AC_STAT_BAD_FOREIGN);
	unsigned long others = ac_stat_read(AC_STAT_BAD_CACHE);
	unsigned long interior = ac_stat_read(AC_STAT_BAD_INTERIOR);

	market->c = ac_kunit_cache(test, 40, 0, NULL);
	ac_kunit_crew_run(test, num_online_cpus(), hammer, market);
	close_market(market);
	ac_cache_trim();
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, doubles, 0);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_FOREIGN, foreign, 0);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_CACHE, others, 0);
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_INTERIOR, interior, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(interrupted_by_a_timer),
	KUNIT_CASE_SLOW(interrupted_by_another_cpu),
	KUNIT_CASE_SLOW(all_cpus_and_sizes),
	KUNIT_CASE(snapshot_at_rest),
	KUNIT_CASE_SLOW(many_caches),
	KUNIT_CASE_SLOW(caches_come_and_go_under_load),
	KUNIT_CASE_SLOW(no_free_is_refused),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_stress",
	.init = ac_kunit_start,
	.suite_init = ac_kunit_suite_init,
	.test_cases = cases,
};

kunit_test_suite(suite);
