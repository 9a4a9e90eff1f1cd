// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "arena.h"
#include "kunit_export.h"
#include "stats.h"

/* More would be nonsense, and must not overflow. */
#define AC_RESERVE_MAX	65536

static struct ac_arena_set *sets;
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

	list_add(&arena->list, &set->by_free[n]);
	set->occupied |= BIT_ULL(n);
	if (n == AC_POOLS)
		set->nr_empty++;
}

static void unfile_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(arena->free);

	list_del(&arena->list);
	if (list_empty(&set->by_free[n]))
		set->occupied &= ~BIT_ULL(n);
	if (n == AC_POOLS)
		set->nr_empty--;
}

static void add_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	file_arena(set, arena);
	set->nr_free_pools += AC_POOLS;
	set->highwater = max(set->highwater, ++set->nr_arenas);
}

static void remove_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unfile_arena(set, arena);
	set->nr_free_pools -= AC_POOLS;
	set->nr_arenas--;
}

static struct ac_arena *format_arena(struct page *page)
{
	struct ac_arena *arena = page_address(page);

	memset(arena, 0, AC_POOL_SIZE);
	arena->free = AC_ALL_POOLS;
	arena->id = atomic64_inc_return(&last_id);
	arena->node = page_to_nid(page);
	return arena;
}

/*
 * Without emergency reserves and without a warning, for kmalloc() stands behind.
 * Not static, so that tests can replace it.
 */
struct page *ac_arena_pages(gfp_t effort, int node)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pages, effort, node);
	return alloc_pages_node(node, effort | __GFP_THISNODE | __GFP_NORETRY |
				__GFP_NOWARN | __GFP_NOMEMALLOC,
				AC_ARENA_ORDER);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pages);

/* @effort is what the page allocator may do for it; @gfp is the caller's. */
static struct ac_arena *new_arena(gfp_t effort, gfp_t gfp, int node)
{
	struct page *page = ac_arena_pages(effort, node);

	if (!page)
		goto fail;
	if (!ac_arena_map_set(page_address(page), gfp))
		goto free;
	ac_stat_inc(AC_STAT_ARENA_ALLOC);
	return format_arena(page);

free:
	__free_pages(page, AC_ARENA_ORDER);
fail:
	ac_stat_inc(AC_STAT_ARENA_FAIL);
	return NULL;
}

static void free_arena(struct ac_arena *arena)
{
	ac_arena_map_clear(arena);
	__free_pages(virt_to_page(arena), AC_ARENA_ORDER);
	ac_stat_inc(AC_STAT_ARENA_FREE);
}

/*
 * The fullest arena with a free pool. The last @nr_reserve empty ones are for
 * those who cannot wait for another.
 */
static struct ac_arena *find_arena(struct ac_arena_set *set, gfp_t gfp)
{
	u64 usable = set->occupied & AC_ALL_POOLS;
	unsigned int n;

	if (!usable)
		return NULL;
	n = __ffs64(usable);
	if (n == AC_POOLS && set->nr_empty <= nr_reserve &&
	    gfpflags_allow_blocking(gfp))
		return NULL;
	return list_first_entry(&set->by_free[n], struct ac_arena, list);
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
		file_arena(set, arena);
		set->nr_free_pools--;
		c->nr_pools[node]++;
		pool = (struct ac_pool *)arena + slot;
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
	return true;
}

/**
 * ac_arena_take_pool - take a free pool
 * @c: cache that it is for, which is charged with it
 * @gfp: the caller's
 * @node: NUMA node
 *
 * A caller that may block fills up the reserve on its way. The pool's descriptor
 * is as the last owner left it, but for its cache, which is NULL.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;

	if (!node_state(node, N_MEMORY))
		return NULL;
	if (READ_ONCE(sets[node].nr_empty) < nr_reserve &&
	    gfpflags_allow_blocking(gfp))
		bring_arena(gfp, node);
	do {
		pool = take_existing(c, gfp, node);
	} while (!pool && bring_arena(gfp, node));
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_pool);

/**
 * ac_arena_give_pool - give back a pool none of whose blocks is in use
 * @c: cache that took it
 * @pool: the pool
 * @dead: gets the arena if it became superfluous; see ac_arena_release()
 *
 * Context: any; interrupts off.
 */
void ac_arena_give_pool(struct arena_cache *c, struct ac_pool *pool,
			struct list_head *dead)
{
	struct ac_arena *arena = ac_arena_of(pool);
	struct ac_arena_set *set = &sets[arena->node];

