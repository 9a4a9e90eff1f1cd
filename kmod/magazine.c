// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - magazines and depots
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/topology.h>

#include "kunit_export.h"
#include "magazine.h"
#include "node.h"
#include "stats.h"
#include "wake.h"

const struct ac_magazine ac_null_magazine __aligned(ARENA_CACHE_MAGAZINE);

struct arena_cache_cpu __percpu *arena_cache_class_cpus;
EXPORT_SYMBOL_GPL(arena_cache_class_cpus);

static struct kmem_cache *magazine_slab;

static void **null_top(void)
{
	return (void **)(&ac_null_magazine + 1) - 1;
}

static struct ac_depot *local_depot(const struct arena_cache *c)
{
	return c->depots[ac_node_here()];
}

static struct ac_magazine *pop(struct ac_stack *stack)
{
	struct ac_magazine *m = stack->top;

	if (m) {
		stack->top = m->next;
		stack->low = min(stack->low, --stack->nr);
	}
	return m;
}

static void push(struct ac_stack *stack, struct ac_magazine *m)
{
	m->next = stack->top;
	stack->top = m;
	stack->nr++;
}

static void free_magazine(struct ac_magazine *m)
{
	if (m)
		kmem_cache_free(magazine_slab, m);
}

/*
 * Whoever holds the lock does so for a dozen instructions, unless interrupted:
 * so try for a moment, and do without the depot if that fails. See magazine.h.
 */
static bool lock_depot(struct ac_depot *depot)
{
	unsigned int tries = AC_DEPOT_TRIES;

	while (!raw_spin_trylock(&depot->lock)) {
		if (!--tries)
			return false;
		cpu_relax();
	}
	return true;
}

static void unlock_depot(struct ac_depot *depot)
{
	raw_spin_unlock(&depot->lock);
}

static unsigned int depot_limit(const struct arena_cache *c)
{
	return c->depot_max << AC_DEPOT_GROWTH;
}

/* Is there room for another full magazine, or reason to make it? */
static bool has_room(const struct arena_cache *c, struct ac_depot *depot)
{
	if (depot->full.nr >= depot->max && depot->wanting) {
		depot->wanting = false;
		depot->max = min(2 * depot->max, depot_limit(c));
	}
	return depot->full.nr < depot->max;
}

/* Gives @full in exchange for an empty magazine, if any. False: no room. */
static bool depot_put(struct arena_cache *c, struct ac_magazine *full,
		      struct ac_magazine **empty)
{
	struct ac_depot *depot = local_depot(c);
	bool room;

	if (!lock_depot(depot))
		return false;
	room = has_room(c, depot);
	if (room) {
		push(&depot->full, full);
		*empty = pop(&depot->empty);
	}
	unlock_depot(depot);
	return room;
}

/* Takes a full magazine in exchange for @empty, which may be NULL. */
static struct ac_magazine *depot_get(struct arena_cache *c,
				     struct ac_magazine *empty)
{
	struct ac_depot *depot = local_depot(c);
	struct ac_magazine *full;

	if (!lock_depot(depot))
		return NULL;
	full = pop(&depot->full);
	if (!full) {
		depot->wanting = true;
	} else if (empty && depot->empty.nr < depot->max) {
		push(&depot->empty, empty);
		empty = NULL;
	}
	unlock_depot(depot);
	if (full)
		free_magazine(empty);
	return full;
}

/*
 * Called where the allocator may be deep in anything: no sleeping, no waking of
 * kswapd, no warning, no emergency reserve. Zeroed, for the NULL below the oldest
 * block. Whoever gives it to a CPU that had none calls ac_wake() then. Not static, so
 * that tests can replace it.
 */
struct ac_magazine *ac_magazine_new(struct arena_cache *c)
{
	struct ac_depot *depot = local_depot(c);
	struct ac_magazine *m = NULL;

	KUNIT_STATIC_STUB_REDIRECT(ac_magazine_new, c);
	if (lock_depot(depot)) {
		m = pop(&depot->empty);
		unlock_depot(depot);
	}
	return m ?: kmem_cache_alloc(magazine_slab, __GFP_ZERO | __GFP_NOWARN |
						    __GFP_NOMEMALLOC);
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_new);

/* Puts the rounds below @top into their pools. Returns the new top. */
static void **flush_rounds(struct arena_cache *c, void **top)
{
	void **bottom = ac_magazine_bottom(c, ac_magazine_of(top));

	ac_pool_put(c, top - bottom, bottom + 1);
	return bottom;
}

