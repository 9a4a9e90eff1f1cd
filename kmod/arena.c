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
#include "report.h"
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
	set->nr_gone -= hweight64(arena->gone);
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

static bool freeze_pages(struct page *page)
{
	unsigned int i;

	for (i = 0; i < AC_POOLS; i++)
		if (!page_ref_freeze(page + i, AC_PAGE_REFS))
			break;
	if (i == AC_POOLS)
		return true;
	while (i--)
		page_ref_unfreeze(page + i, AC_PAGE_REFS);
	return false;
}

/* As one block, if all of it is ours and nobody else has a reference. */
static bool give_whole(struct page *page)
{
	unsigned int i;

	if (AC_PAGES_ARE_TAGGED ||
	    page_zone(page) != page_zone(page + AC_POOLS - 1) ||
	    !freeze_pages(page))
		return false;
	for (i = 0; i < AC_POOLS; i++) {
		ac_page_unmark_spare(page + i);
		WRITE_ONCE(page[i].private, 0);
	}
	page_ref_unfreeze(page, 1);
	__free_pages(page, AC_ARENA_ORDER);
	return true;
}

static void free_record(struct rcu_head *rcu)
{
	kmem_cache_free(records, container_of(rcu, struct ac_arena, rcu));
}

/* Its pools are free or gone, and the map does not have it any more. */
static void free_arena(struct ac_arena *arena)
{
	u64 left = AC_ALL_POOLS & ~arena->gone;

	if (left != AC_ALL_POOLS || !give_whole(arena->page))
		for (; left; left &= left - 1)
			give_page(arena->page + __ffs64(left));
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
	return alloc_pages_node(node, gfp, order);
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

static struct ac_arena *new_arena(gfp_t effort, int node)
{
	struct page *page = try_pages(effort | __GFP_NOMEMALLOC, node,
				      AC_ARENA_ORDER);
	struct ac_arena *arena;
	unsigned int i;

	if (!page)
		goto fail;
	arena = new_record(page, effort | __GFP_NOWARN);
	if (!arena)
		goto free_pages;
	split_page(page, AC_ARENA_ORDER);
	for (i = 0; i < AC_POOLS; i++)
		own_page(page + i);
	arena->gone = 0;
	arena->free = AC_ALL_POOLS;
	ac_stat_inc(AC_STAT_ARENA_ALLOC);
	return arena;

free_pages:
	__free_pages(page, AC_ARENA_ORDER);
fail:
	ac_stat_inc(AC_STAT_ARENA_FAIL);
	return NULL;
}

/* The fullest arena with a free pool, but for those of the @reserve. */
static struct ac_arena *find_arena(struct ac_arena_set *set,
				   unsigned long reserve)
{
	if (set->nr_free_pools <= reserve)
		return NULL;
	return list_first_entry(&set->by_free[__ffs64(set->occupied)],
				struct ac_arena, list);
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
	unsigned int slot = __ffs64(arena->free);

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
	WRITE_ONCE(arena->gone, arena->gone |
		   BIT_ULL(ac_arena_slot(ac_arena_pool_base(pool))));
	set->nr_gone++;
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
 * One more arena, unless others brought one meanwhile. For a pool that a caller
 * needs now, nobody compacts memory. kswapd is told, so that the next one finds an
 * arena.
 */
static struct ac_pool *bring_arena(struct arena_cache *c, gfp_t gfp, int node)
{
	struct ac_arena *arena = new_arena(gfp & __GFP_KSWAPD_RECLAIM, node);
	struct ac_arena_set *set = &sets[node];
	struct ac_pool *pool = NULL;
	struct ac_arena *found;
	unsigned long flags;

	if (!arena)
		return NULL;
	raw_spin_lock_irqsave(&set->lock, flags);
	found = find_arena(set, reserve_pools());
	if (!found && add_arena(set, arena))
		found = arena;
	if (found)
		pool = take_of(set, found, c);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	if (found == arena) {
		ac_wake();
		return pool;
	}
	free_arena(arena);
	return pool ? checked(c, pool) : NULL;
}

/*
 * Enters @page, into @arena if its own has no record yet, which is taken then. The
 * page is used by @c, or free without one.
 */
static struct ac_pool *enter_page(struct ac_arena_set *set, struct page *page,
				  struct ac_arena **arena,
				  struct arena_cache *c)
{
	struct ac_arena *home = ac_arena_map_find(page_address(page));
	unsigned int slot = ac_arena_slot(page_address(page));

	lockdep_assert_held(&set->lock);
	if (!home) {
		if (!add_arena(set, *arena))
			return NULL;
		home = *arena;
		*arena = NULL;
		ac_stat_inc(AC_STAT_ARENA_ALLOC);
	} else if (set_of(home) != set) {
		return NULL;
	}
	WRITE_ONCE(home->gone, home->gone & ~BIT_ULL(slot));
	set->nr_gone--;
	if (c)
		return use_pool(set, home, slot, c);
	unfile_arena(set, home);
	home->free |= BIT_ULL(slot);
	file_arena(set, home);
	set->nr_free_pools++;
	note_change(set, 1);
	return ac_arena_pool(home, slot);
}

/* Makes a pool of a single page, which is given back if that fails. */
static struct ac_pool *bring_page(struct arena_cache *c, struct page *page,
				  gfp_t gfp)
{
	struct ac_arena_set *set = &sets[page_to_nid(page)];
	struct ac_arena *arena = new_record(page, gfp);
	struct ac_pool *pool;
	unsigned long flags;

	if (!arena) {
		__free_page(page);
		return NULL;
	}
	own_page(page);
	raw_spin_lock_irqsave(&set->lock, flags);
	pool = enter_page(set, page, &arena, c);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	if (arena)
		kmem_cache_free(records, arena);
	if (!pool)
		give_page(page);
	return pool;
}

static struct ac_pool *try_page(struct arena_cache *c, gfp_t effort, int node)
{
	struct page *page = try_pages(effort, node, 0);

	return page ? bring_page(c, page, effort | __GFP_NOWARN) : NULL;
}

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
 * Of an arena that there is, else of a new one, else of a single page. The reserve
 * stays. The pool's descriptor is as the last owner left it, but for its cache,
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
	if (!pool)
		pool = bring_arena(c, gfp, node);
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
	return page ? bring_page(c, page, gfp & ~__GFP_THISNODE) : NULL;
}

/**
 * ac_arena_fill - fill up the reserve of a node
 * @node: the node
 *
 * Context: process context; may sleep.
 * Return: whether there is more to be done.
 */
bool ac_arena_fill(int node)
{
	struct ac_arena_set *set = &sets[node];
	struct ac_arena *arena;
	unsigned long flags;

	while (node_state(node, N_MEMORY) &&
	       ac_peek(set->nr_free_pools) < reserve_pools()) {
		cond_resched();
		arena = new_arena(GFP_KERNEL, node);
		if (!arena) {
			if (!try_page(NULL, GFP_KERNEL | __GFP_NOMEMALLOC, node))
				return true;
			continue;
		}
		raw_spin_lock_irqsave(&set->lock, flags);
		if (add_arena(set, arena))
			arena = NULL;
		raw_spin_unlock_irqrestore(&set->lock, flags);
		if (arena) {
			free_arena(arena);
			return false;
		}
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

/* The pool in @slot, which is in neither mask now, is gone. */
static void lose_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      unsigned int slot, struct list_head *pages)
{
	WRITE_ONCE(arena->gone, arena->gone | BIT_ULL(slot));
	list_add(&ac_arena_pool(arena, slot)->list, pages);
	set->nr_gone++;
}

static void give_pool(struct ac_arena_set *set, struct ac_arena *arena,
		      struct arena_cache *c, struct ac_pool *pool,
		      struct ac_dead *dead)
{
	unsigned int slot = (struct page *)pool - arena->page;

	lockdep_assert_held(&set->lock);
	pool->nr_free = 0;
	WRITE_ONCE(arena->class[slot], 0);
	c->nr_pools[arena->node]--;
	set->nr_reclaimable -= c->reclaimable;
	unfile_arena(set, arena);
	if (c->shared || page_ref_count((struct page *)pool) != AC_PAGE_REFS)
		lose_pool(set, arena, slot, &dead->pages);
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
		give_page(page);
	list_for_each_entry_safe(arena, next_arena, &dead->arenas, list)
		free_arena(arena);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_release);

/* Takes up to @nr free pools away from @arena. Returns how many. */
static unsigned long strip_arena(struct ac_arena_set *set,
				 struct ac_arena *arena, unsigned long nr,
				 struct ac_dead *dead)
{
	unsigned long n;
	unsigned int slot;

	lockdep_assert_held(&set->lock);
	unfile_arena(set, arena);
	for (n = 0; n < nr && arena->free; n++) {
		slot = __fls(arena->free);
		arena->free ^= BIT_ULL(slot);
		lose_pool(set, arena, slot, &dead->pages);
	}
	file_arena(set, arena);
	set->nr_free_pools -= n;
	set->low = min(set->low, set->nr_free_pools);
	note_change(set, n);
	settle(set, arena, dead);
	return n;
}

/*
 * Of those that are not empty the arena that has the most free pools is the
 * likeliest to lose its other pools, too.
 */
static unsigned long strip_any(struct ac_arena_set *set, unsigned long nr,
			       struct ac_dead *dead)
{
	u64 partly = set->occupied & ~BIT_ULL(AC_POOLS - 1);
	struct ac_arena *arena;

	if (!partly || set->nr_free_pools <= reserve_pools())
		return 0;
	nr = min(nr, set->nr_free_pools - reserve_pools());
	arena = list_first_entry(&set->by_free[__fls(partly)], struct ac_arena,
				 list);
	return strip_arena(set, arena, nr, dead);
}

/* One step of give_back(): an arena, or some of its pages. */
static unsigned long give_back_some(struct ac_arena_set *set, unsigned long nr,
				    unsigned int keep)
{
	struct ac_arena *arena;
	unsigned long flags, n = AC_POOLS;
	struct ac_dead dead;

	ac_dead_init(&dead);
	raw_spin_lock_irqsave(&set->lock, flags);
	if (set->nr_empty > keep &&
	    set->nr_free_pools >= reserve_pools() + AC_POOLS) {
		arena = list_first_entry(&set->by_free[AC_POOLS - 1],
					 struct ac_arena, list);
		remove_arena(set, arena, &dead);
	} else {
		n = strip_any(set, nr, &dead);
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
 * Context: any but NMI; no lock of ours held.
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
	struct ac_arena_set *set;
	struct ac_arena *arena;
	struct ac_dead dead;

	for (; pfn < end; pfn = ALIGN(pfn + 1, AC_POOLS)) {
		ac_dead_init(&dead);
		rcu_read_lock();
		arena = ac_arena_map_find(__va(PFN_PHYS(pfn)));
		if (arena) {
			set = set_of(arena);
			raw_spin_lock_irq(&set->lock);
			if (ac_arena_map_find(__va(PFN_PHYS(pfn))) == arena)
				n += strip_arena(set, arena, AC_POOLS, &dead);
			raw_spin_unlock_irq(&set->lock);
		}
		rcu_read_unlock();
		ac_arena_release(&dead);
		cond_resched();
	}
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_evacuate);

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
	tell(set);
	raw_spin_unlock_irqrestore(&set->lock, flags);
	return low > kept_pools(set, nr_reserve + 1);
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
	unsigned long gone;
	unsigned long bad;
};

/* Free and gone pools are nobody's, and all but gone ones are ours. */
static bool pools_are_bad(struct ac_arena *arena)
{
	u64 unused = arena->free | arena->gone;
	u64 left = ~arena->gone;

	for (; unused; unused &= unused - 1)
		if (arena->class[__ffs64(unused)])
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

static void verify_arena(struct ac_arena *arena, unsigned int nr_free, int node,
			 struct count *count)
{
	count->bad += hweight64(arena->free) != nr_free ||
		      arena->free & arena->gone ||
		      arena->gone == AC_ALL_POOLS ||
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
		INIT_LIST_HEAD(&set->by_free[n]);
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
		give_back(&sets[node], ULONG_MAX, 0);
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