	lockdep_assert_irqs_disabled();
	raw_spin_lock(&set->lock);
	pool->cache = NULL;
	pool->cpus = 0;
	c->nr_pools[arena->node]--;
	unfile_arena(set, arena);
	arena->free |= BIT_ULL(ac_arena_pool_slot(pool));
	file_arena(set, arena);
	set->nr_free_pools++;
	if (set->nr_empty > nr_reserve + 1) {
		remove_arena(set, arena);
		list_add(&arena->list, dead);
	}
	raw_spin_unlock(&set->lock);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_give_pool);

/**
 * ac_arena_release - give arenas back to the page allocator
 * @dead: list that ac_arena_give_pool() filled
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_arena_release(struct list_head *dead)
{
	struct ac_arena *arena, *next;

	list_for_each_entry_safe(arena, next, dead, list)
		free_arena(arena);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_release);

/* Releases the empty arenas of @set but @keep of them; returns their number. */
static unsigned long shed_empty(struct ac_arena_set *set, unsigned int keep)
{
	struct ac_arena *arena;
	unsigned long flags, n = 0;
	LIST_HEAD(dead);

	raw_spin_lock_irqsave(&set->lock, flags);
	for (; set->nr_empty > keep; n++) {
		arena = list_first_entry(&set->by_free[AC_POOLS],
					 struct ac_arena, list);
		remove_arena(set, arena);
		list_add(&arena->list, &dead);
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
	return n;
}

/**
 * ac_arena_trim - give back every empty arena beyond the reserve
 *
 * Context: any but NMI; no lock of ours held.
 * Return: number of arenas given back.
 */
unsigned long ac_arena_trim(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += shed_empty(&sets[node], nr_reserve);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_trim);

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
	struct ac_arena *arena;
	unsigned long flags;
	unsigned int n;

	raw_spin_lock_irqsave(&set->lock, flags);
	for (n = 0; n < AC_SLOTS; n++)
		list_for_each_entry(arena, &set->by_free[n], list)
			fn(arena, arg);
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

struct pool_visit {
	void (*fn)(struct ac_pool *pool, void *arg);
	void *arg;
};

static void visit_used(struct ac_arena *arena, void *arg)
{
	u64 used = AC_ALL_POOLS & ~arena->free;
	struct pool_visit *visit = arg;

	for (; used; used &= used - 1)
		visit->fn((struct ac_pool *)arena + __ffs64(used), visit->arg);
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

/* Number of invariants of arena.h that @set breaks. */
static unsigned long verify_set(struct ac_arena_set *set, int node)
{
	unsigned long arenas = 0, empty = 0, pools = 0, bad = 0;
	struct ac_arena *arena;
	unsigned int n;

	for (n = 0; n < AC_SLOTS; n++) {
		bad += list_empty(&set->by_free[n]) ==
		       !!(set->occupied & BIT_ULL(n));
		list_for_each_entry(arena, &set->by_free[n], list) {
			bad += hweight64(arena->free) != n ||
			       arena->free & ~AC_ALL_POOLS ||
			       arena->no_cache || arena->no_cpus ||
			       arena->node != node ||
			       arena != ac_arena_of(arena) ||
			       !ac_arena_map_test(arena);
			arenas++;
			empty += n == AC_POOLS;
			pools += n;
		}
	}
	bad += arenas != set->nr_arenas || pools != set->nr_free_pools;
	bad += empty != set->nr_empty || empty > nr_reserve + 1;
	bad += set->nr_arenas > set->highwater;
	return bad;
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
	for (n = 0; n < AC_SLOTS; n++)
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
	sets = kcalloc(nr_node_ids, sizeof(*sets), GFP_KERNEL);
	if (!sets)
		return -ENOMEM;
	nr_reserve = reserve;
	for_each_node(node)
		init_set(&sets[node]);
	for_each_node_state(node, N_MEMORY)
		fill_reserve(node);
	return 0;
}

/* Arenas that still hold blocks are left where they are: they are not ours. */
void ac_arena_exit(void)
{
	int node;

	for_each_node(node) {
		shed_empty(&sets[node], 0);
		if (sets[node].nr_arenas)
			pr_err("node %d: %lu arenas hold live blocks and are lost\n",
			       node, sets[node].nr_arenas);
	}
	kfree(sets);
}
