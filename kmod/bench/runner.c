// SPDX-License-Identifier: GPL-2.0
/*
 * Cases: verification, calibration, interleaved rounds, results
 *
 * In each case every allocator is first verified: its loop runs with blocks
 * filled and checked, outside of any timing. Then the length of a round is
 * calibrated, which warms up as well, and rounds go A B C A B C, the first one
 * uncounted. All of it happens on one thread bound to the first online CPU.
 * Reported are minimum and median over rounds of the mean cost per operation.
 *
 * Time is ktime_get_ns(). Under QEMU's "-icount shift=0" a nanosecond is an
 * instruction, and then a short round_ms does: results hardly vary.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/utsname.h>

#include "bench.h"
#include "trace.h"

#define VERIFY_OPS	1024
#define TRIES		4
#define PROGRESS	(5 * HZ)

static const struct {
	const char *name;
	bool on;
} flags[] = {
#define FLAG(x) { #x, IS_ENABLED(CONFIG_##x) }
	FLAG(UML),
	FLAG(SMP),
	FLAG(JUMP_LABEL),
	FLAG(SLUB_DEBUG),
	FLAG(SLAB_FREELIST_HARDENED),
	FLAG(SLAB_FREELIST_RANDOM),
	FLAG(SLAB_MERGE_DEFAULT),
	FLAG(CPU_MITIGATIONS),
	FLAG(SPECULATION_MITIGATIONS),
	FLAG(KASAN),
	FLAG(KFENCE),
	FLAG(PROVE_LOCKING),
	FLAG(DEBUG_PREEMPT),
	FLAG(DEBUG_KMEMLEAK),
	FLAG(MEMCG),
	FLAG(HARDENED_USERCOPY),
#undef FLAG
};

static const char *preempt_model(void)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return "rt";
	if (IS_ENABLED(CONFIG_PREEMPT_DYNAMIC))
		return "dynamic";
	if (IS_ENABLED(CONFIG_PREEMPT_LAZY))
		return "lazy";
	if (IS_ENABLED(CONFIG_PREEMPTION))
		return "full";
	if (IS_ENABLED(CONFIG_PREEMPT_VOLUNTARY))
		return "voluntary";
	return "none";
}

static void describe(struct ac_bench_session *s)
{
	unsigned int i;

	ac_bench_emit(s, "# release=%s", init_utsname()->release);
	ac_bench_emit(s, "# machine=%s", init_utsname()->machine);
	ac_bench_emit(s, "# cpus=%u", num_online_cpus());
	ac_bench_emit(s, "# clock=ktime_get_ns");
	ac_bench_emit(s, "# icount=unknown");
	ac_bench_emit(s, "# preempt=%s", preempt_model());
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		ac_bench_emit(s, "# %s=%c", flags[i].name,
			      flags[i].on ? 'y' : 'n');
	ac_bench_emit(s, "# init_on_alloc=%u", want_init_on_alloc(0));
	ac_bench_emit(s, "# init_on_free=%u", want_init_on_free());
	ac_bench_emit(s, "# gfp=%s", AC_BENCH_GFP_NAME);
	ac_bench_emit(s, "# rounds=%u", s->config.rounds);
	ac_bench_emit(s, "# round_ms=%u", s->config.round_ms);
	ac_bench_emit(s, "# iterations=%u", s->config.iterations);
}

static void note_error(struct ac_bench_session *s, int err)
{
	if (!s->error)
		s->error = err;
}

static bool stopped(const struct ac_bench_session *s)
{
	return READ_ONCE(s->stop);
}

/* A case's random numbers are the same each time, to compare runs. */
static u32 next_random(u32 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void set_order(struct ac_bench_case *c)
{
	u32 state = 2463534242U;
	unsigned int i, k;

	for (i = 0; i < c->n; i++)
		c->index[i] = c->order == AC_BENCH_LIFO ? c->n - 1 - i : i;
	if (c->order != AC_BENCH_RANDOM)
		return;
	for (i = c->n - 1; i > 0; i--) {
		k = reciprocal_scale(next_random(&state), i + 1);
		swap(c->index[i], c->index[k]);
	}
}

static unsigned int uniform_size(u32 *state)
{
	return 1 + reciprocal_scale(next_random(state), AC_BENCH_MAX_MIXED);
}

/* As a kernel's: most are small, and a few sizes are many. */
static unsigned int skewed_size(u32 *state)
{
	static const struct {
		u8 percent;
		u16 from, to;
	} parts[] = {
		{ 12, 8, 16 }, { 20, 17, 32 }, { 12, 32, 32 }, { 16, 33, 64 },
		{ 10, 64, 64 }, { 10, 65, 128 }, { 8, 192, 192 },
		{ 7, 129, 256 }, { 5, 257, 512 },
	};
	unsigned int i, roll = reciprocal_scale(next_random(state), 100);

	for (i = 0; roll >= parts[i].percent; i++)
		roll -= parts[i].percent;
	return parts[i].from + reciprocal_scale(next_random(state),
						parts[i].to - parts[i].from + 1);
}

static unsigned int random_size(enum ac_bench_sizes sizes, u32 *state)
{
	switch (sizes) {
	case AC_BENCH_SKEWED:
		return skewed_size(state);
	case AC_BENCH_SERVER:
		return 10 + reciprocal_scale(next_random(state), 491);
	default:
		return uniform_size(state);
	}
}

static int make_picks(struct ac_bench_case *c)
{
	unsigned int slots = min_t(unsigned int, c->slots, U16_MAX + 1);
	u32 state = 2463534242U;
	unsigned int i;

	c->picks = kvmalloc_array(AC_BENCH_PICKS, sizeof(*c->picks),
				  GFP_KERNEL);
	if (!c->picks)
		return -ENOMEM;
	for (i = 0; i < AC_BENCH_PICKS; i++) {
		c->picks[i].slot = reciprocal_scale(next_random(&state), slots);
		c->picks[i].size = random_size(c->workload->sizes, &state);
	}
	return 0;
}

static void free_case(struct ac_bench_case *c)
{
	kvfree(c->blocks);
	kvfree(c->index);
	kvfree(c->live_size);
	kvfree(c->picks);
	kvfree(c->ring);
	ac_bench_script_free(c);
}

/* How many CPUs, and how many blocks there must be room for. */
static void set_crew(struct ac_bench_case *c)
{
	unsigned int cpus = num_online_cpus();

	c->slots = c->workload->slots ?: c->n;
	if (c->workload->trace)
		c->slots = max(c->session->trace->slots, 1U);
	switch (c->workload->crew) {
	case AC_BENCH_ALONE:
		c->crew = 1;
		break;
	case AC_BENCH_ALL:
	case AC_BENCH_TOGETHER:
		c->crew = cpus;
		break;
	case AC_BENCH_PAIRS:
		c->crew = max(round_down(cpus, 2), 2U);
		break;
	case AC_BENCH_N_CPUS:
		c->crew = c->n;
		break;
	}
}

/* "shuffled" needs some room besides. */
static int make_case(struct ac_bench_case *c)
{
	size_t blocks;

	set_crew(c);
	blocks = array_size(c->slots, c->crew);
	c->blocks = kvcalloc(blocks, 2 * sizeof(*c->blocks), GFP_KERNEL);
	c->live_size = kvcalloc(blocks, sizeof(*c->live_size), GFP_KERNEL);
	c->index = kvcalloc(c->n, sizeof(*c->index), GFP_KERNEL);
	c->ring = kvcalloc(AC_BENCH_RING * c->crew, sizeof(*c->ring), GFP_KERNEL);
	if (!c->blocks || !c->index || !c->live_size || !c->ring)
		return -ENOMEM;
	set_order(c);
	return c->workload->trace ? ac_bench_script_make(c) : make_picks(c);
}

static void fail(struct ac_bench_run *r, const char *status, int error)
{
	r->status = status;
	r->error = error;
	if (error)
		note_error(r->test->session, error);
}

/* Runs a loop once and believes it only if it did all that was asked. */
static void run_loop(struct ac_bench_run *r, u64 iterations)
{
	int err;

	r->iterations = iterations;
	r->ops = 0;
	if (r->test->workload->crew == AC_BENCH_ALONE)
		err = r->test->workload->loops->slot[r->slot](r, NULL);
	else
		err = ac_bench_team_run(r);
	if (err)
		fail(r, "error", err);
	else if (r->ops < iterations * ac_bench_group(r->test))
		fail(r, "short", -EIO);
	else if (raw_smp_processor_id() != r->test->cpu)
		fail(r, "moved", -EAGAIN);
	r->all_ops += r->ops;
	cond_resched();
}

static void verify(struct ac_bench_run *r)
{
	const struct ac_bench_workload *w = r->test->workload;
	u64 iterations = 1;

	if (!w->memory)
		iterations = DIV_ROUND_UP(VERIFY_OPS, (u32)ac_bench_group(r->test));
	r->check = true;
	run_loop(r, iterations);
	r->check = false;
	if (!r->status && r->heap.bad)
		fail(r, "BAD", -EIO);
}

/* The best of a few, because any may have been interrupted at length. */
static u64 try_loop(struct ac_bench_run *r, u64 iterations)
{
	u64 best = U64_MAX;
	unsigned int i;

	for (i = 0; i < TRIES && !r->status; i++) {
		run_loop(r, iterations);
		best = min(best, r->cost);
	}
	return best;
}

/* A round that is too short is noise; a chunk that is too long, a watchdog. */
static void calibrate(struct ac_bench_run *r)
{
	const struct ac_bench_config *config = &r->test->session->config;
	u64 target = (u64)config->round_ms * NSEC_PER_MSEC;
	u64 least = max(r->test->workload->least, 1U);
	u64 cost, iterations = least;

	r->chunk = max(config->iterations, 1U);
	r->total = r->chunk;
	if (r->test->workload->memory || config->iterations)
		return;
	for (;;) {
		cost = try_loop(r, iterations);
		if (r->status || stopped(r->test->session))
			return;
		if (cost >= target / 8)
			break;
		iterations *= 2;
	}
	r->chunk = max(div64_u64(iterations * target, cost), least);
	r->total = r->chunk;
}

static void start_run(struct ac_bench_run *r)
{
	const struct ac_bench_allocator *a = r->allocator;
	const struct ac_bench_case *c = r->test;
	int err;

	if (num_online_cpus() < max(c->workload->cpus, c->crew))
		return fail(r, "n/a reason=cpus", 0);
	if (c->n < c->workload->ops && !c->workload->fixed)
		return fail(r, "n/a reason=n", 0);
	if (c->workload->mixed && !a->by_size)
		return fail(r, "n/a reason=sizes", 0);
	if (!c->workload->memory && a->memory_only)
		return fail(r, "n/a reason=memory", 0);
	if (c->workload->experiment && a->one_cpu)
		return fail(r, "n/a reason=memory", 0);
	if ((c->crew > 1 || c->workload->irq) && a->one_cpu)
		return fail(r, "n/a reason=one-cpu", 0);
	r->heap.size = c->size;
	err = a->create ? a->create(&r->heap, c->slots, c->cpu) : 0;
	if (err == -EOPNOTSUPP)
		return fail(r, "n/a reason=kernel", 0);
	if (err)
		return fail(r, "error", err);
	if (c->workload->experiment)
		return;
	verify(r);
	if (!r->status)
		calibrate(r);
}

static void end_run(struct ac_bench_run *r)
{
	if (r->allocator->destroy)
		r->allocator->destroy(&r->heap);
}

static void run_round(struct ac_bench_run *r, bool count)
{
	u64 cost = 0, ops = 0, left = r->total;

	while (left && !r->status) {
		if (stopped(r->test->session))
			return;
		run_loop(r, min(left, r->chunk));
		left -= r->iterations;
		cost += r->cost;
		ops += r->ops;
	}
	if (r->status || !count)
		return;
	r->round_ops = ops;
	if (!r->test->workload->memory)
		cost = div64_u64(cost * 1000, ops);
	r->sample[r->samples++] = cost;
}

/* For sort(): numbers, or addresses. */
int ac_bench_compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

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

/* A line of what is held at a step of the second round, if the request wants it. */
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

	ac_bench_emit(r->test->session,
		      "%s ops=%llu requested=%llu min_held=%llu held=%llu ratio=%s kept=%lld status=ok",
		      head, r->round_ops, r->requested, r->sample[0], median(r),
		      decimal(ratio).text, r->kept);
}

