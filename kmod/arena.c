// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "arena.h"
#include "fault.h"
#include "kunit_export.h"
#include "shadow.h"
#include "stats.h"
#include "wake.h"

/* More would be nonsense, and must not overflow. */
#define AC_RESERVE_MAX	65536

static struct ac_arena_set *sets;
static struct kmem_cache *records;
static unsigned int nr_reserve;
static atomic64_t last_id;

struct ac_arena_set *ac_arena_set(int node)
{
	return &sets[node];
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_set);

/* Puts @arena on the list that its free pools say; it must be on none. */
static void file_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(arena->free);

	if (!n) {
		list_add(&arena->list, &set->full);
		return;
	}
	list_add(&arena->list, &set->by_free[n - 1]);
	set->occupied |= BIT_ULL(n - 1);
	if (n == AC_POOLS)
		set->nr_empty++;
}

static void unfile_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(arena->free);

	list_del(&arena->list);
	if (n && list_empty(&set->by_free[n - 1]))
		set->occupied &= ~BIT_ULL(n - 1);
	if (n == AC_POOLS)
		set->nr_empty--;
}

static void add_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	file_arena(set, arena);
	set->nr_free_pools += AC_POOLS;
	set->highwater = max(set->highwater, ++set->nr_arenas);
}

/* None of its pools is used. */
static void remove_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unfile_arena(set, arena);
	set->nr_free_pools -= hweight64(arena->free);
	set->nr_gone -= hweight64(arena->gone);
	set->low = min(set->low, set->nr_free_pools);
	set->nr_arenas--;
}

static struct ac_arena *format_arena(struct ac_arena *arena, struct page *page)
{
	unsigned int i;

	memset(arena, 0, sizeof(*arena));
	arena->free = AC_ALL_POOLS;
	arena->page = page;
	arena->id = atomic64_inc_return(&last_id);
	arena->node = page_to_nid(page);
	for (i = 0; i < AC_POOLS; i++)
		set_page_private(page + i, 0);
	ac_shadow_close(page_address(page), AC_ARENA_SIZE, AC_SHADOW_NEVER);
	return arena;
}

/*
 * Without emergency reserves and without a warning, for kmalloc() stands behind.
 * Not static, so that tests can replace it.
 */
struct page *ac_arena_pages(gfp_t effort, int node)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pages, effort, node);
	if (ac_fault_arena())
		return NULL;
	return alloc_pages_node(node, effort | __GFP_THISNODE | __GFP_NORETRY |
				__GFP_NOWARN | __GFP_NOMEMALLOC,
				AC_ARENA_ORDER);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pages);

/* @effort is what the page allocator may do for it; @gfp is the caller's. */
static struct ac_arena *new_arena(gfp_t effort, gfp_t gfp, int node)
{
	struct page *page = ac_arena_pages(effort, node);
	struct ac_arena *arena;

	if (!page)
		goto fail;
	arena = kmem_cache_alloc_node(records, effort | __GFP_NOWARN, node);
	if (!arena)
		goto free_pages;
	format_arena(arena, page);
	if (!ac_arena_map_set(page_address(page), arena, gfp))
		goto free_record;
	ac_stat_inc(AC_STAT_ARENA_ALLOC);
	return arena;

free_record:
	kmem_cache_free(records, arena);
free_pages:
	__free_pages(page, AC_ARENA_ORDER);
fail:
	ac_stat_inc(AC_STAT_ARENA_FAIL);
	return NULL;
}

static void free_record(struct rcu_head *rcu)
{
	kmem_cache_free(records, container_of(rcu, struct ac_arena, rcu));
}

static void free_split_pages(struct ac_arena *arena)
{
	u64 left = AC_ALL_POOLS & ~arena->gone;

	for (; left; left &= left - 1)
		__free_page(arena->page + __ffs64(left));
}

