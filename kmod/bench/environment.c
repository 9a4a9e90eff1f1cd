// SPDX-License-Identifier: GPL-2.0
/*
 * What about the kernel decides how fast either side is
 */
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/utsname.h>

#include "allocator.h"
#include "environment.h"
#include "results.h"

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

/* The first lines of each result. */
void ac_bench_describe(struct ac_bench_session *s)
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
	ac_bench_emit(s, "# rest_ms=%u", s->config.rest_ms);
	ac_bench_emit(s, "# seed=%u", s->config.seed);
}
