// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - which node is near
 */
#include <linux/memory.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>

#include "kunit_export.h"
#include "node.h"

short ac_node_nearest[MAX_NUMNODES];
EXPORT_SYMBOL_IF_KUNIT(ac_node_nearest);

/* One row of nr_node_ids for each node, and one to work in. */
static short *rows;
static u8 *distances;
/* Keeps writers of @rows, @distances and ac_node_nearest apart; outermost. */
static DEFINE_MUTEX(rows_lock);

/**
 * ac_node_near - the nodes with memory, by distance
 * @node: from here
 * @i: 0 for the nearest, which is @node itself if it has memory
 *
 * Context: any.
 * Return: the node, or %NUMA_NO_NODE if there are no more.
 */
int ac_node_near(int node, unsigned int i)
{
	return i < nr_node_ids ? READ_ONCE(rows[node * nr_node_ids + i]) :
				 NUMA_NO_NODE;
}
EXPORT_SYMBOL_IF_KUNIT(ac_node_near);

/* The node nearest to this CPU whose memory the running task may use. */
int ac_node_mine(void)
{
	const int here = ac_node_here();
	unsigned int i;
	int node;

	if (likely(ac_node_is_allowed(here)))
		return here;
	for (i = 0; (node = ac_node_near(here, i)) != NUMA_NO_NODE; i++)
		if (ac_node_is_allowed(node))
			return node;
	return here;
}
EXPORT_SYMBOL_IF_KUNIT(ac_node_mine);

/* Does @a come before @b? */
static bool is_nearer(int from, unsigned int nr, const u8 *distance, int a,
		      int b)
{
	if (distance[a] != distance[b])
		return distance[a] < distance[b];
	return (a + nr - from) % nr < (b + nr - from) % nr;
}

/**
 * ac_node_rank - make a row
 * @from: the node whose row it is
 * @nr: number of nodes
 * @distance: from @from to each of them
 * @memory: which of them have memory
 * @row: gets those, nearest first, and %NUMA_NO_NODE behind them: @nr in all
 */
void ac_node_rank(int from, unsigned int nr, const u8 *distance,
		  const unsigned long *memory, short *row)
{
	unsigned int n = 0, node, i;

	for_each_set_bit(node, memory, nr) {
		for (i = n++; i; i--) {
			if (!is_nearer(from, nr, distance, node, row[i - 1]))
				break;
			row[i] = row[i - 1];
		}
		row[i] = node;
	}
	while (n < nr)
		row[n++] = NUMA_NO_NODE;
}
EXPORT_SYMBOL_IF_KUNIT(ac_node_rank);

static void rank_all(void)
{
	short *row, *draft = rows + nr_node_ids * nr_node_ids;
	unsigned int i;
	int from, to;

	mutex_lock(&rows_lock);
	for_each_node(from) {
		for_each_node(to)
			distances[to] = min(node_distance(from, to), U8_MAX);
		ac_node_rank(from, nr_node_ids, distances,
			     nodes_addr(node_states[N_MEMORY]), draft);
		row = rows + from * nr_node_ids;
		for (i = 0; i < nr_node_ids; i++)
			WRITE_ONCE(row[i], draft[i]);
		WRITE_ONCE(ac_node_nearest[from], max_t(short, draft[0], 0));
	}
	mutex_unlock(&rows_lock);
}

static int on_memory(struct notifier_block *nb, unsigned long action, void *arg)
{
	if (action == MEM_ONLINE || action == MEM_OFFLINE)
		rank_all();
	return NOTIFY_OK;
}

static struct notifier_block memory_nb = { .notifier_call = on_memory };

int ac_node_init(void)
{
	int err;

	rows = kvcalloc(nr_node_ids + 1, nr_node_ids * sizeof(*rows),
			GFP_KERNEL);
	distances = kcalloc(nr_node_ids, sizeof(*distances), GFP_KERNEL);
	if (!rows || !distances) {
		err = -ENOMEM;
		goto free_rows;
	}
	err = register_memory_notifier(&memory_nb);
	if (err)
		goto free_rows;
	rank_all();
	return 0;

free_rows:
	kfree(distances);
	kvfree(rows);
	return err;
}

void ac_node_exit(void)
{
	unregister_memory_notifier(&memory_nb);
	kfree(distances);
	kvfree(rows);
}
