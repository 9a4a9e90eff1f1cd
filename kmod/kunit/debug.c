// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: bugs of callers, as debug caches see them
 */
#include <kunit/static_stub.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../debug/debug.h"
#include "../debug/quarantine.h"
#include "../debug/stack.h"
#include "../debug/traces.h"
#include "../debug/verify.h"
#include "crew.h"
#include "famine.h"
#include "helper.h"

static const enum ac_stat stat_of[] = {
	[AC_BAD_FOREIGN] = AC_STAT_BAD_FOREIGN,
	[AC_BAD_CACHE] = AC_STAT_BAD_CACHE,
	[AC_BAD_INTERIOR] = AC_STAT_BAD_INTERIOR,
	[AC_BAD_DOUBLE] = AC_STAT_BAD_DOUBLE,
	[AC_BAD_OVERRUN] = AC_STAT_BAD_OVERRUN,
	[AC_BAD_UNDERRUN] = AC_STAT_BAD_UNDERRUN,
	[AC_BAD_STALE] = AC_STAT_BAD_STALE,
	[AC_BAD_TRACK] = AC_STAT_BAD_TRACK,
};

static unsigned long findings(void)
{
	unsigned long n = 0;
	enum ac_bad kind;

	for (kind = AC_BAD_FOREIGN; kind <= AC_BAD_TRACK; kind++)
		n += ac_stat_read(stat_of[kind]);
	return n;
}

/* Since @before nothing but this was found. */
static void expect_finding(struct kunit *test, unsigned long before,
			   const struct arena_cache *c, enum ac_bad kind,
			   const void *p, long offset)
{
	struct ac_finding f;

	KUNIT_ASSERT_EQ(test, findings() - before, 1);
	ac_debug_last(&f);
	KUNIT_EXPECT_EQ(test, f.kind, kind);
	KUNIT_EXPECT_PTR_EQ(test, f.cache, c);
	KUNIT_EXPECT_PTR_EQ(test, f.p, p);
	KUNIT_EXPECT_EQ(test, f.offset, offset);
}

/* --- writes beside a block --- */

static const struct write_case {
	const char *what;
	unsigned int size;
	unsigned int align;
	int at;
	unsigned int nr;
	enum ac_bad kind;
} write_cases[] = {
	{ "8: 1 past the end", 8, 0, 8, 1, AC_BAD_OVERRUN },
	{ "8: 8 past the end", 8, 0, 8, 8, AC_BAD_OVERRUN },
	{ "8: 1 before the start", 8, 0, -1, 1, AC_BAD_UNDERRUN },
	{ "8: 8 before the start", 8, 0, -8, 8, AC_BAD_UNDERRUN },
	{ "20: first byte past the end", 20, 0, 20, 1, AC_BAD_OVERRUN },
	{ "20: the 4 up to a word's end", 20, 0, 20, 4, AC_BAD_OVERRUN },
	{ "20: last byte of the zone", 20, 0, 31, 1, AC_BAD_OVERRUN },
	{ "64: 1 past the end", 64, 0, 64, 1, AC_BAD_OVERRUN },
	{ "64: 48 past the end", 64, 0, 64, 48, AC_BAD_OVERRUN },
	{ "64: 1 before the start", 64, 0, -1, 1, AC_BAD_UNDERRUN },
	{ "64: 40 before the start", 64, 0, -40, 40, AC_BAD_UNDERRUN },
	{ "100, align 32: 1 past the end", 100, 32, 100, 1, AC_BAD_OVERRUN },
	{ "500: 1 past the end", 500, 0, 500, 1, AC_BAD_OVERRUN },
	{ "500: 1 before the start", 500, 0, -1, 1, AC_BAD_UNDERRUN },
	{ "512: 1 past the end", 512, 0, 512, 1, AC_BAD_OVERRUN },
	{ "512: 400 past the end", 512, 0, 512, 400, AC_BAD_OVERRUN },
	{ "512: 1 before the start", 512, 0, -1, 1, AC_BAD_UNDERRUN },
	{ "512: 400 before the start", 512, 0, -400, 400, AC_BAD_UNDERRUN },
};

