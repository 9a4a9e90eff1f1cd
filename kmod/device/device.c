// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - /dev/arena_cache
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/arena_cache.h>

#include "batch.h"
#include "call_blocks.h"
#include "call_bytes.h"
#include "call_caches.h"
#include "call_heap.h"
#include "device.h"
#include "mapping.h"
#include "session.h"

/* Arguments that fit the stack; run_large_op() allocates those of STATS. */
union device_args {
	struct {
		u32 size;
		u32 flags;
	};
	struct arena_cache_info_args info;
	struct arena_cache_create_args create;
	struct arena_cache_destroy_args destroy;
	struct arena_cache_alloc_args alloc;
	struct arena_cache_free_args free;
	struct arena_cache_realloc_args realloc;
	struct arena_cache_query_args query;
	struct arena_cache_copy_args copy;
	struct arena_cache_fill_args fill;
	struct arena_cache_trim_args trim;
	struct arena_cache_verify_args verify;
};

/**
 * struct device_op - an operation
 * @run: does it
 * @size: size of its arguments
 * @first_size: their size when the operation was new; they may grow at their end
 * @flags: flags that it knows
 */
struct device_op {
	int (*run)(struct ac_session *s, void *args);
	u32 size;
	u32 first_size;
	u32 flags;
};

#define OP(name, call, args, first_size, flags)				\
	[_IOC_NR(ARENA_CACHE_IOC_##name)] = {				\
		call, sizeof(struct args), first_size, flags }

static const struct device_op ops[] = {
	OP(INFO, ac_call_info, arena_cache_info_args, 80, 0),
	OP(CACHE_CREATE, ac_call_cache_create, arena_cache_create_args, 24,
	   ARENA_CACHE_CREATE_SHARED),
	OP(CACHE_DESTROY, ac_call_cache_destroy, arena_cache_destroy_args, 16, 0),
	OP(ALLOC, ac_call_alloc, arena_cache_alloc_args, 40, ARENA_CACHE_IN_MASK),
	OP(FREE, ac_call_free, arena_cache_free_args, 32, ARENA_CACHE_IN_MASK),
	OP(REALLOC, ac_call_realloc, arena_cache_realloc_args, 16, 0),
	OP(QUERY, ac_call_query, arena_cache_query_args, 56, 0),
	OP(READ, ac_call_read, arena_cache_copy_args, 32, 0),
	OP(WRITE, ac_call_write, arena_cache_copy_args, 32, 0),
	OP(FILL, ac_call_fill, arena_cache_fill_args, 32, 0),
	OP(CHECK, ac_call_check, arena_cache_fill_args, 32, 0),
	OP(STATS, ac_call_stats, arena_cache_stats_args, 384, 0),
	OP(TRIM, ac_call_trim, arena_cache_trim_args, 16, 0),
	OP(VERIFY, ac_call_verify, arena_cache_verify_args, 32, 0),
};

static int get_args(const struct device_op *op, union device_args *args,
		    void __user *from)
{
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)from))
		return -EFAULT;
	if (size < op->first_size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(args, op->size, from, size);
	if (err)
		return err;
	/* Another thread may have changed the size in user memory meanwhile. */
	args->size = size;
	return args->flags & ~op->flags ? -EINVAL : 0;
}

static long run_op(const struct device_op *op, struct ac_session *s,
		   union device_args *args, void __user *user)
{
	int err;

	err = get_args(op, args, user);
	if (err)
		return err;
	err = op->run(s, args);
	return copy_to_user(user, args, min(args->size, op->size)) ? -EFAULT :
								     err;
}

static noinline long run_large_op(const struct device_op *op,
				  struct ac_session *s, void __user *user)
{
	void *args = kmalloc(op->size, GFP_KERNEL);
	long err;

	if (!args)
		return -ENOMEM;
	err = run_op(op, s, args, user);
	kfree(args);
	return err;
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	unsigned int nr = _IOC_NR(cmd);
	void __user *user = (void __user *)arg;
	const struct device_op *op;
	union device_args args;

	if (nr >= ARRAY_SIZE(ops) || cmd != _IO(ARENA_CACHE_IOC_MAGIC, nr))
		return -ENOTTY;
	op = &ops[array_index_nospec(nr, ARRAY_SIZE(ops))];
	if (op->size > sizeof(args))
		return run_large_op(op, file->private_data, user);
	return run_op(op, file->private_data, &args, user);
}

static int device_open(struct inode *inode, struct file *file)
{
	struct ac_session *s = ac_session_create();

	if (IS_ERR(s))
		return PTR_ERR(s);
	file->private_data = s;
	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	ac_batch_free_all(file->private_data);
	ac_session_destroy(file->private_data);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = ac_mapping_create,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "arena_cache",
	.mode = 0600,
	.fops = &device_fops,
};

/**
 * ac_device_init - register the device
 *
 * Return: 0 or a negative errno.
 */
int ac_device_init(void)
{
	return misc_register(&device);
}

void ac_device_exit(void)
{
	misc_deregister(&device);
}