static void show_time(const struct ac_bench_run *r, const char *head)
{
	ac_bench_emit(r->test->session,
		      "%s ops=%llu all_ops=%llu min_ns=%s median_ns=%s status=ok",
		      head, r->round_ops, r->all_ops,
		      decimal(r->sample[0]).text, decimal(median(r)).text);
}

static const char *bulk_kind(const struct ac_bench_allocator *a)
{
	if (a->alloc_bulk && a->free_bulk)
		return " bulk=native";
	return " bulk=loop";
}

static int print_head(char *to, size_t room, const struct ac_bench_run *r)
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
	return scnprintf(to, room,
			 "workload=%s n=%u%s%s allocator=%s size=%s%s",
			 w->name, c->n, w->ordered ? " order=" : "",
			 w->ordered ? ac_bench_orders[c->order] : "",
			 r->allocator->name, size,
			 w->bulk ? bulk_kind(r->allocator) : "");
}

static void show_run(struct ac_bench_run *r)
{
	char head[160];

	print_head(head, sizeof(head), r);
	if (r->status) {
		ac_bench_emit(r->test->session, "%s status=%s error=%d bad=%lu",
			      head, r->status, r->error, r->heap.bad);
		return;
	}
	sort(r->sample, r->samples, sizeof(r->sample[0]), ac_bench_compare,
	     NULL);
	if (r->test->workload->memory)
		show_memory(r, head);
	else
		show_time(r, head);
}

