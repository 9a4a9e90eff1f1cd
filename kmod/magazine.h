/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - magazines and depots
 *
 * Owns the blocks that are cached: taken from their pools, held by nobody. Each
 * CPU has a loaded and a previous magazine of each cache (struct
 * arena_cache_cpu), each cache a depot of full and empty ones on every node
 * (Bonwick, Adams: "Magazines and Vmem"). Whole magazines move between CPU and
 * depot, so that a block freed on another CPU than it was allocated on costs
 * what any other does, and exchanging the two of a CPU keeps alternating
 * allocations and frees away from the depot.
 *
 * A magazine of a cache with R rounds uses the last R of its words. The word
 * below is NULL:
 *
 *	next  count  NULL ... NULL  block ... block  (room)
 *	                      ^ bottom        ^ top      ^ last
 *
 *	empty: top == bottom        full: top == last, and top + 1 aligned to 1024
 *
 * A CPU that never used the cache has the null magazine, which is empty and
 * full at once, so that both fast paths turn it down.
 *
 * R depends on the block size, so that a magazine caches at most 16 KB. A CPU
 * caches up to 2 R blocks of a cache, a depot up to max R. That is 64 KB at first.
 * A depot that has to turn a magazine away, and had none for somebody before, is
 * too small for the swings of its cache: max doubles, up to 1 MB. The decay brings
 * it back to what is used.
 *
 * Invariants:
 *	loaded and previous hold blocks of their cache, each taken, none twice
 *	depot: every magazine on full is full, every one on empty is empty, low <= nr,
 *		nr <= max, c->depot_max <= max <= c->depot_max << AC_DEPOT_GROWTH
 *	ac_pool_used() == live blocks + ac_magazine_cached() - raw blocks cached
 *
 * Protection: a CPU's magazines belong to whoever holds its seq odd, with
 * preemption off; a dead CPU's to the CPU hotplug callback.
 *
 * ac_depot.lock, one per cache and node, protects the depot. It is taken with
 * interrupts on, and from interrupts: nobody may wait for it. All try for a
 * moment; who fails uses the pools. Nothing nests inside.
 */
#ifndef AC_MAGAZINE_H
#define AC_MAGAZINE_H

#include <linux/spinlock.h>

#include "pool.h"

#define AC_MAGAZINE_WORDS	(ARENA_CACHE_MAGAZINE / sizeof(void *))
/* All words but next, count and the NULL below the oldest block. */
#define AC_ROUNDS_MAX		(AC_MAGAZINE_WORDS - 3)
#define AC_MAGAZINE_BYTES	SZ_16K
#define AC_DEPOT_BYTES		SZ_64K
#define AC_DEPOT_MAX		16
#define AC_DEPOT_GROWTH		4
#define AC_DEPOT_TRIES		32

struct ac_magazine {
	struct ac_magazine *next;
	unsigned long count;	/* rounds; kept only while it is with no CPU */
	void *word[AC_MAGAZINE_WORDS - 2];
};

static_assert(sizeof(struct ac_magazine) == ARENA_CACHE_MAGAZINE);

/**
 * struct ac_stack - magazines on top of each other
 * @top: the last one put, linked to the others
 * @nr: how many
 * @low: least @nr since ac_magazine_decay() looked: what nobody needed
 */
struct ac_stack {
	struct ac_magazine *top;
	unsigned int nr;
	unsigned int low;
};

/**
 * struct ac_depot - magazines of a cache that no CPU of the node holds
 * @lock: protects all below
 * @max: how many of each it may have
 * @wanting: somebody came for a full one in vain since @max changed
 * @full: full magazines
 * @empty: empty magazines
 */
struct ac_depot {
	raw_spinlock_t lock;
	unsigned int max;
	bool wanting;
	struct ac_stack full;
	struct ac_stack empty;
} ____cacheline_aligned_in_smp;

static inline struct ac_magazine *ac_magazine_of(void **top)
{
	return (void *)((unsigned long)top & ~(ARENA_CACHE_MAGAZINE - 1UL));
}

/* The word below the oldest block. */
static inline void **ac_magazine_bottom(const struct arena_cache *c,
					struct ac_magazine *m)
{
	return (void **)(m + 1) - c->rounds - 1;
}

/* The last word, where the newest block of a full magazine is. */
static inline void **ac_magazine_last(struct ac_magazine *m)
{
	return (void **)(m + 1) - 1;
}

static inline bool ac_magazine_is_full(void **top)
{
	return !((unsigned long)(top + 1) & (ARENA_CACHE_MAGAZINE - 1));
}

