/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - the files that debugfs.c makes
 *
 * Each is in the .c file of its name; docs/stats.md explains what they print.
 */
#ifndef AC_FILES_H
#define AC_FILES_H

#include "picture.h"
#include "walk.h"

extern const struct ac_picture ac_picture_stats;
extern const struct ac_picture ac_picture_json;
extern const struct ac_picture ac_picture_caches;
extern const struct ac_picture ac_picture_zombies;
extern const struct ac_picture ac_picture_traces;
extern const struct ac_picture ac_picture_verify;

extern const struct ac_walk ac_walk_arenas;
extern const struct ac_walk ac_walk_cpus;

extern const struct file_operations ac_trim_fops;

#endif /* AC_FILES_H */
