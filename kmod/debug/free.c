// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the free of every debug cache
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "debug.h"
#include "free.h"
#include "../pool_put.h"
#include "quarantine.h"

/* What is wrong with a pointer that a caller says it got from @c. */
static enum ac_bad check_pointer(const struct arena_cache *c, const void *p)
{
	const void *block = p - c->offset;
	enum ac_bad bad = ac_pool_check(c, p);

	/* Callers' parts lie behind the starts of their blocks: ask about @block. */
	if (bad == AC_BAD_CACHE)
		return bad;
	if (bad == AC_BAD_FOREIGN)
		return ac_pool_check(c, block);
	if (offset_in_page(p) < c->offset)
		return AC_BAD_INTERIOR;
	return ac_pool_check(c, block);
}

static void refuse(struct arena_cache *c, const void *p, enum ac_bad bad,
		   unsigned long ip)
{
	rcu_read_lock();
	ac_debug_report_free(c, p, bad, ac_owner_of(p), ip);
	rcu_read_unlock();
}

/**
 * ac_debug_free - free a block of a debug cache
 * @c: the cache
 * @p: the caller's part of the block
 * @ip: the caller
 *
 * Context: any but NMI; no lock of ours held: it may print.
 */
void ac_debug_free(struct arena_cache *c, void *p, unsigned long ip)
{
	enum ac_bad bad = check_pointer(c, p);
	void *block = p - c->offset;

	if (bad)
		refuse(c, p, bad, ip);
	else if (ac_debug_on_free(c, block, ip) && !ac_quarantine_add(c, block))
		ac_pool_put(c, 1, &block);
}
