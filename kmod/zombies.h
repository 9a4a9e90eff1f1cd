/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what few blocks pin
 *
 * Owns nothing. A page is pinned by its live blocks; one of them is enough. Here
 * the pages of every cache and the pages of every arena are sorted by how much of
 * them is live, so that a person sees whether memory leaks (pages full of live
 * blocks) or is retained (many pages with few), and by which cache.
 *
 * Cached blocks count as dead, since trimming returns them. For that the machine
 * stands still while it is counted, as for verify.
 */
#ifndef AC_ZOMBIES_H
#define AC_ZOMBIES_H

struct seq_file;

int ac_zombies_show(struct seq_file *m);

#endif /* AC_ZOMBIES_H */
