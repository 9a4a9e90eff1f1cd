// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what users see under /sys/kernel/debug/arena_cache
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/nodemask.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "cache.h"
#include "debug.h"
#include "debugfs.h"
#include "fault.h"
#include "raw.h"
#include "snapshot.h"
#include "stats.h"
#include "traces.h"
#include "verify.h"
#include "zombies.h"

/* stats: the report of CPython's sys._debugmallocstats() */

static void print_line(struct seq_file *m, const char *label, u64 value)
{
	seq_printf(m, "%-35s= %15llu\n", label, value);
}

static void print_rule(struct seq_file *m)
{
	seq_printf(m, "%-35s  ---------------\n", "");
}

static void print_table(struct seq_file *m, const struct ac_snapshot *s)
{
	const struct ac_row *row;

	seq_printf(m, "Small block threshold = %d, in %d size classes.\n\n",
		   ARENA_CACHE_MAX_BLOCK, ARENA_CACHE_CLASSES);
	seq_puts(m, "class   size   num pools   blocks in use   cached blocks   avail blocks   cache\n");
	seq_puts(m, "-----   ----   ---------   -------------   -------------   ------------   -----\n");
	for (row = s->row; row < s->row + s->nr_rows; row++) {
		const struct arena_cache *c = row->cache;

		if (!row->pools)
			continue;
		if (c->by_size)
			seq_printf(m, "%5u ", ac_class_of(c->size));
		else
			seq_puts(m, "    - ");
		seq_printf(m, "%6u %11llu %15llu %15llu %14llu   %s\n",
			   c->block_size, row->pools, row->live,
			   row->in_cpus + row->in_depots + row->held, row->avail,
			   c->name);
	}
}

static void print_arenas(struct seq_file *m, const struct ac_snapshot *s)
{
	char line[64];

	seq_putc(m, '\n');
	print_line(m, "# arenas allocated total",
		   ac_stat_read(AC_STAT_ARENA_ALLOC));
	print_line(m, "# arenas reclaimed", ac_stat_read(AC_STAT_ARENA_FREE));
	print_line(m, "# arenas highwater mark", s->highwater);
	print_line(m, "# arenas allocated current", s->arenas);
	print_line(m, "# arenas empty, kept", s->empty);
	snprintf(line, sizeof(line), "%llu arenas * %lu bytes/arena", s->arenas,
		 AC_ARENA_SIZE);
	print_line(m, line, s->bytes.total);
}

static void print_bytes(struct seq_file *m, const struct ac_snapshot *s)
{
	const struct ac_bytes *b = &s->bytes;
	char line[64];

	seq_putc(m, '\n');
	print_line(m, "# bytes in allocated blocks", b->live);
	print_line(m, "# bytes cached in magazines", b->in_cpus);
	print_line(m, "# bytes cached in depots", b->in_depots);
	print_line(m, "# bytes in quarantine", b->held);
	print_line(m, "# bytes in available blocks", b->avail);
	snprintf(line, sizeof(line), "%llu unused pools * %lu bytes",
		 s->free_pools, AC_POOL_SIZE);
	print_line(m, line, b->unused);
	snprintf(line, sizeof(line), "%llu given back pools * %lu bytes",
		 s->gone_pools, AC_POOL_SIZE);
	print_line(m, line, b->gone);
	print_line(m, "# bytes lost to pool bitmaps", b->maps);
	print_line(m, "# bytes lost to quantization", b->tails);
	print_rule(m);
	print_line(m, "Total", b->live + b->in_cpus + b->in_depots + b->held +
		   b->avail + b->unused + b->gone + b->maps + b->tails);
	seq_putc(m, '\n');
	print_line(m, "# bytes held of the system", b->total - b->gone);
	print_line(m, "# bytes free to go at once", s->spare_pools *
		   AC_POOL_SIZE);
}

