/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - module parameters that are numbers
 *
 * A number may end with K, M or G; sysfs shows it in full. One out of range is refused,
 * and the log says what the range is.
 *
 * A description ends with "(unit; range; default)", and "; writable" if it is:
 * docs/parameters.md has these words, and scripts/lint docs compares them.
 */
#ifndef AC_PARAM_H
#define AC_PARAM_H

#include <linux/moduleparam.h>
#include <linux/types.h>

/**
 * struct ac_param - such a parameter
 * @value: the number
 * @max: the largest that it may be; the least is 0
 */
struct ac_param {
	unsigned long value;
	unsigned long max;
};

extern const struct kernel_param_ops ac_param_ops;

#define AC_PARAM(name, param, mode)	\
	module_param_cb(name, &ac_param_ops, &(param), mode)

#endif /* AC_PARAM_H */