/* Its @gone must stay right until nobody can look any more. */
static void free_arena(struct ac_arena *arena)
{
	ac_arena_map_clear(page_address(arena->page));
	if (arena->split)
		free_split_pages(arena);
	else
		__free_pages(arena->page, AC_ARENA_ORDER);
	call_rcu(&arena->rcu, free_record);
	ac_stat_inc(AC_STAT_ARENA_FREE);
}

/*
 * The fullest arena with a free pool. The last @nr_reserve empty ones are for
 * those who cannot wait for another.
 */
static struct ac_arena *find_arena(struct ac_arena_set *set, gfp_t gfp)
{
	unsigned int n;

	if (!set->occupied)
		return NULL;
	n = __ffs64(set->occupied);
	if (n == AC_POOLS - 1 && set->nr_empty <= nr_reserve &&
	    gfpflags_allow_blocking(gfp))
		return NULL;
	return list_first_entry(&set->by_free[n], struct ac_arena, list);
}

/* From here on its pages go one by one. */
static void split_arena(struct ac_arena *arena)
{
	if (!arena->split)
		split_page(arena->page, AC_ARENA_ORDER);
	arena->split = true;
}

static struct ac_pool *take_existing(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_pool *pool = NULL;
	struct ac_arena *arena;
	unsigned int slot;
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	arena = find_arena(set, gfp);
	if (arena) {
		slot = __ffs64(arena->free);
		unfile_arena(set, arena);
		arena->free &= ~BIT_ULL(slot);
		if (c->shared)
			split_arena(arena);
		file_arena(set, arena);
		set->low = min(set->low, --set->nr_free_pools);
		c->nr_pools[node]++;
		pool = ac_arena_pool(arena, slot);
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return pool;
}

/*
 * One more arena, unless others brought enough meanwhile. For a pool that a
 * caller needs now, nobody compacts memory: kmalloc() has it at hand. kswapd is
 * told, so that the next one finds an arena.
 */
static bool bring_arena(gfp_t gfp, int node)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *arena;
	unsigned long flags;
	bool enough;

	arena = new_arena(gfp & __GFP_KSWAPD_RECLAIM, gfp, node);
	if (!arena)
		return false;
	raw_spin_lock_irqsave(&set->lock, flags);
	enough = set->nr_empty > nr_reserve;
	if (!enough)
		add_arena(set, arena);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	if (enough)
		free_arena(arena);
	else
		ac_wake();
	return true;
}

/**
 * ac_arena_take_pool - take a free pool
 * @c: cache that it is for, which is charged with it
 * @gfp: the caller's
 * @node: NUMA node
 *
 * A caller that may block fills up the reserve on its way. The pool's descriptor
 * is as the last owner left it, but for its cache, which is 0.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;

	if (!node_state(node, N_MEMORY))
		return NULL;
	if (ac_peek(sets[node].nr_empty) < nr_reserve &&
	    gfpflags_allow_blocking(gfp))
		bring_arena(gfp, node);
	do {
		pool = take_existing(c, gfp, node);
	} while (!pool && bring_arena(gfp, node));
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_pool);

/* The pool in @slot, which was used, is free now. */
static void keep_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot)
{
	arena->free |= BIT_ULL(slot);
	set->nr_free_pools++;
	ac_shadow_close(page_address(arena->page + slot), AC_POOL_SIZE,
			AC_SHADOW_FREED);
}

/* The pool in @slot, which is in neither mask now, is gone. */
static void lose_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot, struct list_head *pages)
{
	WRITE_ONCE(arena->gone, arena->gone | BIT_ULL(slot));
	list_add(&ac_arena_pool(arena, slot)->list, pages);
	set->nr_gone++;
}

/**
 * ac_arena_give_pool - give back a pool none of whose blocks is in use
 * @c: cache that took it
 * @pool: the pool
 * @dead: gets the arena if it became superfluous; see ac_arena_release()
 *
 * Context: any; interrupts off.
 */
void ac_arena_give_pool(struct arena_cache *c, struct ac_pool *pool,
			struct ac_dead *dead)
{
	struct ac_arena *arena = ac_arena_of(ac_arena_pool_base(pool));
	unsigned int slot = ac_arena_slot(ac_arena_pool_base(pool));
	struct ac_arena_set *set = &sets[arena->node];

