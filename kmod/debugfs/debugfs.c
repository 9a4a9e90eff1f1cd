// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what users see under /sys/kernel/debug/arena_cache
 */
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "../cache.h"
#include "../debug/debug.h"
#include "debugfs.h"
#include "../debug/fault.h"
#include "../raw.h"
#include "../snapshot.h"
#include "../stats.h"
#include "../debug/traces.h"
#include "../debug/verify.h"
#include "../debug/occupancy.h"

/*
 * Pictures: files whose figures are read when somebody reads from their start, and
 * printed in parts. No lock is held meanwhile, and a buffer that is too small for a
 * part has that part printed again, and nothing counted again.
 */

/**
 * struct picture - such a file
 * @get: reads the figures; NULL if there is no memory
 * @put: forgets them
 * @parts: number of parts
 * @show: prints one
 */
struct picture {
	void *(*get)(void);
	void (*put)(void *figures);
	unsigned int (*parts)(const void *figures);
	void (*show)(struct seq_file *m, const void *figures, unsigned int part);
};

/**
 * struct viewer - an open one
 * @picture: which
 * @figures: what was read
 * @part: what is printed next
 */
struct viewer {
	const struct picture *picture;
	void *figures;
	unsigned int part;
};

static void forget(struct viewer *v)
{
	if (v->figures)
		v->picture->put(v->figures);
	v->figures = NULL;
}

static struct viewer *seek_part(struct viewer *v, loff_t part)
{
	v->part = part;
	return part < v->picture->parts(v->figures) ? v : NULL;
}

static void *picture_start(struct seq_file *m, loff_t *pos)
{
	struct viewer *v = m->private;

	if (!*pos) {
		forget(v);
		v->figures = v->picture->get();
	}
	return v->figures ? seek_part(v, *pos) : ERR_PTR(-ENOMEM);
}

static void *picture_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seek_part(v, ++*pos);
}

static void picture_stop(struct seq_file *m, void *v)
{
}

static int picture_show(struct seq_file *m, void *p)
{
	const struct viewer *v = p;

	v->picture->show(m, v->figures, v->part);
	return 0;
}

static const struct seq_operations picture_seq = {
	.start = picture_start,
	.next = picture_next,
	.stop = picture_stop,
	.show = picture_show,
};

static int picture_open(struct inode *inode, struct file *file)
{
	struct viewer *v = __seq_open_private(file, &picture_seq, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v->picture = inode->i_private;
	return 0;
}

static int picture_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	forget(m->private);
	return seq_release_private(inode, file);
}

static const struct file_operations picture_fops = {
	.owner = THIS_MODULE,
	.open = picture_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = picture_release,
};

/* Snapshots are shown as a head, a part for each cache, and a tail. */

static void *get_snapshot(void)
{
	return ac_snapshot_get();
}

static void put_snapshot(void *s)
{
	ac_snapshot_put(s);
}

static unsigned int parts_of_snapshot(const void *figures)
{
	const struct ac_snapshot *s = figures;

	return s->nr_rows + 2;
}

/* The row that is @part of @s, or NULL for its head and its tail. */
static const struct ac_row *row_of(const struct ac_snapshot *s,
				   unsigned int part)
{
	return part && part <= s->nr_rows ? &s->row[part - 1] : NULL;
}

/* stats: the report of CPython's sys._debugmallocstats() */

static void print_line(struct seq_file *m, const char *label, u64 value)
{
	seq_printf(m, "%-35s= %15llu\n", label, value);
}

static void print_rule(struct seq_file *m)
{
	seq_printf(m, "%-35s  ---------------\n", "");
}

static void print_head(struct seq_file *m)
{
	seq_printf(m, "Small block threshold = %d, in %d size classes.\n\n",
		   ARENA_CACHE_MAX_BLOCK, ARENA_CACHE_CLASSES);
	seq_puts(m, "class   size   num pools   blocks in use   cached blocks   avail blocks   cache\n");
	seq_puts(m, "-----   ----   ---------   -------------   -------------   ------------   -----\n");
}

