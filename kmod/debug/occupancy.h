/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what few blocks pin
 *
 * Owns nothing. A page is pinned by its live blocks; one of them is enough. Here
 * the pages of every cache and the pages of every arena are sorted by how much of
 * them is live, so that a person sees whether memory leaks (pages full of live
 * blocks) or is retained (many pages with few), and by which cache.
 *
 * Cached blocks count as dead, since trimming returns them: they are flushed before
 * it is counted, one arena at a time. So it is exact once the callers rest; meanwhile
 * what moves is counted where it is met, and what was cached since counts as live.
 */
#ifndef AC_OCCUPANCY_H
#define AC_OCCUPANCY_H

struct ac_occupancy;
struct seq_file;

struct ac_occupancy *ac_occupancy_get(void);
void ac_occupancy_put(struct ac_occupancy *z);
unsigned int ac_occupancy_parts(const struct ac_occupancy *z);
void ac_occupancy_show(struct seq_file *m, const struct ac_occupancy *z,
		       unsigned int part);

#endif /* AC_OCCUPANCY_H */
