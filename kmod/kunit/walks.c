// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - KUnit: walks over the whole heap, one arena or pool at a time
 *
 * Tests count the arenas, or pools, that a walk looks at in one hold of a lock.
 */
#include <kunit/static_stub.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../leak.h"
#include "../reclaim.h"
#include "../snapshot.h"
#include "../debug/traces.h"
#include "../debug/occupancy.h"
#include "famine.h"
#include "helper.h"

#define BLOCK		512
#define PER_ARENA	(AC_ARENA_SIZE / BLOCK)
#define NR_HERDS	8
/* Arenas that a walk may meet: those of all herds, and those that come meanwhile. */
#define NR_SEEN		256

/* As many blocks as fill an arena. */
struct herd {
	void *block[PER_ARENA];
	u64 arena;			/* of the first */
};

struct farm {
	struct arena_cache *c;
	struct herd herd[NR_HERDS];
	u64 seen[NR_SEEN];
	unsigned int nr_seen;
	unsigned int nr_held;		/* arenas met since the lock was taken */
	bool irqs_on;
};

static void fill_herd(struct kunit *test, struct farm *farm, struct herd *herd)
{
	ac_kunit_take_blocks(test, farm->c, PER_ARENA, herd->block);
	herd->arena = ac_arena_of(herd->block[0])->id;
}

static void empty_herd(struct farm *farm, struct herd *herd)
{
	if (herd->block[0])
		ac_pool_put(farm->c, PER_ARENA, herd->block);
	herd->block[0] = NULL;
	ac_arena_trim();
}

static void empty_farm(void *arg)
{
	struct farm *farm = arg;
	unsigned int i;

	for (i = 0; i < NR_HERDS; i++)
		empty_herd(farm, &farm->herd[i]);
}

static struct farm *start_farm(struct kunit *test)
{
	struct farm *farm = ac_kunit_zalloc(test, sizeof(*farm));
	unsigned int i;

	farm->c = ac_kunit_cache(test, BLOCK, 0, NULL);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, empty_farm, farm),
			0);
	for (i = 0; i < NR_HERDS; i++)
		fill_herd(test, farm, &farm->herd[i]);
	return farm;
}

static void see(struct ac_arena *arena, void *arg)
{
	struct farm *farm = arg;

	farm->nr_held++;
	farm->irqs_on |= !irqs_disabled();
	if (farm->nr_seen < NR_SEEN)
		farm->seen[farm->nr_seen++] = arena->id;
}

static unsigned int times_seen(const struct farm *farm, u64 arena)
{
	unsigned int i, n = 0;

	for (i = 0; i < farm->nr_seen; i++)
		n += farm->seen[i] == arena;
	return n;
}

static bool is_seen_once(const struct farm *farm, unsigned int i)
{
	return times_seen(farm, farm->herd[i].arena) == 1;
}

/* Between two steps a herd with an odd number comes or goes. */
static void stir(struct kunit *test, struct farm *farm, struct rnd_state *rnd)
{
	u32 i = prandom_u32_state(rnd) % NR_HERDS | 1;

	if (farm->herd[i].block[0])
		empty_herd(farm, &farm->herd[i]);
	else
		fill_herd(test, farm, &farm->herd[i]);
}

static void walk(struct kunit *test, struct farm *farm, struct rnd_state *rnd)
{
	unsigned long at = 0, from;

	farm->nr_seen = 0;
	do {
		from = at;
		farm->nr_held = 0;
		if (!ac_arena_visit_next(&at, see, farm))
			break;
		KUNIT_EXPECT_FALSE(test, irqs_disabled());
		KUNIT_EXPECT_EQ(test, farm->nr_held, 1);
		KUNIT_ASSERT_GT(test, at, from);
		if (rnd)
			stir(test, farm, rnd);
	} while (farm->nr_seen < NR_SEEN);
	KUNIT_EXPECT_EQ(test, farm->nr_held, 0);
	KUNIT_EXPECT_FALSE(test, farm->irqs_on);
}

