/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - files whose figures are read once and printed in parts
 *
 * Owns the figures of an open file. They are read when a reader starts at the file's
 * beginning and kept until it does so again, or closes the file: what is read in pieces
 * is of one reading. No lock is held meanwhile. If the buffer is too small for a part,
 * that part is printed again, and nothing is counted again.
 */
#ifndef AC_PICTURE_H
#define AC_PICTURE_H

#include <linux/seq_file.h>

/**
 * struct ac_picture - such a file
 * @get: reads the figures; NULL if there is no memory
 * @put: frees them
 * @parts: number of parts
 * @show: prints one
 */
struct ac_picture {
	void *(*get)(void);
	void (*put)(void *figures);
	unsigned int (*parts)(const void *figures);
	void (*show)(struct seq_file *m, const void *figures, unsigned int part);
};

extern const struct file_operations ac_picture_fops;

#endif /* AC_PICTURE_H */