static bool load_from_depot(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *empty = ac_magazine_of(cpu->prev);
	struct ac_magazine *full;

	full = depot_get(c, ac_magazine_is_null(cpu->prev) ? NULL : empty);
	if (!full)
		return false;
	cpu->prev = cpu->top;
	cpu->top = ac_magazine_last(full);
	cpu->gets++;
	return true;
}

/* Blocks that the loaded magazine, which it may have to find, has room for. */
static unsigned int loaded_room(struct arena_cache *c,
				struct arena_cache_cpu *cpu)
{
	struct ac_magazine *m;

	if (ac_magazine_is_null(cpu->top))
		swap(cpu->top, cpu->prev);
	if (ac_magazine_is_null(cpu->top)) {
		m = ac_magazine_new(c);
		if (!m)
			return 0;
		cpu->top = ac_magazine_bottom(c, m);
		ac_wake();
	}
	return ac_magazine_last(ac_magazine_of(cpu->top)) - cpu->top;
}

static bool load_from_pools(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	unsigned int n = min(loaded_room(c, cpu), ac_magazine_batch(c));

	if (n)
		n = ac_pool_take(c, ac_node_mine(), n, cpu->top + 1);
	cpu->top += n;
	cpu->refills += !!n;
	return n;
}

/**
 * ac_magazine_adopt - fill the loaded magazine from a new pool
 * @c: the cache
 * @pool: from ac_pool_make(); published here
 *
 * Context: any but NMI.
 * Return: a block of the pool.
 */
void *ac_magazine_adopt(struct arena_cache *c, struct ac_pool *pool)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;
	void *p;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (__arena_cache_enter(cpu)) {
		n = min(loaded_room(c, cpu), ac_magazine_batch(c));
		if (n) {
			n = ac_pool_publish(c, pool, n, cpu->top + 1);
			cpu->top += n - 1;
			p = cpu->top[1];
			cpu->refills++;
		}
		/* Part of an operation that was counted. */
		cpu->seq -= 2;
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	if (!n)
		ac_pool_publish(c, pool, 1, &p);
	return p;
}

/**
 * ac_magazine_reload - bring blocks into a loaded magazine that has none
 * @c: the cache
 * @cpu: this CPU's magazines, entered
 *
 * Return: false if neither the CPU, nor the depot, nor the pools have a block.
 */
bool ac_magazine_reload(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	if (ac_magazine_rounds(c, cpu->prev)) {
		swap(cpu->top, cpu->prev);
		cpu->swaps++;
		return true;
	}
	return load_from_depot(c, cpu) || load_from_pools(c, cpu);
}

/* The full magazine that was loaded is the previous one now. */
static void load_empty(struct arena_cache *c, struct arena_cache_cpu *cpu,
		       struct ac_magazine *empty)
{
	cpu->prev = cpu->top;
	cpu->top = ac_magazine_bottom(c, empty);
}

/**
 * ac_magazine_unload - make room in a loaded magazine that has none
 * @c: the cache
 * @cpu: this CPU's magazines, entered
 *
 * Return: false if the CPU has no magazine and there is no memory for one.
 */
bool ac_magazine_unload(struct arena_cache *c, struct arena_cache_cpu *cpu)
{
	struct ac_magazine *empty = NULL;

	if (!ac_magazine_is_full(cpu->prev)) {
		swap(cpu->top, cpu->prev);
		cpu->swaps++;
		return true;
	}
	if (!ac_magazine_is_null(cpu->prev)) {
		if (!depot_put(c, ac_magazine_of(cpu->prev), &empty)) {
			cpu->prev = flush_rounds(c, cpu->prev);
			swap(cpu->top, cpu->prev);
			cpu->flushes++;
			return true;
		}
		cpu->prev = null_top();
		cpu->puts++;
	}
	if (empty) {
		load_empty(c, cpu, empty);
		return true;
	}
	empty = ac_magazine_new(c);
	if (empty) {
		load_empty(c, cpu, empty);
		/* It may be the CPU's first. */
		ac_wake();
		return true;
	}
	if (ac_magazine_is_null(cpu->top))
		return false;
	cpu->top = flush_rounds(c, cpu->top);
	cpu->flushes++;
	return true;
}

