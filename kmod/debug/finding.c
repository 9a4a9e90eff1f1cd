// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what debug caches found, and how they say it
 */
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "../arena.h"
#include "finding.h"
#include "../kunit_export.h"
#include "stack.h"
#include "symbol.h"
#include "track.h"

/* Bytes of a row of a dump, and rows before and after the first bad one. */
#define AC_DUMP_ROW	16L
#define AC_DUMP_BEFORE	1
#define AC_DUMP_AFTER	2

/* Protects last_finding; innermost. */
static DEFINE_RAW_SPINLOCK(last_lock);
static struct ac_finding last_finding;

/* For tests: the last thing that was found wrong. */
void ac_debug_last(struct ac_finding *f)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&last_lock, flags);
	*f = last_finding;
	raw_spin_unlock_irqrestore(&last_lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_last);

/* Counts a finding. Returns whether to print it, too. */
static bool note_finding(const struct ac_finding *f)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 10);
	unsigned long flags;

	ac_report_count(f->kind);
	raw_spin_lock_irqsave(&last_lock, flags);
	last_finding = *f;
	raw_spin_unlock_irqrestore(&last_lock, flags);
	return __ratelimit(&limit);
}

/* The code of @entries ran at @when. */
static void print_stack(const unsigned long *entries, unsigned int nr,
			unsigned long when)
{
	char text[AC_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < nr; i++)
		pr_err("    %s\n", ac_symbol_name(entries[i], when, text));
}

static void print_event(const char *what, const struct ac_event *event)
{
	char text[AC_SYMBOL_LEN];
	unsigned long *entries;
	unsigned int n;

	if (!event->ip)
		return;
	pr_err("  %s %u ms ago by task %u on CPU %llu, from %s\n", what,
	       jiffies_to_msecs(jiffies - event->when), event->pid, event->cpu,
	       ac_symbol_name(event->ip, event->when, text));
	n = ac_stack_fetch(event->stack, &entries);
	print_stack(entries, n, event->when);
}

static const char *state_name(u32 state)
{
	switch (state) {
	case AC_STATE_LIVE:
		return "live";
	case AC_STATE_GOING:
		return "being freed";
	case AC_STATE_FREE:
		return "free";
	default:
		return "never given out";
	}
}

/**
 * ac_debug_describe - print what is known of a block
 * @c: its cache, a debug cache
 * @block: the block
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_debug_describe(const struct arena_cache *c, void *block)
{
	const struct ac_track *track = ac_debug_track(block);
	const void *p = block + c->offset;
	const struct ac_arena *arena;

	KUNIT_STATIC_STUB_REDIRECT(ac_debug_describe, c, block);
	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena)
		pr_err("  block %p is in arena %llu, pool %u, offset %lu\n", p,
		       arena->id, ac_arena_slot(p), offset_in_page(p));
	rcu_read_unlock();
	if (!ac_debug_is_whole(c, track) || track->state == AC_STATE_LOST) {
		pr_err("  its record was overwritten\n");
		return;
	}
	pr_err("  it is %s, %llu bytes of %u, serial %llu\n",
	       state_name(track->state), track->size, c->size, track->serial);
	print_event("allocated", &track->alloc);
	print_event("freed", &track->free);
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_describe);

static void print_here(unsigned long ip)
{
	unsigned long entries[AC_STACK_DEPTH];

	pr_err("  seen by task %u on CPU %u, from %pS\n", current->pid,
	       raw_smp_processor_id(), (void *)ip);
	print_stack(entries, ac_stack_trace(ip, entries), jiffies);
}

/* Rows of 16 bytes, counted from the caller's part of the block. */
static void print_bytes(const struct arena_cache *c, const void *block,
			long bad)
{
	long row = round_down(bad, AC_DUMP_ROW), at;

	for (at = row - AC_DUMP_BEFORE * AC_DUMP_ROW;
	     at <= row + AC_DUMP_AFTER * AC_DUMP_ROW; at += AC_DUMP_ROW)
		if (at >= -(long)c->offset &&
		    at + AC_DUMP_ROW <= c->block_size - c->offset)
			pr_err("  %c %+5ld: %16ph\n", at == row ? '>' : ' ', at,
			       block + c->offset + at);
}

static unsigned int count_bad(const u8 *from, const u8 *to, u8 want)
{
	unsigned int n = 0;

	while (from < to)
		n += *from++ != want;
	return n;
}

/**
 * ac_debug_report_area - report bytes that somebody wrote
 * @c: a debug cache
 * @block: the block
 * @area: bytes of it that should all be the same
 * @bad: the first of them that is not
 * @ip: the caller that found it
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_debug_report_area(const struct arena_cache *c, void *block,
			  const struct ac_area *area, const u8 *bad,
			  unsigned long ip)
{
	const struct ac_finding f = {
		.kind = area->kind,
		.cache = c,
		.p = block + c->offset,
		.offset = bad - (u8 *)block - c->offset,
		.bytes = count_bad(bad, block + area->end, area->byte),
		.serial = ac_debug_track(block)->serial,
	};

	if (!note_finding(&f))
		return;
	pr_err("cache %s: block %p was %s\n", c->name, f.p,
	       ac_report_text(f.kind));
	pr_err("  offset %ld is %#x instead of %#x, %u bytes are bad, now repaired\n",
	       f.offset, *bad, area->byte, f.bytes);
	print_bytes(c, block, f.offset);
	ac_debug_describe(c, block);
	print_here(ip);
}

/**
 * ac_debug_report_track - report a track that somebody wrote
 * @c: a debug cache
 * @block: the block
 * @ip: the caller that found it
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_debug_report_track(const struct arena_cache *c, void *block,
			   unsigned long ip)
{
	const struct ac_finding f = {
		.kind = AC_BAD_TRACK,
		.cache = c,
		.p = block + c->offset,
		.offset = -(long)c->offset,
	};

	if (!note_finding(&f))
		return;
	pr_err("cache %s: of block %p %s\n", c->name, f.p,
	       ac_report_text(f.kind));
	print_bytes(c, block, f.offset);
	print_here(ip);
}

/* The block of @c, a debug cache, that @p is in. */
static void *block_around(const struct arena_cache *c, const void *p)
{
	unsigned long base = (unsigned long)p & ~(AC_POOL_SIZE - 1);
	unsigned int i = min_t(unsigned int, ac_class_index(c, p),
			       c->capacity - 1);

	return (void *)base + i * c->block_size;
}

/**
 * ac_debug_report_free - report a free that is refused
 * @c: a debug cache
 * @p: what was to be freed
 * @kind: what is wrong with it
 * @owner: cache in whose pool @p lies, or NULL
 * @ip: the caller
 *
 * Context: any but NMI; no lock of ours held.
 */
void ac_debug_report_free(const struct arena_cache *c, const void *p,
			  enum ac_bad kind, const struct arena_cache *owner,
		       unsigned long ip)
{
	struct ac_finding f = { .kind = kind, .cache = c, .p = p };
	void *block = NULL;

	if (owner && owner->debug) {
		block = block_around(owner, p);
		f.p = block + owner->offset;
		f.offset = p - f.p;
		f.serial = ac_debug_track(block)->serial;
	}
	if (!note_finding(&f))
		return;
	pr_err("bad free in cache %s: %p is %s\n", c->name, p,
	       ac_report_text(kind));
	if (owner && owner != c)
		pr_err("  it is of cache %s\n", owner->name);
	if (f.offset)
		pr_err("  it is at offset %ld of a block\n", f.offset);
	if (block)
		ac_debug_describe(owner, block);
	print_here(ip);
}
