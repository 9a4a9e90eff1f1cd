// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas
 */
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arena.h"
#include "debug/fault.h"
#include "kunit_export.h"
#include "node.h"
#include "report.h"
#include "debug/shadow.h"
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

static unsigned long reserve_pools(void)
{
	return (unsigned long)nr_reserve * AC_POOLS;
}

static struct ac_arena_set *set_of(const struct ac_arena *arena)
{
	return &sets[arena->node];
}

/* Tells vmstat which pages are whose, as /proc/meminfo shows it. */
static void tell(struct ac_arena_set *set)
{
	const unsigned long used = AC_POOLS * set->nr_arenas -
				   set->nr_free_pools - set->nr_gone;
	const struct {
		enum node_stat_item item;
		long pages;
		long unit;
	} now[] = {
		{ NR_SLAB_UNRECLAIMABLE_B, used - set->nr_reclaimable,
		  PAGE_SIZE },
		{ NR_SLAB_RECLAIMABLE_B, set->nr_reclaimable, PAGE_SIZE },
		{ NR_KERNEL_MISC_RECLAIMABLE, set->nr_free_pools, 1 },
	};
	unsigned int i;
	long delta;

	lockdep_assert_held(&set->lock);
	for (i = 0; i < ARRAY_SIZE(now); i++) {
		delta = now[i].pages - set->told[i];
		if (delta)
			mod_node_page_state(NODE_DATA(set - sets), now[i].item,
					    delta * now[i].unit);
		set->told[i] = now[i].pages;
	}
	set->untold = 0;
}

/* Pools of @set changed hands. */
static void note_change(struct ac_arena_set *set, unsigned int nr)
{
	set->untold += nr;
	if (set->untold >= AC_POOLS)
		tell(set);
}

/* Have vmstat know all that it knows with a delay. */
void ac_arena_tell(void)
{
	unsigned long flags;
	int node;

	for_each_node(node) {
		raw_spin_lock_irqsave(&sets[node].lock, flags);
		tell(&sets[node]);
		raw_spin_unlock_irqrestore(&sets[node].lock, flags);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_tell);

static u64 used_pools(const struct ac_arena *arena)
{
	return ~(arena->free | arena->gone);
}

/* Where lists begin: the first to go, and the last to be used. */
static bool goes_first(const struct ac_arena *arena)
{
	return used_pools(arena) ? ac_arena_runs(arena->free, AC_RUN_ORDER) :
				   !arena->gone;
}

/* Puts @arena on the list that its pools say; it must be on none. */
static void file_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(used_pools(arena));

	if (!arena->free) {
		list_add(&arena->list, &set->full);
		return;
	}
	if (goes_first(arena))
		list_add(&arena->list, &set->by_used[n]);
	else
		list_add_tail(&arena->list, &set->by_used[n]);
	set->occupied |= BIT_ULL(n);
	set->nr_loose += hweight64(ac_arena_loose(arena->free));
	if (arena->free == AC_ALL_POOLS)
		set->nr_empty++;
}

static void unfile_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(used_pools(arena));

	list_del(&arena->list);
	if (!arena->free)
		return;
	if (list_empty(&set->by_used[n]))
		set->occupied &= ~BIT_ULL(n);
	set->nr_loose -= hweight64(ac_arena_loose(arena->free));
	if (arena->free == AC_ALL_POOLS)
		set->nr_empty--;
}

/* @nr pools that were gone are back, or their arena is gone with them. */
static void forget_gone(struct ac_arena_set *set, unsigned int nr)
{
	set->nr_gone -= nr;
	set->holes = min(set->holes, set->nr_gone);
}

static bool add_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	if (!ac_arena_map_set(page_address(arena->page), arena))
		return false;
	file_arena(set, arena);
	set->nr_free_pools += hweight64(arena->free);
	set->nr_gone += hweight64(arena->gone);
	set->highwater = max(set->highwater, ++set->nr_arenas);
	note_change(set, hweight64(arena->free));
	return true;
}

/* None of its pools is used. Its @gone stays right while anybody can look. */
static void remove_arena(struct ac_arena_set *set, struct ac_arena *arena,
			 struct ac_dead *dead)
{
	ac_arena_map_clear(page_address(arena->page));
	unfile_arena(set, arena);
	set->nr_free_pools -= hweight64(arena->free);
	forget_gone(set, hweight64(arena->gone));
	set->low = min(set->low, set->nr_free_pools);
	set->nr_arenas--;
	note_change(set, hweight64(arena->free));
	list_add(&arena->list, &dead->arenas);
}

static struct ac_pool *pool_of(struct page *page)
{
	return (struct ac_pool *)page;
}

/* From here on the page, which was just had, is a free pool. */
static void own_page(struct page *page)
{
	page_ref_add(page, AC_PAGE_REFS - 1);
	ac_page_mark_spare(page);
	pool_of(page)->nr_free = 0;
	/* Stale pointers may be looked up at any time. */
	WRITE_ONCE(pool_of(page)->cache, AC_POOL_NOBODY);
	ac_shadow_close(page_address(page), AC_POOL_SIZE, AC_SHADOW_NEVER);
}

/*
 * Does nobody else have the page of a free pool? Whoever puts references that he did
 * not take may have brought it back to the page allocator.
 */
static bool is_ours(struct page *page)
{
	return READ_ONCE(pool_of(page)->cache) == AC_POOL_NOBODY &&
	       page_ref_count(page) >= AC_PAGE_REFS && !page->mapping;
}

/* No list has it any more. Whoever has other references keeps it. */
static void give_page(struct page *page)
{
	if (unlikely(!is_ours(page))) {
		ac_report_page(page);
		return;
	}
	ac_page_unmark_spare(page);
	WRITE_ONCE(page->private, 0);
	page_ref_sub(page, AC_PAGE_REFS - 1);
	__free_page(page);
}

