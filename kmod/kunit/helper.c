// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what the KUnit suites share
 */
#include <kunit/static_stub.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../debug/shadow.h"
#include "../snapshot.h"
#include "../debug/verify.h"
#include "../magazine.h"
#include "helper.h"

/* What was there when the suite began. */
static struct {
	unsigned long used_arenas;
	long live;
} before;

static unsigned long used_arenas(void)
{
	unsigned long n = 0;
	int node;

	for_each_node(node)
		n += ac_arena_set(node)->nr_arenas -
		     ac_arena_set(node)->nr_empty;
	return n;
}

static long classes_live(void)
{
	long live = 0;
	int i;

	for (i = 0; i < ARENA_CACHE_CLASSES; i++)
		live += ac_cache_live(arena_cache_classes[i]);
	return live;
}

/* Every order is asked for, whatever happened before, and there are no holes. */
void ac_kunit_open_orders(void)
{
	struct ac_arena_set *set;
	unsigned long flags;
	int node;

	for_each_node(node) {
		set = ac_arena_set(node);
		raw_spin_lock_irqsave(&set->lock, flags);
		memset(set->closed, 0, sizeof(set->closed));
		set->scarce = false;
		set->holes = 0;
		raw_spin_unlock_irqrestore(&set->lock, flags);
	}
}

static void note_part(struct ac_arena *arena, void *arg)
{
	struct page **page = arg;

	if (arena->gone && (arena->free | arena->gone) == AC_ALL_POOLS)
		*page = arena->page;
}

/* Trims, and makes the reserve, which may be in parts of arenas, of whole ones. */
static void trim(void)
{
	struct page *page;
	int node;

	ac_cache_trim();
	ac_kunit_open_orders();
	do {
		page = NULL;
		ac_arena_visit(note_part, &page);
		if (page)
			ac_arena_evacuate(page_to_pfn(page), AC_POOLS);
	} while (page);
	for_each_node(node)
		ac_arena_fill(node);
}

int ac_kunit_suite_init(struct kunit_suite *suite)
{
	trim();
	before.used_arenas = used_arenas();
	before.live = classes_live();
	return 0;
}

/* The last case of every suite: a suite's exit function cannot fail it. */
void ac_kunit_nothing_left(struct kunit *test)
{
	int node;

	trim();
	ac_kunit_assert_clean(test);
	KUNIT_EXPECT_EQ(test, classes_live(), before.live);
	KUNIT_EXPECT_EQ(test, used_arenas(), before.used_arenas);
	for_each_node(node)
		KUNIT_EXPECT_LE(test, ac_arena_set(node)->nr_empty,
				ac_kunit_reserve(node));
}

void ac_kunit_assert_clean(struct kunit *test)
{
	unsigned long bad;
	struct ac_verify v;

	bad = ac_verify(&v);
	KUNIT_ASSERT_EQ_MSG(test, bad, 0,
			    "arenas %lu, pools %lu, magazines %lu, blocks %lu",
			    v.bad_arenas, v.bad_pools, v.bad_magazines,
			    v.bad_blocks);
}

/* The parts of the arenas' bytes sum to the arenas, however it goes on. */
void ac_kunit_expect_sums(struct kunit *test)
{
	struct ac_snapshot *s = ac_snapshot_get();
	const struct ac_row *row;
	u64 sum, pools = 0;

	KUNIT_ASSERT_NOT_NULL(test, s);
	sum = s->bytes.live + s->bytes.in_cpus + s->bytes.in_depots +
	      s->bytes.quarantined + s->bytes.avail + s->bytes.unused +
	      s->bytes.gone + s->bytes.maps + s->bytes.tails;
	KUNIT_EXPECT_EQ(test, s->bytes.total, s->arenas * SZ_256K);
	KUNIT_EXPECT_EQ(test, sum, s->bytes.total);
	for (row = s->row; row < s->row + s->nr_rows; row++) {
		pools += row->pools;
		KUNIT_EXPECT_EQ(test, row->live + row->in_cpus +
				row->in_depots + row->quarantined + row->avail,
				row->pools * row->capacity);
	}
	KUNIT_EXPECT_EQ(test, pools + s->free_pools + s->gone_pools,
			64 * s->arenas);
	KUNIT_EXPECT_LE(test, s->free_pools, 64 * s->arenas);
	KUNIT_EXPECT_LE(test, s->spare_pools, s->free_pools);
	KUNIT_EXPECT_LE(test, 64 * s->empty, s->free_pools);
	KUNIT_EXPECT_LE(test, s->arenas, s->highwater);
	ac_snapshot_put(s);
}

