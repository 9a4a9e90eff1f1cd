/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Caches that come and go
 */
#ifndef _AC_TORTURE_CACHES_H
#define _AC_TORTURE_CACHES_H

struct ac_torture_actor;

void ac_torture_use_new_cache(struct ac_torture_actor *a);
void ac_torture_wait_for_pending(void);
unsigned long ac_torture_pending(void);

#endif /* _AC_TORTURE_CACHES_H */
