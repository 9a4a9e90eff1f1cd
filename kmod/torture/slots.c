// SPDX-License-Identifier: GPL-2.0
/*
 * Kinds, slots, cookies
 */
#include <linux/bitops.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "faults.h"
#include "slots.h"

/* Sum of all weights. A large block or one of a debug cache costs much more. */
#define WEIGHTS		4096

static struct ac_torture_kind kinds[] = {
	{ .name = "torture-8", .size = 8, .weight = 400 },
	{ .name = "torture-24", .size = 24, .weight = 560 },
	{ .name = "torture-64", .size = 64, .weight = 700 },
	{ .name = "torture-100", .size = 100, .align = 32, .weight = 320 },
	{ .name = "torture-512", .size = 512, .weight = 200 },
	{ .name = "torture-ctor", .size = 48, .constructed = true,
	  .weight = 400 },
	{ .name = "torture-shared", .size = 72, .flags = ARENA_CACHE_SHARED,
	  .weight = 240 },
	{ .name = "torture-large", .size = 1000, .weight = 4 },
	{ .name = "torture-debug", .size = 96, .flags = ARENA_CACHE_DEBUG,
	  .weight = 4 },
	{ .name = "(by size)", .size = 540, .by_size = true, .weight = 1268 },
	{}
};

struct ac_torture_kind *ac_torture_kind_at(unsigned int i)
{
	return kinds[i].name ? &kinds[i] : NULL;
}

struct ac_torture_kind *ac_torture_any_kind(struct ac_torture_actor *a)
{
	struct ac_torture_kind *kind = kinds;
	u32 dice = ac_torture_random(a, WEIGHTS);

	for (; dice >= kind->weight; kind++)
		dice -= kind->weight;
	return kind;
}

static void construct(void *p)
{
	memset(p, 0, 48);
}

static int create_kind(struct ac_torture_kind *kind)
{
	kind->slot = kvcalloc(AC_TORTURE_SLOTS, sizeof(*kind->slot),
			      GFP_KERNEL);
	if (!kind->slot)
		return -ENOMEM;
	if (kind->by_size)
		return 0;
	kind->cache = arena_cache_create(kind->name, kind->size, kind->align,
					 kind->flags,
					 kind->constructed ? construct : NULL);
	return kind->cache ? 0 : -ENOMEM;
}

int ac_torture_slots_create(void)
{
	struct ac_torture_kind *kind;
	int err = 0;

	for (kind = kinds; kind->name && !err; kind++)
		err = create_kind(kind);
	if (err)
		ac_torture_slots_destroy();
	return err;
}

/* All slots are empty. */
void ac_torture_slots_destroy(void)
{
	struct ac_torture_kind *kind;

	for (kind = kinds; kind->name; kind++) {
		arena_cache_destroy(kind->cache);
		kvfree(kind->slot);
	}
}

/* Blocks in slots. All actors rest. */
unsigned long ac_torture_live(const struct ac_torture_kind *kind)
{
	unsigned long n = 0;
	unsigned int i;

	for (i = 0; i < AC_TORTURE_SLOTS; i++)
		n += !!kind->slot[i].block.p;
	return n;
}

/* Fills a block with a cookie that no other has. */
void ac_torture_sign(struct ac_torture_actor *a, struct ac_torture_block *b)
{
	size_t words = b->size / sizeof(u64);

	b->cookie = ++a->cookie;
	memset64(b->p, b->cookie, words);
	memcpy(b->p + words * sizeof(u64), &b->cookie, b->size % sizeof(u64));
}

static bool is_signed(const struct ac_torture_block *b)
{
	size_t i, words = b->size / sizeof(u64);
	const u64 *word = b->p;

	for (i = 0; i < words; i++)
		if (READ_ONCE(word[i]) != b->cookie)
			return false;
	return !memcmp(word + words, &b->cookie, b->size % sizeof(u64));
}

/*
 * Its owner lets go of a block: another actor that believes to own it finds it changed.
 * A block with a constructor gets back the state that it must be freed in.
 */
void ac_torture_check(const struct ac_torture_kind *kind,
		      const struct ac_torture_block *b)
{
	if (!is_signed(b))
		ac_torture_error(AC_TORTURE_BYTES,
				 "a block was written to by another", b->p);
	memset(b->p, 0, kind->constructed ? b->size : min(b->size, 8UL));
}

/* Returns whether it was done: not while another actor has the slot. */
bool ac_torture_swap(struct ac_torture_slot *slot, struct ac_torture_block *b)
{
	if (test_and_set_bit_lock(0, &slot->lock))
		return false;
	swap(slot->block, *b);
	clear_bit_unlock(0, &slot->lock);
	return true;
}
