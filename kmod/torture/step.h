/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an actor does
 */
#ifndef _AC_TORTURE_STEP_H
#define _AC_TORTURE_STEP_H

#include <linux/types.h>

struct ac_torture_actor;
struct ac_torture_block;
struct ac_torture_kind;

void ac_torture_step(struct ac_torture_actor *a, gfp_t gfp);
void ac_torture_step_of_thread(struct ac_torture_actor *a);
void ac_torture_release(struct ac_torture_actor *a,
			struct ac_torture_kind *kind,
			struct ac_torture_block *b);

#endif /* _AC_TORTURE_STEP_H */