static void print_row(struct seq_file *m, const struct ac_row *row)
{
	if (!row->pools)
		return;
	if (row->class >= 0)
		seq_printf(m, "%5d ", row->class);
	else
		seq_puts(m, "    - ");
	seq_printf(m, "%6u %11llu %15llu %15llu %14llu   %s\n",
		   row->block_size, row->pools, row->live,
		   row->in_cpus + row->in_depots + row->quarantined, row->avail,
		   row->name);
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
	print_line(m, "# bytes in quarantine", b->quarantined);
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
	print_line(m, "Total", b->live + b->in_cpus + b->in_depots + b->quarantined +
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
	{ AC_STAT_DEPOT_BUSY, "# tries that met a busy depot" },
	{ AC_STAT_RECALL, "# CPUs asked for their magazines" },
	{ AC_STAT_POOL_LOCK, "# times a pool lock was taken" },
	{ AC_STAT_BAD_FOREIGN, "# bad frees: foreign memory" },
	{ AC_STAT_BAD_CACHE, "# bad frees: wrong cache" },
	{ AC_STAT_BAD_INTERIOR, "# bad frees: inside a block" },
	{ AC_STAT_BAD_DOUBLE, "# bad frees: free already" },
	{ AC_STAT_BAD_OVERRUN, "# bad writes: past the end" },
	{ AC_STAT_BAD_UNDERRUN, "# bad writes: before the start" },
	{ AC_STAT_BAD_STALE, "# bad writes: after the free" },
	{ AC_STAT_BAD_TRACK, "# bad writes: on a record" },
	{ AC_STAT_BAD_PAGE, "# bad puts: pages that were lost" },
};

static void print_events(struct seq_file *m)
{
	unsigned int i;

	seq_putc(m, '\n');
	for (i = 0; i < ARRAY_SIZE(events); i++)
		print_line(m, events[i].label, ac_stat_read(events[i].stat));
}

static void show_stats(struct seq_file *m, const void *figures,
		       unsigned int part)
{
	const struct ac_snapshot *s = figures;
	const struct ac_row *row = row_of(s, part);

	if (row) {
		print_row(m, row);
	} else if (!part) {
		print_head(m);
	} else {
		print_arenas(m, s);
		print_bytes(m, s);
		print_events(m);
	}
}

static const struct picture stats = {
	.get = get_snapshot,
	.put = put_snapshot,
	.parts = parts_of_snapshot,
	.show = show_stats,
};

/* stats.json: the same for machines */

static void print_json_row(struct seq_file *m, const struct ac_row *row,
			   bool first)
{
	seq_printf(m, "%s\n  {\"name\": \"", first ? "" : ",");
	seq_escape(m, row->name, "\"\\\n");
	seq_printf(m, "\", \"size\": %u, \"block_size\": %u, \"pools\": %llu, \"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"available\": %llu, \"outside\": %lld}",
		   row->size, row->block_size, row->pools, row->live,
		   row->in_cpus, row->in_depots, row->quarantined, row->avail,
		   row->outside);
}

static void print_json_bytes(struct seq_file *m, const struct ac_bytes *b)
{
	seq_printf(m, " \"bytes\": {\"live\": %llu, \"in_magazines\": %llu, \"in_depots\": %llu, \"quarantine\": %llu, \"available\": %llu, \"unused_pools\": %llu, \"given_back\": %llu, \"pool_bitmaps\": %llu, \"quantization\": %llu, \"total\": %llu},\n",
		   b->live, b->in_cpus, b->in_depots, b->quarantined, b->avail,
		   b->unused, b->gone, b->maps, b->tails, b->total);
}

static void print_json_head(struct seq_file *m, const struct ac_snapshot *s)
{
	unsigned int i;

	seq_printf(m, "{\n \"arena_size\": %lu, \"pool_size\": %lu,\n \"arenas\": %llu, \"arenas_empty\": %llu, \"arenas_highwater\": %llu, \"free_pools\": %llu, \"given_back_pools\": %llu, \"trimmable_pools\": %llu,\n",
		   AC_ARENA_SIZE, AC_POOL_SIZE, s->arenas, s->empty,
		   s->highwater, s->free_pools, s->gone_pools,
		   s->spare_pools);
	print_json_bytes(m, &s->bytes);
	seq_puts(m, " \"events\": {");
	for (i = 0; i < AC_NR_STATS; i++)
		seq_printf(m, "%s\"%s\": %lu", i ? ", " : "", ac_stat_name(i),
			   ac_stat_read(i));
	seq_puts(m, "},\n \"caches\": [");
}

static void show_stats_json(struct seq_file *m, const void *figures,
			    unsigned int part)
{
	const struct ac_snapshot *s = figures;
	const struct ac_row *row = row_of(s, part);

	if (row)
		print_json_row(m, row, row == s->row);
	else if (!part)
		print_json_head(m, s);
	else
		seq_puts(m, "\n ]\n}\n");
}

static const struct picture stats_json = {
	.get = get_snapshot,
	.put = put_snapshot,
	.parts = parts_of_snapshot,
	.show = show_stats_json,
};

/* caches: one line each */

static void show_cache(struct seq_file *m, const void *figures,
		       unsigned int part)
{
	const struct ac_row *row = row_of(figures, part);
	char letters[AC_DEBUG_LETTERS];

	if (!part)
		seq_puts(m, "# name                  live     blocks   size  block  per_pool    pools : rounds in_cpus in_depots : outside flags\n");
	if (!row)
		return;
	ac_debug_letters(row->debug, letters);
	seq_printf(m, "%-18s %10llu %10llu %6u %6u %9u %8llu : %6u %7llu %9llu : %7lld %s%s%s%s%s\n",
		   row->name, row->live, row->pools * row->capacity, row->size,
		   row->block_size, row->capacity, row->pools, row->rounds,
		   row->in_cpus, row->in_depots, row->outside,
		   row->ctor ? "ctor " : "", row->large ? "large " : "",
		   row->defunct ? "defunct " : "", row->debug ? "debug=" : "",
		   row->debug ? letters : "");
}

static const struct picture caches = {
	.get = get_snapshot,
	.put = put_snapshot,
	.parts = parts_of_snapshot,
	.show = show_cache,
};

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
	used = c->capacity - min_t(unsigned int, ac_peek(pool->nr_free),
				   c->capacity);
	if (used == c->capacity) {
		view->full++;
		return '#';
	}
	view->partial++;
	return '0' + clamp(DIV_ROUND_UP(used * 10, c->capacity), 1U, 9U);
}

