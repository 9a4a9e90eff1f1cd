// SPDX-License-Identifier: GPL-2.0
/*
 * References to the pages of blocks
 *
 * A caller that sends a block without copying it, or maps its page, has a reference to
 * the page, often for longer than the block lives. The allocator must allow that:
 *
 * - the page of a live block has a reference, the allocator's own, to begin with
 * - a page with a reference stays: the page allocator does not hand it out, nor does it
 *   go to another cache
 *
 * A reference is kept in a place, as one word: the number of the page, and the cache
 * that owned it. A place is emptied before its reference is dropped. So a page that an
 * actor got, and that stands in a place with another owner, changed its owner while it
 * was referred to.
 */
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "actor.h"
#include "faults.h"
#include "refs.h"

#define NR_PLACES	256

/* Of so many chances to take or drop a reference one is used. */
#define ODDS_TAKE	32
#define ODDS_DROP	64

DEFINE_SWITCH(refs);
MODULE_PARM_DESC(refs, "refer to pages of blocks (switch; 0 or 1; 1; writable)");

static atomic64_t places[NR_PLACES];
static atomic_long_t taken;

static u64 pack(unsigned long pfn, u16 owner)
{
	return (u64)pfn << 16 | owner;
}

static unsigned long pfn_of(u64 ref)
{
	return ref >> 16;
}

static u64 ref_at(unsigned int place)
{
	return atomic64_read(&places[place]);
}

static void drop(u64 ref)
{
	struct page *page = pfn_to_page(pfn_of(ref));

	if (!ref)
		return;
	if (page_count(page) < 1)
		ac_torture_error(AC_TORTURE_REFERENCE,
				 "a page has lost a reference to it",
				 page_address(page));
	put_page(page);
}

/* kmalloc()'s pages are not for others to refer to. */
static bool can_be_referenced(struct page *page)
{
	return !PageSlab(compound_head(page)) && !PageCompound(page);
}

/* A page of @owner that is referred to was @owner's when the reference was taken. */
static void check_owner(const void *p, u16 owner)
{
	unsigned long pfn = page_to_pfn(virt_to_page(p));
	unsigned int i;
	u64 ref;

	for (i = 0; i < NR_PLACES; i++) {
		ref = ref_at(i);
		if (ref && pfn_of(ref) == pfn && (u16)ref != owner)
			ac_torture_error(AC_TORTURE_OWNER,
					 "a page that is referred to went to another cache",
					 p);
	}
}

/**
 * ac_torture_refer - perhaps take a reference to the page of a block
 * @a: the actor
 * @p: a live block of its own
 * @owner: stands for the cache that it is from
 *
 * Context: any but NMI.
 */
void ac_torture_refer(struct ac_torture_actor *a, const void *p, u16 owner)
{
	struct page *page = virt_to_page(p);

	if (!READ_ONCE(do_refs) || !can_be_referenced(page))
		return;
	if (page_count(page) > 1)
		check_owner(p, owner);
	if (ac_torture_random(a, ODDS_TAKE))
		return;
	if (page_count(page) < 1) {
		/* A reference that is dropped now would free it. */
		ac_torture_error(AC_TORTURE_REFERENCE,
				 "the page of a live block has no reference",
				 p);
		return;
	}
	get_page(page);
	atomic_long_inc(&taken);
	drop(atomic64_xchg(&places[ac_torture_random(a, NR_PLACES)],
			   pack(page_to_pfn(page), owner)));
}

/**
 * ac_torture_drop_reference - perhaps drop one, of anybody's page
 * @a: the actor
 *
 * Context: any but NMI.
 */
void ac_torture_drop_reference(struct ac_torture_actor *a)
{
	if (ac_torture_one_of(a, ODDS_DROP))
		drop(atomic64_xchg(&places[ac_torture_random(a, NR_PLACES)],
				   0));
}

/* Pages that the page allocator just handed out must not be referred to. */
void ac_torture_check_pages(const struct page *page, unsigned int nr)
{
	unsigned long pfn = page_to_pfn(page);
	unsigned int i;
	u64 ref;

	for (i = 0; i < NR_PLACES; i++) {
		ref = ref_at(i);
		if (ref && pfn_of(ref) - pfn < nr)
			ac_torture_error(AC_TORTURE_OWNER,
					 "a page that is referred to was handed out",
					 pfn_to_page(pfn_of(ref)));
	}
}

/**
 * ac_torture_take_pages - take pages for a moment, and look at them
 * @a: the actor
 *
 * Context: process context; may sleep.
 */
void ac_torture_take_pages(struct ac_torture_actor *a)
{
	unsigned int nr = 1 + ac_torture_random(a, AC_TORTURE_BULK), n;
	struct page *page;

	for (n = 0; n < nr; n++) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		ac_torture_check_pages(page, 1);
		a->bulk[n] = page;
	}
	while (n--)
		__free_page(a->bulk[n]);
}

/* No actor runs. */
void ac_torture_drop_references(void)
{
	unsigned int i;

	for (i = 0; i < NR_PLACES; i++)
		drop(atomic64_xchg(&places[i], 0));
}

/* How many were taken so far. */
unsigned long ac_torture_references(void)
{
	return atomic_long_read(&taken);
}
