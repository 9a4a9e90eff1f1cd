// SPDX-License-Identifier: GPL-2.0
/*
 * The table of workloads
 *
 * Figures include the loop itself: the counter, one store to each block, and where
 * there are many blocks the array of pointers and the order array. That part is the
 * same for all; "floor" shows its size.
 *
 * Not measured: NUMA, and what an allocator's layout does to the caller's own use of
 * blocks, but for "touch" and "scratch".
 *
 * To add a workload, write its loop, DEFINE_LOOPS() it, add one entry here, and
 * document it in docs/benchmarks.md.
 */
#include <linux/kernel.h>

#include "alone.h"
#include "case.h"
#include "irq.h"
#include "latency.h"
#include "memory.h"
#include "parallel.h"
#include "replay.h"
#include "retention.h"
#include "workloads.h"

/* Members of an entry. */
#define LOOPS(name)	.loops = &ac_bench_##name
#define N(...)		.n = (const unsigned int []){ __VA_ARGS__, 0 }
#define FIXED(...)	N(__VA_ARGS__), .fixed = true
#define GROUP		.group = true
#define MIXED(kind)	.mixed = true, .sizes = AC_BENCH_##kind
#define WEIGH		.memory = true
#define TRY(name)	.experiment = ac_bench_##name
/* On all CPUs, two at least; with fewer iterations they would hardly meet. */
#define CREW(kind, few)	.crew = AC_BENCH_##kind, .least = few, .cpus = 2
/* Nothing without a trace, which says what n is. */
#define TRACE(bytes)	.n = (const unsigned int []){ 0 }, .trace = bytes, GROUP

static const struct ac_bench_workload workloads[] = {
	{ "footprint", "bytes held from the page allocator, sizes 1-512, n live",
	  LOOPS(footprint), N(100000), GROUP, MIXED(UNIFORM), WEIGH },
	{ "footprint-skewed", "the same, sizes as a kernel's: most below 128",
	  LOOPS(footprint), N(100000), GROUP, MIXED(SKEWED), WEIGH },
	{ "retention", "held for every k-th of n blocks, and for a random 20 %",
	  TRY(retention), N(400000) },
	{ "pingpong", "pages freed by swinging at the edges of pools and arenas",
	  TRY(pingpong), N(100000) },
	{ "pressure", "pages that others get beside every 20th of n blocks",
	  TRY(pressure), N(100000) },
	{ "exhaust", "allocate until there is no memory, free all",
	  TRY(exhaust), FIXED(1) },
	{ "reuse", "allocate one block, free it",
	  LOOPS(reuse), FIXED(1) },
	{ "batch", "allocate n blocks, free them in an order",
	  LOOPS(batch), N(16, 64, 256, 1024, 8192), GROUP, .ordered = true },
	{ "bulk", "allocate and free n blocks with one call each",
	  LOOPS(bulk), N(1, 2, 4, 8, 16, 32, 64, 128, 250), GROUP, .bulk = true },
	{ "mixed", "replace random ones of n blocks, sizes 1-512",
	  LOOPS(mixed), N(4096), MIXED(UNIFORM) },
	{ "shuffled", "as bulk, but what is freed in a row shares no page",
	  LOOPS(shuffled), N(64, 250, 4096), GROUP, .bulk = true },
	{ "touch", "write all of n blocks, read them, free them",
	  LOOPS(touch), N(64, 8192), GROUP },
	{ "live", "replace 1000 of n blocks of one size, far apart",
	  LOOPS(live), N(1000, 100000), .ops = AC_BENCH_REPLACED },
	{ "cross", "one CPU allocates, another frees",
	  LOOPS(cross), FIXED(AC_BENCH_RING), CREW(PAIRS, 32768) },
	{ "xmalloc", "the same, in batches of n blocks",
	  LOOPS(xmalloc), FIXED(4096), GROUP, CREW(PAIRS, AC_BENCH_BATCHES),
	  .slots = AC_BENCH_BATCHES * 4096 },
	{ "convey", "half of the CPUs only allocate, the others only free, n at a time",
	  LOOPS(convey), FIXED(64), GROUP, CREW(PAIRS, 1024),
	  .slots = AC_BENCH_BATCHES * 64 },
	{ "remote", "all CPUs allocate n blocks each, one frees them",
	  LOOPS(remote), N(1000), GROUP, CREW(ALL, 16) },
	{ "spread", "one CPU allocates n blocks for each, which free them",
	  LOOPS(spread), N(1000), GROUP, CREW(ALL, 16) },
	{ "larson", "replace random ones of n blocks, 10-500 bytes; CPUs swap theirs",
	  LOOPS(larson), N(1000), MIXED(SERVER), CREW(ALL, 40000) },
	{ "rptest", "replace random blocks, n percent of them another CPU's",
	  LOOPS(rptest), N(1, 10, 50, 100), CREW(ALL, 32768), .slots = 1024,
	  .most = 100 },
	{ "scratch", "each CPU writes to a block of 8 bytes, and replaces it",
	  LOOPS(scratch), FIXED(1), CREW(ALL, 32768), .size = 8 },
	{ "scale", "n CPUs replace blocks of their own",
	  LOOPS(scale), N(1, 2, 4, 8, 16), .crew = AC_BENCH_N_CPUS,
	  .least = 32768, .slots = AC_BENCH_WINDOW },
	{ "irq", "CPUs replace blocks, timers interrupt and do the same",
	  LOOPS(irq), FIXED(1), .crew = AC_BENCH_ALL, .least = 2048,
	  .ops = AC_BENCH_CHURN, .irq = true },
	{ "replay", "make the calls of the trace in bench/trace",
	  LOOPS(replay), TRACE(AC_BENCH_MAX_SIZE), MIXED(TRACED),
	  .crew = AC_BENCH_TOGETHER },
	{ "replay-small", "only those for up to 512 bytes",
	  LOOPS(replay), TRACE(AC_BENCH_MAX_MIXED), MIXED(UNIFORM),
	  .crew = AC_BENCH_TOGETHER },
	{ "replay-held", "the same on one CPU: bytes held, mean over the trace",
	  LOOPS(held), TRACE(AC_BENCH_MAX_MIXED), MIXED(UNIFORM), WEIGH },
	{ "latency", "how long single calls take, n live",
	  LOOPS(latencies), TRY(latency), N(1, 1000, 100000) },
};

const struct ac_bench_workload *ac_bench_workload_at(unsigned int i)
{
	return i < ARRAY_SIZE(workloads) ? &workloads[i] : NULL;
}