KUNIT_ARRAY_PARAM_DESC(write, write_cases, what);

static void write_is_found_by_free(struct kunit *test)
{
	const struct write_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, row->size,
						     row->align, NULL);
	unsigned long before = findings();
	struct ac_finding f;
	u8 *p = ac_kunit_alloc(test, c);

	memset(p, 0x5a, row->size);
	memset(p + row->at, 0x5a, row->nr);
	arena_cache_free(c, p);
	expect_finding(test, before, c, row->kind, p, row->at);
	ac_debug_last(&f);
	KUNIT_EXPECT_EQ(test, f.bytes, row->nr);
	KUNIT_EXPECT_NE(test, f.serial, 0);
	/* It was repaired, and is not reported again. */
	arena_cache_shrink(c);
	KUNIT_EXPECT_EQ(test, findings() - before, 1);
	ac_kunit_assert_clean(test);
}

static void write_is_found_by_verify(struct kunit *test)
{
	const struct write_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, row->size,
						     row->align, NULL);
	unsigned long before = findings();
	struct ac_verify v;
	u8 *p = ac_kunit_alloc(test, c);

	memset(p + row->at, 0x5a, row->nr);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	KUNIT_EXPECT_EQ(test, v.bad_bytes, 1);
	expect_finding(test, before, c, row->kind, p, row->at);
	ac_kunit_assert_clean(test);
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, findings() - before, 1);
}

/* Behind the zone is the next block's track: both owners hear of it. */
static void overrun_into_next_block(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	unsigned long before = findings();
	u8 *high = ac_kunit_alloc(test, c);
	u8 *low = ac_kunit_alloc(test, c);

	KUNIT_ASSERT_PTR_EQ(test, low + c->block_size, high);
	memset(low, 0x5a, c->block_size);
	arena_cache_free(c, low);
	expect_finding(test, before, c, AC_BAD_OVERRUN, low, 24);
	arena_cache_free(c, high);
	KUNIT_EXPECT_EQ(test, findings() - before, 2);
	/* A block without a state counts as live until it has one again. */
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	ac_debug_format(c, high - c->offset);
	ac_debug_on_alloc(c, high - c->offset, 24, GFP_KERNEL, _THIS_IP_);
	arena_cache_free(c, high);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static void underrun_into_track(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	unsigned long before = findings();
	u8 *p = ac_kunit_alloc(test, c);

	memset(p - c->offset, 0, c->offset);
	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_TRACK, p, -(long)c->offset);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	ac_debug_format(c, p - c->offset);
	ac_debug_on_alloc(c, p - c->offset, 24, GFP_KERNEL, _THIS_IP_);
	arena_cache_free(c, p);
}

/* --- writes to free blocks --- */

static const struct stale_case {
	const char *what;
	unsigned int at;
	unsigned int nr;
} stale_cases[] = {
	{ "first word", 0, 8 },
	{ "first byte", 0, 1 },
	{ "in the middle", 50, 1 },
	{ "last byte", 99, 1 },
	{ "all of it", 0, 100 },
};

KUNIT_ARRAY_PARAM_DESC(stale, stale_cases, what);

static void stale_write_in_quarantine(struct kunit *test)
{
	const struct stale_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, 100, 0, NULL);
	unsigned long before = findings();
	u8 *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, AC_BYTE_FREE, 100), NULL);
	memset(p + row->at, 0x5a, row->nr);
	ac_quarantine_flush(c);
	expect_finding(test, before, c, AC_BAD_STALE, p, row->at);
}

static void stale_write_found_by_reuse(struct kunit *test)
{
	const struct stale_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, 100, 0, NULL);
	void *other = ac_kunit_alloc(test, c);
	unsigned long before = findings();
	u8 *p = ac_kunit_alloc(test, c), *again;

	arena_cache_free(c, p);
	ac_quarantine_flush(c);
	memset(p + row->at, 0x5a, row->nr);
	again = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_PTR_EQ(test, p, again);
	expect_finding(test, before, c, AC_BAD_STALE, p, row->at);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(p, AC_BYTE_NEW, 100), NULL);
	arena_cache_free(c, again);
	arena_cache_free(c, other);
}

