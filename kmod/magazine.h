/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - magazines
 *
 * Owns the blocks that CPUs have cached: taken from their pools, and live for no caller.
 * Each CPU has a loaded and a previous magazine of each cache (struct arena_cache_cpu),
 * which it exchanges with a depot (Bonwick, Adams: "Magazines and Vmem"). Whole
 * magazines move, so that a block freed on another CPU than it was allocated on costs
 * no more than any other. The previous magazine keeps alternating allocations and frees
 * away from the depot.
 *
 * A CPU that never used the cache has the null magazine (cpus.h). A magazine has R
 * rounds, by the block size (bound.h), so a CPU caches up to 2 R blocks of a cache.
 *
 * Invariants:
 *	loaded and previous hold blocks of their cache, each taken, none twice
 *	ac_pool_nr_taken() == live blocks + ac_magazine_cached() - raw blocks cached
 *
 * Protection: a CPU's magazines belong to the code that made its seq odd, with
 * preemption off; a dead CPU's to the CPU hotplug callback.
 */
#ifndef AC_MAGAZINE_H
#define AC_MAGAZINE_H

#include "cpus.h"
#include "depot.h"

/*
 * Blocks that a magazine is filled with: at most what a pool has, so that what a cache
 * of large blocks caches is in proportion to its pools.
 */
static inline unsigned int ac_magazine_batch(const struct arena_cache *c)
{
	return min(c->rounds, c->capacity);
}

static inline bool ac_magazine_is_null(void **top)
{
	return (void *)ac_magazine_of(top) == ac_null_magazine;
}

/* Rounds in the magazine that @top points into. */
static inline unsigned int ac_magazine_rounds(const struct arena_cache *c,
					      void **top)
{
	return ac_magazine_is_null(top) ?
		       0 : top - ac_magazine_bottom(c, ac_magazine_of(top));
}

bool __ac_magazines_open(struct arena_cache *c, gfp_t gfp);

/**
 * ac_magazines_open - let CPUs have magazines of a cache that was not used before
 * @c: the cache
 * @gfp: the caller's, 0 for one who frees
 *
 * A cache can do without, and tries again the next time. The fast paths need not ask;
 * code that gives a CPU a magazine must.
 *
 * Context: any but NMI; may sleep if @gfp allows it.
 * Return: whether they may.
 */
static __always_inline bool ac_magazines_open(struct arena_cache *c, gfp_t gfp)
{
	return likely(ac_cpus_are_open(c)) || __ac_magazines_open(c, gfp);
}

/*
 * Copies @nr blocks. memcpy() takes longer to start its "rep movsb" than a short run
 * takes. Returns the bits that all addresses share: none if one of them is NULL.
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
			/* Now, or the compiler keeps all for later. */
			OPTIMIZER_HIDE_VAR(shared);
		}
	}
	while (nr--)
		shared &= (unsigned long)(*to++ = *from++);
	return shared;
}

struct ac_run {
	const struct arena_cache *cache;
	size_t nr;
	void **blocks;
};

static __always_inline bool __ac_magazine_take_run(struct arena_cache_cpu *cpu,
						   void *arg)
{
	const struct ac_run *run = arg;

	if (unlikely(run->nr > ac_magazine_rounds(run->cache, cpu->top)))
		return false;
	cpu->top -= run->nr;
	ac_copy_blocks(run->blocks, cpu->top + 1, run->nr);
	return true;
}

/* Takes @nr blocks if the loaded magazine has them all. */
static __always_inline bool ac_magazine_take_run(struct arena_cache *c,
						 size_t nr, void **blocks)
{
	struct ac_run run = { .cache = c, .nr = nr, .blocks = blocks };

	preempt_disable();
	return __arena_cache_inside(raw_cpu_ptr(READ_ONCE(c->cpu)),
				    __ac_magazine_take_run, &run);
}

static __always_inline bool __ac_magazine_put_run(struct arena_cache_cpu *cpu,
						  void *arg)
{
	const struct ac_run *run = arg;
	void **top = cpu->top, **last = ac_magazine_last(ac_magazine_of(top));

	if (unlikely(run->nr > (size_t)(last - top) ||
		     !ac_copy_blocks(top + 1, run->blocks, run->nr)))
		return false;
	cpu->top = top + run->nr;
	return true;
}

/* Puts @nr blocks if the loaded magazine has room for them and none is NULL. */
static __always_inline bool ac_magazine_put_run(struct arena_cache *c,
						size_t nr, void **blocks)
{
	struct ac_run run = { .cache = c, .nr = nr, .blocks = blocks };

	preempt_disable();
	return __arena_cache_inside(raw_cpu_ptr(READ_ONCE(c->cpu)),
				    __ac_magazine_put_run, &run);
}

int ac_magazines_create(struct arena_cache *c);
void ac_magazines_destroy(struct arena_cache *c);
bool ac_magazine_reload(struct arena_cache *c, struct arena_cache_cpu *cpu);
bool ac_magazine_unload(struct arena_cache *c, struct arena_cache_cpu *cpu);
void *ac_magazine_adopt(struct arena_cache *c, struct ac_pool *pool);
unsigned int ac_magazine_take(struct arena_cache *c, gfp_t gfp,
			      unsigned int nr, void **blocks);
unsigned int ac_magazine_put(struct arena_cache *c, unsigned int nr,
			     void **blocks);
void ac_magazine_flush_dead(struct arena_cache *c, int cpu);
unsigned long ac_magazine_cached(struct arena_cache *c);
unsigned long ac_magazine_verify(struct arena_cache *c);
void ac_magazine_for_each(struct arena_cache *c,
			  void (*fn)(struct arena_cache *c, void *p, void *arg),
			  void *arg);

#endif /* AC_MAGAZINE_H */
