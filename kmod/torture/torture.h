/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache_torture - what the files of the torture test share
 *
 * *Actors* allocate and free at random, on the same caches and all at the same
 * time: threads that wander from CPU to CPU, and for each thread a timer in
 * hard-irq and one in softirq context. What they hold lies in *slots*, where
 * anybody may take it: most blocks are freed by another actor than the one that
 * allocated them, on another CPU, in another context.
 *
 * Every block is full of its *cookie*, which no other block ever had, and the slot
 * keeps a copy. Two owners of one block cannot miss each other, nor can whoever
 * writes to a block that is not his.
 *
 * A *kind* is a cache, or arena_alloc(). When all actors rest, the slots say how
 * many blocks of each kind live; what the allocator says about it in debugfs is
 * for the script to compare.
 *
 * Beside that they refer to pages of blocks, free what is no block, and create and
 * destroy caches. Each of these disturbances has a file and a parameter of the module
 * that switches it off, also while it works.
 *
 * slots.c	kinds, slots, cookies
 * actor.c	what an actor does
 * refs.c	references to the pages of blocks
 * badfree.c	frees of what is no block
 * caches.c	caches that come and go
 * fragment.c	memory in small pieces
 * main.c	threads, timers, debugfs
 *
 * Locks: torture_lock (main.c) is held for a run. A slot's lock is a bit that is
 * tried, never waited for: an interrupt may come in between. fragment_lock
 * (fragment.c) is taken alone.
 *
 * The module is a client like any other: it sees nothing but the public header.
 */
#ifndef _AC_TORTURE_H
#define _AC_TORTURE_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <linux/arena_cache.h>

#define AC_TORTURE_SLOTS	2048
#define AC_TORTURE_BULK		70

/**
 * struct ac_torture_block - a live block
 * @p: the block, or NULL
 * @size: bytes of it
 * @cookie: what it is full of
 */
struct ac_torture_block {
	void *p;
	size_t size;
	u64 cookie;
};

/**
 * struct ac_torture_slot - a place for a block
 * @lock: bit 0 is set while somebody looks in
 * @block: what is there
 */
struct ac_torture_slot {
	unsigned long lock;
	struct ac_torture_block block;
};

/**
 * struct ac_torture_kind - where blocks come from
 * @name: of its cache
 * @size: of its blocks, or the largest for arena_alloc()
 * @align: as for arena_cache_create()
 * @flags: as for arena_cache_create()
 * @weight: how often it is used, of 4096
 * @constructed: it has a constructor
 * @by_size: no cache, but arena_alloc()
 * @cache: the cache
 * @slot: AC_TORTURE_SLOTS of them
 */
struct ac_torture_kind {
	const char *name;
	unsigned int size;
	unsigned int align;
	unsigned long flags;
	unsigned int weight;
	bool constructed;
	bool by_size;
	struct arena_cache *cache;
	struct ac_torture_slot *slot;
};

/**
 * struct ac_torture_actor - one of those who allocate and free
 * @rnd: its dice
 * @cookie: the last one that it gave
 * @operations: blocks allocated, and blocks freed
 * @failed: allocations that failed
 * @bad_frees: what it freed that was no block
 * @famine: jiffies at which it takes all arenas away, if ever
 * @bulk: room for a bulk call
 */
struct ac_torture_actor {
	struct rnd_state rnd;
	u64 cookie;
	u64 operations;
	u64 failed;
	u64 bad_frees;
	unsigned long famine;
	void *bulk[AC_TORTURE_BULK];
};

/* What must not be. */
enum ac_torture_fault {
	AC_TORTURE_BYTES,	/* a block is not as it must be */
	AC_TORTURE_ALIGN,	/* nor is its address */
	AC_TORTURE_REFERENCE,	/* nor a page's count of references */
	AC_TORTURE_OWNER,	/* a page is not whose it must be */
	AC_TORTURE_NR_FAULTS,
};

struct dentry;
struct page;

static inline u32 ac_torture_random(struct ac_torture_actor *a, u32 below)
{
	return reciprocal_scale(prandom_u32_state(&a->rnd), below);
}

/* slots.c */
int ac_torture_slots_create(void);
void ac_torture_slots_destroy(void);
struct ac_torture_kind *ac_torture_kind_at(unsigned int i);
struct ac_torture_kind *ac_torture_any_kind(struct ac_torture_actor *a);
unsigned long ac_torture_live(const struct ac_torture_kind *kind);
void ac_torture_sign(struct ac_torture_actor *a, struct ac_torture_block *b);
void ac_torture_check(const struct ac_torture_kind *kind,
		      const struct ac_torture_block *b);
bool ac_torture_swap(struct ac_torture_slot *slot, struct ac_torture_block *b);
void ac_torture_error(enum ac_torture_fault fault, const char *what,
		      const void *p);
unsigned long ac_torture_errors(enum ac_torture_fault fault);

/* actor.c */
void ac_torture_step(struct ac_torture_actor *a, gfp_t gfp);
void ac_torture_step_of_thread(struct ac_torture_actor *a);
void ac_torture_release(struct ac_torture_actor *a,
			struct ac_torture_kind *kind,
			struct ac_torture_block *b);

/* refs.c */
void ac_torture_refer(struct ac_torture_actor *a, const void *p, u16 owner);
void ac_torture_drop_reference(struct ac_torture_actor *a);
void ac_torture_check_pages(const struct page *page, unsigned int nr);
void ac_torture_take_pages(struct ac_torture_actor *a);
void ac_torture_drop_references(void);
unsigned long ac_torture_references(void);

/* badfree.c */
int ac_torture_badfree_create(void);
void ac_torture_badfree_destroy(void);
void ac_torture_know(struct ac_torture_actor *a, void *p);
void ac_torture_free_badly(struct ac_torture_actor *a);
void ac_torture_move_tides(struct ac_torture_actor *a);

/* caches.c */
void ac_torture_use_new_cache(struct ac_torture_actor *a);
void ac_torture_wait_for_pending(void);
unsigned long ac_torture_pending(void);

/* fragment.c */
void ac_torture_fragment_create(struct dentry *parent);
void ac_torture_fragment_destroy(void);

#endif /* _AC_TORTURE_H */