static bool freeze_pages(struct page *page, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!page_ref_freeze(page + i, AC_PAGE_REFS))
			break;
	if (i == nr)
		return true;
	while (i--)
		page_ref_unfreeze(page + i, AC_PAGE_REFS);
	return false;
}

/* There is a block of @order to be had: it was just given back. */
static void open_orders(struct ac_arena_set *set, unsigned int order)
{
	if (order < AC_RUN_ORDER)
		return;
	WRITE_ONCE(set->scarce, false);
	WRITE_ONCE(set->closed[AC_ORDER_RUN], 0);
	if (order < AC_ARENA_ORDER)
		return;
	WRITE_ONCE(set->closed[AC_ORDER_ARENA], 0);
	WRITE_ONCE(set->closed[AC_ORDER_FILL], 0);
}

/* As one block, if all of it is ours and nobody else has a reference. */
static bool give_whole(struct page *page, unsigned int order)
{
	const unsigned int nr = 1U << order;
	struct ac_arena_set *set = &sets[page_to_nid(page)];
	unsigned int i;

	if (AC_PAGES_ARE_TAGGED ||
	    page_zone(page) != page_zone(page + nr - 1) ||
	    !freeze_pages(page, nr))
		return false;
	for (i = 0; i < nr; i++) {
		ac_page_unmark_spare(page + i);
		WRITE_ONCE(page[i].private, 0);
	}
	page_ref_unfreeze(page, 1);
	__free_pages(page, order);
	open_orders(set, order);
	return true;
}

static void give_block(struct page *page, unsigned int order)
{
	unsigned int i;

	if (order && give_whole(page, order))
		return;
	for (i = 0; i < 1U << order; i++)
		give_page(page + i);
}

/* The largest run in @free of @nr pools at most. Returns its order, or 0 if there is none. */
static unsigned int largest_run(u64 free, unsigned long nr, unsigned int *slot)
{
	unsigned int order;
	u64 runs;

	for (order = AC_ARENA_ORDER - 1; order >= AC_RUN_ORDER; order--) {
		runs = BIT(order) <= nr ? ac_arena_runs(free, order) : 0;
		if (runs) {
			*slot = __fls(runs);
			return order;
		}
	}
	return 0;
}

static u64 run_mask(unsigned int slot, unsigned int order)
{
	return (BIT_ULL(BIT(order)) - 1) << slot;
}

static void free_record(struct rcu_head *rcu)
{
	kmem_cache_free(records, container_of(rcu, struct ac_arena, rcu));
}

/* Its pools are free or gone, and the map does not have it any more. */
static void free_arena(struct ac_arena *arena)
{
	u64 left = AC_ALL_POOLS & ~arena->gone;
	unsigned int slot, order;

	if (left == AC_ALL_POOLS && give_whole(arena->page, AC_ARENA_ORDER))
		left = 0;
	while (left) {
		order = largest_run(left, AC_POOLS, &slot);
		if (!order)
			slot = __ffs64(left);
		give_block(arena->page + slot, order);
		left &= ~run_mask(slot, order);
	}
	call_rcu(&arena->rcu, free_record);
	ac_stat_inc(AC_STAT_ARENA_FREE);
}

/*
 * Without emergency reserves and without a warning, unless nobody stands behind it
 * (ac_arena_take_page()). Not static, so that tests can replace it.
 */
struct page *ac_arena_pages(gfp_t gfp, int node, unsigned int order)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pages, gfp, node, order);
	if (!(gfp & __GFP_NOFAIL) && ac_fault_arena())
		return NULL;
	/* Who names no node leaves the choice to the task's mempolicy. */
	return node == NUMA_NO_NODE ? alloc_pages(gfp, order) :
				      alloc_pages_node(node, gfp, order);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pages);

/* An attempt that may fail: @effort is what the page allocator may do for it. */
static struct page *try_pages(gfp_t effort, int node, unsigned int order)
{
	return ac_arena_pages(effort | __GFP_THISNODE | __GFP_NORETRY |
			      __GFP_NOWARN, node, order);
}

/* Not static, so that tests can replace it. */
struct ac_arena *ac_arena_record(gfp_t gfp, int node)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_record, gfp, node);
	return kmem_cache_alloc_node(records, gfp, node);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_record);

/*
 * A record for the arena that @page lies in, of which nothing is ours yet. Like the
 * page it is for many callers: no emergency reserve is opened for it.
 */
static struct ac_arena *new_record(struct page *page, gfp_t gfp)
{
	struct ac_arena *arena;

	arena = ac_arena_record(gfp | __GFP_NOMEMALLOC, page_to_nid(page));
	if (!arena)
		return NULL;
	memset(arena, 0, sizeof(*arena));
	arena->gone = AC_ALL_POOLS;
	arena->page = page - ac_arena_slot(page_address(page));
	arena->id = atomic64_inc_return(&last_id);
	arena->node = page_to_nid(page);
	return arena;
}

static const unsigned int orders[AC_NR_ORDERS] = {
	[AC_ORDER_ARENA] = AC_ARENA_ORDER,
	[AC_ORDER_RUN] = AC_RUN_ORDER,
	[AC_ORDER_FILL] = AC_ARENA_ORDER,
};

