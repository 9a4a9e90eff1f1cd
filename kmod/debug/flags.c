// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - which bugs of its users a cache looks for
 */
#include <linux/errno.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include "flags.h"

static const char letters[] = "FZPUQ";
static unsigned int default_flags;

static int refuse(const char *value)
{
	pr_err("debug= has no letter %c: the letters are F frees, Z red zones, P poison, U users, Q quarantine, and - for none\n",
	       *value);
	return -EINVAL;
}

static int set_default(const char *value, const struct kernel_param *kp)
{
	unsigned int flags = 0;
	const char *letter;

	for (; *value && *value != '\n'; value++) {
		letter = strchr(letters, *value);
		if (letter)
			flags |= BIT(letter - letters);
		else if (*value != '-')
			return refuse(value);
	}
	WRITE_ONCE(default_flags, flags);
	return 0;
}

static int get_default(char *buffer, const struct kernel_param *kp)
{
	ac_debug_letters(READ_ONCE(default_flags), buffer);
	strcat(buffer, "\n");
	return strlen(buffer);
}

static const struct kernel_param_ops debug_ops = {
	.set = set_default,
	.get = get_default,
};
module_param_cb(debug, &debug_ops, NULL, 0644);
MODULE_PARM_DESC(debug, "bugs of users that caches made from now on look for: F frees, Z red zones, P poison, U users, Q quarantine (letters; FZPUQ or -; -; writable)");

/* What debug= says at this moment. */
unsigned int ac_debug_default(void)
{
	return READ_ONCE(default_flags);
}

/* Writes the letters of @flags, at most AC_DEBUG_LETTERS bytes with the NUL. */
void ac_debug_letters(unsigned int flags, char *to)
{
	unsigned int i;

	for (i = 0; letters[i]; i++)
		if (flags & BIT(i))
			*to++ = letters[i];
	if (!flags)
		*to++ = '-';
	*to = '\0';
}
