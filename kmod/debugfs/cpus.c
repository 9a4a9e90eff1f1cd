// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - the file cpus: the magazines of each CPU, all caches together
 */
#include <linux/cpumask.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "../cpus.h"
#include "files.h"
#include "../magazine.h"
#include "../pool.h"
#include "../stats.h"

struct cpu_view {
	int cpu;
	u64 rounds;
	struct ac_cpu_counts counts;
};

static void add_rounds(struct arena_cache *c, void *arg)
{
	struct cpu_view *view = arg;
	const struct arena_cache_cpu *cpu;

	if (!ac_cpus_are_open(c))
		return;
	cpu = per_cpu_ptr(c->cpu, view->cpu);
	view->rounds += ac_magazine_rounds(c, ac_peek(cpu->top)) +
			ac_magazine_rounds(c, ac_peek(cpu->prev));
}

static bool read_cpu(void *figures, unsigned long *at)
{
	int cpu = cpumask_next((int)*at - 1, cpu_possible_mask);
	struct cpu_view *view = figures;

	if (cpu >= nr_cpu_ids)
		return false;
	*at = cpu + 1;
	*view = (struct cpu_view){ .cpu = cpu, .counts = ac_cpus_counts(cpu) };
	ac_owner_visit(add_rounds, view);
	return true;
}

static void print_cpu(struct seq_file *m, const struct cpu_view *view)
{
	const struct ac_cpu_counts *n = &view->counts;

	/* A miss enters twice: in the inline path and out of line. */
	seq_printf(m, "%5d %8llu %12llu %10llu %10llu %10llu %10llu %10llu %10llu\n",
		   view->cpu, view->rounds,
		   n->operations - min(n->operations, 2 * n->misses),
		   n->misses, n->swaps, n->gets, n->puts, n->refills,
		   n->flushes);
}

static void show_cpu(struct seq_file *m, const void *figures)
{
	if (figures)
		print_cpu(m, figures);
	else
		seq_puts(m, "# cpu   cached         hits     misses      swaps       gets       puts    refills    flushes\n");
}

const struct ac_walk ac_walk_cpus = {
	.size = sizeof(struct cpu_view),
	.read = read_cpu,
	.show = show_cpu,
};