/* It was not to be had. Without a run of it there are no holes that runs could fill. */
static void close_order(struct ac_arena_set *set, enum ac_order which)
{
	unsigned long until = jiffies + AC_BACKOFF;
	unsigned long flags;

	ac_stat_inc(AC_STAT_ARENA_FAIL);
	WRITE_ONCE(set->closed[which], which == AC_ORDER_FILL ?
				       jiffies + AC_BACKOFF_FILL : until);
	if (which != AC_ORDER_RUN)
		return;
	WRITE_ONCE(set->closed[AC_ORDER_ARENA], until);
	WRITE_ONCE(set->scarce, true);
	raw_spin_lock_irqsave(&set->lock, flags);
	set->holes = 0;
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/* A block of more than one page, unless one was not to be had a moment ago. */
static struct page *try_order(gfp_t effort, int node, enum ac_order which)
{
	struct ac_arena_set *set = &sets[node];
	struct page *page;

	if (time_before(jiffies, READ_ONCE(set->closed[which])))
		return NULL;
	page = try_pages(effort | __GFP_NOMEMALLOC, node, orders[which]);
	if (!page)
		close_order(set, which);
	else if (which == AC_ORDER_RUN && READ_ONCE(set->scarce))
		WRITE_ONCE(set->scarce, false);
	return page;
}

static void own_block(struct page *page, unsigned int order)
{
	unsigned int i;

	if (order)
		split_page(page, order);
	for (i = 0; i < 1U << order; i++)
		own_page(page + i);
}

static struct ac_arena *new_arena(gfp_t effort, int node)
{
	const bool waits = gfpflags_allow_blocking(effort);
	struct page *page = try_order(effort, node, waits ? AC_ORDER_FILL :
							    AC_ORDER_ARENA);
	struct ac_arena *arena;

	if (!page)
		return NULL;
	arena = new_record(page, effort | __GFP_NOWARN);
	if (!arena) {
		__free_pages(page, AC_ARENA_ORDER);
		return NULL;
	}
	own_block(page, AC_ARENA_ORDER);
	arena->gone = 0;
	arena->free = AC_ALL_POOLS;
	ac_stat_inc(AC_STAT_ARENA_ALLOC);
	return arena;
}

/*
 * The fullest arena with a free pool, but for those of the @reserve. Of equals one that
 * has no run to lose, else the one that was used last.
 */
static struct ac_arena *find_arena(struct ac_arena_set *set,
				   unsigned long reserve)
{
	struct list_head *list;
	struct ac_arena *last;

	if (set->nr_free_pools <= reserve)
		return NULL;
	list = &set->by_used[__fls(set->occupied)];
	last = list_last_entry(list, struct ac_arena, list);
	return goes_first(last) ? list_first_entry(list, struct ac_arena, list) :
				  last;
}

/* The pool in @slot, which was free or gone, is used by @c. */
static struct ac_pool *use_pool(struct ac_arena_set *set,
				struct ac_arena *arena, unsigned int slot,
				struct arena_cache *c)
{
	c->nr_pools[arena->node]++;
	set->nr_reclaimable += c->reclaimable;
	note_change(set, 1);
	ac_page_unmark_spare(arena->page + slot);
	return ac_arena_pool(arena, slot);
}

static struct ac_pool *take_of(struct ac_arena_set *set, struct ac_arena *arena,
			       struct arena_cache *c)
{
	unsigned int slot = __ffs64(ac_arena_loose(arena->free) ?: arena->free);

	unfile_arena(set, arena);
	arena->free &= ~BIT_ULL(slot);
	file_arena(set, arena);
	set->low = min(set->low, --set->nr_free_pools);
	return use_pool(set, arena, slot, c);
}

/* No pool of it is used, and it is not to be kept. */
static bool is_superfluous(const struct ac_arena_set *set,
			   const struct ac_arena *arena)
{
	if ((arena->free | arena->gone) != AC_ALL_POOLS)
		return false;
	if (!arena->gone)
		return set->nr_empty > nr_reserve + 1;
	/* Of parts, one pool beyond the reserve stays, against thrash. */
	return !arena->free || set->nr_free_pools - hweight64(arena->free) >
			       reserve_pools();
}

static void settle(struct ac_arena_set *set, struct ac_arena *arena,
		   struct ac_dead *dead)
{
	if (is_superfluous(set, arena))
		remove_arena(set, arena, dead);
}

/* A pool that was to be used is not ours, who knows why: it is gone. */
static void disown_pool(struct arena_cache *c, struct ac_pool *pool)
{
	struct ac_arena *arena = ac_arena_map_find(ac_arena_pool_base(pool));
	struct ac_arena_set *set = set_of(arena);
	struct ac_dead dead;
	unsigned long flags;

	ac_report_page((struct page *)pool);
	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	c->nr_pools[arena->node]--;
	set->nr_reclaimable -= c->reclaimable;
	unfile_arena(set, arena);
	WRITE_ONCE(arena->gone, arena->gone |
		   BIT_ULL(ac_arena_slot(ac_arena_pool_base(pool))));
	set->nr_gone++;
	file_arena(set, arena);
	note_change(set, 1);
	settle(set, arena, &dead);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
}

/* A pool that was free, if it is ours. */
static struct ac_pool *checked(struct arena_cache *c, struct ac_pool *pool)
{
	if (likely(is_ours((struct page *)pool)))
		return pool;
	disown_pool(c, pool);
	return NULL;
}

/* Not static, so that tests can replace it. */
struct ac_pool *ac_arena_take_free(struct arena_cache *c, int node,
				   unsigned long reserve)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *arena;
	struct ac_pool *pool;
	unsigned long flags;

	KUNIT_STATIC_STUB_REDIRECT(ac_arena_take_free, c, node, reserve);
	if (ac_peek(set->nr_free_pools) <= reserve)
		return NULL;
	do {
		raw_spin_lock_irqsave(&set->lock, flags);
		arena = find_arena(set, reserve);
		pool = arena ? take_of(set, arena, c) : NULL;
		raw_spin_unlock_irqrestore(&set->lock, flags);
		if (!pool)
			return NULL;
		pool = checked(c, pool);
	} while (!pool);
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_free);

/*
 * One more arena, unless others brought one meanwhile. Without @c all of its pools are
 * free.
 */