/* Copies the newest rounds of the loaded magazine out. */
static unsigned int pop_run(struct arena_cache *c, struct arena_cache_cpu *cpu,
			    unsigned int nr, void **blocks)
{
	unsigned int n = min(nr, ac_magazine_rounds(c, cpu->top));

	cpu->top -= n;
	ac_copy_blocks(blocks, cpu->top + 1, n);
	return n;
}

/**
 * ac_magazine_take - take blocks from this CPU's magazines
 * @c: the cache
 * @nr: how many blocks are wanted
 * @blocks: gets them
 *
 * For what the loaded magazine could not serve alone; preemption is off for all
 * of it.
 *
 * Context: any but NMI.
 * Return: number of blocks taken, 0 to @nr.
 */
unsigned int ac_magazine_take(struct arena_cache *c, unsigned int nr,
			      void **blocks)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		n = pop_run(c, cpu, nr, blocks);
		while (n < nr && ac_magazine_reload(c, cpu))
			n += pop_run(c, cpu, nr - n, blocks + n);
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_ALLOC);
	}
	preempt_enable();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_take);

static void **push_careful(void **top, unsigned int nr, void **blocks)
{
	for (; nr; nr--, blocks++)
		if (*blocks)
			*++top = *blocks;
	return top;
}

/* Copies blocks into the loaded magazine until it is full. */
static unsigned int push_run(struct arena_cache_cpu *cpu, unsigned int nr,
			     void **blocks)
{
	void **top = cpu->top;
	unsigned int n;

	n = min_t(unsigned long, nr, ac_magazine_last(ac_magazine_of(top)) - top);
	if (likely(ac_copy_blocks(top + 1, blocks, n)))
		cpu->top = top + n;
	else
		cpu->top = push_careful(top, n, blocks);
	return n;
}

/**
 * ac_magazine_put - put blocks into this CPU's magazines
 * @c: the cache
 * @nr: number of blocks
 * @blocks: the blocks; NULLs are skipped
 *
 * Context: any but NMI.
 * Return: number of blocks dealt with, 0 to @nr.
 */
unsigned int ac_magazine_put(struct arena_cache *c, unsigned int nr,
			     void **blocks)
{
	struct arena_cache_cpu *cpu;
	unsigned int n = 0;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (__arena_cache_enter(cpu)) {
		cpu->misses++;
		n = push_run(cpu, nr, blocks);
		while (n < nr && ac_magazine_unload(c, cpu))
			n += push_run(cpu, nr - n, blocks + n);
		__arena_cache_leave(cpu);
	} else {
		ac_stat_inc(AC_STAT_BUSY_FREE);
	}
	preempt_enable();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_put);

/* Empties a magazine that no CPU holds any more, and frees it. */
static void retire(struct arena_cache *c, struct ac_magazine *m)
{
	void **bottom = ac_magazine_bottom(c, m);

	flush_rounds(c, bottom + m->count);
	free_magazine(m);
}

static void retire_all(struct arena_cache *c, struct ac_magazine *m)
{
	struct ac_magazine *next;

	for (; m; m = next) {
		next = m->next;
		retire(c, m);
	}
}

/* Takes the magazine away from @slot, leaving the null magazine. */
static void detach(struct arena_cache *c, void ***slot,
		   struct ac_magazine **list)
{
	struct ac_magazine *m = ac_magazine_of(*slot);

	if (ac_magazine_is_null(*slot))
		return;
	m->count = ac_magazine_rounds(c, *slot);
	m->next = *list;
	*list = m;
	*slot = null_top();
}

/*
 * One flush of all CPUs, or of those that rest: what they gave up, and whether one was
 * busy.
 */
struct flush {
	struct arena_cache *cache;
	raw_spinlock_t lock;
	struct ac_magazine *list;
	bool resting;
	bool again;
};

/* On every CPU, interrupts off: whom it interrupted may be in the magazines. */
static void flush_this_cpu(void *arg)
{
	struct flush *flush = arg;
	struct arena_cache_cpu *cpu = raw_cpu_ptr(flush->cache->cpu);

	raw_spin_lock(&flush->lock);
	/* Amid the addition it is odd, or will be: seen or not, it does not rest. */
	if (flush->resting && (u32)data_race(cpu->seq) != cpu->seen) {
		flush->again = true;
	} else if (__arena_cache_enter(cpu)) {
		detach(flush->cache, &cpu->top, &flush->list);
		detach(flush->cache, &cpu->prev, &flush->list);
		cpu->seq -= 2;
		__arena_cache_leave(cpu);
	} else {
		flush->again = true;
	}
	raw_spin_unlock(&flush->lock);
}