static void run_experiment(struct ac_bench_run *r)
{
	char head[160];

	print_head(head, sizeof(head), r);
	if (r->status)
		show_run(r);
	else
		r->test->workload->experiment(r, head);
	if (r->heap.bad)
		note_error(r->test->session, -EIO);
}

static void run_rounds(const struct ac_bench_case *c, struct ac_bench_run *runs,
		       unsigned int nr)
{
	unsigned int round, i;

	for (round = 0; round <= c->session->config.rounds; round++)
		for (i = 0; i < nr; i++)
			if (!runs[i].status && !stopped(c->session))
				run_round(&runs[i], round > 0);
	for (i = 0; i < nr && !stopped(c->session); i++)
		show_run(&runs[i]);
}

static void run_allocators(const struct ac_bench_case *c,
			   struct ac_bench_run *runs)
{
	const struct ac_bench_allocator *a;
	unsigned int i, nr = 0;

	for (i = 0; (a = ac_bench_allocator_at(i)); i++) {
		if (!ac_bench_match(c->session->config.allocator, a->name))
			continue;
		runs[nr].test = c;
		runs[nr].allocator = a;
		runs[nr].slot = i;
		if (!stopped(c->session))
			start_run(&runs[nr]);
		if (c->workload->experiment && !stopped(c->session))
			run_experiment(&runs[nr]);
		nr++;
	}
	if (!c->workload->experiment)
		run_rounds(c, runs, nr);
	while (nr--)
		end_run(&runs[nr]);
}