static struct ac_pool *bring_arena(struct arena_cache *c, gfp_t effort,
				   int node)
{
	struct ac_arena *arena = new_arena(effort, node);
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *found = NULL;
	struct ac_pool *pool = NULL;
	unsigned long flags;

	if (!arena)
		return NULL;
	raw_spin_lock_irqsave(&set->lock, flags);
	if (c)
		found = find_arena(set, reserve_pools());
	if (!found && add_arena(set, arena))
		found = arena;
	if (found)
		pool = c ? take_of(set, found, c) : ac_arena_pool(found, 0);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	if (found == arena) {
		if (c)
			ac_wake();
		return pool;
	}
	free_arena(arena);
	return pool ? checked(c, pool) : NULL;
}

/*
 * Enters the pages of a block, into @arena if their own has no record yet, which is
 * taken then. The first is used by @c, or free without one; all others are free.
 */
static struct ac_pool *enter_block(struct ac_arena_set *set, struct page *page,
				   unsigned int order, struct ac_arena **arena,
				   struct arena_cache *c)
{
	struct ac_arena *home = ac_arena_map_find(page_address(page));
	unsigned int slot = ac_arena_slot(page_address(page));
	u64 free = run_mask(slot, order);

	lockdep_assert_held(&set->lock);
	if (!home) {
		if (!*arena || !add_arena(set, *arena))
			return NULL;
		home = *arena;
		*arena = NULL;
		ac_stat_inc(AC_STAT_ARENA_ALLOC);
	} else if (set_of(home) != set) {
		return NULL;
	}
	unfile_arena(set, home);
	WRITE_ONCE(home->gone, home->gone & ~free);
	forget_gone(set, BIT(order));
	if (c)
		free &= ~BIT_ULL(slot);
	home->free |= free;
	file_arena(set, home);
	set->nr_free_pools += hweight64(free);
	note_change(set, hweight64(free));
	return c ? use_pool(set, home, slot, c) : ac_arena_pool(home, slot);
}

static struct ac_pool *enter(struct page *page, unsigned int order,
			     struct ac_arena **arena, struct arena_cache *c)
{
	struct ac_arena_set *set = &sets[page_to_nid(page)];
	struct ac_pool *pool;
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	pool = enter_block(set, page, order, arena, c);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return pool;
}

/*
 * Makes pools of a block of less than an arena, which is given back if that fails. Most
 * lie in an arena that has a record.
 */
static struct ac_pool *bring_block(struct arena_cache *c, struct page *page,
				   unsigned int order, gfp_t gfp)
{
	struct ac_arena *arena = NULL;
	struct ac_pool *pool;

	own_block(page, order);
	pool = enter(page, order, &arena, c);
	if (!pool) {
		arena = new_record(page, gfp);
		if (arena)
			pool = enter(page, order, &arena, c);
		/* Others may have brought one meanwhile. */
		if (arena)
			kmem_cache_free(records, arena);
	}
	if (!pool)
		give_block(page, order);
	return pool;
}

/* Attempts at a run use up holes, whether they meet one or not. */
static void use_hole(struct ac_arena_set *set)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	set->holes -= min(set->holes, AC_RUN);
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

static struct ac_pool *bring_run(struct arena_cache *c, gfp_t effort, int node)
{
	struct page *page = try_order(effort, node, AC_ORDER_RUN);
	struct ac_arena_set *set = &sets[node];
	struct ac_pool *pool;

	if (!page)
		return NULL;
	if (ac_peek(set->holes))
		use_hole(set);
	pool = bring_block(c, page, AC_RUN_ORDER, effort | __GFP_NOWARN);
	if (pool && c)
		ac_wake();
	return pool;
}

/*
 * More pools than one, of holes first. For a pool that a caller needs now, nobody
 * compacts memory. kswapd is told, so that the next one finds an arena.
 */
static struct ac_pool *bring_many(struct arena_cache *c, gfp_t gfp, int node)
{
	const gfp_t effort = gfp & __GFP_KSWAPD_RECLAIM;
	const struct ac_arena_set *set = &sets[node];
	const bool first = ac_peek(set->holes) >= AC_RUN ||
			   READ_ONCE(set->scarce);
	struct ac_pool *pool = first ? bring_run(c, effort, node) : NULL;

	if (!pool)
		pool = bring_arena(c, effort, node);
	if (!pool && !first)
		pool = bring_run(c, effort, node);
	return pool;
}

static struct ac_pool *try_page(struct arena_cache *c, gfp_t effort, int node)
{
	struct page *page = try_pages(effort, node, 0);

	return page ? bring_block(c, page, 0, effort | __GFP_NOWARN) : NULL;
}

/**
 * ac_arena_pays_by_page - does each page cost a caller who cannot wait a lot?
 * @gfp: the caller's
 *
 * It does where the page allocator zeroes, poisons or maps what it gives. Not static,
 * so that tests can replace it.
 *
 * Return: whether he is better off with one page than with many.
 */
bool ac_arena_pays_by_page(gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pays_by_page, gfp);
	return !gfpflags_allow_blocking(gfp) &&
	       (want_init_on_alloc(0) || page_poisoning_enabled_static() ||
		debug_pagealloc_enabled_static());
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pays_by_page);

/*
 * What the page allocator may do for a single page. To those who cannot wait it gives
 * more than to others, if they do not forbid it: our reserve comes after that. Who may
 * have all it has, to the last page, gets no pool of these: it has room for others.
 */
static gfp_t effort_of(gfp_t gfp)
{
	gfp_t effort = gfp & (__GFP_KSWAPD_RECLAIM | __GFP_HIGH);

	if (gfpflags_allow_blocking(gfp) ||
	    gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC) ||
	    current->flags & PF_MEMALLOC)
		effort |= __GFP_NOMEMALLOC;
	return effort;
}

