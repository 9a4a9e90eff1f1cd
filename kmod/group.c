// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - which CPUs share depots
 */
#include <linux/cpumask.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "group.h"
#include "node.h"

struct ac_group *ac_groups;
unsigned int ac_nr_groups;
DEFINE_PER_CPU(unsigned int, ac_group_of_cpu);

/* Puts @cpu into the last group of @node, whose groups begin at @first. */
static void join(unsigned int cpu, int node, unsigned int first)
{
	struct ac_group *g = ac_groups + ac_nr_groups - 1;

	if (ac_nr_groups == first || g->nr_cpus == AC_GROUP_CPUS) {
		g = ac_groups + ac_nr_groups++;
		g->node = node;
		g->first = first;
	}
	g->nr_cpus++;
	per_cpu(ac_group_of_cpu, cpu) = g - ac_groups;
}

/* The nearest node with memory. A CPU that never came may have no node. */
static int nearest_node(int cpu)
{
	int node = cpu_to_mem(cpu);

	return ac_node_nearest[node == NUMA_NO_NODE ? first_online_node : node];
}

static void form_groups(int node)
{
	const unsigned int first = ac_nr_groups;
	unsigned int i;
	int cpu;

	for_each_possible_cpu(cpu)
		if (nearest_node(cpu) == node)
			join(cpu, node, first);
	for (i = first; i < ac_nr_groups; i++)
		ac_groups[i].last = ac_nr_groups - 1;
}

int ac_group_init(void)
{
	int node;

	/* At least one CPU in each. */
	ac_groups = kcalloc(num_possible_cpus(), sizeof(*ac_groups), GFP_KERNEL);
	if (!ac_groups)
		return -ENOMEM;
	for_each_node(node)
		form_groups(node);
	return 0;
}

void ac_group_exit(void)
{
	kfree(ac_groups);
}
