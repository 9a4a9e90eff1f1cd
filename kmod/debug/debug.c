// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - caches that look for bugs of their users
 */
#include <linux/atomic.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/kmemleak.h>
#include <linux/moduleparam.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "../arena.h"
#include "debug.h"
#include "../kunit_export.h"
#include "stack.h"

/* Bytes of a row of a dump, and rows before and after the first bad one. */
#define AC_DUMP_ROW	16L
#define AC_DUMP_BEFORE	1
#define AC_DUMP_AFTER	2

static const char letters[] = "FZPUQ";
static unsigned int default_flags;

static int set_default(const char *value, const struct kernel_param *kp)
{
	unsigned int flags = 0;
	const char *letter;

	for (; *value && *value != '\n'; value++) {
		letter = strchr(letters, *value);
		if (letter)
			flags |= BIT(letter - letters);
		else if (*value != '-')
			return -EINVAL;
	}
	WRITE_ONCE(default_flags, flags);
	return 0;
}

static int get_default(char *buffer, const struct kernel_param *kp)
{
	ac_debug_letters(READ_ONCE(default_flags), buffer);
	strcat(buffer, "\n");
	return strlen(buffer);
}

static const struct kernel_param_ops debug_ops = {
	.set = set_default,
	.get = get_default,
};
module_param_cb(debug, &debug_ops, NULL, 0644);
MODULE_PARM_DESC(debug, "bugs of users to look for in caches created from now on: F frees, Z red zones, P poison, U users, Q quarantine; - for none (default)");

/* What debug= says at this moment. */
unsigned int ac_debug_default(void)
{
	return READ_ONCE(default_flags);
}

/* Writes the letters of @flags, at most AC_DEBUG_LETTERS bytes with the NUL. */
void ac_debug_letters(unsigned int flags, char *to)
{
	unsigned int i;

	for (i = 0; letters[i]; i++)
		if (flags & BIT(i))
			*to++ = letters[i];
	if (!flags)
		*to++ = '-';
	*to = '\0';
}

/* --- tracks --- */

static atomic64_t last_serial;

static u32 sum_of(const struct ac_track *track)
{
	const size_t start = offsetof(struct ac_track, size);

	return jhash((const char *)track + start, sizeof(*track) - start, 0);
}

static void seal(struct ac_track *track)
{
	track->sum = sum_of(track);
}

static bool is_state(u32 state)
{
	return state == AC_STATE_NEW || state == AC_STATE_LIVE ||
	       state == AC_STATE_GOING || state == AC_STATE_FREE ||
	       state == AC_STATE_LOST;
}

/* What holds of a track if nobody changes it now. */
bool ac_debug_is_whole(const struct arena_cache *c,
		       const struct ac_track *track)
{
	return is_state(READ_ONCE(track->state)) && track->sum == sum_of(track) &&
	       track->size <= c->size;
}

static u32 save_stack(const struct arena_cache *c, unsigned long ip)
{
	return c->debug & AC_DEBUG_USERS ? ac_stack_save(ip) : 0;
}

static void note_event(const struct arena_cache *c, struct ac_event *event,
		       unsigned long ip, u32 stack)
{
	if (!(c->debug & AC_DEBUG_USERS))
		return;
	*event = (struct ac_event){
		.ip = ip,
		.when = jiffies,
		.stack = stack,
		.pid = current->pid,
		.cpu = raw_smp_processor_id(),
	};
}

/* --- reports --- */

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

static void print_stack(const unsigned long *entries, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pr_err("    %pS\n", (void *)entries[i]);
}

