// SPDX-License-Identifier: GPL-2.0
/*
 * The trace that "replay" replays
 *
 * scripts/record makes a trace of a kernel's own allocations: a header, then events in the
 * order in which they happened, all little-endian. It is written to bench/trace in
 * pieces, and checked as a whole: a block is allocated once, and freed once or never
 * after that.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/uaccess.h>

#include "config.h"
#include "trace.h"

#define TRACE_MAX	(64UL << 20)

static DEFINE_MUTEX(lock);	/* protects what is below */
static void *text;
static size_t room;
static size_t length;

static int make_room(size_t wanted)
{
	void *larger;

	if (wanted > TRACE_MAX)
		return -EFBIG;
	if (wanted <= room)
		return 0;
	larger = kvmalloc(max(wanted, 2 * room), GFP_KERNEL);
	if (!larger)
		return -ENOMEM;
	if (length)
		memcpy(larger, text, length);
	kvfree(text);
	text = larger;
	room = max(wanted, 2 * room);
	return 0;
}

static int append(const char __user *from, size_t count, loff_t pos)
{
	int err;

	if (!pos)
		length = 0;
	if (pos != length)
		return -ESPIPE;
	err = make_room(length + count);
	if (err)
		return err;
	if (copy_from_user(text + length, from, count))
		return -EFAULT;
	length += count;
	return 0;
}

ssize_t ac_bench_trace_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	int err;

	mutex_lock(&lock);
	err = append(from, count, *pos);
	mutex_unlock(&lock);
	if (err)
		return err;
	*pos += count;
	return count;
}

void ac_bench_trace_forget(void)
{
	kvfree(text);
}

static bool header_is_good(const struct ac_bench_trace_header *h)
{
	return length >= sizeof(*h) && h->magic == cpu_to_le32(AC_BENCH_TRACE) &&
	       le32_to_cpu(h->slots) <= le32_to_cpu(h->events) &&
	       le32_to_cpu(h->events) <= TRACE_MAX / sizeof(struct ac_bench_event) &&
	       length == sizeof(*h) + (size_t)le32_to_cpu(h->events) *
				      sizeof(struct ac_bench_event);
}

/* Allocations take slots in their order; a free is of one that was taken. */
static bool event_is_good(const struct ac_bench_event *e, unsigned long *live,
			  u32 *taken, u32 slots)
{
	u32 slot = le32_to_cpu(e->slot);

	if (slot >= slots || le16_to_cpu(e->size) > AC_BENCH_MAX_SIZE)
		return false;
	if (e->size) {
		__set_bit(slot, live);
		return slot == (*taken)++;
	}
	return __test_and_clear_bit(slot, live);
}

static bool events_are_good(const struct ac_bench_event *e, u32 events, u32 slots)
{
	unsigned long *live = kvcalloc(BITS_TO_LONGS(slots), sizeof(*live),
				       GFP_KERNEL);
	bool good = live;
	u32 i, taken = 0;

	for (i = 0; good && i < events; i++)
		good = event_is_good(&e[i], live, &taken, slots);
	kvfree(live);
	return good;
}

static struct ac_bench_trace *copy_trace(void)
{
	const struct ac_bench_trace_header *h = text;
	struct ac_bench_trace *t;
	u32 events;

	if (!length)
		return NULL;
	if (!header_is_good(h) ||
	    !events_are_good((const void *)(h + 1), le32_to_cpu(h->events),
			     le32_to_cpu(h->slots))) {
		pr_err("what is in bench/trace is no trace\n");
		return ERR_PTR(-EINVAL);
	}
	events = le32_to_cpu(h->events);
	t = kvmalloc(struct_size(t, event, events), GFP_KERNEL);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->slots = le32_to_cpu(h->slots);
	t->events = events;
	memcpy(t->event, h + 1, flex_array_size(t, event, events));
	return t;
}

/* What was written last; NULL if nothing was, or an ERR_PTR(). kvfree() it. */
struct ac_bench_trace *ac_bench_trace_get(void)
{
	struct ac_bench_trace *t;

	mutex_lock(&lock);
	t = copy_trace();
	mutex_unlock(&lock);
	return t;
}