	lockdep_assert_irqs_disabled();
	raw_spin_lock(&set->lock);
	WRITE_ONCE(pool->cache, 0);
	pool->nr_free = 0;
	WRITE_ONCE(arena->class[slot], 0);
	c->nr_pools[arena->node]--;
	unfile_arena(set, arena);
	if (c->shared)
		lose_pool(set, arena, slot, &dead->pages);
	else
		keep_pool(set, arena, slot);
	file_arena(set, arena);
	if ((arena->free | arena->gone) == AC_ALL_POOLS &&
	    (arena->gone || set->nr_empty > nr_reserve + 1)) {
		remove_arena(set, arena);
		list_add(&arena->list, &dead->arenas);
	}
	raw_spin_unlock(&set->lock);
	ac_wake();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_give_pool);

/**
 * ac_arena_release - give arenas and pages back to the page allocator
 * @dead: what ac_arena_give_pool() filled
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_arena_release(struct ac_dead *dead)
{
	struct ac_arena *arena, *next_arena;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &dead->pages, lru)
		__free_page(page);
	list_for_each_entry_safe(arena, next_arena, &dead->arenas, list)
		free_arena(arena);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_release);

/*
 * Takes up to @nr free pools away from the arena of @set that has the most. It
 * is the likeliest to lose its other pools, too.
 */
static unsigned long strip_arena(struct ac_arena_set *set, unsigned long nr,
				 struct list_head *pages)
{
	u64 partly = set->occupied & ~BIT_ULL(AC_POOLS - 1);
	struct ac_arena *arena;
	unsigned long n;
	unsigned int slot;

	lockdep_assert_held(&set->lock);
	if (!partly)
		return 0;
	arena = list_first_entry(&set->by_free[__fls(partly)], struct ac_arena,
				 list);
	split_arena(arena);
	unfile_arena(set, arena);
	for (n = 0; n < nr && arena->free; n++) {
		slot = __fls(arena->free);
		arena->free ^= BIT_ULL(slot);
		lose_pool(set, arena, slot, pages);
	}
	file_arena(set, arena);
	set->nr_free_pools -= n;
	set->low = min(set->low, set->nr_free_pools);
	return n;
}