static void show_progress(const struct ac_bench_case *c)
{
	struct ac_bench_session *s = c->session;

	s->cases++;
	if (time_before(jiffies, s->progress + PROGRESS))
		return;
	s->progress = jiffies;
	pr_info("case %u: %s n=%u size=%u\n", s->cases, c->workload->name, c->n,
		c->size);
}

static void run_case(struct ac_bench_session *s, struct ac_bench_case *c)
{
	struct ac_bench_run *runs;

	if (stopped(s))
		return;
	show_progress(c);
	runs = kvcalloc(AC_BENCH_SLOTS, sizeof(*runs), GFP_KERNEL);
	if (!runs || make_case(c))
		note_error(s, -ENOMEM);
	else
		run_allocators(c, runs);
	free_case(c);
	kvfree(runs);
}

static void run_orders(struct ac_bench_session *s,
		       const struct ac_bench_workload *w, unsigned int n,
		       unsigned int size)
{
	unsigned int order;

	for (order = 0; order < AC_BENCH_ORDERS; order++) {
		struct ac_bench_case c = {
			.session = s,
			.workload = w,
			.n = n,
			.order = order,
			.size = w->size ?: size,
			.cpu = raw_smp_processor_id(),
		};

		if (w->ordered &&
		    !ac_bench_match(s->config.order, ac_bench_orders[order]))
			continue;
		run_case(s, &c);
		if (!w->ordered)
			break;
	}
}