/* Whoever waits for a depot has its interrupts off: one could only try and fail. */
static void lock_depot_irq(struct ac_depot *depot)
{
	for (;;) {
		local_irq_disable();
		if (lock_depot(depot))
			break;
		local_irq_enable();
		cond_resched();
	}
}

static void unlock_depot_irq(struct ac_depot *depot)
{
	unlock_depot(depot);
	local_irq_enable();
}

/* Takes up to @nr magazines with @rounds each off, to be retired. */
static struct ac_magazine *cut(struct ac_stack *stack, unsigned int nr,
			       unsigned int rounds)
{
	struct ac_magazine *m, *list = NULL;

	while (nr-- && (m = pop(stack))) {
		m->count = rounds;
		m->next = list;
		list = m;
	}
	return list;
}

/* Retires up to @nr full and @nr empty magazines; returns how many full. */
static unsigned int shorten_depot(struct arena_cache *c, struct ac_depot *depot,
				  unsigned int nr)
{
	struct ac_magazine *full, *empty;
	unsigned int before;

	lock_depot_irq(depot);
	before = depot->full.nr;
	full = cut(&depot->full, nr, c->rounds);
	empty = cut(&depot->empty, nr, 0);
	if (!depot->full.nr && !depot->empty.nr)
		depot->max = c->depot_max;
	unlock_depot_irq(depot);
	retire_all(c, full);
	retire_all(c, empty);
	return min(before, nr);
}

static void flush_depot(struct arena_cache *c, struct ac_depot *depot)
{
	shorten_depot(c, depot, UINT_MAX);
}

/* Where tests let something happen. */
void ac_magazine_between(struct arena_cache *c)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_magazine_between, c);
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_between);

/**
 * ac_magazine_flush - return every cached block of a cache to its pool
 * @c: the cache
 *
 * A CPU that is inside its magazines is asked again: it is there for
 * microseconds, see AC_BULK_RUN.
 *
 * Context: may sleep; interrupts on.
 */
void ac_magazine_flush(struct arena_cache *c)
{
	struct flush flush = { .cache = c };
	int node;

	if (c->large)
		return;
	raw_spin_lock_init(&flush.lock);
	do {
		cond_resched();
		flush.again = false;
		on_each_cpu(flush_this_cpu, &flush, 1);
	} while (flush.again);
	ac_magazine_between(c);
	retire_all(c, flush.list);
	for_each_node(node)
		flush_depot(c, c->depots[node]);
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_flush);

/**
 * ac_magazine_drain - return what a depot has to its pools
 * @c: the cache
 * @node: NUMA node of the depot
 *
 * Context: may sleep; interrupts on; no lock of ours held.
 * Return: number of blocks returned.
 */
unsigned long ac_magazine_drain(struct arena_cache *c, int node)
{
	struct ac_depot *depot = c->depots[node];

	if (!ac_peek(depot->full.nr) && !ac_peek(depot->empty.nr))
		return 0;
	return shorten_depot(c, depot, UINT_MAX) * c->rounds;
}

/**
 * ac_magazine_raid - take a block out of a depot
 * @c: the cache
 * @node: NUMA node of the depot
 *
 * For callers whom nothing else served: what else was in its magazine goes to the
 * pools, where they find it next time.
 *
 * Context: any but NMI.
 * Return: the block, or NULL if the depot has none, or somebody is busy there.
 */
void *ac_magazine_raid(struct arena_cache *c, int node)
{
	struct ac_depot *depot = c->depots[node];
	struct ac_magazine *m;
	void *p;

	if (c->large || !lock_depot(depot))
		return NULL;
	m = pop(&depot->full);
	unlock_depot(depot);
	if (!m)
		return NULL;
	p = *ac_magazine_last(m);
	m->count = c->rounds - 1;
	retire(c, m);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_raid);

/* Has this CPU magazines, and not looked at them since the last call? */
static bool cpu_rests(int i, void *arg)
{
	struct flush *flush = arg;
	struct arena_cache_cpu *cpu = per_cpu_ptr(flush->cache->cpu, i);
	u32 seq = ac_peek(cpu->seq);
	bool rests = seq == cpu->seen;

	cpu->seen = seq;
	if (ac_magazine_is_null(ac_peek(cpu->top)) &&
	    ac_magazine_is_null(ac_peek(cpu->prev)))
		return false;
	flush->again |= !rests;
	return rests;
}