/* One step of give_back(): an arena, or some of its pages. */
static unsigned long give_back_some(struct ac_arena_set *set, unsigned long nr,
				    unsigned int keep)
{
	struct ac_arena *arena;
	unsigned long flags, n = 0;
	struct ac_dead dead;

	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	if (set->nr_empty > keep) {
		arena = list_first_entry(&set->by_free[AC_POOLS - 1],
					 struct ac_arena, list);
		remove_arena(set, arena);
		list_add(&arena->list, &dead.arenas);
		n = AC_POOLS;
	} else {
		n = strip_arena(set, nr, &dead.pages);
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
	return n;
}

/*
 * Gives back @nr pages: empty arenas beyond @keep first, then free pools of those
 * in use. Returns the number of pages given back, which may be one arena more.
 */
static unsigned long give_back(struct ac_arena_set *set, unsigned long nr,
			       unsigned int keep)
{
	unsigned long n, sum;

	for (sum = 0; sum < nr; sum += n) {
		n = give_back_some(set, nr - sum, keep);
		if (!n)
			break;
	}
	return sum;
}

/**
 * ac_arena_shrink - give back pages of a node
 * @node: the node
 * @nr: how many; up to one arena more may go
 *
 * Context: any but NMI; no lock of ours held.
 * Return: number of pages given back, less than @nr if only the reserve is left.
 */
unsigned long ac_arena_shrink(int node, unsigned long nr)
{
	return give_back(&sets[node], nr, nr_reserve);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_shrink);

/* Free pools of empty arenas that stay when @keep of them do. */
static unsigned long kept_pools(const struct ac_arena_set *set,
				unsigned int keep)
{
	return min_t(unsigned long, ac_peek(set->nr_empty), keep) * AC_POOLS;
}

/* Number of pages that ac_arena_shrink() would find. */
unsigned long ac_arena_spare(int node)
{
	const struct ac_arena_set *set = &sets[node];
	unsigned long kept = kept_pools(set, nr_reserve);
	unsigned long pools = ac_peek(set->nr_free_pools);

	return pools - min(pools, kept);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_spare);

/**
 * ac_arena_trim - give back every free pool but those of the reserve
 *
 * Context: any but NMI; no lock of ours held.
 * Return: number of pages given back.
 */
unsigned long ac_arena_trim(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_shrink(node, ULONG_MAX);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_trim);

/**
 * ac_arena_decay - give back what nobody needed since this was called last
 * @node: the node
 *
 * Those are as many pools as were free all the time. The reserve and one empty
 * arena stay.
 *
 * Context: any but NMI; no lock of ours held.
 * Return: whether calling it again later may give back more.
 */
bool ac_arena_decay(int node)
{
	struct ac_arena_set *set = &sets[node];
	unsigned long kept = kept_pools(set, nr_reserve + 1);
	unsigned long low = ac_peek(set->low);
	unsigned long flags;

	if (low > kept)
		give_back(set, low - kept, nr_reserve + 1);
	raw_spin_lock_irqsave(&set->lock, flags);
	low = set->nr_free_pools;
	set->low = low;
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return low > kept_pools(set, nr_reserve + 1);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_decay);

/**
 * ac_arena_visit - look at every arena of a node
 * @node: the node
 * @fn: called for each, under the lock of the node's arenas; may not sleep
 * @arg: passed to @fn
 */
void ac_arena_visit(int node, void (*fn)(struct ac_arena *arena, void *arg),
		    void *arg)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *arena, *next;
	unsigned long flags;
	unsigned int n;

	raw_spin_lock_irqsave(&set->lock, flags);
	list_for_each_entry_safe(arena, next, &set->full, list)
		fn(arena, arg);
	for (n = 0; n < AC_POOLS; n++)
		list_for_each_entry_safe(arena, next, &set->by_free[n], list)
			fn(arena, arg);
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

struct pool_visit {
	void (*fn)(struct ac_pool *pool, void *arg);
	void *arg;
};

static void visit_used(struct ac_arena *arena, void *arg)
{
	u64 used = ~(arena->free | arena->gone);
	struct pool_visit *visit = arg;

	for (; used; used &= used - 1)
		visit->fn(ac_arena_pool(arena, __ffs64(used)), visit->arg);
}

/**
 * ac_arena_visit_pools - look at every used pool of a node
 * @node: the node
 * @fn: called for each, under the lock of the node's arenas; may not sleep
 * @arg: passed to @fn
 */
void ac_arena_visit_pools(int node,
			  void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg)
{
	struct pool_visit visit = { .fn = fn, .arg = arg };

	ac_arena_visit(node, visit_used, &visit);
}

/* What the arenas of a set come to, counted one by one. */
struct count {
	unsigned long arenas;
	unsigned long empty;
	unsigned long pools;
	unsigned long gone;
	unsigned long bad;
};

/* Free and gone pools are nobody's. */
static bool pools_are_bad(struct ac_arena *arena)
{
	u64 unused = arena->free | arena->gone;
	unsigned int slot;

	for (; unused; unused &= unused - 1) {
		slot = __ffs64(unused);
		if (arena->class[slot])
			return true;
		if (!(arena->gone >> slot & 1) &&
		    page_private(arena->page + slot))
			return true;
	}
	return false;
}

static void verify_arena(struct ac_arena *arena, unsigned int nr_free, int node,
			 struct count *count)
{
	count->bad += hweight64(arena->free) != nr_free ||
		      arena->free & arena->gone ||
		      (arena->gone && !arena->split) ||
		      (arena->gone && !~(arena->free | arena->gone)) ||
		      arena->node != node ||
		      ac_arena_map_find(page_address(arena->page)) != arena ||
		      pools_are_bad(arena);
	count->arenas++;
	count->empty += nr_free == AC_POOLS;
	count->pools += nr_free;
	count->gone += hweight64(arena->gone);
}

/* Number of invariants of arena.h that @set breaks. */
static unsigned long verify_set(struct ac_arena_set *set, int node)
{
	struct ac_arena *arena;
	struct count count = {};
	unsigned int n;

	list_for_each_entry(arena, &set->full, list)
		verify_arena(arena, 0, node, &count);
	for (n = 0; n < AC_POOLS; n++) {
		count.bad += list_empty(&set->by_free[n]) ==
			     !!(set->occupied & BIT_ULL(n));
		list_for_each_entry(arena, &set->by_free[n], list)
			verify_arena(arena, n + 1, node, &count);
	}
	count.bad += count.arenas != set->nr_arenas;
	count.bad += count.pools != set->nr_free_pools;
	count.bad += count.gone != set->nr_gone;
	count.bad += count.empty != set->nr_empty ||
		     count.empty > nr_reserve + 1;
	count.bad += set->nr_arenas > set->highwater;
	count.bad += set->low > set->nr_free_pools;
	return count.bad;
}

/* Context: nothing else runs; see verify.h. */
unsigned long ac_arena_verify(void)
{
	unsigned long bad = 0;
	int node;

	for_each_node(node)
		bad += verify_set(&sets[node], node);
	return bad;
}

static void init_set(struct ac_arena_set *set)
{
	int n;

	raw_spin_lock_init(&set->lock);
	INIT_LIST_HEAD(&set->full);
	for (n = 0; n < AC_POOLS; n++)
		INIT_LIST_HEAD(&set->by_free[n]);
}

/* Fills the reserve of @node as far as memory goes. */
static void fill_reserve(int node)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *arena;

	while (set->nr_empty < nr_reserve) {
		arena = new_arena(GFP_KERNEL, GFP_KERNEL, node);
		if (!arena) {
			pr_warn("node %d: got %lu of %u reserve arenas\n",
				node, set->nr_empty, nr_reserve);
			return;
		}
		raw_spin_lock_irq(&set->lock);
		add_arena(set, arena);
		raw_spin_unlock_irq(&set->lock);
	}
}

