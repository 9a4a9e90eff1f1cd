// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - magazines that wait for a grace period
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "grace.h"
#include "group.h"

/* Grace periods that a magazine waits for at most: one that began before, and its own. */
#define AC_GRACE_PERIODS	2

static void (*free_one)(struct arena_cache *c, void *p);

/* Protects the spare magazines; interrupts off; nothing nests inside. */
static DEFINE_RAW_SPINLOCK(spares_lock);
static struct ac_magazine *spares;
static unsigned int missing;

static struct ac_magazine *take_spare(void)
{
	struct ac_magazine *m;
	unsigned long flags;

	raw_spin_lock_irqsave(&spares_lock, flags);
	m = spares;
	if (m) {
		spares = m->next;
		missing++;
	}
	raw_spin_unlock_irqrestore(&spares_lock, flags);
	return m;
}

/* A shared magazine is empty. */
static void return_magazine(struct ac_magazine *m)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&spares_lock, flags);
	if (missing) {
		missing--;
		m->next = spares;
		spares = m;
		m = NULL;
	}
	raw_spin_unlock_irqrestore(&spares_lock, flags);
	ac_magazine_free(m);
}

/* An empty magazine, or NULL. A cache's part has no spares: the shared part serves it. */
struct ac_magazine *ac_grace_magazine(const struct ac_grace *g)
{
	struct ac_magazine *m = ac_magazine_new(g->cache);

	return m || g->cache ? m : take_spare();
}

/* Is a magazine of @c that is ripe one of free blocks, with nothing left to be done? */
static bool stays_whole(const struct arena_cache *c)
{
	return !ARENA_CACHE_WATCHED && !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) &&
	       !c->large && !c->debug && !want_init_on_free();
}

static void free_of_cache(struct arena_cache *c, unsigned int group,
			  struct ac_magazine *m)
{
	void **block = ac_magazine_bottom(c, m) + 1;
	unsigned long i;

	m->next = NULL;
	if (stays_whole(c)) {
		if (m->count < c->rounds || !ac_depot_give(c, group, m))
			ac_magazine_retire(c, m);
		return;
	}
	for (i = 0; i < m->count; i++)
		free_one(c, block[i]);
	ac_magazine_free(m);
}

/* RCU keeps a cache whose last block this is. */
static void free_pair(struct arena_cache *c, void *p)
{
	rcu_read_lock();
	free_one(c, p);
	if (c)
		atomic_long_dec(&c->nr_shared);
	rcu_read_unlock();
}

static void free_shared(const struct ac_grace *g, struct ac_magazine *m)
{
	void **word = ac_grace_bottom(g, m) + 1;
	/* It lies next to the words, and a bad free may print. */
	const unsigned long words = m->count;
	unsigned long i;

	for (i = 0; i < words; i += 2)
		free_pair(word[i], word[i + 1]);
	return_magazine(m);
}

static void free_ripe(struct ac_grace_group *group, struct ac_magazine *ripe)
{
	struct ac_grace *g = group->grace;
	struct ac_magazine *m;
	unsigned int blocks;

	while (ripe) {
		m = ripe;
		ripe = m->next;
		blocks = ac_grace_blocks(g, m->count);
		if (g->cache)
			free_of_cache(g->cache, group - g->group, m);
		else
			free_shared(g, m);
		atomic_long_sub(blocks, &group->nr);
		cond_resched();
	}
}

static void on_grace_period(struct work_struct *work)
{
	struct ac_grace_group *group = container_of(to_rcu_work(work),
						    struct ac_grace_group,
						    work);
	struct ac_magazine *ripe;
	bool more;

	raw_spin_lock_irq(&group->lock);
	ripe = group->waiting;
	group->waiting = group->next;
	group->next = NULL;
	more = group->waiting;
	group->busy = more;
	raw_spin_unlock_irq(&group->lock);
	if (more)
		queue_rcu_work(system_dfl_wq, &group->work);
	free_ripe(group, ripe);
}

/**
 * ac_grace_queue - have a magazine wait
 * @g: what it belongs to
 * @m: the magazine
 * @words: how many of its words are filled, from ac_grace_bottom() on
 *
 * Context: any but NMI; preemption off.
 */
void ac_grace_queue(struct ac_grace *g, struct ac_magazine *m,
		    unsigned int words)
{
	struct ac_grace_group *group = &g->group[ac_group_mine()];
	struct ac_magazine **list;
	unsigned long flags;
	bool start;

	m->count = words;
	atomic_long_add(ac_grace_blocks(g, words), &group->nr);
	raw_spin_lock_irqsave(&group->lock, flags);
	start = !group->busy;
	group->busy = true;
	list = start ? &group->waiting : &group->next;
	m->next = *list;
	*list = m;
	raw_spin_unlock_irqrestore(&group->lock, flags);
	if (start)
		queue_rcu_work(system_dfl_wq, &group->work);
}

/* Blocks that wait. Exact once their callers rest. */
long ac_grace_nr(const struct ac_grace *g)
{
	unsigned int i;
	long n = 0;

	for (i = 0; i < ac_nr_groups; i++)
		n += atomic_long_read(&g->group[i].nr);
	return n;
}

/* Waits until what was queued before is free, and no work looks at @g. May sleep. */
void ac_grace_wait(struct ac_grace *g)
{
	unsigned int i, n;

	for (i = 0; i < ac_nr_groups; i++)
		for (n = 0; n < AC_GRACE_PERIODS; n++)
			flush_rcu_work(&g->group[i].work);
}

static void init_group(struct ac_grace *g, struct ac_grace_group *group)
{
	raw_spin_lock_init(&group->lock);
	INIT_RCU_WORK(&group->work, on_grace_period);
	group->grace = g;
}

/* For @c, or shared if that is NULL; kfree() ends it, when nothing waits. */
struct ac_grace *ac_grace_new(struct arena_cache *c, gfp_t gfp)
{
	struct ac_grace *g = kzalloc(struct_size(g, group, ac_nr_groups), gfp);
	unsigned int i;

	if (!g)
		return NULL;
	g->cache = c;
	for (i = 0; i < ac_nr_groups; i++)
		init_group(g, &g->group[i]);
	return g;
}

/* No magazine waits. */
void ac_grace_exit(void)
{
	struct ac_magazine *m;

	while ((m = spares)) {
		spares = m->next;
		ac_magazine_free(m);
	}
}

/**
 * ac_grace_init - make the spare magazines
 * @fn: frees one block of a cache, or of kmalloc() if that is NULL
 *
 * Return: 0 or -ENOMEM.
 */
int ac_grace_init(void (*fn)(struct arena_cache *c, void *p))
{
	free_one = fn;
	for (missing = num_possible_cpus(); missing; ) {
		struct ac_magazine *m = ac_magazine_new(NULL);

		if (!m) {
			ac_grace_exit();
			return -ENOMEM;
		}
		return_magazine(m);
	}
	return 0;
}