static void one_arena_at_a_time(struct kunit *test)
{
	struct farm *farm = start_farm(test);
	unsigned int i;

	walk(test, farm, NULL);
	KUNIT_EXPECT_EQ(test, farm->nr_seen, ac_kunit_count_arenas());
	for (i = 0; i < NR_HERDS; i++)
		KUNIT_EXPECT_TRUE(test, is_seen_once(farm, i));
}

static void arenas_come_and_go_meanwhile(struct kunit *test)
{
	struct farm *farm = start_farm(test);
	struct rnd_state rnd;
	unsigned int i, round;

	ac_kunit_seed(test, &rnd);
	for (round = 0; round < AC_KUNIT_ROUNDS(50); round++) {
		walk(test, farm, &rnd);
		for (i = 0; i < NR_HERDS; i += 2)
			KUNIT_EXPECT_TRUE(test, is_seen_once(farm, i));
		for (i = 0; i < farm->nr_seen; i++)
			KUNIT_EXPECT_EQ(test, times_seen(farm, farm->seen[i]), 1);
	}
	ac_kunit_assert_clean(test);
}

/* A step ends after 4096 entries of the map, also where there is no arena. */
static void empty_addresses_are_passed_over(struct kunit *test)
{
	unsigned long at = 0, from, steps = 0;

	do {
		from = at;
		if (!ac_arena_map_skip(&at))
			break;
		KUNIT_ASSERT_LE(test, at - from, 4096);
		at++;
	} while (++steps <= ac_arena_map->end);
	KUNIT_EXPECT_EQ(test, at, ac_arena_map->end);
	at = ac_arena_map->end + 5;
	KUNIT_EXPECT_FALSE(test, ac_arena_map_skip(&at));
}

/* --- counted at the pauses --- */

static unsigned long pauses;

static void count_pause(void)
{
	pauses++;
}

static unsigned int nr_reported;
static void *reported[64];

static void note_report(struct arena_cache *c, void *block)
{
	if (nr_reported < ARRAY_SIZE(reported))
		reported[nr_reported++] = block;
}

static bool is_reported(const void *block)
{
	unsigned int i;

	for (i = 0; i < nr_reported; i++)
		if (reported[i] == block)
			return true;
	return false;
}

/* Destroys @c; counts the pauses, and the blocks that are reported. */
static void destroy_counted(struct kunit *test, struct arena_cache *c)
{
	pauses = 0;
	nr_reported = 0;
	kunit_activate_static_stub(test, ac_arena_pause, count_pause);
	kunit_activate_static_stub(test, ac_leak_name, note_report);
	arena_cache_destroy(c);
	kunit_deactivate_static_stub(test, ac_arena_pause);
	kunit_deactivate_static_stub(test, ac_leak_name);
}

static void lose_blocks(struct kunit *test, unsigned int nr, void **p)
{
	struct arena_cache *c;
	unsigned int i;

	c = ac_kunit_create(test, "leaky", BLOCK, 0, NULL);
	ac_kunit_take_blocks(test, c, nr, p);
	destroy_counted(test, c);
	for (i = 0; i < nr_reported; i++)
		KUNIT_EXPECT_PTR_EQ(test, ac_owner_of(reported[i]), c);
	ac_pool_put(c, nr, p);
	ac_cache_reap();
}

/* The pools of other caches are not searched. */
static void one_leak_is_found_at_once(struct kunit *test)
{
	void *p;

	start_farm(test);
	lose_blocks(test, 1, &p);
	KUNIT_EXPECT_EQ(test, nr_reported, 1);
	KUNIT_EXPECT_PTR_EQ(test, reported[0], p);
	KUNIT_EXPECT_EQ(test, pauses, 0);
}

