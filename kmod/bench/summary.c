// SPDX-License-Identifier: GPL-2.0
/*
 * What the rounds of a run come to, as lines of the results
 *
 * Reported are the least and the median, over rounds, of the mean cost of an operation.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "results.h"
#include "sort.h"
#include "summary.h"

struct decimal {
	char text[28];
};

static struct decimal decimal(u64 thousandths)
{
	struct decimal d;
	u32 rest;
	u64 whole = div_u64_rem(thousandths, 1000, &rest);

	scnprintf(d.text, sizeof(d.text), "%llu.%03u", whole, rest);
	return d;
}

static u64 median(const struct ac_bench_run *r)
{
	return r->sample[(r->samples - 1) / 2];
}

/* Prints what is held at a step of the second round, if the request wants that. */
void ac_bench_sample(struct ac_bench_run *r, u64 step, u64 live, s64 held)
{
	if (!r->test->session->config.samples || r->samples != 1)
		return;
	ac_bench_emit(r->test->session,
		      "sample workload=%s allocator=%s t=%llu live=%llu held=%lld",
		      r->test->workload->name, r->allocator->name, step, live,
		      held);
}

static void show_memory(const struct ac_bench_run *r, const char *head)
{
	u64 ratio = div64_u64(median(r) * 1000, r->requested);
	/* Blocks went into memory that the allocator had before. */
	bool before = median(r) < r->requested;

	ac_bench_emit(r->test->session,
		      "%s ops=%llu requested=%llu min_held=%llu held=%llu ratio=%s kept=%lld status=ok%s",
		      head, r->round_ops, r->requested, r->sample[0], median(r),
		      decimal(ratio).text, r->kept,
		      before ? " reason=held-before" : "");
}

/* What the size classes or kmalloc() kept cannot be told from what they had before. */
static bool has_own_heap(const struct ac_bench_allocator *a)
{
	return a->create && !a->one_cpu;
}

static void show_time(const struct ac_bench_run *r, const char *head)
{
	char kept[32] = "";

	if (has_own_heap(r->allocator))
		scnprintf(kept, sizeof(kept), "kept_kb=%lld ", r->kept >> 10);
	ac_bench_emit(r->test->session,
		      "%s ops=%llu all_ops=%llu min_ns=%s median_ns=%s %sstatus=ok",
		      head, r->round_ops, r->all_ops,
		      decimal(r->sample[0]).text, decimal(median(r)).text, kept);
}

static const char *bulk_kind(const struct ac_bench_allocator *a)
{
	if (a->alloc_bulk && a->free_bulk)
		return " bulk=native";
	return " bulk=loop";
}

/* The words with which each result of a run begins. */
void ac_bench_print_head(char *to, size_t room, const struct ac_bench_run *r)
{
	const struct ac_bench_case *c = r->test;
	const struct ac_bench_workload *w = c->workload;
	char size[16] = "1-512";

	if (w->sizes == AC_BENCH_SERVER)
		strscpy(size, "10-500", sizeof(size));
	else if (w->sizes == AC_BENCH_TRACED)
		strscpy(size, "1-8192", sizeof(size));
	else if (!w->mixed)
		snprintf(size, sizeof(size), "%u", c->size);
	scnprintf(to, room, "workload=%s n=%u%s%s allocator=%s size=%s%s",
		  w->name, c->n, w->ordered ? " order=" : "",
		  w->ordered ? ac_bench_orders[c->order] : "",
		  r->allocator->name, size,
		  w->bulk ? bulk_kind(r->allocator) : "");
}

/* Prints the result of a run, whose samples it sorts. */
void ac_bench_show_run(struct ac_bench_run *r)
{
	char head[AC_BENCH_HEAD];

	ac_bench_print_head(head, sizeof(head), r);
	if (r->status) {
		ac_bench_emit(r->test->session, "%s status=%s error=%d bad=%lu",
			      head, r->status, r->error, r->heap.bad);
		return;
	}
	ac_bench_sort(r->sample, r->samples);
	if (r->test->workload->memory)
		show_memory(r, head);
	else
		show_time(r, head);
}