/**
 * ac_arena_init - make ready
 * @reserve: arenas to take now and keep, on every node with memory
 *
 * Return: 0 or a negative errno.
 */
int ac_arena_init(unsigned int reserve)
{
	int node;

	if (reserve > AC_RESERVE_MAX) {
		pr_err("reserve=%u is more than %u\n", reserve, AC_RESERVE_MAX);
		return -EINVAL;
	}
	records = KMEM_CACHE(ac_arena, 0);
	if (!records)
		return -ENOMEM;
	sets = kcalloc(nr_node_ids, sizeof(*sets), GFP_KERNEL);
	if (!sets) {
		kmem_cache_destroy(records);
		return -ENOMEM;
	}
	nr_reserve = reserve;
	for_each_node(node)
		init_set(&sets[node]);
	for_each_node_state(node, N_MEMORY)
		fill_reserve(node);
	return 0;
}

static void forget_arena(struct ac_arena *arena, void *arg)
{
	list_move(&arena->list, arg);
}

/* Arenas that still hold blocks are left where they are: they are not ours. */
static void lose_arenas(int node)
{
	struct ac_arena *arena, *next;
	LIST_HEAD(lost);

	pr_err("node %d: %lu arenas hold live blocks and are lost\n", node,
	       sets[node].nr_arenas);
	ac_arena_visit(node, forget_arena, &lost);
	list_for_each_entry_safe(arena, next, &lost, list)
		kmem_cache_free(records, arena);
}

void ac_arena_exit(void)
{
	int node;

	for_each_node(node) {
		give_back(&sets[node], ULONG_MAX, 0);
		if (sets[node].nr_arenas)
			lose_arenas(node);
	}
	kfree(sets);
	rcu_barrier();
	kmem_cache_destroy(records);
}