static void stale_write_found_by_verify(struct kunit *test)
{
	const struct stale_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, 100, 0, NULL);
	unsigned long before = findings();
	u8 *p = ac_kunit_alloc(test, c);
	struct ac_verify v;

	arena_cache_free(c, p);
	memset(p + row->at, 0x5a, row->nr);
	KUNIT_EXPECT_EQ(test, ac_verify(&v), 1);
	KUNIT_EXPECT_EQ(test, v.quarantined, 1);
	expect_finding(test, before, c, AC_BAD_STALE, p, row->at);
	ac_kunit_assert_clean(test);
}

static void write_to_block_never_given_out(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	u8 *p = ac_kunit_alloc(test, c);
	unsigned long before = findings();

	p[-(int)c->block_size] = 0;
	arena_cache_free(c, ac_kunit_alloc(test, c));
	expect_finding(test, before, c, AC_BAD_STALE, p - c->block_size, 0);
	arena_cache_free(c, p);
}

/* The red zones of a free block are checked, too. */
static void write_past_a_free_block(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	unsigned long before = findings();
	u8 *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	p[64] = 0xab;
	ac_quarantine_flush(c);
	expect_finding(test, before, c, AC_BAD_OVERRUN, p, 64);
}

/* --- frees --- */

struct rcu_block {
	struct rcu_head rcu;
	struct arena_cache *cache;
};

static void free_by_rcu(struct rcu_head *rcu)
{
	struct rcu_block *p = container_of(rcu, struct rcu_block, rcu);

	arena_cache_free(p->cache, p);
}

/* A callback that rcu_barrier() waited for leaves no leak and no bad free. */
static void freed_by_rcu(struct kunit *test)
{
	unsigned long before = findings();
	struct arena_cache *c;
	struct rcu_block *p;

	c = ac_kunit_create(test, "by_rcu", sizeof(*p), ARENA_CACHE_DEBUG, NULL);
	p = ac_kunit_alloc(test, c);
	p->cache = c;
	call_rcu(&p->rcu, free_by_rcu);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	arena_cache_destroy(c);
	KUNIT_EXPECT_EQ(test, findings(), before);
}

static void double_free_at_once(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	unsigned long before = findings();
	void *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_DOUBLE, p, 0);
}

static void double_free_after_others(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	unsigned long before = findings();
	void *p[20];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = ac_kunit_alloc(test, c);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		arena_cache_free(c, p[i]);
	KUNIT_EXPECT_EQ(test, findings(), before);
	arena_cache_free(c, p[3]);
	expect_finding(test, before, c, AC_BAD_DOUBLE, p[3], 0);
}

/* A block that was freed and has left the quarantine for its pool. */
static void *free_into_pool(struct kunit *test, struct arena_cache *c)
{
	void *p = ac_kunit_alloc(test, c);

	arena_cache_free(c, p);
	ac_quarantine_flush(c);
	return p;
}

/* The block is back in its pool, whose map tells. */
static void double_free_after_quarantine(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	void *other = ac_kunit_alloc(test, c);
	unsigned long before = findings();
	void *p = free_into_pool(test, c);

	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_DOUBLE, p, 0);
	arena_cache_free(c, other);
}

/* The second free takes the block from its new owner, and only the third is seen. */
static void double_free_after_reuse(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	void *other = ac_kunit_alloc(test, c);
	unsigned long before = findings();
	void *p = free_into_pool(test, c);

	KUNIT_ASSERT_PTR_EQ(test, ac_kunit_alloc(test, c), p);
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, findings(), before);
	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_DOUBLE, p, 0);
	arena_cache_free(c, other);
}

struct race {
	struct arena_cache *cache;
	void *block;
	atomic_t ready;
};

static void free_together(struct ac_kunit_thread *thread)
{
	struct race *race = thread->arg;

	atomic_dec(&race->ready);
	while (atomic_read(&race->ready) > 0)
		schedule();
	arena_cache_free(race->cache, race->block);
}

