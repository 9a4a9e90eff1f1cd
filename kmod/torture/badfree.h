/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frees of what is no block
 */
#ifndef _AC_TORTURE_BADFREE_H
#define _AC_TORTURE_BADFREE_H

struct ac_torture_actor;

int ac_torture_badfree_create(void);
void ac_torture_badfree_destroy(void);
void ac_torture_know(struct ac_torture_actor *a, void *p);
void ac_torture_free_badly(struct ac_torture_actor *a);
void ac_torture_move_tides(struct ac_torture_actor *a);

#endif /* _AC_TORTURE_BADFREE_H */
