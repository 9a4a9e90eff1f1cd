/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kinds, and slots for their blocks
 */
#ifndef _AC_TORTURE_SLOTS_H
#define _AC_TORTURE_SLOTS_H

#include <linux/types.h>

#include <linux/arena_cache.h>

#include "actor.h"

#define AC_TORTURE_SLOTS	2048

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
 * @lock: bit 0 is set while an actor has the slot
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

int ac_torture_slots_create(void);
void ac_torture_slots_destroy(void);
struct ac_torture_kind *ac_torture_kind_at(unsigned int i);
struct ac_torture_kind *ac_torture_any_kind(struct ac_torture_actor *a);
unsigned long ac_torture_live(const struct ac_torture_kind *kind);
void ac_torture_sign(struct ac_torture_actor *a, struct ac_torture_block *b);
void ac_torture_check(const struct ac_torture_kind *kind,
		      const struct ac_torture_block *b);
bool ac_torture_swap(struct ac_torture_slot *slot, struct ac_torture_block *b);

#endif /* _AC_TORTURE_SLOTS_H */
