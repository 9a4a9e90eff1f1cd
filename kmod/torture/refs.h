/* SPDX-License-Identifier: GPL-2.0 */
/*
 * References to the pages of blocks
 */
#ifndef _AC_TORTURE_REFS_H
#define _AC_TORTURE_REFS_H

#include <linux/types.h>

struct ac_torture_actor;
struct page;

void ac_torture_refer(struct ac_torture_actor *a, const void *p, u16 owner);
void ac_torture_drop_reference(struct ac_torture_actor *a);
void ac_torture_check_pages(const struct page *page, unsigned int nr);
void ac_torture_take_pages(struct ac_torture_actor *a);
void ac_torture_drop_references(void);
unsigned long ac_torture_references(void);

#endif /* _AC_TORTURE_REFS_H */