/* One of four threads frees the block, and the others are told. */
static void double_free_at_the_same_time(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	const unsigned int nr = 4, rounds = 10;
	unsigned long before = ac_stat_read(AC_STAT_BAD_DOUBLE);
	unsigned long all = findings();
	struct race race = { .cache = c };
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		race.block = ac_kunit_alloc(test, c);
		atomic_set(&race.ready, nr);
		ac_kunit_crew_run(test, nr, free_together, &race);
	}
	AC_KUNIT_EXPECT_EVENTS(test, AC_STAT_BAD_DOUBLE, before,
			       rounds * (nr - 1));
	KUNIT_EXPECT_EQ(test, findings() - all, rounds * (nr - 1));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static void wrong_cache(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	struct arena_cache *wrong = ac_kunit_debug_cache(test, 64, 0, NULL);
	struct arena_cache *plain = ac_kunit_cache(test, 64, 0, NULL);
	unsigned long before = findings();
	void *p = ac_kunit_alloc(test, c), *q = ac_kunit_alloc(test, plain);

	arena_cache_free(wrong, p);
	expect_finding(test, before, wrong, AC_BAD_CACHE, p, 0);
	before = findings();
	arena_cache_free(wrong, q);
	expect_finding(test, before, wrong, AC_BAD_CACHE, q, 0);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, p);
	arena_cache_free(plain, q);
	KUNIT_EXPECT_EQ(test, findings() - before, 1);
}

static void interior_pointer(struct kunit *test)
{
	static const int offsets[] = { 1, 8, 16, 99, -1, -8, -96 };
	struct arena_cache *c = ac_kunit_debug_cache(test, 100, 0, NULL);
	void *high = ac_kunit_alloc(test, c), *p = ac_kunit_alloc(test, c);
	unsigned long before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		before = findings();
		arena_cache_free(c, p + offsets[i]);
		expect_finding(test, before, c, AC_BAD_INTERIOR, p, offsets[i]);
	}
	before = findings();
	arena_cache_free(c, p);
	arena_cache_free(c, high);
	KUNIT_EXPECT_EQ(test, findings(), before);
}

static void foreign_memory(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 100, 0, NULL);
	void *heap = ac_kunit_zalloc(test, 512);
	void *const foreign[] = { heap, heap + 8, &c, free_together,
				  (void *)8, (void *)ULONG_MAX };
	unsigned long before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		before = findings();
		arena_cache_free(c, foreign[i]);
		expect_finding(test, before, c, AC_BAD_FOREIGN, foreign[i], 0);
	}
}

/* --- what debug caches promise --- */

static void quarantine_is_fifo_and_bounded(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 64, 0, NULL);
	unsigned int i, room = c->quarantine->room;
	void *first, *p;

	first = ac_kunit_alloc(test, c);
	arena_cache_free(c, first);
	for (i = 1; i < room; i++) {
		p = ac_kunit_alloc(test, c);
		KUNIT_ASSERT_PTR_NE(test, p, first);
		arena_cache_free(c, p);
	}
	KUNIT_EXPECT_EQ(test, ac_quarantine_nr(c), room);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	KUNIT_EXPECT_EQ(test, ac_pool_nr_taken(c), room);
	ac_kunit_assert_clean(test);
	/* One more pushes the first out. */
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, first - c->offset), AC_GOOD);
	arena_cache_free(c, ac_kunit_alloc(test, c));
	KUNIT_EXPECT_EQ(test, ac_pool_check(c, first - c->offset),
			AC_BAD_DOUBLE);
	KUNIT_EXPECT_EQ(test, ac_quarantine_nr(c), room);
	KUNIT_EXPECT_EQ(test, arena_cache_shrink(c), 0);
	KUNIT_EXPECT_EQ(test, ac_quarantine_nr(c), 0);
}

static const struct place_case {
	const char *what;
	unsigned int size;
	unsigned int align;
	unsigned int natural;
} place_cases[] = {
	{ "1", 1, 0, 8 }, { "8", 8, 0, 8 }, { "16", 16, 0, 16 },
	{ "24", 24, 0, 8 }, { "32", 32, 0, 32 }, { "64", 64, 0, 64 },
	{ "100, align 32", 100, 32, 32 }, { "128", 128, 0, 128 },
	{ "129, align 128", 129, 128, 128 }, { "200, align 256", 200, 256, 256 },
	{ "256", 256, 0, 256 }, { "1, align 512", 1, 512, 512 },
	{ "500", 500, 0, 8 }, { "512", 512, 0, 512 },
	{ "24, align 1024", 24, 1024, 1024 }, { "1000", 1000, 0, 8 },
	{ "2048", 2048, 0, 2048 },
};

