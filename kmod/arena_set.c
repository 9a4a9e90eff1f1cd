// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arena sets: the arenas of a node, and what their pools are
 */
#include <linux/bitops.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "arena_set.h"
#include "kunit_export.h"
#include "stats.h"

struct ac_arena_set *ac_arena_sets;
EXPORT_SYMBOL_IF_KUNIT(ac_arena_sets);
unsigned int ac_arena_reserve;

static struct kmem_cache *records;
static atomic64_t last_id;

/* Tells vmstat which pages are whose, as /proc/meminfo shows it. */
void ac_arena_tell_set(struct ac_arena_set *set)
{
	const unsigned long used = ac_arena_set_used(set);
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
			mod_node_page_state(NODE_DATA(set - ac_arena_sets),
					    now[i].item, delta * now[i].unit);
		set->told[i] = now[i].pages;
	}
	set->untold = 0;
}

/* @nr pools of @set changed hands. */
static void note_change(struct ac_arena_set *set, unsigned int nr)
{
	lockdep_assert_held(&set->lock);
	set->untold += nr;
	if (set->untold >= AC_POOLS)
		ac_arena_tell_set(set);
}

/* Have vmstat know all that it knows with a delay. */
void ac_arena_tell(void)
{
	struct ac_arena_set *set;
	unsigned long flags;
	int node;

	for_each_node(node) {
		set = ac_arena_set(node);
		raw_spin_lock_irqsave(&set->lock, flags);
		ac_arena_tell_set(set);
		raw_spin_unlock_irqrestore(&set->lock, flags);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_tell);

/* Puts @arena on the list that its pools say; it must be on none. */
static void file_arena(struct ac_arena_set *set, struct ac_arena *arena)
{
	unsigned int n = hweight64(ac_arena_used(arena));

	lockdep_assert_held(&set->lock);
	if (!arena->free) {
		list_add(&arena->list, &set->full);
		return;
	}
	if (ac_arena_goes_first(arena))
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
	unsigned int n = hweight64(ac_arena_used(arena));

	lockdep_assert_held(&set->lock);
	list_del(&arena->list);
	if (!arena->free)
		return;
	if (list_empty(&set->by_used[n]))
		set->occupied &= ~BIT_ULL(n);
	set->nr_loose -= hweight64(ac_arena_loose(arena->free));
	if (arena->free == AC_ALL_POOLS)
		set->nr_empty--;
}

/* So many more pools are free and gone, or with negative numbers fewer. */
static void count_pools(struct ac_arena_set *set, long nr_free, long nr_gone)
{
	lockdep_assert_held(&set->lock);
	set->nr_free_pools += nr_free;
	set->nr_gone += nr_gone;
	set->low = min(set->low, set->nr_free_pools);
	set->holes = min(set->holes, set->nr_gone);
}

/**
 * ac_arena_change - let pools of an arena change their states
 * @set: its node's
 * @arena: the arena
 * @free: the pools that are free from here on
 * @gone: those that are gone; all others are used
 *
 * Pools that a cache gets or gives are charged to it before.
 *
 * Context: under the lock of @set.
 */
void ac_arena_change(struct ac_arena_set *set, struct ac_arena *arena,
		     u64 free, u64 gone)
{
	u64 changed = (free ^ arena->free) | (gone ^ arena->gone);

	lockdep_assert_held(&set->lock);
	unfile_arena(set, arena);
	count_pools(set, hweight64(free) - hweight64(arena->free),
		    hweight64(gone) - hweight64(arena->gone));
	arena->free = free;
	WRITE_ONCE(arena->gone, gone);
	file_arena(set, arena);
	note_change(set, hweight64(changed));
}

/* Returns false if the arena map does not reach so far. */
bool ac_arena_add(struct ac_arena_set *set, struct ac_arena *arena)
{
	lockdep_assert_held(&set->lock);
	if (!ac_arena_map_set(page_address(arena->page), arena))
		return false;
	file_arena(set, arena);
	set->highwater = max(set->highwater, ++set->nr_arenas);
	count_pools(set, hweight64(arena->free), hweight64(arena->gone));
	note_change(set, hweight64(arena->free));
	return true;
}

/* None of its pools is used. Its @gone stays right while other CPUs can look. */
void ac_arena_remove(struct ac_arena_set *set, struct ac_arena *arena,
		     struct ac_dead *dead)
{
	lockdep_assert_held(&set->lock);
	ac_arena_map_clear(page_address(arena->page));
	unfile_arena(set, arena);
	set->nr_arenas--;
	count_pools(set, -hweight64(arena->free), -hweight64(arena->gone));
	note_change(set, hweight64(arena->free));
	list_add(&arena->list, &dead->arenas);
}

/* No pool of it is used, and it is not to be kept. */
static bool is_superfluous(const struct ac_arena_set *set,
			   const struct ac_arena *arena)
{
	lockdep_assert_held(&set->lock);
	if (ac_arena_used(arena))
		return false;
	if (!arena->gone)
		return set->nr_empty > ac_arena_reserve + 1;
	/* Of parts, one pool beyond the reserve stays, against thrash. */
	return !arena->free || set->nr_free_pools - hweight64(arena->free) >
			       ac_arena_reserve_pools();
}

/* Pools of @arena are not used any more: does it go? */
void ac_arena_settle(struct ac_arena_set *set, struct ac_arena *arena,
		     struct ac_dead *dead)
{
	lockdep_assert_held(&set->lock);
	if (is_superfluous(set, arena))
		ac_arena_remove(set, arena, dead);
}

/* The largest run in @free of @nr pools at most. Returns its order, or 0 if there is none. */
unsigned int ac_arena_largest_run(u64 free, unsigned long nr,
				  unsigned int *slot)
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

/* Not static, so that tests can replace it. */
struct ac_arena *ac_arena_record(gfp_t gfp, int node)
{
	KUNIT_STATIC_STUB_REDIRECT(ac_arena_record, gfp, node);
	return kmem_cache_alloc_node(records, gfp, node);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_record);

/*
 * A record for the arena that @page lies in, all of whose pools are gone. Like the
 * page it is for many callers: no emergency reserve is opened for it.
 */
struct ac_arena *ac_arena_new(struct page *page, gfp_t gfp)
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

/* Frees a record that the arena map does not have, nor any other CPU. */
void ac_arena_free_record(struct ac_arena *arena)
{
	kmem_cache_free(records, arena);
}

static void free_record_rcu(struct rcu_head *rcu)
{
	ac_arena_free_record(container_of(rcu, struct ac_arena, rcu));
}

/* Its pools are free or gone, and the map does not have it any more. */
static void free_arena(struct ac_arena *arena)
{
	struct ac_backoff *backoff = &ac_arena_set_of(arena)->backoff;
	u64 left = AC_ALL_POOLS & ~arena->gone;
	unsigned int slot, order;

	if (left == AC_ALL_POOLS &&
	    ac_pages_give_whole(backoff, arena->page, AC_ARENA_ORDER))
		left = 0;
	while (left) {
		order = ac_arena_largest_run(left, AC_POOLS, &slot);
		if (!order)
			slot = __ffs64(left);
		ac_pages_give(backoff, arena->page + slot, order, NULL);
		left &= ~ac_arena_block(slot, order);
	}
	call_rcu(&arena->rcu, free_record_rcu);
	ac_stat_inc(AC_STAT_ARENA_FREE);
}

/**
 * ac_arena_release - give arenas and pages back to the page allocator
 * @dead: what ac_arena_give_pools() and others filled
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_arena_release(struct ac_dead *dead)
{
	struct ac_arena *arena, *next_arena;
	struct page *page, *next;

	list_for_each_entry_safe(page, next, &dead->pages, lru)
		ac_pages_give(&ac_arena_set(page_to_nid(page))->backoff, page,
			      ((struct ac_pool *)page)->nr_free, dead->owner);
	list_for_each_entry_safe(arena, next_arena, &dead->arenas, list)
		free_arena(arena);
}
EXPORT_SYMBOL_IF_KUNIT(ac_arena_release);

static void init_set(struct ac_arena_set *set)
{
	int n;

	raw_spin_lock_init(&set->lock);
	INIT_LIST_HEAD(&set->full);
	for (n = 0; n < AC_POOLS; n++)
		INIT_LIST_HEAD(&set->by_used[n]);
}

/**
 * ac_arena_sets_init - make a set without arenas for each node
 * @reserve: in arenas, how many free pools each is to keep
 *
 * Return: 0 or a negative errno.
 */
int ac_arena_sets_init(unsigned int reserve)
{
	int node;

	records = KMEM_CACHE(ac_arena, 0);
	if (!records)
		return -ENOMEM;
	ac_arena_sets = kcalloc(nr_node_ids, sizeof(*ac_arena_sets), GFP_KERNEL);
	if (!ac_arena_sets) {
		kmem_cache_destroy(records);
		return -ENOMEM;
	}
	ac_arena_reserve = reserve;
	for_each_node(node)
		init_set(ac_arena_set(node));
	return 0;
}

/* They have no arenas any more. */
void ac_arena_sets_exit(void)
{
	kfree(ac_arena_sets);
	rcu_barrier();
	kmem_cache_destroy(records);
}