static void print_event(const char *what, const struct ac_event *event)
{
	unsigned long *entries;
	unsigned int n;

	if (!event->ip)
		return;
	pr_err("  %s %u ms ago by task %u on CPU %llu, from %pS\n", what,
	       jiffies_to_msecs(jiffies - event->when), event->pid, event->cpu,
	       (void *)event->ip);
	n = ac_stack_fetch(event->stack, &entries);
	print_stack(entries, n);
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
 */
void ac_debug_describe(const struct arena_cache *c, void *block)
{
	const struct ac_track *track = ac_debug_track(block);
	const void *p = block + c->offset;
	const struct ac_arena *arena;

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

static void print_here(unsigned long ip)
{
	unsigned long entries[AC_STACK_DEPTH];

	pr_err("  seen by task %u on CPU %u, from %pS\n", current->pid,
	       raw_smp_processor_id(), (void *)ip);
	print_stack(entries, ac_stack_trace(ip, entries));
}

/* Rows of 16 bytes, counted from what the caller has of the block. */
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

/* Bytes of a block that must all be the same. */
struct area {
	enum ac_bad kind;
	unsigned int start;
	unsigned int end;
	u8 byte;
};

static void report_area(const struct arena_cache *c, void *block,
			const struct area *area, const u8 *bad,
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

/* Returns 1 if it was bad. It is not, afterwards: nobody hears of it twice. */
static unsigned int check_area(const struct arena_cache *c, void *block,
			       const struct area *area, unsigned long ip)
{
	const unsigned int size = area->end - area->start;
	const u8 *bad = memchr_inv(block + area->start, area->byte, size);

	if (likely(!bad))
		return 0;
	report_area(c, block, area, bad, ip);
	memset(block + area->start, area->byte, size);
	return 1;
}

static void report_track(const struct arena_cache *c, void *block,
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
 * ac_debug_bad_free - report a free that is refused
 * @c: a debug cache
 * @p: what was to be freed
 * @kind: what is wrong with it
 * @owner: cache in whose pool @p lies, or NULL
 * @ip: who called
 */
void ac_debug_bad_free(const struct arena_cache *c, const void *p,
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

/* --- a block's life --- */

static unsigned int check_redzones(const struct arena_cache *c, void *block,
				   size_t size, unsigned long ip)
{
	const struct area left = {
		.kind = AC_BAD_UNDERRUN,
		.start = sizeof(struct ac_track),
		.end = c->offset,
		.byte = AC_BYTE_REDZONE,
	};
	const struct area right = {
		.kind = AC_BAD_OVERRUN,
		.start = c->offset + size,
		.end = c->block_size,
		.byte = AC_BYTE_REDZONE,
	};

	if (!(c->debug & AC_DEBUG_REDZONES))
		return 0;
	return check_area(c, block, &left, ip) +
	       check_area(c, block, &right, ip);
}

/* A constructed block keeps its state while it is free. */
static bool has_poison(const struct arena_cache *c)
{
	return c->debug & AC_DEBUG_POISON && !c->ctor;
}

static unsigned int check_free(const struct arena_cache *c, void *block,
			       unsigned long ip)
{
	const struct area bytes = {
		.kind = AC_BAD_STALE,
		.start = c->offset,
		.end = c->offset + c->size,
		.byte = AC_BYTE_FREE,
	};
	unsigned int bad = 0;

	if (has_poison(c))
		bad = check_area(c, block, &bytes, ip);
	return bad + check_redzones(c, block, c->size, ip);
}

/* A broken track, last seen in @state, is one that everybody knows of now. */
static void lose_block(const struct arena_cache *c, void *block, u32 state,
		       unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);

	report_track(c, block, ip);
	if (ac_debug_is_whole(c, track) ||
	    cmpxchg(&track->state, state, AC_STATE_LOST) != state)
		return;
	track->size = c->size;
	track->serial = 0;
	track->alloc = (struct ac_event){};
	track->free = (struct ac_event){};
	seal(track);
}

/**
 * ac_debug_check - look at a block that nobody is giving or taking
 * @c: a debug cache
 * @block: the block
 *
 * Reports what it finds, and repairs it, so that nobody hears of it twice.
 *
 * Return: number of findings.
 */
unsigned int ac_debug_check(const struct arena_cache *c, void *block)
{
	struct ac_track *track = ac_debug_track(block);

	if (!ac_debug_is_whole(c, track)) {
		lose_block(c, block, track->state, _RET_IP_);
		return 1;
	}
	switch (track->state) {
	case AC_STATE_LIVE:
		return check_redzones(c, block, track->size, _RET_IP_);
	case AC_STATE_LOST:
		return 0;
	default:
		return check_free(c, block, _RET_IP_);
	}
}

/**
 * ac_debug_format - make a block that was never given out
 * @c: a debug cache
 * @block: the block, which nobody else knows of; the constructor runs later
 */
void ac_debug_format(const struct arena_cache *c, void *block)
{
	struct ac_track *track = ac_debug_track(block);

	memset(block, AC_BYTE_REDZONE, c->block_size);
	memset(block + c->offset, AC_BYTE_FREE, c->size);
	*track = (struct ac_track){ .state = AC_STATE_NEW };
	seal(track);
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_format);

/* From its pool: nobody has it. With a broken track it starts anew. */
static void check_reuse(const struct arena_cache *c, void *block,
			unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);

	bool broken = !ac_debug_is_whole(c, track) || track->state == AC_STATE_LIVE;

	if (broken)
		report_track(c, block, ip);
	if (broken || track->state == AC_STATE_LOST)
		*track = (struct ac_track){ .state = AC_STATE_NEW };
	check_free(c, block, ip);
}

static void fill_new(const struct arena_cache *c, void *p, size_t size,
		     gfp_t gfp)
{
	if (c->ctor)
		return;
	if (gfp & __GFP_ZERO)
		memset(p, 0, size);
	else if (c->debug & AC_DEBUG_POISON)
		memset(p, AC_BYTE_NEW, size);
	else if (want_init_on_alloc(gfp))
		memset(p, 0, size);
}

/**
 * ac_debug_on_alloc - give a block to a caller
 * @c: a debug cache
 * @block: taken from its pool, or raw
 * @size: bytes asked for, at most c->size
 * @gfp: the caller's
 * @ip: the caller
 *
 * Return: the caller's part of it.
 */
void *ac_debug_on_alloc(const struct arena_cache *c, void *block, size_t size,
			gfp_t gfp, unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);
	void *p = block + c->offset;
	u32 stack = save_stack(c, ip);

	preempt_disable();
	check_reuse(c, block, ip);
	fill_new(c, p, size, gfp);
	memset(p + size, AC_BYTE_REDZONE, c->size - size);
	track->size = size;
	track->serial = atomic64_inc_return(&last_serial);
	note_event(c, &track->alloc, ip, stack);
	track->free = (struct ac_event){};
	seal(track);
	/* Pairs with end_life(): who sees it sees a whole track. */
	smp_store_release(&track->state, AC_STATE_LIVE);
	preempt_enable();
	if (ac_arena_owns(block))
		kmemleak_alloc(p, c->size, 1, gfp);
	return p;
}
EXPORT_SYMBOL_IF_KUNIT(ac_debug_on_alloc);

/* Of those who free a block only one gets it. What is broken nobody gets. */
static enum ac_bad end_life(const struct arena_cache *c, void *block,
			    unsigned long ip)
{
	struct ac_track *track = ac_debug_track(block);
	bool whole;
	u32 state;

	/* Pairs with ac_debug_on_alloc(). */
	state = smp_load_acquire(&track->state);
	whole = ac_debug_is_whole(c, track);
	if (state == AC_STATE_LIVE && whole)
		return cmpxchg(&track->state, AC_STATE_LIVE, AC_STATE_GOING) ==
		       AC_STATE_LIVE ? AC_GOOD : AC_BAD_DOUBLE;
	if (is_state(state) && state != AC_STATE_LIVE && state != AC_STATE_LOST)
		return AC_BAD_DOUBLE;
	/* What somebody else frees right now, cmpxchg first, is not whole either. */
	smp_rmb();
	if (READ_ONCE(track->state) != state)
		return AC_BAD_DOUBLE;
	lose_block(c, block, state, ip);
	return AC_BAD_TRACK;
}

static void bury(const struct arena_cache *c, void *block, unsigned long ip,
		 u32 stack)
{
	struct ac_track *track = ac_debug_track(block);

	check_redzones(c, block, track->size, ip);
	if (has_poison(c))
		memset(block + c->offset, AC_BYTE_FREE, c->size);
	else if (want_init_on_free() && !c->ctor)
		memset(block + c->offset, 0, c->size);
	note_event(c, &track->free, ip, stack);
	WRITE_ONCE(track->state, AC_STATE_FREE);
	seal(track);
}

/**
 * ac_debug_on_free - take a block back from a caller
 * @c: a debug cache
 * @block: one of its blocks, taken from its pool
 * @ip: the caller
 *
 * A block whose track was overwritten is not taken: nobody knows whose it is. It
 * counts as live for ever. To free it is reported each time, as any bad free is.
 *
 * Return: whether the block is the allocator's now.
 */
bool ac_debug_on_free(const struct arena_cache *c, void *block, unsigned long ip)
{
	u32 stack = save_stack(c, ip);
	enum ac_bad bad;

	preempt_disable();
	bad = end_life(c, block, ip);
	if (!bad) {
		if (ac_arena_owns(block))
			kmemleak_free(block + c->offset);
		bury(c, block, ip, stack);
	}
	preempt_enable();
	if (bad == AC_BAD_DOUBLE)
		ac_debug_bad_free(c, block + c->offset, bad, c, ip);
	return !bad;
}

/**
 * ac_debug_size - bytes that the owner of a block may write
 * @c: a debug cache
 * @p: what he has of it
 *
 * Return: what he asked for, or all there is for anybody if the track is lost.
 */
size_t ac_debug_size(const struct arena_cache *c, const void *p)
{
	const struct ac_track *track = ac_debug_track((void *)p - c->offset);

	return ac_debug_is_whole(c, track) ? track->size : c->size;
}

/**
 * ac_debug_resize - its owner has a block shrink or grow in its place
 * @c: a debug cache
 * @p: what he has of it
 * @size: bytes that he asks for, at most c->size
 * @gfp: how those that he had not are filled
 */
void ac_debug_resize(const struct arena_cache *c, void *p, size_t size,
		     gfp_t gfp)
{
	struct ac_track *track = ac_debug_track(p - c->offset);

	preempt_disable();
	if (READ_ONCE(track->state) == AC_STATE_LIVE && ac_debug_is_whole(c, track)) {
		check_redzones(c, track, track->size, _RET_IP_);
		if (size > track->size)
			fill_new(c, p + track->size, size - track->size, gfp);
		memset(p + size, AC_BYTE_REDZONE, c->size - size);
		track->size = size;
		seal(track);
	}
	preempt_enable();
}

/**
 * ac_debug_prepare - have what caches with these letters need
 * @flags: the letters
 *
 * Context: process context; may sleep.
 */
void ac_debug_prepare(unsigned int flags)
{
	if (flags & AC_DEBUG_USERS)
		ac_stack_prepare();
}