/* Full pools are on no list, so all arenas are searched. */
static void leaks_fill_their_pool(struct kunit *test)
{
	unsigned long arenas;
	void *p[8];
	unsigned int i;

	start_farm(test);
	arenas = ac_kunit_count_arenas();
	lose_blocks(test, ARRAY_SIZE(p), p);
	KUNIT_EXPECT_EQ(test, nr_reported, ARRAY_SIZE(p));
	for (i = 0; i < ARRAY_SIZE(p); i++)
		KUNIT_EXPECT_TRUE(test, is_reported(p[i]));
	/* Addresses without arenas have pauses of their own. */
	KUNIT_EXPECT_LE(test, pauses, arenas + 1 + ac_arena_map->end / 4096);
}

/* Eight of 81 blocks are named, none of them twice. */
static void some_of_many_leaks(struct kunit *test)
{
	void *p[81];
	unsigned int i, j;

	lose_blocks(test, ARRAY_SIZE(p), p);
	KUNIT_EXPECT_EQ(test, nr_reported, 8);
	for (i = 0; i < nr_reported; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_PTR_NE(test, reported[i], reported[j]);
}

static void raw_leaks_are_not_looked_for(struct kunit *test)
{
	struct arena_cache *c;
	void *p;

	ac_kunit_famine_start(test);
	c = ac_kunit_create(test, "raw", BLOCK, 0, NULL);
	p = arena_cache_alloc(c, AC_KUNIT_FAMINE_GFP);
	ac_kunit_famine_end(test);
	KUNIT_ASSERT_NOT_NULL(test, p);
	start_farm(test);
	KUNIT_EXPECT_FALSE(test, ac_arena_owns(p));
	destroy_counted(test, c);
	KUNIT_EXPECT_EQ(test, nr_reported, 0);
	KUNIT_EXPECT_EQ(test, pauses, 0);
	arena_cache_free(c, p);
	ac_cache_flush(c);
	ac_cache_reap();
}

static void traces_look_at_one_pool_at_a_time(struct kunit *test)
{
	struct farm *farm = start_farm(test);
	struct ac_traces *t;

	pauses = 0;
	kunit_activate_static_stub(test, ac_arena_pause, count_pause);
	t = ac_traces_get();
	kunit_deactivate_static_stub(test, ac_arena_pause);
	KUNIT_EXPECT_GE(test, pauses, ac_pool_nr_pools(farm->c));
	KUNIT_ASSERT_NOT_NULL(test, t);
	ac_traces_put(t);
}

/* --- figures --- */

struct count {
	const struct arena_cache *c;
	unsigned int all;
	unsigned int of_c;
};

static void count_cache(struct arena_cache *c, void *arg)
{
	struct count *count = arg;

	count->all++;
	count->of_c += c == count->c;
}

static unsigned int count_listed(void)
{
	struct arena_cache *c;
	unsigned int n = 0;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		n++;
	mutex_unlock(&ac_caches_lock);
	return n;
}

static void each_cache_is_met_once(struct kunit *test)
{
	struct count count = { .c = ac_kunit_cache(test, 24, 0, NULL) };

	ac_owner_visit(count_cache, &count);
	KUNIT_EXPECT_EQ(test, count.of_c, 1);
	KUNIT_EXPECT_EQ(test, count.all, count_listed());
}

/* Figures can be read while another task holds the lock of all caches. */
static void figures_take_no_mutex(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, 24, 0, NULL);
	const struct ac_row *row;
	struct ac_snapshot *s;
	struct ac_traces *t;

	mutex_lock(&ac_caches_lock);
	s = ac_snapshot_get();
	t = ac_traces_get();
	mutex_unlock(&ac_caches_lock);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_ASSERT_NOT_NULL(test, t);
	for (row = s->row; row < s->row + s->nr_rows; row++)
		if (row->cache == c)
			break;
	KUNIT_EXPECT_LT(test, row - s->row, s->nr_rows);
	KUNIT_EXPECT_STREQ(test, row->name, c->name);
	KUNIT_EXPECT_EQ(test, row->id, c->id);
	ac_traces_put(t);
	ac_snapshot_put(s);
}

