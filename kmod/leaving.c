// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - pools that caches give back
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "arena.h"
#include "debug/shadow.h"
#include "kunit_export.h"
#include "leaving.h"

/* Pools that go back without a pause. */
#define AC_LEAVING_HOLD	64

/* No byte of a pool that is about to go is for another cache to see. */
static void wipe_pool(const struct ac_pool *pool)
{
	void *base = ac_arena_pool_base(pool);

	ac_shadow_open(base, AC_POOL_SIZE);
	clear_page(base);
}

static void give(struct arena_cache *c, struct list_head *pools,
		 struct ac_dead *dead)
{
	struct ac_pool *pool;

	if (want_init_on_free())
		list_for_each_entry(pool, pools, list)
			wipe_pool(pool);
	ac_arena_give_pools(c, pools, dead);
}

/* Moves the first of @from, up to AC_LEAVING_HOLD, to @to. */
static void cut(struct list_head *from, struct list_head *to)
{
	unsigned int i;

	for (i = 0; i < AC_LEAVING_HOLD && !list_empty(from); i++)
		list_move_tail(from->next, to);
}

static void give_all(struct arena_cache *c, struct list_head *pools)
{
	struct ac_dead dead;
	LIST_HEAD(some);

	while (!list_empty(pools)) {
		cut(pools, &some);
		ac_dead_init(&dead);
		rcu_read_lock();
		give(c, &some, &dead);
		ac_arena_release(&dead);
		rcu_read_unlock();
		INIT_LIST_HEAD(&some);
		cond_resched();
	}
}

static void on_grace_period(struct work_struct *work)
{
	struct ac_leaving *l = container_of(to_rcu_work(work),
					    struct ac_leaving, work);
	LIST_HEAD(gone);
	bool more;

	raw_spin_lock_irq(&l->lock);
	list_splice_init(&l->waiting, &gone);
	list_splice_init(&l->next, &l->waiting);
	more = !list_empty(&l->waiting);
	l->busy = more;
	raw_spin_unlock_irq(&l->lock);
	if (more)
		queue_rcu_work(system_dfl_wq, &l->work);
	give_all(l->cache, &gone);
}

static void wait_first(struct ac_leaving *l, struct list_head *pools)
{
	unsigned long flags;
	bool start;

	raw_spin_lock_irqsave(&l->lock, flags);
	start = !l->busy;
	l->busy = true;
	list_splice_init(pools, start ? &l->waiting : &l->next);
	raw_spin_unlock_irqrestore(&l->lock, flags);
	if (start)
		queue_rcu_work(system_dfl_wq, &l->work);
}

/**
 * ac_leaving_add - give pools back
 * @c: the cache that had them
 * @pools: pools without a taken block, nobody's
 * @dead: gets what goes to the page allocator now
 *
 * Context: any but NMI; RCU read-side section, which keeps the cache.
 */
void ac_leaving_add(struct arena_cache *c, struct list_head *pools,
		    struct ac_dead *dead)
{
	if (list_empty(pools))
		return;
	if (c->leaving)
		wait_first(c->leaving, pools);
	else
		give(c, pools, dead);
}

/* Waits until all pools that were given back are with their arenas. May sleep. */
void ac_leaving_wait(struct arena_cache *c)
{
	/* Those that wait, and those that came meanwhile. */
	if (c->leaving) {
		flush_rcu_work(&c->leaving->work);
		flush_rcu_work(&c->leaving->work);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_leaving_wait);

/* For a typesafe cache. Returns 0 or -ENOMEM; ac_leaving_destroy() cleans up after both. */
int ac_leaving_create(struct arena_cache *c)
{
	struct ac_leaving *l = kzalloc(sizeof(*l), GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	raw_spin_lock_init(&l->lock);
	INIT_LIST_HEAD(&l->next);
	INIT_LIST_HEAD(&l->waiting);
	INIT_RCU_WORK(&l->work, on_grace_period);
	l->cache = c;
	c->leaving = l;
	return 0;
}

/* No pool waits. */
void ac_leaving_destroy(struct arena_cache *c)
{
	kfree(c->leaving);
}