/* As many of @stack as nobody needed since the last call. */
static struct ac_magazine *cut_surplus(struct ac_stack *stack,
				       unsigned int rounds)
{
	struct ac_magazine *list = cut(stack, stack->low, rounds);

	stack->low = stack->nr;
	return list;
}

static bool decay_depot(struct arena_cache *c, struct ac_depot *depot)
{
	struct ac_magazine *full, *empty;
	bool left;

	if (!ac_peek(depot->full.nr) && !ac_peek(depot->empty.nr))
		return false;
	lock_depot_irq(depot);
	full = cut_surplus(&depot->full, c->rounds);
	empty = cut_surplus(&depot->empty, 0);
	depot->max = max3((unsigned int)c->depot_max, depot->full.nr,
			  depot->empty.nr);
	left = depot->full.nr || depot->empty.nr;
	unlock_depot_irq(depot);
	retire_all(c, full);
	retire_all(c, empty);
	return left;
}

/**
 * ac_magazine_decay - return blocks that nobody needed since this was called last
 * @c: the cache
 *
 * Depots come first. A magazine leaves a depot for a CPU, or a CPU that has another
 * one for a depot: a magazine that was in no depot when these were looked at is with
 * a CPU, or was with one that has magazines still, and so will not be forgotten.
 *
 * Those are in the magazines of CPUs that did not use the cache, and in as many
 * magazines of each depot as were there all the time.
 *
 * Context: may sleep; interrupts on.
 * Return: whether calling it again later may return more.
 */
bool ac_magazine_decay(struct arena_cache *c)
{
	struct flush flush = { .cache = c, .resting = true };
	int node;

	if (c->large)
		return false;
	raw_spin_lock_init(&flush.lock);
	for_each_node(node)
		flush.again |= decay_depot(c, c->depots[node]);
	ac_magazine_between(c);
	on_each_cpu_cond(cpu_rests, flush_this_cpu, &flush, true);
	retire_all(c, flush.list);
	return flush.again;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_decay);

/**
 * ac_magazine_flush_dead - return what a CPU that is gone had cached
 * @c: the cache
 * @cpu: number of the CPU, which is offline
 */
void ac_magazine_flush_dead(struct arena_cache *c, int cpu)
{
	struct arena_cache_cpu *dead = per_cpu_ptr(c->cpu, cpu);
	struct ac_magazine *list = NULL;

	detach(c, &dead->top, &list);
	detach(c, &dead->prev, &list);
	retire_all(c, list);
}

/**
 * ac_magazine_cached - number of blocks in magazines and depots
 * @c: the cache
 *
 * Return: exact once the cache's users rest.
 */
unsigned long ac_magazine_cached(struct arena_cache *c)
{
	unsigned long n = 0;
	int i;

	for_each_possible_cpu(i) {
		struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, i);

		n += ac_magazine_rounds(c, ac_peek(cpu->top));
		n += ac_magazine_rounds(c, ac_peek(cpu->prev));
	}
	for_each_node(i)
		n += ac_peek(c->depots[i]->full.nr) * c->rounds;
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_magazine_cached);

static bool stack_is_bad(const struct ac_depot *depot,
			 const struct ac_stack *stack)
{
	const struct ac_magazine *m;
	unsigned int n = 0;

	for (m = stack->top; m; m = m->next)
		n++;
	return n != stack->nr || n > depot->max || stack->low > n;
}

static unsigned long depot_is_bad(const struct arena_cache *c,
				  const struct ac_depot *depot)
{
	unsigned long bad = depot->max < c->depot_max ||
			    depot->max > depot_limit(c);

	bad += stack_is_bad(depot, &depot->full);
	return bad + stack_is_bad(depot, &depot->empty);
}

/**
 * ac_magazine_verify - check a cache's magazines and depots
 * @c: the cache
 *
 * Context: nothing else runs; see verify.h.
 * Return: number of invariants of magazine.h that they break.
 */
unsigned long ac_magazine_verify(struct arena_cache *c)
{
	unsigned long bad = 0;
	int i;

	for_each_possible_cpu(i)
		bad += per_cpu_ptr(c->cpu, i)->seq & 1;
	for_each_node(i) {
		bad += depot_is_bad(c, c->depots[i]);
	}
	return bad;
}