/* Leaves nothing but the reserve; skips the test if others hold blocks. */
void ac_kunit_trim(struct kunit *test)
{
	trim();
	if (used_arenas())
		kunit_skip(test, "somebody else uses arenas");
}

void ac_kunit_pin(struct kunit *test, int cpu)
{
	KUNIT_ASSERT_EQ(test, set_cpus_allowed_ptr(current, cpumask_of(cpu)), 0);
	KUNIT_ASSERT_EQ(test, raw_smp_processor_id(), cpu);
}

/* What tests expect is of one CPU and node; who wants another one goes there. */
int ac_kunit_start(struct kunit *test)
{
	ac_kunit_pin(test, 0);
	ac_kunit_open_orders();
	return 0;
}

static bool never(gfp_t gfp)
{
	return false;
}

/* Also those who cannot wait bring arenas, as they do where nobody wipes pages. */
void ac_kunit_pay_by_arena(struct kunit *test)
{
	kunit_activate_static_stub(test, ac_arena_pays_by_page, never);
}

static unsigned int *reserve;

/* The empty arenas that stayed when this module was loaded and all trimmed. */
unsigned int ac_kunit_reserve(int node)
{
	return reserve[node];
}

u64 ac_kunit_seed(struct kunit *test, struct rnd_state *rnd)
{
	u64 seed = get_random_u64();

	kunit_info(test, "seed %#llx\n", seed);
	prandom_seed_state(rnd, seed);
	return seed;
}

/* Is there a cache of that name, defunct or not? */
bool ac_kunit_is_listed(const char *name)
{
	struct arena_cache *c;
	bool found = false;

	mutex_lock(&ac_caches_lock);
	list_for_each_entry(c, &ac_caches, list)
		found |= !strcmp(c->name, name);
	mutex_unlock(&ac_caches_lock);
	return found;
}

struct ac_pool *ac_kunit_pool_of(const void *p)
{
	return ac_arena_pool(ac_arena_map_find(p), ac_arena_slot(p));
}

void ac_kunit_give_pool(struct arena_cache *c, struct ac_pool *pool,
			struct ac_dead *dead)
{
	LIST_HEAD(pools);

	pool->cache = AC_POOL_NOBODY;
	list_add(&pool->list, &pools);
	ac_arena_give_pools(c, &pools, dead);
}

struct emptiest {
	int node;
	unsigned int nr_free;
	void *page;
};

static void note_free_page(struct ac_arena *arena, void *arg)
{
	unsigned int nr_free = hweight64(arena->free);
	struct emptiest *most = arg;

	if (arena->node != most->node || nr_free <= most->nr_free)
		return;
	most->nr_free = nr_free;
	most->page = ac_arena_pool_base(ac_arena_pool(arena,
						      __ffs64(arena->free)));
}

/*
 * A free pool of the emptiest arena on the node of @p. kswapd takes free pools of
 * the others whenever it likes, but not the reserve, which tests ask for.
 */
void *ac_kunit_free_page(struct kunit *test, const void *p)
{
	struct emptiest most = { .node = ac_arena_of(p)->node };

	ac_arena_visit(note_free_page, &most);
	KUNIT_ASSERT_NOT_NULL(test, most.page);
	return most.page;
}

KUNIT_DEFINE_ACTION_WRAPPER(kvfree_action, kvfree, const void *);

/* Gone with the test; unlike kunit_kzalloc(), of any size. */
void *ac_kunit_zalloc(struct kunit *test, size_t size)
{
	void *p = kvzalloc(size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, kvfree_action, p),
			0);
	return p;
}

KUNIT_DEFINE_ACTION_WRAPPER(destroy_action, arena_cache_destroy,
			    struct arena_cache *);

struct arena_cache *ac_kunit_cache(struct kunit *test, unsigned int size,
				   unsigned int align, void (*ctor)(void *))
{
	struct arena_cache *c;

	c = arena_cache_create(test->name, size, align, 0, ctor);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, destroy_action, c),
			0);
	/* For those who look at magazines before the first use. */
	KUNIT_ASSERT_TRUE(test, ac_magazines_open(c, GFP_KERNEL));
	return c;
}

/* Destroys a cache of ac_kunit_cache() before the test ends. */
void ac_kunit_destroy(struct kunit *test, struct arena_cache *c)
{
	kunit_release_action(test, destroy_action, c);
}