/* A snapshot has copies of what it needs of a cache. */
static void a_snapshot_outlives_its_caches(struct kunit *test)
{
	static const char name[] = "a cache with a name that is longer than most others";
	struct arena_cache *c;
	struct ac_snapshot *s;
	unsigned int i, found = 0;

	c = ac_kunit_create(test, name, 24, 0, NULL);
	s = ac_snapshot_get();
	arena_cache_destroy(c);
	rcu_barrier();
	KUNIT_ASSERT_NOT_NULL(test, s);
	for (i = 0; i < s->nr_rows; i++)
		found += !strcmp(s->row[i].name, name);
	KUNIT_EXPECT_EQ(test, found, 1);
	ac_snapshot_put(s);
}

static struct farm *moving;
static struct kunit *moving_test;
static unsigned int moves;

/* Called between the look at the caches and the look at their nodes. */
static void give_herds(void)
{
	moves++;
	empty_farm(moving);
}

static void take_herds(void)
{
	unsigned int i;

	moves++;
	for (i = 0; i < NR_HERDS; i++)
		if (!moving->herd[i].block[0])
			fill_herd(moving_test, moving, &moving->herd[i]);
}

static void sums_while_pools_move(struct kunit *test)
{
	moving = start_farm(test);
	moving_test = test;
	moves = 0;
	kunit_activate_static_stub(test, ac_arena_pause, give_herds);
	ac_kunit_expect_sums(test);
	kunit_activate_static_stub(test, ac_arena_pause, take_herds);
	ac_kunit_expect_sums(test);
	kunit_deactivate_static_stub(test, ac_arena_pause);
	KUNIT_EXPECT_GE(test, moves, 2);
	ac_kunit_expect_sums(test);
}

static const struct ac_occupancy_row *find_row(const struct ac_occupancy *o,
					       const struct arena_cache *c)
{
	unsigned int i;

	for (i = 0; i < o->nr_rows; i++)
		if (o->row[i].cache->cache == c)
			return &o->row[i];
	return NULL;
}

/* Blocks in magazines are not alive. */
static void occupancy_is_exact_at_rest(struct kunit *test)
{
	struct arena_cache *c = ac_kunit_cache(test, BLOCK, 0, NULL);
	const struct ac_occupancy_row *row;
	struct ac_occupancy *o;
	void *p[80];

	KUNIT_ASSERT_FALSE(test, c->debug);
	KUNIT_ASSERT_EQ(test, arena_cache_alloc_bulk(c, GFP_KERNEL, 80, p), 80);
	arena_cache_free_bulk(c, 30, p);
	o = ac_occupancy_get();
	KUNIT_ASSERT_NOT_NULL(test, o);
	row = find_row(o, c);
	if (row) {
		KUNIT_EXPECT_EQ(test, row->live, 50);
		KUNIT_EXPECT_EQ(test, ac_occupancy_pages(row), ac_pool_nr_pools(c));
	}
	ac_occupancy_put(o);
	KUNIT_EXPECT_NOT_NULL(test, row);
	KUNIT_EXPECT_EQ(test, ac_magazine_cached(c), 0);
	arena_cache_free_bulk(c, 50, p + 30);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_arena_at_a_time),
	KUNIT_CASE(arenas_come_and_go_meanwhile),
	KUNIT_CASE(empty_addresses_are_passed_over),
	KUNIT_CASE(one_leak_is_found_at_once),
	KUNIT_CASE(leaks_fill_their_pool),
	KUNIT_CASE(some_of_many_leaks),
	KUNIT_CASE(raw_leaks_are_not_looked_for),
	KUNIT_CASE(traces_look_at_one_pool_at_a_time),
	KUNIT_CASE(each_cache_is_met_once),
	KUNIT_CASE(figures_take_no_mutex),
	KUNIT_CASE(a_snapshot_outlives_its_caches),
	KUNIT_CASE(sums_while_pools_move),
	KUNIT_CASE(occupancy_is_exact_at_rest),
	KUNIT_CASE(ac_kunit_nothing_left),
	{}
};

static struct kunit_suite suite = {
	.name = "arena_cache_walks",
	.suite_init = ac_kunit_suite_init,
	.init = ac_kunit_start,
	.test_cases = cases,
};

kunit_test_suite(suite);