/**
 * ac_arena_take_pool - take a free pool
 * @c: cache that it is for, which is charged with it
 * @gfp: the caller's
 * @node: NUMA node
 *
 * Of an arena that there is, else of a new one or a run, else of a single page. The
 * reserve stays. The pool's descriptor is as the last owner left it, but for its cache,
 * which is AC_POOL_NOBODY.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_pool(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_pool *pool;

	if (!node_state(node, N_MEMORY))
		return NULL;
	pool = ac_arena_take_free(c, node, reserve_pools());
	if (!pool && !ac_arena_pays_by_page(gfp))
		pool = bring_many(c, gfp, node);
	return pool ?: try_page(c, effort_of(gfp), node);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_pool);

/**
 * ac_arena_take_reserve - take one of a node's last free pools
 * @c: cache that it is for
 * @node: NUMA node
 *
 * For callers that cannot wait, when the page allocator had nothing for them.
 *
 * Context: any but NMI; no lock held.
 * Return: the pool, or NULL.
 */
struct ac_pool *ac_arena_take_reserve(struct arena_cache *c, int node)
{
	struct ac_pool *pool = ac_arena_take_free(c, node, 0);

	/* To fill it up again. */
	if (pool)
		ac_wake();
	return pool;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_take_reserve);

/**
 * ac_arena_take_page - make a pool of a page from wherever there is one
 * @c: cache that it is for
 * @gfp: the caller's, which the page allocator heeds in full
 * @node: NUMA node that is preferred
 *
 * For caches that kmalloc() cannot serve. Emergency reserves stay closed: a pool has
 * room for blocks of others than its caller.
 *
 * Context: may sleep if @gfp allows it; no lock held.
 * Return: the pool, or NULL, but not if @gfp has %__GFP_NOFAIL.
 */
struct ac_pool *ac_arena_take_page(struct arena_cache *c, gfp_t gfp, int node)
{
	struct page *page;

	gfp &= ~(GFP_ZONEMASK | __GFP_ACCOUNT | __GFP_ZERO | __GFP_MEMALLOC);
	page = ac_arena_pages(gfp | __GFP_NOMEMALLOC, node, 0);
	return page ? bring_block(c, page, 0, gfp & ~__GFP_THISNODE) : NULL;
}

/**
 * ac_arena_policy_node - the node that the task's mempolicy wants next
 * @gfp: the caller's
 *
 * The page allocator knows: one page of it is had and given back. That moves on the
 * turn of an interleaving task.
 *
 * Context: any but NMI; no lock held.
 * Return: the node; the nearest one if there is no page.
 */
int ac_arena_policy_node(gfp_t gfp)
{
	const gfp_t effort = (gfp & __GFP_KSWAPD_RECLAIM) | __GFP_NORETRY |
			     __GFP_NOWARN | __GFP_NOMEMALLOC;
	struct page *page = ac_arena_pages(effort, NUMA_NO_NODE, 0);
	int node;

	if (!page)
		return ac_node_mine();
	node = page_to_nid(page);
	__free_page(page);
	return node;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_policy_node);

/**
 * ac_arena_fill - fill up the reserve of a node
 * @node: the node
 *
 * Context: process context; may sleep.
 * Return: whether there is more to be done.
 */
bool ac_arena_fill(int node)
{
	const struct ac_arena_set *set = &sets[node];

	while (node_state(node, N_MEMORY) &&
	       ac_peek(set->nr_free_pools) < reserve_pools()) {
		cond_resched();
		if (!bring_arena(NULL, GFP_KERNEL, node) &&
		    !bring_run(NULL, GFP_KERNEL, node) &&
		    !try_page(NULL, GFP_KERNEL | __GFP_NOMEMALLOC, node))
			return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_fill);

/* The pool in @slot, which was used, is free now. */
static void keep_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot)
{
	arena->free |= BIT_ULL(slot);
	set->nr_free_pools++;
	ac_page_mark_spare(arena->page + slot);
	ac_shadow_close(page_address(arena->page + slot), AC_POOL_SIZE,
			AC_SHADOW_FREED);
}

/* The block at @slot, whose pools are in neither mask now, is gone. */
static void lose_block(struct ac_arena_set *set, struct ac_arena *arena,
		       unsigned int slot, unsigned int order,
		       struct list_head *pages)
{
	struct ac_pool *pool = ac_arena_pool(arena, slot);

	WRITE_ONCE(arena->gone, arena->gone | run_mask(slot, order));
	pool->nr_free = order;
	list_add(&pool->list, pages);
	set->nr_gone += BIT(order);
}

static void give_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      struct arena_cache *c, struct ac_pool *pool,
		      struct ac_dead *dead)
{
	unsigned int slot = (struct page *)pool - arena->page;

	lockdep_assert_held(&set->lock);
	pool->nr_free = 0;
	WRITE_ONCE(arena->entry[slot], 0);
	c->nr_pools[arena->node]--;
	set->nr_reclaimable -= c->reclaimable;
	unfile_arena(set, arena);
	if (c->shared || page_ref_count((struct page *)pool) != AC_PAGE_REFS)
		lose_block(set, arena, slot, 0, &dead->pages);
	else
		keep_pool(set, arena, slot);
	file_arena(set, arena);
	note_change(set, 1);
	settle(set, arena, dead);
}

/* The first of @pools, and those behind it that are of the same node. */
static void give_run(struct arena_cache *c, struct list_head *pools,
		     struct ac_dead *dead)
{
	struct ac_pool *pool = list_first_entry(pools, struct ac_pool, list);
	struct ac_arena *arena = ac_arena_map_find(ac_arena_pool_base(pool));
	struct ac_arena_set *set = set_of(arena);
	unsigned long flags;

