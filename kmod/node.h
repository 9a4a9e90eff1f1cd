/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - which node is near
 *
 * Owns, for each possible NUMA node, a row of the nodes with memory, nearest first:
 * itself, if it has memory, then the others by node_distance(). Of equally far nodes the
 * one with the next higher number comes first, so that not all turn to the same node.
 *
 * (numa_mem_id() is the CPU's own node on most architectures, whether that has memory
 * or not: x86 knows of no other.)
 *
 * Lock: rows_lock (mutex) for writers: at load, and when memory has come or is gone.
 * Readers take none: while a row is written, they may meet a node twice or not at all.
 * That a node is named is no promise: its memory may be on its way out.
 */
#ifndef AC_NODE_H
#define AC_NODE_H

#include <linux/cpuset.h>
#include <linux/nodemask.h>
#include <linux/oom.h>
#include <linux/sched.h>
#include <linux/topology.h>

/* The first node of each row. */
extern short ac_node_nearest[MAX_NUMNODES];

/* The node with memory that is nearest to this CPU. */
static inline int ac_node_here(void)
{
	return READ_ONCE(ac_node_nearest[numa_mem_id()]);
}

/*
 * May the running code have blocks of @node? A cpuset binds tasks, but none that dies.
 * Requests that reach the page allocator follow its own rule.
 */
static inline bool ac_node_is_allowed(int node)
{
	return !in_task() || node_isset(node, cpuset_current_mems_allowed) ||
	       current->flags & PF_EXITING || tsk_is_oom_victim(current);
}

int ac_node_near(int node, unsigned int i);
int ac_node_mine(void);
void ac_node_rank(int from, unsigned int nr, const u8 *distance,
		  const unsigned long *memory, short *row);
int ac_node_init(void);
void ac_node_exit(void);

#endif /* AC_NODE_H */