KUNIT_ARRAY_PARAM_DESC(place, place_cases, what);

static void blocks_are_aligned_and_filled(struct kunit *test)
{
	const struct place_case *row = test->param_value;
	struct arena_cache *c = ac_kunit_debug_cache(test, row->size,
						     row->align, NULL);
	unsigned long before = findings();
	u8 *p[40], *end = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = arena_cache_alloc(c, i % 2 ? GFP_KERNEL :
						    GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p[i]);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p[i],
						   row->natural));
		if (!(i % 2))
			end = memchr_inv(p[i], 0, row->size);
		else if (!c->large)
			end = memchr_inv(p[i], AC_BYTE_NEW, row->size);
		KUNIT_EXPECT_NULL(test, end);
		memset(p[i], 0xff, row->size);
	}
	ac_kunit_assert_clean(test);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		arena_cache_free(c, p[i]);
	KUNIT_EXPECT_EQ(test, findings(), before);
}

static atomic_t constructed;

static void construct(void *p)
{
	atomic_inc(&constructed);
	memset(p, 0x42, 40);
}

static void constructed_blocks_keep_their_state(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 40, 0, construct);
	unsigned long before = findings();
	u8 *p;

	atomic_set(&constructed, 0);
	p = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_EQ(test, atomic_read(&constructed), c->capacity);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x42, 40));
	arena_cache_free(c, p);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x42, 40));
	p = ac_kunit_alloc(test, c);
	KUNIT_EXPECT_NULL(test, memchr_inv(p, 0x42, 40));
	KUNIT_EXPECT_EQ(test, findings(), before);
	p[40] = 0x42;
	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_OVERRUN, p, 40);
}

static void bulk_calls(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 32, 0, NULL);
	unsigned long before = findings();
	u8 *p[100];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL,
						     ARRAY_SIZE(p), (void **)p),
			ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(p[i], AC_BYTE_NEW, 32));
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), ARRAY_SIZE(p));
	p[7][32] = 0;
	arena_cache_free(c, p[50]);
	p[50] = NULL;
	arena_cache_free_bulk(c, ARRAY_SIZE(p), (void **)p);
	expect_finding(test, before, c, AC_BAD_OVERRUN, p[7], 32);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
	/* All but the NULL are free already. */
	arena_cache_free_bulk(c, ARRAY_SIZE(p), (void **)p);
	KUNIT_EXPECT_EQ(test, findings() - before, ARRAY_SIZE(p));
}

/* The inline paths find neither a block nor room for one. */
static void magazines_stay_empty(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 32, 0, NULL);
	void *p[64], **top;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = arena_cache_alloc_node(c, GFP_KERNEL, numa_mem_id());
	for (i = 0; i < ARRAY_SIZE(p); i++)
		arena_cache_free(c, p[i]);
	top = raw_cpu_ptr(c->cpu)->top;
	KUNIT_EXPECT_NULL(test, *top);
	KUNIT_EXPECT_TRUE(test, ac_magazine_is_full(top));
}

static void raw_blocks(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	unsigned long before = findings();
	u8 *p;

	ac_kunit_famine_start(test);
	p = arena_cache_alloc(c, AC_KUNIT_FAMINE_GFP);
	ac_kunit_famine_end(test);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_FALSE(test, ac_arena_owns(p));
	KUNIT_EXPECT_NULL(test, memchr_inv(p, AC_BYTE_NEW, 24));
	arena_cache_free(c, p + 8);
	expect_finding(test, before, c, AC_BAD_FOREIGN, p + 8, 0);
	p[24] = 0;
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, findings() - before, 2);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

static noinline void *site_of_many(struct arena_cache *c)
{
	void *p = arena_cache_alloc(c, GFP_KERNEL);

	barrier();
	return p;
}