/*
 * Blocks that a magazine is filled with: what a pool can give at most, so that
 * what a cache of large blocks caches is in proportion to what it holds.
 */
static inline unsigned int ac_magazine_batch(const struct arena_cache *c)
{
	return min(c->rounds, c->capacity);
}

extern const struct ac_magazine ac_null_magazine;

static inline bool ac_magazine_is_null(void **top)
{
	return ac_magazine_of(top) == &ac_null_magazine;
}

/* Rounds in the magazine that @top points into. */
static inline unsigned int ac_magazine_rounds(const struct arena_cache *c,
					      void **top)
{
	return ac_magazine_is_null(top) ?
		       0 : top - ac_magazine_bottom(c, ac_magazine_of(top));
}

/*
 * Copies @nr blocks. The runs are short: memcpy() with its "rep movsb" takes
 * longer to start than they take. Returns the bits that all addresses share,
 * which are none if one of them is NULL.
 */
static __always_inline unsigned long ac_copy_blocks(void **to, void **from,
						    unsigned int nr)
{
	unsigned long shared = ~0UL;
	unsigned int i;

	for (; nr >= 8; nr -= 8, to += 8, from += 8) {
#pragma GCC unroll 8
		for (i = 0; i < 8; i++) {
			shared &= (unsigned long)(to[i] = from[i]);
			/* Now, or all are kept in registers for later. */
			OPTIMIZER_HIDE_VAR(shared);
		}
	}
	while (nr--)
		shared &= (unsigned long)(*to++ = *from++);
	return shared;
}

/* Takes @nr blocks if the loaded magazine has them all. */
static __always_inline bool ac_magazine_take_run(struct arena_cache *c,
						 size_t nr, void **blocks)
{
	struct arena_cache_cpu *cpu;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (likely(__arena_cache_enter(cpu))) {
		if (likely(nr <= ac_magazine_rounds(c, cpu->top))) {
			cpu->top -= nr;
			ac_copy_blocks(blocks, cpu->top + 1, nr);
			__arena_cache_leave(cpu);
			preempt_enable();
			return true;
		}
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return false;
}

/* Puts @nr blocks if the loaded magazine has room for them and none is NULL. */
static __always_inline bool ac_magazine_put_run(struct arena_cache *c,
						size_t nr, void **blocks)
{
	struct arena_cache_cpu *cpu;
	void **top, **last;

	preempt_disable();
	cpu = raw_cpu_ptr(c->cpu);
	if (likely(__arena_cache_enter(cpu))) {
		top = cpu->top;
		last = ac_magazine_last(ac_magazine_of(top));
		if (likely(nr <= (size_t)(last - top) &&
			   ac_copy_blocks(top + 1, blocks, nr))) {
			cpu->top = top + nr;
			__arena_cache_leave(cpu);
			preempt_enable();
			return true;
		}
		__arena_cache_leave(cpu);
	}
	preempt_enable();
	return false;
}

int ac_magazine_init(void);
void ac_magazine_exit(void);
int ac_magazines_create(struct arena_cache *c);
void ac_magazines_destroy(struct arena_cache *c);
bool ac_magazine_reload(struct arena_cache *c, struct arena_cache_cpu *cpu);
bool ac_magazine_unload(struct arena_cache *c, struct arena_cache_cpu *cpu);
struct ac_magazine *ac_magazine_new(struct arena_cache *c);
void ac_magazine_between(struct arena_cache *c);
void *ac_magazine_raid(struct arena_cache *c, int node);
void *ac_magazine_adopt(struct arena_cache *c, struct ac_pool *pool);
unsigned int ac_magazine_take(struct arena_cache *c, unsigned int nr,
			      void **blocks);
unsigned int ac_magazine_put(struct arena_cache *c, unsigned int nr,
			     void **blocks);
void ac_magazine_flush(struct arena_cache *c);
void ac_magazine_trim(void);
bool ac_magazine_decay(struct arena_cache *c);
unsigned long ac_magazine_drain(struct arena_cache *c, int node);
void ac_magazine_flush_dead(struct arena_cache *c, int cpu);
unsigned long ac_magazine_cached(struct arena_cache *c);
unsigned long ac_magazine_verify(struct arena_cache *c);
void ac_magazine_for_each(struct arena_cache *c,
			  void (*fn)(struct arena_cache *c, void *p, void *arg),
			  void *arg);

#endif /* AC_MAGAZINE_H */
