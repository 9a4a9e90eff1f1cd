/* SPDX-License-Identifier: GPL-2.0 */
/* Memory accesses that may fail. */
#ifndef TOUCH_H
#define TOUCH_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static __thread sigjmp_buf before_fault;

static void return_before_fault(int signal)
{
	siglongjmp(before_fault, signal);
}

/* From now on SIGBUS and SIGSEGV return to the last sigsetjmp() of the thread. */
static void catch_faults(void)
{
	struct sigaction action = { .sa_handler = return_before_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* The signal that touching @p brings, or 0; after catch_faults(). */
static inline int touch(volatile char *p, bool write)
{
	int signal = sigsetjmp(before_fault, 1);

	if (signal)
		return signal;
	if (write)
		*p = 1;
	else
		(void)*p;
	return 0;
}

#endif /* TOUCH_H */