static void view_arena(struct ac_arena *arena, void *arg)
{
	struct arena_view *view = arg;
	unsigned int slot;

	*view = (struct arena_view){ .id = arena->id, .node = arena->node };
	for (slot = 0; slot < AC_POOLS; slot++)
		view->map[slot] = view_pool(view, arena, slot);
}

/* Position 0 is the head's, the next ones those of the arena map. */
static void *arenas_start(struct seq_file *m, loff_t *pos)
{
	unsigned long at = *pos - 1;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (!ac_arena_visit_next(&at, view_arena, m->private))
		return NULL;
	*pos = at;
	return m->private;
}

static void *arenas_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return arenas_start(m, pos);
}

static int arenas_show(struct seq_file *m, void *v)
{
	const struct arena_view *view = v;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, "# arena node full part empty gone map\n");
	else
		seq_printf(m, "%7llu %4d %4u %4u %5u %4u %s\n", view->id,
			   view->node, view->full, view->partial, view->empty,
			   view->gone, view->map);
	return 0;
}

static const struct seq_operations arenas_seq = {
	.start = arenas_start,
	.next = arenas_next,
	.stop = picture_stop,
	.show = arenas_show,
};

static int arenas_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &arenas_seq, sizeof(struct arena_view));
}

static const struct file_operations arenas_fops = {
	.owner = THIS_MODULE,
	.open = arenas_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/* cpus: the magazines of each CPU, all caches together */

struct cpu_view {
	int cpu;
	u64 rounds;
	struct arena_cache_cpu sum;
};

static void add_cache(struct arena_cache *c, void *arg)
{
	struct cpu_view *view = arg;
	struct arena_cache_cpu *sum = &view->sum;
	const struct arena_cache_cpu *cpu;

	if (!ac_cpus_are_open(c))
		return;
	cpu = per_cpu_ptr(c->cpu, view->cpu);
	view->rounds += ac_magazine_rounds(c, ac_peek(cpu->top)) +
			ac_magazine_rounds(c, ac_peek(cpu->prev));
	sum->seq += ac_peek(cpu->seq) / 2;
	sum->misses += ac_peek(cpu->misses);
	sum->swaps += ac_peek(cpu->swaps);
	sum->gets += ac_peek(cpu->gets);
	sum->puts += ac_peek(cpu->puts);
	sum->refills += ac_peek(cpu->refills);
	sum->flushes += ac_peek(cpu->flushes);
}

/* Position 0 is the head's, the next ones those of the CPUs. */
static void *cpus_start(struct seq_file *m, loff_t *pos)
{
	struct cpu_view *view = m->private;

	if (!*pos)
		return SEQ_START_TOKEN;
	*pos = cpumask_next(*pos - 2, cpu_possible_mask) + 1;
	if (*pos > nr_cpu_ids)
		return NULL;
	*view = (struct cpu_view){ .cpu = *pos - 1 };
	ac_pool_visit_caches(add_cache, view);
	return view;
}

static void *cpus_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return cpus_start(m, pos);
}

