// SPDX-License-Identifier: GPL-2.0
/*
 * What must not be, counted
 */
#include <linux/atomic.h>
#include <linux/printk.h>

#include "faults.h"

static atomic_long_t errors[AC_TORTURE_NR_FAULTS];

/* Prints the first few. */
void ac_torture_error(enum ac_torture_fault fault, const char *what,
		      const void *p)
{
	atomic_long_inc(&errors[fault]);
	pr_err_ratelimited("ERROR: %s: %p\n", what, p);
}

/* How many there were so far. */
unsigned long ac_torture_errors(enum ac_torture_fault fault)
{
	return atomic_long_read(&errors[fault]);
}
