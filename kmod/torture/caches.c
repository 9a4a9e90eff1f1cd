// SPDX-License-Identifier: GPL-2.0
/*
 * Caches that come and go
 *
 * Some are destroyed when all their blocks are back. Others are destroyed while their
 * blocks wait for a grace period or two, with call_rcu(): these come back to a cache
 * that was destroyed, which must vanish with the last of them.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>

#include <linux/arena_cache.h>

#include "actor.h"
#include "caches.h"
#include "faults.h"
#include "refs.h"

/* The owner of pages, as for ac_torture_refer(): unlike those of all kinds. */
#define FIRST_OWNER	0x8000

/* One of so many caches has blocks that wait. */
#define ODDS_PENDING	4

DEFINE_SWITCH(caches);
MODULE_PARM_DESC(caches, "create and destroy caches (switch; 0 or 1; 1; writable)");

/**
 * struct pending - a block that waits
 * @rcu: for the end of a grace period
 * @cache: which was destroyed
 * @self: its address, so that a write by another is noticed
 * @again: it waits for one grace period more
 */
struct pending {
	struct rcu_head rcu;
	struct arena_cache *cache;
	struct pending *self;
	bool again;
};

static atomic_t created;
static atomic_long_t nr_pending;
static atomic_long_t nr_back;

static void come_back(struct rcu_head *rcu)
{
	struct pending *block = container_of(rcu, struct pending, rcu);

	if (block->self != block)
		ac_torture_error(AC_TORTURE_BYTES,
				 "a block that waits was written to by another",
				 block);
	if (block->again) {
		block->again = false;
		call_rcu(&block->rcu, come_back);
		return;
	}
	arena_cache_free(block->cache, block);
	atomic_long_inc(&nr_back);
	/* The last that is done here: see ac_torture_wait_for_pending(). */
	atomic_long_dec(&nr_pending);
}

static void free_later(struct ac_torture_actor *a, struct arena_cache *c,
		       unsigned int nr)
{
	struct pending *block;
	unsigned int i;

	atomic_long_add(nr, &nr_pending);
	for (i = 0; i < nr; i++) {
		block = a->bulk[i];
		block->cache = c;
		block->self = block;
		block->again = ac_torture_random(a, 2);
		call_rcu(&block->rcu, come_back);
	}
}

static void use(struct ac_torture_actor *a, struct arena_cache *c, bool later)
{
	unsigned int i, nr = 1 + ac_torture_random(a, AC_TORTURE_BULK);
	u16 owner = FIRST_OWNER | atomic_inc_return(&created);

	if (!arena_cache_alloc_bulk(c, GFP_KERNEL | __GFP_NOWARN, nr, a->bulk)) {
		a->failed++;
		return;
	}
	a->operations += 2 * nr;
	for (i = 0; i < nr; i++)
		ac_torture_refer(a, a->bulk[i], owner);
	if (later)
		free_later(a, c, nr);
	else
		arena_cache_free_bulk(c, nr, a->bulk);
}

/**
 * ac_torture_use_new_cache - create a cache, and destroy it
 * @a: the actor
 *
 * Context: process context; may sleep.
 */
void ac_torture_use_new_cache(struct ac_torture_actor *a)
{
	unsigned int size = 1 + ac_torture_random(a, ARENA_CACHE_MAX_BLOCK);
	bool later = ac_torture_one_of(a, ODDS_PENDING);
	struct arena_cache *c;

	if (!READ_ONCE(do_caches))
		return;
	if (later)
		size = max_t(unsigned int, size, sizeof(struct pending));
	c = arena_cache_create(later ? "torture-pending" : "torture-short",
			       size, 0, 0, NULL);
	if (!c) {
		a->failed++;
		return;
	}
	use(a, c, later);
	arena_cache_destroy(c);
}

/* Until all blocks are back. No actor runs. */
void ac_torture_wait_for_pending(void)
{
	while (atomic_long_read(&nr_pending))
		rcu_barrier();
	/* The last of them may still be on their way out. */
	rcu_barrier();
}

/* How many blocks came back so far. */
unsigned long ac_torture_pending(void)
{
	return atomic_long_read(&nr_back);
}