static const struct ac_site *biggest_site(const struct ac_traces *t,
					  const struct arena_cache *c)
{
	unsigned int i;

	for (i = 0; i < t->room; i++)
		if (t->site[i].cache == c)
			return &t->site[i];
	return NULL;
}

static void traces_by_call_site(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	const struct ac_site *site;
	struct ac_traces *t;
	void *p[33], *q;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = site_of_many(c);
	q = ac_kunit_alloc(test, c);
	t = ac_traces_get();
	KUNIT_ASSERT_NOT_NULL(test, t);
	site = biggest_site(t, c);
	if (site) {
		KUNIT_EXPECT_EQ(test, site->blocks, ARRAY_SIZE(p));
		KUNIT_EXPECT_EQ(test, site->bytes, 24 * ARRAY_SIZE(p));
		KUNIT_EXPECT_EQ(test, site->pid, current->pid);
		KUNIT_EXPECT_GE(test, site->oldest, site->newest);
		KUNIT_EXPECT_GE(test, site->ip, (unsigned long)site_of_many);
		KUNIT_EXPECT_EQ(test, site[1].blocks, 1);
	}
	ac_traces_put(t);
	KUNIT_EXPECT_NOT_NULL(test, site);
	for (i = 0; i < ARRAY_SIZE(p); i++)
		arena_cache_free(c, p[i]);
	arena_cache_free(c, q);
}

/* The cache stays until its last block is freed. */
static void leak_at_destroy(struct kunit *test)
{
	struct arena_cache *c;
	void *p;

	c = ac_kunit_create(test, "leaky", 48, ARENA_CACHE_DEBUG, NULL);
	p = ac_kunit_alloc(test, c);
	arena_cache_free(c, ac_kunit_alloc(test, c));
	arena_cache_destroy(c);
	KUNIT_EXPECT_TRUE(test, c->defunct);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 1);
	arena_cache_free(c, p);
	KUNIT_EXPECT_EQ(test, ac_cache_live(c), 0);
}

/* --- the depot of call stacks --- */

#ifdef CONFIG_STACKDEPOT
static unsigned int times_prepared;

static void count_prepare(void)
{
	times_prepared++;
}

/* A stack depot takes megabytes, so caches that note no callers do without. */
static void only_users_need_a_depot(struct kunit *test)
{
	struct arena_cache *c;

	times_prepared = 0;
	kunit_activate_static_stub(test, ac_stack_prepare, count_prepare);
	c = ac_kunit_cache(test, 24, 0, NULL);
	KUNIT_EXPECT_EQ(test, times_prepared, !!(c->debug & AC_DEBUG_USERS));
	times_prepared = 0;
	ac_kunit_debug_cache(test, 24, 0, NULL);
	KUNIT_EXPECT_EQ(test, times_prepared, 1);
	kunit_deactivate_static_stub(test, ac_stack_prepare);
}

static u32 no_stack(unsigned long ip)
{
	return 0;
}

static void a_cache_without_stacks_works(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_debug_cache(test, 24, 0, NULL);
	unsigned long before = findings();
	struct ac_traces *t;
	unsigned int i;
	u8 *p;

	kunit_activate_static_stub(test, ac_stack_save, no_stack);
	p = ac_kunit_alloc(test, c);
	t = ac_traces_get();
	KUNIT_ASSERT_NOT_NULL(test, t);
	for (i = 0; i < t->nr && t->site[i].cache != c;)
		i++;
	KUNIT_EXPECT_LT(test, i, t->nr);
	if (i < t->nr)
		KUNIT_EXPECT_EQ(test, t->site[i].stack, 0);
	ac_traces_put(t);
	p[24] = 0;
	arena_cache_free(c, p);
	expect_finding(test, before, c, AC_BAD_OVERRUN, p, 24);
	kunit_deactivate_static_stub(test, ac_stack_save);
}
#endif

/* --- allocation by size; the module must be loaded with debug= --- */

