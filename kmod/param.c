// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - module parameters that are numbers
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "kunit_export.h"
#include "param.h"

/* The power of two that a letter stands for, or 0. */
static unsigned int shift_of(char letter)
{
	switch (letter) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	default:
		return 0;
	}
}

/* Unlike memparse(), it takes nothing behind the letter and does not wrap around. */
static int parse(const struct ac_param *p, const char *text, size_t len,
		 unsigned long *n)
{
	unsigned int shift = len ? shift_of(text[len - 1]) : 0;
	char digits[32];
	int err;

	if (len >= sizeof(digits))
		return -ERANGE;
	strscpy(digits, text, len - !!shift + 1);
	err = kstrtoul(digits, 0, n);
	if (err)
		return err;
	if (*n > p->max >> shift)
		return -ERANGE;
	*n <<= shift;
	return 0;
}

static int set_param(const char *text, const struct kernel_param *kp)
{
	const size_t len = strcspn(text, "\n");
	struct ac_param *p = kp->arg;
	unsigned long n;
	int err;

	err = parse(p, text, len, &n);
	if (err) {
		pr_err("%s=%.*s is refused: it may be 0 to %lu, in K, M or G\n",
		       kp->name, (int)len, text, p->max);
		return err;
	}
	WRITE_ONCE(p->value, n);
	return 0;
}

static int get_param(char *buffer, const struct kernel_param *kp)
{
	const struct ac_param *p = kp->arg;

	return sprintf(buffer, "%lu\n", READ_ONCE(p->value));
}

const struct kernel_param_ops ac_param_ops = {
	.set = set_param,
	.get = get_param,
};
EXPORT_SYMBOL_IF_KUNIT(ac_param_ops);
