/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - files of a head and lines, each read when it is printed
 *
 * Owns the line that an open file prints next. Nothing else is kept, and no lock is
 * held between two lines, so each line is right at its own moment.
 */
#ifndef AC_WALK_H
#define AC_WALK_H

#include <linux/seq_file.h>

/**
 * struct ac_walk - such a file
 * @size: bytes of a line's figures
 * @read: reads the first line from @at on, and moves @at behind it; false if there is none
 * @show: prints a line, or the head if @figures is NULL
 */
struct ac_walk {
	size_t size;
	bool (*read)(void *figures, unsigned long *at);
	void (*show)(struct seq_file *m, const void *figures);
};

extern const struct file_operations ac_walk_fops;

#endif /* AC_WALK_H */