/* The tiers that arenas could not or would not serve, and refused frees. */
static const struct {
	enum ac_stat stat;
	const char *label;
} events[] = {
	{ AC_STAT_RAW_LARGE, "# raw: larger than the threshold" },
	{ AC_STAT_RAW_GFP, "# raw: accounted or of a zone" },
	{ AC_STAT_RAW_ARENA, "# raw: no arena to be had" },
	{ AC_STAT_RAW_FREE, "# raw: given to kfree()" },
	{ AC_STAT_ARENA_FAIL, "# arenas not to be had" },
	{ AC_STAT_BUSY_ALLOC, "# allocs that met a busy magazine" },
	{ AC_STAT_BUSY_FREE, "# frees that met a busy magazine" },
	{ AC_STAT_POOL_LOCK, "# times a pool lock was taken" },
	{ AC_STAT_BAD_FOREIGN, "# bad frees: foreign memory" },
	{ AC_STAT_BAD_CACHE, "# bad frees: wrong cache" },
	{ AC_STAT_BAD_INTERIOR, "# bad frees: inside a block" },
	{ AC_STAT_BAD_DOUBLE, "# bad frees: free already" },
	{ AC_STAT_BAD_OVERRUN, "# bad writes: past the end" },
	{ AC_STAT_BAD_UNDERRUN, "# bad writes: before the start" },
	{ AC_STAT_BAD_STALE, "# bad writes: after the free" },
	{ AC_STAT_BAD_RECORD, "# bad writes: on a record" },
	{ AC_STAT_BAD_PAGE, "# bad puts: pages that were lost" },
};

static void print_events(struct seq_file *m)
{
	unsigned int i;

	seq_putc(m, '\n');
	for (i = 0; i < ARRAY_SIZE(events); i++)
		print_line(m, events[i].label, ac_stat_read(events[i].stat));
}