	raw_spin_lock_irqsave(&set->lock, flags);
	while (set_of(arena) == set) {
		list_del(&pool->list);
		give_pool(set, arena, c, pool, dead);
		if (list_empty(pools))
			break;
		pool = list_first_entry(pools, struct ac_pool, list);
		arena = ac_arena_map_find(ac_arena_pool_base(pool));
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
}

/**
 * ac_arena_give_pools - give back pools none of whose blocks is in use
 * @c: cache that took them
 * @pools: the pools; their descriptors' cache is AC_POOL_NOBODY already
 * @dead: gets what became superfluous; see ac_arena_release()
 *
 * Context: any but NMI; RCU keeps @c.
 */
void ac_arena_give_pools(struct arena_cache *c, struct list_head *pools,
			 struct ac_dead *dead)
{
	if (list_empty(pools))
		return;
	while (!list_empty(pools))
		give_run(c, pools, dead);
	ac_wake();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_give_pools);

/**
 * ac_arena_release - give arenas and pages back to the page allocator
 * @dead: what ac_arena_give_pools() filled
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_arena_release(struct ac_dead *dead)
{
	struct ac_arena *arena, *next_arena;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &dead->pages, lru)
		give_block(page, pool_of(page)->nr_free);
	list_for_each_entry_safe(arena, next_arena, &dead->arenas, list)
		free_arena(arena);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_release);

/*
 * Takes up to @nr free pools away from @arena, runs first, and without @loose nothing
 * else. Returns how many.
 */
static unsigned long strip_arena(struct ac_arena_set *set,
				 struct ac_arena *arena, unsigned long nr,
				 bool loose, struct ac_dead *dead)
{
	unsigned int slot, order;
	unsigned long n = 0;

	lockdep_assert_held(&set->lock);
	unfile_arena(set, arena);
	while (n < nr && arena->free) {
		order = largest_run(arena->free, nr - n, &slot);
		if (!order && !loose)
			break;
		if (!order)
			slot = __fls(ac_arena_loose(arena->free) ?: arena->free);
		arena->free &= ~run_mask(slot, order);
		lose_block(set, arena, slot, order, &dead->pages);
		if (order)
			set->holes += BIT(order);
		n += BIT(order);
	}
	file_arena(set, arena);
	set->nr_free_pools -= n;
	set->low = min(set->low, set->nr_free_pools);
	note_change(set, n);
	settle(set, arena, dead);
	return n;
}

/*
 * The arena in use, or in parts, that has the fewest used pools and a run, or with
 * @loose, rather none: it is the likeliest to lose those, too.
 */
static struct ac_arena *emptiest(struct ac_arena_set *set, bool loose)
{
	u64 lists = set->occupied;
	struct ac_arena *arena;
	unsigned int n;