void ac_kunit_take_blocks(struct kunit *test, struct arena_cache *c,
			  unsigned int nr, void **blocks)
{
	unsigned int n, got;

	for (n = 0; n < nr; n += got) {
		got = ac_pool_take(c, numa_mem_id(), nr - n, blocks + n);
		if (!got)
			got = ac_pool_grow(c, GFP_KERNEL, numa_mem_id(),
					   nr - n, blocks + n);
		KUNIT_ASSERT_GT(test, got, 0);
	}
	/* To KASAN only those are open that passed the magazines. */
	for (n = 0; n < nr; n++)
		ac_shadow_open(blocks[n], c->size);
}

void *ac_kunit_take_block(struct kunit *test, struct arena_cache *c)
{
	void *block = NULL;

	ac_kunit_take_blocks(test, c, 1, &block);
	return block;
}

/* --- threads --- */

static int run_thread(void *arg)
{
	struct ac_kunit_thread *thread = arg;

	if (thread->fn)
		thread->fn(thread);
	/* Not complete() and return: the module may be gone in between. */
	kthread_complete_and_exit(&thread->done, 0);
}

static void wait_for_crew(void *arg)
{
	struct ac_kunit_crew *crew = arg;
	unsigned int i;

	WRITE_ONCE(crew->enough, true);
	for (i = 0; i < crew->nr; i++)
		wait_for_completion(&crew->thread[i].done);
}

static struct task_struct *make_thread(struct ac_kunit_thread *thread)
{
	struct task_struct *task;

	task = kthread_create(run_thread, thread, "ac_kunit/%u", thread->id);
	if (!IS_ERR(task))
		kthread_bind(task, thread->cpu);
	return task;
}

static unsigned int nth_online_cpu(unsigned int n)
{
	return cpumask_nth(n % num_online_cpus(), cpu_online_mask);
}

/* Starts @nr threads, spread over the CPUs, that each call @fn once. */
struct ac_kunit_crew *ac_kunit_crew_start(struct kunit *test, unsigned int nr,
					  void (*fn)(struct ac_kunit_thread *),
					  void *arg)
{
	u64 seed = get_random_u64();
	struct ac_kunit_thread *thread;
	struct ac_kunit_crew *crew;
	struct task_struct *task = NULL;
	unsigned int i;

	kunit_info(test, "seed %#llx\n", seed);
	crew = ac_kunit_zalloc(test, struct_size(crew, thread, nr));
	for (i = 0; i < nr && !IS_ERR(task); i++) {
		thread = &crew->thread[i];
		*thread = (struct ac_kunit_thread){
			.fn = fn, .arg = arg, .id = i,
			.cpu = nth_online_cpu(i),
		};
		init_completion(&thread->done);
		prandom_seed_state(&thread->rnd, seed + i);
		task = make_thread(thread);
		if (IS_ERR(task))
			break;
		wake_up_process(task);
		crew->nr++;
	}
	/* Also if an assertion ends the test: they use what it owns. */
	KUNIT_ASSERT_EQ(test,
			kunit_add_action_or_reset(test, wait_for_crew, crew),
			0);
	KUNIT_ASSERT_EQ(test, crew->nr, nr);
	return crew;
}

bool ac_kunit_crew_busy(struct ac_kunit_crew *crew)
{
	unsigned int i;

	for (i = 0; i < crew->nr; i++)
		if (!completion_done(&crew->thread[i].done))
			return true;
	return false;
}

void ac_kunit_crew_finish(struct kunit *test, struct ac_kunit_crew *crew)
{
	unsigned int i;

	kunit_remove_action(test, wait_for_crew, crew);
	wait_for_crew(crew);
	for (i = 0; i < crew->nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, crew->thread[i].errors, 0,
				    "thread %u: %s", i,
				    crew->thread[i].first_error);
}

/* --- the module --- */

static int __init ac_kunit_init(void)
{
	int node;

	reserve = kcalloc(nr_node_ids, sizeof(*reserve), GFP_KERNEL);
	if (!reserve)
		return -ENOMEM;
	ac_cache_trim();
	for_each_node(node)
		reserve[node] = ac_arena_set(node)->nr_empty;
	return 0;
}

static void __exit ac_kunit_exit(void)
{
	kfree(reserve);
}

module_init(ac_kunit_init);
module_exit(ac_kunit_exit);

MODULE_DESCRIPTION("KUnit tests of arena_cache");
MODULE_AUTHOR("The arena_cache developers");
MODULE_LICENSE("GPL");
AC_IMPORT_KUNIT_NS;
