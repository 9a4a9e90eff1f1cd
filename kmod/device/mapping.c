// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - mappings of an open file
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "mapping.h"
#include "session.h"

static vm_fault_t mapping_fault(struct vm_fault *vmf)
{
	struct ac_session *s = vmf->vma->vm_file->private_data;

	mutex_lock(&s->lock);
	vmf->page = ac_window_page(&s->windows, vmf->pgoff);
	mutex_unlock(&s->lock);
	return vmf->page ? 0 : VM_FAULT_SIGBUS;
}

/* A split would open, and charge, a part that is charged already. */
static int refuse_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static void close_mapping(struct vm_area_struct *vma)
{
	struct ac_session *s = vma->vm_file->private_data;

	mutex_lock(&s->lock);
	ac_quota_uncharge(&s->quota, AC_MAPPED, vma->vm_end - vma->vm_start);
	mutex_unlock(&s->lock);
}

/* mremap() opens the new mapping before it closes the old one. */
static void open_moved(struct vm_area_struct *vma)
{
	struct ac_session *s = vma->vm_file->private_data;

	mutex_lock(&s->lock);
	ac_quota_force(&s->quota, AC_MAPPED, vma->vm_end - vma->vm_start);
	mutex_unlock(&s->lock);
}

static const struct vm_operations_struct mapping_ops = {
	.open = open_moved,
	.close = close_mapping,
	.may_split = refuse_split,
	.fault = mapping_fault,
};

/**
 * ac_mapping_create - what mmap() of the device does
 * @file: the open file
 * @vma: where it is to be mapped
 *
 * Context: process context, under mmap_lock; may sleep.
 * Return: 0, -EINVAL if it is not MAP_SHARED, -EACCES for PROT_EXEC, -EDQUOT or
 *	-ENOSPC.
 */
int ac_mapping_create(struct file *file, struct vm_area_struct *vma)
{
	struct ac_session *s = file->private_data;
	int err;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	mutex_lock(&s->lock);
	err = ac_quota_charge(&s->quota, AC_MAPPED,
			      vma->vm_end - vma->vm_start);
	mutex_unlock(&s->lock);
	if (err)
		return err;
	vm_flags_clear(vma, VM_MAYEXEC);
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTCOPY | VM_DONTDUMP);
	vma->vm_ops = &mapping_ops;
	return 0;
}