	for (; lists; lists &= lists - 1) {
		n = __ffs64(lists);
		if (n && !loose)
			arena = list_first_entry(&set->by_used[n],
						 struct ac_arena, list);
		else
			arena = list_last_entry(&set->by_used[n],
						struct ac_arena, list);
		if (arena->free == AC_ALL_POOLS)
			continue;
		if (loose || ac_arena_runs(arena->free, AC_RUN_ORDER))
			return arena;
	}
	return NULL;
}

/* Runs first, of all arenas; what is in none if memory is short. */
static unsigned long strip_any(struct ac_arena_set *set, unsigned long nr,
			       bool loose, struct ac_dead *dead)
{
	struct ac_arena *arena = NULL;

	if (set->nr_free_pools <= reserve_pools())
		return 0;
	nr = min(nr, set->nr_free_pools - reserve_pools());
	if (nr >= AC_RUN)
		arena = emptiest(set, false);
	if (arena)
		return strip_arena(set, arena, nr, false, dead);
	arena = loose ? emptiest(set, true) : NULL;
	return arena ? strip_arena(set, arena, nr, true, dead) : 0;
}

/* One step of give_back(): an arena, or some pages of one. */
static unsigned long give_back_some(struct ac_arena_set *set, unsigned long nr,
				    unsigned int keep, bool loose)
{
	struct ac_arena *arena;
	unsigned long flags, n = AC_POOLS;
	struct ac_dead dead;

	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	if (set->nr_empty > keep &&
	    set->nr_free_pools >= reserve_pools() + AC_POOLS) {
		arena = list_first_entry(&set->by_used[0], struct ac_arena,
					 list);
		remove_arena(set, arena, &dead);
	} else {
		n = strip_any(set, nr, loose, &dead);
	}
	raw_spin_unlock_irqrestore(&set->lock, flags);
	ac_arena_release(&dead);
	return n;
}

/*
 * Gives back @nr pages: empty arenas beyond @keep first, then runs of those in use,
 * and with @loose what is in no run. Returns the number of pages given back, which may
 * be one arena more.
 */
static unsigned long give_back(struct ac_arena_set *set, unsigned long nr,
			       unsigned int keep, bool loose)
{
	unsigned long n, sum;

	might_sleep();
	for (sum = 0; sum < nr; sum += n) {
		n = give_back_some(set, nr - sum, keep, loose);
		if (!n)
			break;
		cond_resched();
	}
	return sum;
}

/**
 * ac_arena_shrink - give back pages of a node
 * @node: the node
 * @nr: how many; up to one arena more may go
 *
 * Context: process context; pauses.
 * Return: number of pages given back, less than @nr if only the reserve is left.
 */
unsigned long ac_arena_shrink(int node, unsigned long nr)
{
	return give_back(&sets[node], nr, nr_reserve, true);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_shrink);

/* Free pools that stay: the reserve, and @keep empty arenas if there are any. */
static unsigned long kept_pools(const struct ac_arena_set *set,
				unsigned int keep)
{
	unsigned long empty = min_t(unsigned long, ac_peek(set->nr_empty), keep);

	return max(empty * AC_POOLS, reserve_pools());
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
 * Context: process context; pauses.
 * Return: number of pages given back.
 */
unsigned long ac_arena_trim(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_shrink(node, ULONG_MAX);
	ac_arena_tell();
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_trim);

/* Gives back every free pool of the arena that @p lies in, if there is one. */
static unsigned long empty_arena(const void *p)
{
	struct ac_arena_set *set;
	struct ac_arena *arena;
	unsigned long n = 0;
	struct ac_dead dead;

	ac_dead_init(&dead);
	rcu_read_lock();
	arena = ac_arena_map_find(p);
	if (arena) {
		set = set_of(arena);
		raw_spin_lock_irq(&set->lock);
		if (ac_arena_map_find(p) != arena) {
			/* It is gone. */
		} else if (arena->free == AC_ALL_POOLS) {
			remove_arena(set, arena, &dead);
			n = AC_POOLS;
		} else {
			n = strip_arena(set, arena, AC_POOLS, true, &dead);
		}
		raw_spin_unlock_irq(&set->lock);
	}
	rcu_read_unlock();
	ac_arena_release(&dead);
	return n;
}

/**
 * ac_arena_evacuate - give back every free pool in a range of pages
 * @pfn: first page
 * @nr: how many
 *
 * Also those of the reserve: the memory is about to leave the machine.
 *
 * Context: process context; may sleep.
 * Return: number of pages given back.
 */
unsigned long ac_arena_evacuate(unsigned long pfn, unsigned long nr)
{
	unsigned long end = pfn + nr, n = 0;

	for (; pfn < end; pfn = ALIGN(pfn + 1, AC_POOLS)) {
		n += empty_arena(__va(PFN_PHYS(pfn)));
		cond_resched();
	}
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_evacuate);

/*
 * Free pools that the decay may take: in empty arenas and in runs, beyond what stays. 0
 * for less than a run.
 */
static unsigned long decaying_pools(const struct ac_arena_set *set)
{
	const unsigned int keep = nr_reserve + 1;
	unsigned long empty = min_t(unsigned long, ac_peek(set->nr_empty), keep);
	unsigned long stay = max(kept_pools(set, keep), ac_peek(set->nr_loose) +
							empty * AC_POOLS);
	unsigned long pools = ac_peek(set->nr_free_pools);

	return pools >= stay + AC_RUN ? pools - stay : 0;
}

/**
 * ac_arena_decay - give back what nobody needed since this was called last
 * @node: the node
 *
 * Those are as many pools as were free all the time, if they make a run at least: single
 * pages stay, as do the reserve and one empty arena.
 *
 * Context: process context; pauses.
 * Return: whether calling it again later may give back more.
 */
bool ac_arena_decay(int node)
{
	struct ac_arena_set *set = &sets[node];
	unsigned long kept = kept_pools(set, nr_reserve + 1);
	unsigned long low = ac_peek(set->low);
	unsigned long flags;

	if (low > kept)
		give_back(set, min(low - kept, decaying_pools(set)),
			  nr_reserve + 1, false);
	raw_spin_lock_irqsave(&set->lock, flags);
	set->low = set->nr_free_pools;
	tell(set);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return decaying_pools(set);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_decay);

/* Between two looks, no lock held. Not static, so that tests can replace it. */
void ac_arena_pause(void)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_pause);
	cond_resched();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_pause);

/* Has @fn look at the arena at @index of the map, if there is one. */
static bool visit_at(unsigned long index,
		     void (*fn)(struct ac_arena *arena, void *arg), void *arg)
{
	struct ac_arena_set *set;
	struct ac_arena *arena;
	unsigned long flags;
	bool met = false;

	rcu_read_lock();
	arena = ac_arena_map_at(index);
	if (arena) {
		set = set_of(arena);
		raw_spin_lock_irqsave(&set->lock, flags);
		met = ac_arena_map_at(index) == arena;
		if (met)
			fn(arena, arg);
		raw_spin_unlock_irqrestore(&set->lock, flags);
	}
	rcu_read_unlock();
	return met;
}

/**
 * ac_arena_visit_next - look at one arena
 * @at: where to begin, an index of the arena map; gets where to go on
 * @fn: called for the first arena from there on, under the lock of its node's
 *	arenas
 * @arg: passed to @fn
 *
 * Who begins at 0 and goes on until there is none meets every arena that is there
 * all the time once, by address. Others may come and go in between. Call
 * ac_arena_pause() in between.
 *
 * Context: process context; may sleep.
 * Return: whether there was one.
 */
bool ac_arena_visit_next(unsigned long *at,
			 void (*fn)(struct ac_arena *arena, void *arg),
			 void *arg)
{
	for (; ac_arena_map_skip(at); ac_arena_pause())
		if (visit_at((*at)++, fn, arg))
			return true;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit_next);

/**
 * ac_arena_visit - look at every arena, one at a time
 * @fn: called for each, under the lock of its node's arenas
 * @arg: passed to @fn
 *
 * Context: process context; may sleep.
 */
void ac_arena_visit(void (*fn)(struct ac_arena *arena, void *arg), void *arg)
{
	unsigned long at = 0;

	while (ac_arena_visit_next(&at, fn, arg))
		ac_arena_pause();
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit);

struct pool_visit {
	u64 used;
	unsigned int slot;
	void (*fn)(struct ac_pool *pool, void *arg);
	void *arg;
};

static void note_used(struct ac_arena *arena, void *arg)
{
	struct pool_visit *visit = arg;

	visit->used = ~(arena->free | arena->gone);
}

static void visit_slot(struct ac_arena *arena, void *arg)
{
	struct pool_visit *visit = arg;

	if (~(arena->free | arena->gone) & BIT_ULL(visit->slot))
		visit->fn(ac_arena_pool(arena, visit->slot), visit->arg);
}

