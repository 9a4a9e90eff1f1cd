/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - mappings of an open file
 *
 * Owns nothing: the windows say which page is at an offset, the quota counts the
 * bytes of mappings. A page fault has mmap_lock, and takes the session's lock.
 */
#ifndef AC_MAPPING_H
#define AC_MAPPING_H

struct file;
struct vm_area_struct;

int ac_mapping_create(struct file *file, struct vm_area_struct *vma);

#endif /* AC_MAPPING_H */
