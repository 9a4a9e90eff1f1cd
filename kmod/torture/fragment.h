/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory in small pieces
 */
#ifndef _AC_TORTURE_FRAGMENT_H
#define _AC_TORTURE_FRAGMENT_H

struct dentry;

void ac_torture_fragment_create(struct dentry *parent);
void ac_torture_fragment_destroy(void);

#endif /* _AC_TORTURE_FRAGMENT_H */