static int cpus_show(struct seq_file *m, void *v)
{
	const struct cpu_view *view = v;
	const struct arena_cache_cpu *sum = &view->sum;

	if (v == SEQ_START_TOKEN)
		seq_puts(m, "# cpu   cached         hits     misses      swaps       gets       puts    refills    flushes\n");
	else
		/* A miss enters twice: in the inline path and out of line. */
		seq_printf(m, "%5d %8llu %12lu %10lu %10u %10u %10u %10u %10u\n",
			   view->cpu, view->rounds,
			   sum->seq - min(sum->seq, 2 * sum->misses),
			   sum->misses, sum->swaps, sum->gets, sum->puts,
			   sum->refills, sum->flushes);
	return 0;
}

static const struct seq_operations cpus_seq = {
	.start = cpus_start,
	.next = cpus_next,
	.stop = picture_stop,
	.show = cpus_show,
};

static int cpus_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &cpus_seq, sizeof(struct cpu_view));
}

static const struct file_operations cpus_fops = {
	.owner = THIS_MODULE,
	.open = cpus_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

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

static void *get_occupancy(void)
{
	return ac_occupancy_get();
}

static void put_occupancy(void *z)
{
	ac_occupancy_put(z);
}

static unsigned int parts_of_occupancy(const void *z)
{
	return ac_occupancy_parts(z);
}

static void show_occupancy(struct seq_file *m, const void *z, unsigned int part)
{
	ac_occupancy_show(m, z, part);
}

static const struct picture zombies = {
	.get = get_occupancy,
	.put = put_occupancy,
	.parts = parts_of_occupancy,
	.show = show_occupancy,
};

static void *get_traces(void)
{
	return ac_traces_get();
}

static void put_traces(void *t)
{
	ac_traces_put(t);
}

static unsigned int parts_of_traces(const void *t)
{
	return ac_traces_parts(t);
}

static void show_traces(struct seq_file *m, const void *t, unsigned int part)
{
	ac_traces_show(m, t, part);
}

static const struct picture traces = {
	.get = get_traces,
	.put = put_traces,
	.parts = parts_of_traces,
	.show = show_traces,
};

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

static void create_picture(const char *name, umode_t mode,
			   const struct picture *picture)
{
	debugfs_create_file(name, mode, dir, (void *)picture, &picture_fops);
}

void ac_debugfs_init(void)
{
	dir = debugfs_create_dir("arena_cache", NULL);
	create_picture("stats", 0444, &stats);
	create_picture("stats.json", 0444, &stats_json);
	create_picture("caches", 0444, &caches);
	debugfs_create_file("arenas", 0444, dir, NULL, &arenas_fops);
	debugfs_create_file("cpus", 0444, dir, NULL, &cpus_fops);
	create_picture("zombies", 0400, &zombies);
	create_picture("traces", 0400, &traces);
	debugfs_create_file("verify", 0400, dir, NULL, &verify_fops);
	debugfs_create_file("trim", 0200, dir, NULL, &trim_fops);
	ac_fault_init();
}

void ac_debugfs_exit(void)
{
	ac_fault_exit();
	debugfs_remove(dir);
}