static int need_debug_classes(struct kunit *test)
{
	ac_kunit_pin(test, 0);
	if (arena_cache_classes[0]->debug != AC_DEBUG_ALL)
		kunit_skip(test, "arena_cache was loaded without debug=FZPUQ");
	return 0;
}

static void size_asked_for_is_kept(struct kunit *test)
{
	unsigned int size;
	unsigned long before;
	u8 *p;

	for (size = 1; size <= ARENA_CACHE_MAX_BLOCK; size++) {
		before = findings();
		p = arena_alloc(size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, p);
		KUNIT_EXPECT_EQ(test, arena_usable_size(p), size);
		if (is_power_of_2(size))
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)p,
							   size));
		memset(p, 0x5a, size + 1);
		arena_free(p);
		expect_finding(test, before,
			       arena_cache_classes[ac_class_of(size)],
			       AC_BAD_OVERRUN, p, size);
	}
}

static void realloc_moves_the_redzone(struct kunit *test)
{
	unsigned long before = findings();
	u8 *p, *q;

	p = arena_alloc(20, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, p);
	q = arena_realloc(p, 17, GFP_KERNEL | __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, p, q);
	KUNIT_EXPECT_EQ(test, arena_usable_size(q), 17);
	q = arena_realloc(q, 24, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, q);
	KUNIT_EXPECT_NULL(test, memchr_inv(q, 0, 24));
	KUNIT_EXPECT_EQ(test, findings(), before);
	q = arena_realloc(q, 20, GFP_KERNEL);
	q[20] = 0;
	arena_free(q);
	expect_finding(test, before, arena_cache_classes[2], AC_BAD_OVERRUN, q,
		       20);
}

static void double_free_by_size(struct kunit *test)
{
	unsigned long before = findings();
	void *p = arena_alloc(30, GFP_KERNEL);

	arena_free(p);
	arena_free(p);
	expect_finding(test, before, arena_cache_classes[3], AC_BAD_DOUBLE, p,
		       0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(write_is_found_by_free, write_gen_params),
	KUNIT_CASE_PARAM(write_is_found_by_verify, write_gen_params),
	KUNIT_CASE(overrun_into_next_block),
	KUNIT_CASE(underrun_into_track),
	KUNIT_CASE_PARAM(stale_write_in_quarantine, stale_gen_params),
	KUNIT_CASE_PARAM(stale_write_found_by_reuse, stale_gen_params),
	KUNIT_CASE_PARAM(stale_write_found_by_verify, stale_gen_params),
	KUNIT_CASE(write_to_block_never_given_out),
	KUNIT_CASE(write_past_a_free_block),
	KUNIT_CASE(freed_by_rcu),
	KUNIT_CASE(double_free_at_once),
	KUNIT_CASE(double_free_after_others),
	KUNIT_CASE(double_free_after_quarantine),
	KUNIT_CASE(double_free_after_reuse),
	KUNIT_CASE(double_free_at_the_same_time),
	KUNIT_CASE(wrong_cache),
	KUNIT_CASE(interior_pointer),
	KUNIT_CASE(foreign_memory),
	KUNIT_CASE(quarantine_is_fifo_and_bounded),
	KUNIT_CASE_PARAM(blocks_are_aligned_and_filled, place_gen_params),
	KUNIT_CASE(constructed_blocks_keep_their_state),
	KUNIT_CASE(bulk_calls),
	KUNIT_CASE(magazines_stay_empty),
	KUNIT_CASE(raw_blocks),
	KUNIT_CASE(traces_by_call_site),
	KUNIT_CASE(leak_at_destroy),
#ifdef CONFIG_STACKDEPOT
	KUNIT_CASE(only_users_need_a_depot),
	KUNIT_CASE(a_cache_without_stacks_works),
#endif
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_debug",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

static struct kunit_case size_cases[] = {
	KUNIT_CASE(size_asked_for_is_kept),
	KUNIT_CASE(realloc_moves_the_redzone),
	KUNIT_CASE(double_free_by_size),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite size_suite = {
	.name = "arena_cache_debug_size",
	.suite_init = ac_kunit_suite_init,
	.init = need_debug_classes,
	.test_cases = size_cases,
};

kunit_test_suites(&suite, &size_suite);