/**
 * ac_arena_visit_pools - look at every used pool, one at a time
 * @fn: called for each, under the lock of its node's arenas
 * @arg: passed to @fn
 *
 * For those who look at all of a pool's blocks, which takes as long as to look at
 * an arena.
 *
 * Context: process context; may sleep.
 */
void ac_arena_visit_pools(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg)
{
	struct pool_visit visit = { .fn = fn, .arg = arg };
	unsigned long at = 0;

	while (ac_arena_visit_next(&at, note_used, &visit)) {
		for (; visit.used; visit.used &= visit.used - 1) {
			ac_arena_pause();
			visit.slot = __ffs64(visit.used);
			visit_at(at - 1, visit_slot, &visit);
		}
		ac_arena_pause();
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_visit_pools);

/* The same in one go. Context: nothing else runs; see verify.h. */
void ac_arena_visit_still(void (*fn)(struct ac_pool *pool, void *arg),
			  void *arg)
{
	struct pool_visit visit = { .fn = fn, .arg = arg };
	struct ac_arena *arena;
	unsigned long index;

	for (index = 0; index < ac_arena_map->end; index++) {
		arena = ac_arena_map_at(index);
		for (visit.slot = 0; arena && visit.slot < AC_POOLS; visit.slot++)
			visit_slot(arena, &visit);
	}
}

/* What the arenas of a set come to, counted one by one. */
struct count {
	unsigned long arenas;
	unsigned long empty;
	unsigned long pools;
	unsigned long loose;
	unsigned long gone;
	unsigned long bad;
};

/* Free and gone pools are nobody's, and all but gone ones are ours. */
static bool pools_are_bad(struct ac_arena *arena)
{
	u64 unused = arena->free | arena->gone;
	u64 left = ~arena->gone;

	for (; unused; unused &= unused - 1)
		if (arena->entry[__ffs64(unused)])
			return true;
	for (; left; left &= left - 1)
		if (page_ref_count(arena->page + __ffs64(left)) < AC_PAGE_REFS)
			return true;
	for (left = arena->free; left; left &= left - 1)
		if (!is_ours(arena->page + __ffs64(left)) ||
		    !ac_page_is_spare(arena->page + __ffs64(left)))
			return true;
	return false;
}

static void verify_arena(struct ac_arena *arena, int node, struct count *count)
{
	count->bad += arena->free & arena->gone ||
		      arena->gone == AC_ALL_POOLS ||
		      arena->node != node ||
		      ac_arena_map_find(page_address(arena->page)) != arena ||
		      pools_are_bad(arena);
	count->arenas++;
	count->empty += arena->free == AC_ALL_POOLS;
	count->pools += hweight64(arena->free);
	count->loose += hweight64(ac_arena_loose(arena->free));
	count->gone += hweight64(arena->gone);
}

/* The arenas of @set with @n used pools and free ones. */
static void verify_list(struct ac_arena_set *set, unsigned int n, int node,
			struct count *count)
{
	struct ac_arena *arena;
	bool first = true;

	count->bad += list_empty(&set->by_used[n]) ==
		      !!(set->occupied & BIT_ULL(n));
	list_for_each_entry(arena, &set->by_used[n], list) {
		count->bad += !arena->free ||
			      hweight64(used_pools(arena)) != n ||
			      goes_first(arena) > first;
		first = goes_first(arena);
		verify_arena(arena, node, count);
	}
}

/* Number of invariants of arena.h that @set breaks. */
static unsigned long verify_set(struct ac_arena_set *set, int node)
{
	struct ac_arena *arena;
	struct count count = {};
	unsigned int n;

	list_for_each_entry(arena, &set->full, list) {
		count.bad += !!arena->free;
		verify_arena(arena, node, &count);
	}
	for (n = 0; n < AC_POOLS; n++)
		verify_list(set, n, node, &count);
	count.bad += count.arenas != set->nr_arenas;
	count.bad += count.pools != set->nr_free_pools;
	count.bad += count.loose != set->nr_loose;
	count.bad += count.gone != set->nr_gone || set->holes > set->nr_gone;
	count.bad += count.empty != set->nr_empty ||
		     count.empty > nr_reserve + 1;
	count.bad += set->nr_arenas > set->highwater;
	count.bad += set->low > set->nr_free_pools;
	count.bad += set->nr_reclaimable > AC_POOLS * set->nr_arenas -
					   set->nr_free_pools - set->nr_gone;
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
		INIT_LIST_HEAD(&set->by_used[n]);
}

static void fill_reserve(int node)
{
	if (ac_arena_fill(node))
		pr_warn("node %d: got %lu of %lu reserve pools\n", node,
			sets[node].nr_free_pools, reserve_pools());
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
	struct ac_arena_set *set = set_of(arena);

	set->nr_arenas--;
	set->nr_free_pools -= hweight64(arena->free);
	set->nr_gone -= hweight64(arena->gone);
	list_move(&arena->list, arg);
}

/* Arenas that still hold blocks are left where they are: they are not ours. */
static void lose_arenas(void)
{
	struct ac_arena *arena, *next;
	LIST_HEAD(lost);

	ac_arena_visit(forget_arena, &lost);
	list_for_each_entry_safe(arena, next, &lost, list)
		kmem_cache_free(records, arena);
}

void ac_arena_exit(void)
{
	int node;

	nr_reserve = 0;
	for_each_node(node) {
		give_back(&sets[node], ULONG_MAX, 0, true);
		if (sets[node].nr_arenas)
			pr_err("node %d: %lu arenas hold live blocks and are lost\n",
			       node, sets[node].nr_arenas);
		sets[node].nr_reclaimable = 0;
	}
	lose_arenas();
	ac_arena_tell();
	kfree(sets);
	rcu_barrier();
	kmem_cache_destroy(records);
}
