// SPDX-License-Identifier: GPL-2.0
/*
 * Deals the events of a trace out to the CPUs that replay them
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "script.h"

/**
 * struct deal - a trace being dealt out
 * @trace: the trace
 * @largest: bytes of the largest blocks that are replayed
 * @crew: how many workers there are
 * @size: size of each block so far
 */
struct deal {
	const struct ac_bench_trace *trace;
	unsigned int largest;
	unsigned int crew;
	u16 *size;
};

/* Is the event of a block that is small enough? Events come in their order. */
static bool belongs(const struct deal *d, const struct ac_bench_event *e)
{
	u16 *size = &d->size[le32_to_cpu(e->slot)];

	if (e->size)
		*size = le16_to_cpu(e->size);
	return *size <= d->largest;
}

/* @first[i + 1] becomes the number of events of worker i, then where i begins. */
static void split(const struct deal *d, struct ac_bench_script *s)
{
	const struct ac_bench_trace *t = d->trace;
	u32 i, *next = s->first + 1;

	for (i = 0; i < t->events; i++)
		next[t->event[i].cpu % d->crew] += belongs(d, &t->event[i]);
	for (i = d->crew; i > 0; i--)
		s->first[i] = s->first[i - 1];
	for (i = 1; i <= d->crew; i++)
		s->first[i] += s->first[i - 1];
	for (i = 0; i < t->events; i++)
		if (belongs(d, &t->event[i]))
			s->event[next[t->event[i].cpu % d->crew]++] = t->event[i];
}

/**
 * ac_bench_script_make - deal the events of a trace out to workers
 * @t: the trace
 * @largest: leave out the events of blocks of more bytes
 * @crew: how many workers there are
 * @size: scratch: a number for each block of the trace
 *
 * Return: a script for ac_bench_script_free(), or NULL if there is no memory for it.
 */
struct ac_bench_script *ac_bench_script_make(const struct ac_bench_trace *t,
					     unsigned int largest,
					     unsigned int crew, u16 *size)
{
	const struct deal d = { t, largest, crew, size };
	struct ac_bench_script *s = kvmalloc(struct_size(s, event, t->events),
					     GFP_KERNEL);

	if (!s)
		return NULL;
	s->first = kvcalloc(crew + 2, sizeof(*s->first), GFP_KERNEL);
	if (!s->first) {
		kvfree(s);
		return NULL;
	}
	split(&d, s);
	return s;
}

/* @s may be NULL. */
void ac_bench_script_free(struct ac_bench_script *s)
{
	if (s)
		kvfree(s->first);
	kvfree(s);
}