struct visit {
	struct arena_cache *cache;
	void (*fn)(struct arena_cache *c, void *p, void *arg);
	void *arg;
};

static void visit_rounds(const struct visit *visit, void **top)
{
	unsigned int n = ac_magazine_rounds(visit->cache, top);

	for (; n; n--)
		visit->fn(visit->cache, *top--, visit->arg);
}

/**
 * ac_magazine_for_each - look at every cached block of a cache
 * @c: the cache
 * @fn: called for each
 * @arg: passed to @fn
 *
 * Context: nothing else runs; see verify.h.
 */
void ac_magazine_for_each(struct arena_cache *c,
			  void (*fn)(struct arena_cache *c, void *p, void *arg),
			  void *arg)
{
	const struct visit visit = { .cache = c, .fn = fn, .arg = arg };
	struct ac_magazine *m;
	int i;

	for_each_possible_cpu(i) {
		visit_rounds(&visit, per_cpu_ptr(c->cpu, i)->top);
		visit_rounds(&visit, per_cpu_ptr(c->cpu, i)->prev);
	}
	for_each_node(i)
		for (m = c->depots[i]->full.top; m; m = m->next)
			visit_rounds(&visit, ac_magazine_last(m));
}

static unsigned int rounds_for(unsigned int block_size)
{
	return clamp_t(unsigned int, AC_MAGAZINE_BYTES / block_size, 1,
		       AC_ROUNDS_MAX);
}

static void empty_cpus(struct arena_cache_cpu __percpu *cpus)
{
	int i;

	for_each_possible_cpu(i) {
		per_cpu_ptr(cpus, i)->top = null_top();
		per_cpu_ptr(cpus, i)->prev = null_top();
	}
}

/**
 * ac_magazines_create - give a new cache its depots and its CPUs' magazines
 * @c: the cache; its block size is set
 *
 * Return: 0 or -ENOMEM; ac_magazines_destroy() cleans up after both.
 */
int ac_magazines_create(struct arena_cache *c)
{
	int i;

	c->rounds = rounds_for(c->block_size);
	c->depot_max = clamp_t(unsigned int,
			       AC_DEPOT_BYTES / (c->rounds * c->block_size),
			       1, AC_DEPOT_MAX);
	c->cpu = c->by_size ? arena_cache_class_cpus + ac_class_of(c->size) + 1 :
			      alloc_percpu(struct arena_cache_cpu);
	c->depots = kcalloc(nr_node_ids, sizeof(*c->depots), GFP_KERNEL);
	if (!c->cpu || !c->depots)
		return -ENOMEM;
	empty_cpus(c->cpu);
	for_each_node(i) {
		c->depots[i] = kzalloc_node(sizeof(**c->depots), GFP_KERNEL, i);
		if (!c->depots[i])
			return -ENOMEM;
		raw_spin_lock_init(&c->depots[i]->lock);
		c->depots[i]->max = c->depot_max;
	}
	return 0;
}

/* The magazines and depots are empty; see ac_magazine_flush(). */
void ac_magazines_destroy(struct arena_cache *c)
{
	int node;

	if (c->depots)
		for_each_node(node)
			kfree(c->depots[node]);
	kfree(c->depots);
	if (!c->by_size)
		free_percpu(c->cpu);
}

/* Gives back the memory of magazines that flushes have freed. May sleep. */
void ac_magazine_trim(void)
{
	kmem_cache_shrink(magazine_slab);
}

int ac_magazine_init(void)
{
	struct arena_cache_cpu __percpu *cpus;

	/* What is in a magazine is in use by nobody: kmemleak shall not look. */
	magazine_slab = kmem_cache_create("arena_cache_magazine",
					  ARENA_CACHE_MAGAZINE,
					  ARENA_CACHE_MAGAZINE,
					  SLAB_NOLEAKTRACE, NULL);
	if (!magazine_slab)
		return -ENOMEM;
	cpus = __alloc_percpu((ARENA_CACHE_CLASSES + 1) * sizeof(*cpus),
			      __alignof__(*cpus));
	if (!cpus) {
		kmem_cache_destroy(magazine_slab);
		return -ENOMEM;
	}
	empty_cpus(cpus);
	arena_cache_class_cpus = cpus;
	return 0;
}

void ac_magazine_exit(void)
{
	free_percpu(arena_cache_class_cpus);
	kmem_cache_destroy(magazine_slab);
}