static int stats_show(struct seq_file *m, void *unused)
{
	struct ac_snapshot *s = ac_snapshot_get();

	if (!s)
		return -ENOMEM;
	print_table(m, s);
	print_arenas(m, s);
	print_bytes(m, s);
	print_events(m);
	ac_snapshot_put(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* stats.json: the same for machines */

static void print_json_rows(struct seq_file *m, const struct ac_snapshot *s)
{
	const struct ac_row *row;

	seq_puts(m, " \"caches\": [");
	for (row = s->row; row < s->row + s->nr_rows; row++) {
		const struct arena_cache *c = row->cache;

		seq_printf(m, "%s\n  {\"name\": \"", row == s->row ? "" : ",");
		seq_escape(m, c->name, "\"\\\n");
		seq_printf(m, "\", \"size\": %u, \"block_size\": %u, \"pools\": %llu, \"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"available\": %llu, \"outside\": %lld}",
			   c->size, c->block_size, row->pools, row->live,
			   row->in_cpus, row->in_depots, row->held, row->avail,
			   row->outside);
	}
	seq_puts(m, "\n ]\n");
}

static void print_json_bytes(struct seq_file *m, const struct ac_bytes *b)
{
	seq_printf(m, " \"bytes\": {\"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"available\": %llu, \"unused_pools\": %llu, \"given_back\": %llu, \"pool_bitmaps\": %llu, \"quantization\": %llu, \"total\": %llu},\n",
		   b->live, b->in_cpus, b->in_depots, b->held, b->avail,
		   b->unused, b->gone, b->maps, b->tails, b->total);
}

static int stats_json_show(struct seq_file *m, void *unused)
{
	struct ac_snapshot *s = ac_snapshot_get();
	unsigned int i;

	if (!s)
		return -ENOMEM;
	seq_printf(m, "{\n \"arena_size\": %lu, \"pool_size\": %lu,\n \"arenas\": %llu, \"arenas_empty\": %llu, \"arenas_highwater\": %llu, \"free_pools\": %llu, \"given_back_pools\": %llu, \"trimmable_pools\": %llu,\n",
		   AC_ARENA_SIZE, AC_POOL_SIZE, s->arenas, s->empty,
		   s->highwater, s->free_pools, s->gone_pools,
		   s->spare_pools);
	print_json_bytes(m, &s->bytes);
	seq_puts(m, " \"events\": {");
	for (i = 0; i < AC_NR_STATS; i++)
		seq_printf(m, "%s\"%s\": %lu", i ? ", " : "", ac_stat_name(i),
			   ac_stat_read(i));
	seq_puts(m, "},\n");
	print_json_rows(m, s);
	seq_puts(m, "}\n");
	ac_snapshot_put(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats_json);

/* caches: one line each */

static int caches_show(struct seq_file *m, void *unused)
{
	struct ac_snapshot *s = ac_snapshot_get();
	char letters[AC_DEBUG_LETTERS];
	const struct ac_row *row;

	if (!s)
		return -ENOMEM;
	seq_puts(m, "# name                  live     blocks   size  block  per_pool    pools : rounds in_cpus in_depots : outside flags\n");
	for (row = s->row; row < s->row + s->nr_rows; row++) {
		const struct arena_cache *c = row->cache;

		ac_debug_letters(c->debug, letters);
		seq_printf(m, "%-18s %10llu %10llu %6u %6u %9u %8llu : %6u %7llu %9llu : %7lld %s%s%s%s%s\n",
			   c->name, row->live, row->pools * c->capacity, c->size,
			   c->block_size, c->capacity, row->pools, c->rounds,
			   row->in_cpus, row->in_depots, row->outside,
			   c->ctor ? "ctor " : "", c->large ? "large " : "",
			   c->defunct ? "defunct " : "",
			   c->debug ? "debug=" : "", c->debug ? letters : "");
	}
	ac_snapshot_put(s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(caches);

/* arenas: one line each, with a map of the pools */

struct arena_view {
	u64 id;
	int node;
	unsigned int full;
	unsigned int partial;
	unsigned int empty;
	unsigned int gone;
	char map[AC_POOLS + 1];
};

struct arena_views {
	size_t nr;
	size_t room;
	struct arena_view *view;
};

/* '.' free, '_' given back, '#' full, '1' to '9' tenths, rounded up, in use. */
static char view_pool(struct arena_view *view, const struct ac_arena *arena,
		      unsigned int slot)
{
	const struct ac_pool *pool = ac_arena_pool(arena, slot);
	const struct arena_cache *c;
	unsigned int used;

	if (arena->gone & BIT_ULL(slot)) {
		view->gone++;
		return '_';
	}
	c = ac_pool_cache(pool);
	if (arena->free & BIT_ULL(slot) || !c) {
		view->empty++;
		return '.';
	}
	used = c->capacity - ac_peek(pool->nr_free);
	if (used == c->capacity) {
		view->full++;
		return '#';
	}
	view->partial++;
	return '0' + clamp(DIV_ROUND_UP(used * 10, c->capacity), 1U, 9U);
}

static void view_arena(struct ac_arena *arena, void *arg)
{
	struct arena_views *views = arg;
	struct arena_view *view = &views->view[views->nr];
	unsigned int slot;

	if (views->nr == views->room)
		return;
	views->nr++;
	view->id = arena->id;
	view->node = arena->node;
	for (slot = 0; slot < AC_POOLS; slot++)
		view->map[slot] = view_pool(view, arena, slot);
}

static void count_arena(struct ac_arena *arena, void *arg)
{
	struct arena_views *views = arg;

	views->room++;
}

static int arenas_show(struct seq_file *m, void *unused)
{
	struct arena_views views = {};
	struct arena_view *view;
	int node;

	for_each_node(node)
		ac_arena_visit(node, count_arena, &views);
	views.view = kvcalloc(views.room, sizeof(*views.view), GFP_KERNEL);
	if (!views.view)
		return -ENOMEM;
	for_each_node(node)
		ac_arena_visit(node, view_arena, &views);
	seq_puts(m, "# arena node full part empty gone map\n");
	for (view = views.view; view < views.view + views.nr; view++)
		seq_printf(m, "%7llu %4d %4u %4u %5u %4u %s\n", view->id,
			   view->node, view->full, view->partial, view->empty,
			   view->gone, view->map);
	kvfree(views.view);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(arenas);

/* cpus: the magazines of each CPU, all caches together */

static void add_cpu(struct arena_cache_cpu *sum, u64 *rounds,
		    struct arena_cache *c, int i)
{
	const struct arena_cache_cpu *cpu = per_cpu_ptr(c->cpu, i);

	*rounds += ac_magazine_rounds(c, ac_peek(cpu->top)) +
		   ac_magazine_rounds(c, ac_peek(cpu->prev));
	sum->seq += ac_peek(cpu->seq) / 2;
	sum->misses += ac_peek(cpu->misses);
	sum->swaps += ac_peek(cpu->swaps);
	sum->gets += ac_peek(cpu->gets);
	sum->puts += ac_peek(cpu->puts);
	sum->refills += ac_peek(cpu->refills);
	sum->flushes += ac_peek(cpu->flushes);
}

static int cpus_show(struct seq_file *m, void *unused)
{
	struct arena_cache *c;
	int i;

	seq_puts(m, "# cpu   cached         hits     misses      swaps       gets       puts    refills    flushes\n");
	mutex_lock(&ac_caches_lock);
	for_each_possible_cpu(i) {
		struct arena_cache_cpu sum = {};
		u64 rounds = 0;

		list_for_each_entry(c, &ac_caches, list)
			add_cpu(&sum, &rounds, c, i);
		/* A miss enters twice: in the inline path and out of line. */
		seq_printf(m, "%5d %8llu %12lu %10lu %10u %10u %10u %10u %10u\n",
			   i, rounds, sum.seq - min(sum.seq, 2 * sum.misses),
			   sum.misses, sum.swaps, sum.gets, sum.puts,
			   sum.refills, sum.flushes);
	}
	mutex_unlock(&ac_caches_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(cpus);

static int verify_show(struct seq_file *m, void *unused)
{
	struct ac_verify v;
	unsigned long bad = ac_verify(&v);

	seq_printf(m, "pools %lu\npools_in_transit %lu\nblocks_cached %lu\nblocks_in_quarantine %lu\n",
		   v.pools, v.transit, v.cached, v.held);
	seq_printf(m, "bad_arenas %lu\nbad_pools %lu\nbad_magazines %lu\nbad_blocks %lu\nbad_bytes %lu\n",
		   v.bad_arenas, v.bad_pools, v.bad_magazines, v.bad_blocks,
		   v.bad_bytes);
	seq_printf(m, "violations %lu\n", bad);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(verify);

static int zombies_show(struct seq_file *m, void *unused)
{
	return ac_zombies_show(m);
}
DEFINE_SHOW_ATTRIBUTE(zombies);

static int traces_show(struct seq_file *m, void *unused)
{
	return ac_traces_show(m);
}
DEFINE_SHOW_ATTRIBUTE(traces);

static ssize_t trim_write(struct file *file, const char __user *buf,
			  size_t count, loff_t *pos)
{
	ac_cache_trim();
	return count;
}

static const struct file_operations trim_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = trim_write,
	.llseek = noop_llseek,
};

static struct dentry *dir;

void ac_debugfs_init(void)
{
	dir = debugfs_create_dir("arena_cache", NULL);
	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	debugfs_create_file("stats.json", 0444, dir, NULL, &stats_json_fops);
	debugfs_create_file("caches", 0444, dir, NULL, &caches_fops);
	debugfs_create_file("arenas", 0444, dir, NULL, &arenas_fops);
	debugfs_create_file("cpus", 0444, dir, NULL, &cpus_fops);
	debugfs_create_file("zombies", 0400, dir, NULL, &zombies_fops);
	debugfs_create_file("traces", 0400, dir, NULL, &traces_fops);
	debugfs_create_file("verify", 0400, dir, NULL, &verify_fops);
	debugfs_create_file("trim", 0200, dir, NULL, &trim_fops);
	ac_fault_init();
}

void ac_debugfs_exit(void)
{
	ac_fault_exit();
	debugfs_remove(dir);
}
