/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what the KUnit suites share
 *
 * The suites count arenas, pools and events exactly, so they want the allocator
 * to themselves. Every suite ends with ac_kunit_nothing_left(): what a suite
 * took must be back by then.
 */
#ifndef AC_KUNIT_HELPER_H
#define AC_KUNIT_HELPER_H

#include <kunit/test.h>
#include <linux/arena_cache.h>
#include <linux/completion.h>
#include <linux/prandom.h>

#include "../arena.h"
#include "../stats.h"

/* Fewer rounds where every access is checked. */
#define AC_KUNIT_ROUNDS(n)	((n) / (IS_ENABLED(CONFIG_KASAN) ? 10 : 1))

/* --- one cache, one CPU, one moment --- */

int ac_kunit_suite_init(struct kunit_suite *suite);
void ac_kunit_nothing_left(struct kunit *test);
void ac_kunit_assert_clean(struct kunit *test);
void ac_kunit_expect_sums(struct kunit *test);
void ac_kunit_trim(struct kunit *test);
void ac_kunit_open_orders(void);
void ac_kunit_pay_by_arena(struct kunit *test);
void ac_kunit_pin(struct kunit *test, int cpu);
int ac_kunit_start(struct kunit *test);
unsigned int ac_kunit_reserve(int node);
u64 ac_kunit_seed(struct kunit *test, struct rnd_state *rnd);
void *ac_kunit_zalloc(struct kunit *test, size_t size);

/* A cache that goes away with the test. */
struct arena_cache *ac_kunit_cache(struct kunit *test, unsigned int size,
				   unsigned int align, void (*ctor)(void *));
void ac_kunit_destroy(struct kunit *test, struct arena_cache *c);
bool ac_kunit_is_listed(const char *name);

/* Blocks straight from pools, past the magazines. */
void ac_kunit_take_blocks(struct kunit *test, struct arena_cache *c,
			  unsigned int nr, void **blocks);
void *ac_kunit_take_block(struct kunit *test, struct arena_cache *c);

/* The pool of @p, which lies in an arena that cannot go. */
struct ac_pool *ac_kunit_pool_of(const void *p);

/* Gives back a pool of which no block is in use. */
void ac_kunit_give_pool(struct arena_cache *c, struct ac_pool *pool,
			struct ac_dead *dead);

/* The first free page of the arena that @p lies in. */
void *ac_kunit_free_page(struct kunit *test, const void *p);

/* @event must have happened @times since @before was read. */
#define AC_KUNIT_EXPECT_EVENTS(test, event, before, times) \
	KUNIT_EXPECT_EQ(test, ac_stat_read(event) - (before),  \
			(unsigned long)(times))

/* --- threads, each on its CPU --- */

struct ac_kunit_thread {
	void (*fn)(struct ac_kunit_thread *thread);
	void *arg;
	unsigned int id;
	unsigned int cpu;
	unsigned long errors;
	const char *first_error;
	struct rnd_state rnd;
	struct completion done;
};

struct ac_kunit_crew {
	unsigned int nr;
	bool enough;		/* what threads without an end look at */
	struct ac_kunit_thread thread[];
};

struct ac_kunit_crew *ac_kunit_crew_start(struct kunit *test, unsigned int nr,
					  void (*fn)(struct ac_kunit_thread *),
					  void *arg);
bool ac_kunit_crew_busy(struct ac_kunit_crew *crew);
void ac_kunit_crew_finish(struct kunit *test, struct ac_kunit_crew *crew);

static inline void ac_kunit_check(struct ac_kunit_thread *thread, bool good,
				  const char *what)
{
	if (likely(good))
		return;
	if (!thread->errors++)
		thread->first_error = what;
}

/* --- no arena to be had --- */

/* What to allocate with in a famine: may block, so leaves the reserve alone. */
#define AC_KUNIT_FAMINE_GFP	GFP_KERNEL

void ac_kunit_famine_start(struct kunit *test);
void ac_kunit_famine_worsen(struct kunit *test, unsigned int raw);
void ac_kunit_famine_end(struct kunit *test);

#endif /* AC_KUNIT_HELPER_H */
