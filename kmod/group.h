/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which CPUs share depots
 *
 * Owns groups of up to AC_GROUP_CPUS CPUs of a node, so that a depot's lock has the same
 * number of users whatever the number of CPUs. The groups of a node are next to each
 * other. They are formed at load, of all CPUs that can be, and never change: no lock.
 *
 * Invariants:
 *	every possible CPU is in one group, whose node is the CPU's nearest with memory
 *	1 <= nr_cpus <= AC_GROUP_CPUS
 *	first <= number of the group <= last; first .. last have one node, no others have it
 */
#ifndef AC_GROUP_H
#define AC_GROUP_H

#include <linux/numa.h>
#include <linux/percpu.h>

#define AC_GROUP_CPUS	8

/**
 * struct ac_group - CPUs of a node that share depots
 * @node: the node
 * @nr_cpus: how many CPUs
 * @first: number of the first group of the node
 * @last: number of the last one
 */
struct ac_group {
	int node;
	unsigned int nr_cpus;
	unsigned int first;
	unsigned int last;
};

extern struct ac_group *ac_groups;
extern unsigned int ac_nr_groups;
DECLARE_PER_CPU(unsigned int, ac_group_of_cpu);

static inline unsigned int ac_group_mine(void)
{
	return raw_cpu_read(ac_group_of_cpu);
}

static inline unsigned int ac_group_of(int cpu)
{
	return per_cpu(ac_group_of_cpu, cpu);
}

/* The next group of the same node, round and round. */
static inline unsigned int ac_group_next(unsigned int i)
{
	return i == ac_groups[i].last ? ac_groups[i].first : i + 1;
}

/* Is a group of @node, or is that NUMA_NO_NODE? */
static inline bool ac_group_serves(unsigned int i, int node)
{
	return node == NUMA_NO_NODE || ac_groups[i].node == node;
}

int ac_group_init(void);
void ac_group_exit(void);

#endif /* AC_GROUP_H */