static void run_sizes(struct ac_bench_session *s,
		      const struct ac_bench_workload *w, unsigned int n)
{
	const struct ac_bench_list *size = &s->config.size;
	unsigned int i;

	for (i = 0; i < (w->mixed || w->size ? 1 : size->nr); i++)
		run_orders(s, w, n, size->value[i]);
}

/* The kernel's own calls, if there is a trace of them. */
static void run_trace(struct ac_bench_session *s,
		      const struct ac_bench_workload *w)
{
	struct ac_bench_trace *t = ac_bench_trace_get();

	if (IS_ERR(t))
		return note_error(s, PTR_ERR(t));
	s->trace = t;
	if (t && t->events)
		run_sizes(s, w, t->events);
	s->trace = NULL;
	kvfree(t);
}

static void run_workload(struct ac_bench_session *s,
			 const struct ac_bench_workload *w)
{
	const struct ac_bench_list *n = &s->config.n;
	unsigned int i;

	if (w->trace)
		return run_trace(s, w);
	if (n->nr && !w->fixed) {
		for (i = 0; i < n->nr; i++)
			run_sizes(s, w, n->value[i]);
		return;
	}
	for (i = 0; w->n[i]; i++)
		run_sizes(s, w, w->n[i]);
}

/* "all" means what can be run anywhere: experiments are asked for by name. */
static bool asked_for(const struct ac_bench_session *s,
		      const struct ac_bench_workload *w)
{
	const char *words = s->config.workload;

	return ac_bench_match(words, w->name) &&
	       !(w->experiment && ac_bench_match(words, ""));
}

static int run_session(void *session)
{
	struct ac_bench_session *s = session;
	const struct ac_bench_workload *w;
	unsigned int i;

	describe(s);
	for (i = 0; (w = ac_bench_workload_at(i)); i++)
		if (asked_for(s, w))
			run_workload(s, w);
	if (stopped(s)) {
		ac_bench_emit(s, "# stopped=1");
		note_error(s, -EINTR);
	}
	ac_bench_emit(s, "# end=%d", s->error);
	return s->error;
}

/* Serves a request. A signal ends it at the next chunk. */
int ac_bench_serve(struct ac_bench_session *s)
{
	struct ac_bench_thread t;
	int err;

	s->progress = jiffies;
	err = ac_bench_thread_start(&t, cpumask_first(cpu_online_mask),
				    run_session, s);
	return err ?: ac_bench_thread_wait_stop(&t, &s->stop);
}
