/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must not be
 */
#ifndef _AC_TORTURE_FAULTS_H
#define _AC_TORTURE_FAULTS_H

enum ac_torture_fault {
	AC_TORTURE_BYTES,	/* a block is not as it must be */
	AC_TORTURE_ALIGN,	/* nor is its address */
	AC_TORTURE_REFERENCE,	/* nor a page's count of references */
	AC_TORTURE_OWNER,	/* a page is not whose it must be */
	AC_TORTURE_NR_FAULTS,
};

void ac_torture_error(enum ac_torture_fault fault, const char *what,
		      const void *p);
unsigned long ac_torture_errors(enum ac_torture_fault fault);

#endif /* _AC_TORTURE_FAULTS_H */
