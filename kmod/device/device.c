// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - /dev/arena_cache
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/arena_cache.h>

#include "../alloc.h"
#include "../arena.h"
#include "../cache.h"
#include "device.h"
#include "../pool.h"
#include "session.h"
#include "../snapshot.h"
#include "../stats.h"
#include "../debug/verify.h"

/* Bytes copied between user space and a block in one go, by way of the stack. */
#define AC_COPY_RUN	256U

static_assert(ARENA_CACHE_IN_SOFTIRQ == AC_CONTEXT_SOFTIRQ);
static_assert(ARENA_CACHE_IN_HARDIRQ == AC_CONTEXT_HARDIRQ);
static_assert(AC_NR_STATS <= ARENA_CACHE_EVENTS);

static int device_info(struct ac_session *s, void *args)
{
	struct arena_cache_info_args *a = args;

	*a = (struct arena_cache_info_args){
		.size = a->size,
		.version = ARENA_CACHE_ABI_VERSION,
		.arena_size = AC_ARENA_SIZE,
		.pool_size = AC_POOL_SIZE,
		.classes = ARENA_CACHE_CLASSES,
		.class_step = ARENA_CACHE_STEP,
		.max_bytes = AC_SESSION_MAX,
		.file_blocks = ac_quota_file_limit(AC_BLOCKS),
		.file_caches = ac_quota_file_limit(AC_CACHES),
		.file_bytes = ac_quota_file_limit(AC_BYTES),
		.all_blocks = min_t(u64, ac_quota_limit(AC_BLOCKS), U32_MAX),
		.all_caches = min_t(u64, ac_quota_limit(AC_CACHES), U32_MAX),
		.all_bytes = ac_quota_limit(AC_BYTES),
		.file_map_bytes = ac_quota_file_limit(AC_MAPPED),
		.all_map_bytes = ac_quota_limit(AC_MAPPED),
	};
	return 0;
}

static int device_cache_create(struct ac_session *s, void *args)
{
	struct arena_cache_create_args *a = args;
	bool shared = a->flags & ARENA_CACHE_CREATE_SHARED;

	if (a->reserved || !a->bytes ||
	    a->bytes > (shared ? ARENA_CACHE_MAX_BLOCK : AC_SESSION_MAX) ||
	    (a->align && !is_power_of_2(a->align)) || a->align > PAGE_SIZE)
		return -EINVAL;
	/* Of these none would be in an arena. */
	if (shared && a->align > ARENA_CACHE_MAX_BLOCK)
		return -EINVAL;
	return ac_session_cache_create(s, a->bytes, a->align, shared,
				       &a->cache);
}

static int device_cache_destroy(struct ac_session *s, void *args)
{
	struct arena_cache_destroy_args *a = args;

	return a->reserved ? -EINVAL : ac_session_cache_destroy(s, a->cache);
}

/* ALLOC and FREE */

/* Handles of a batch to user space: to the array, or the only one to @only. */
static int put_handles(u64 array, u32 first, const u32 *handle, u32 nr,
		       u32 *only)
{
	u32 __user *to = u64_to_user_ptr(array);

	if (!array) {
		*only = *handle;
		return 0;
	}
	return copy_to_user(to + first, handle, nr * sizeof(*to)) ? -EFAULT : 0;
}

static int get_handles(u64 array, u32 first, u32 *handle, u32 nr, u32 only)
{
	u32 __user *from = u64_to_user_ptr(array);

	if (!array) {
		*handle = only;
		return 0;
	}
	return copy_from_user(handle, from + first, nr * sizeof(*from)) ?
	       -EFAULT : 0;
}

/* Before another batch of a long call. */
static int take_breath(void)
{
	cond_resched();
	return signal_pending(current) ? -EINTR : 0;
}

/* Not in the frame of who needs one: kernels zero what they have on the stack. */
static noinline int with_many(struct ac_session *s, void *args,
			      int (*fn)(void *args, struct ac_batch *b))
{
	u32 handle[AC_BATCH];
	void *block[AC_BATCH];
	struct ac_batch b = {
		.session = s,
		.max = AC_BATCH,
		.handle = handle,
		.block = block,
	};

	return fn(args, &b);
}

static __always_inline int with_one(struct ac_session *s, void *args,
				    int (*fn)(void *args, struct ac_batch *b))
{
	u32 handle;
	void *block;
	struct ac_batch b = {
		.session = s,
		.max = 1,
		.handle = &handle,
		.block = &block,
	};

	return fn(args, &b);
}

static int alloc_some(struct arena_cache_alloc_args *a, struct ac_batch *b)
{
	int err, undelivered;

	err = ac_session_alloc(b, min(a->count - a->done, b->max));
	if (!b->got)
		return err;
	undelivered = put_handles(a->handles, a->done, b->handle, b->got,
				  &a->handle);
	if (undelivered)
		err = undelivered;
	else
		a->done += b->got;
	ac_session_publish(b, undelivered ? 0 : b->got);
	return err;
}

static bool alloc_is_bad(const struct arena_cache_alloc_args *a)
{
	return a->reserved || !a->count || (a->cache && a->bytes) ||
	       (!a->cache && (!a->bytes || a->bytes > AC_SESSION_MAX));
}

static int alloc_all(void *args, struct ac_batch *b)
{
	struct arena_cache_alloc_args *a = args;
	int err;

	b->context = a->flags & ARENA_CACHE_IN_MASK;
	b->cache_nr = a->cache;
	do {
		b->bytes = a->bytes;
		err = alloc_some(a, b);
		if (!err && a->done < a->count)
			err = take_breath();
	} while (!err && a->done < a->count);
	return err;
}

static int device_alloc(struct ac_session *s, void *args)
{
	struct arena_cache_alloc_args *a = args;

	a->done = 0;
	if (alloc_is_bad(a))
		return -EINVAL;
	if (!a->handles && a->count > 1)
		return -EFAULT;
	return a->count > 1 ? with_many(s, a, alloc_all) : with_one(s, a, alloc_all);
}

static int free_some(struct arena_cache_free_args *a, struct ac_batch *b)
{
	u32 n = min(a->count - a->done, b->max);
	int err;

	err = get_handles(a->handles, a->done, b->handle, n, a->handle);
	if (err)
		return err;
	err = ac_session_free(b, n);
	if (err < 0)
		return err;
	a->done += err;
	return 0;
}

static int free_all(void *args, struct ac_batch *b)
{
	struct arena_cache_free_args *a = args;
	int err;

	b->context = a->flags & ARENA_CACHE_IN_MASK;
	do {
		err = free_some(a, b);
		if (!err && a->done < a->count)
			err = take_breath();
	} while (!err && a->done < a->count);
	return err;
}

static int device_free(struct ac_session *s, void *args)
{
	struct arena_cache_free_args *a = args;

	a->done = 0;
	if (a->reserved || !a->count)
		return -EINVAL;
	if (!a->handles && a->count > 1)
		return -EFAULT;
	return a->count > 1 ? with_many(s, a, free_all) : with_one(s, a, free_all);
}

static int device_realloc(struct ac_session *s, void *args)
{
	struct arena_cache_realloc_args *a = args;

	if (!a->bytes || a->bytes > AC_SESSION_MAX)
		return -EINVAL;
	return ac_session_realloc(s, a->handle, a->bytes);
}

/* QUERY */

static void query_place(struct arena_cache_query_args *a, const void *p)
{
	struct ac_arena *arena;
	struct arena_cache *c;

	rcu_read_lock();
	arena = ac_arena_of(p);
	if (arena) {
		c = ac_owner_of_pool(ac_arena_pool_at(arena, p));
		a->kind = ARENA_CACHE_KIND_ARENA;
		a->arena = arena->id;
		a->pool = ac_arena_slot(p);
		a->block = ac_class_index(c, p);
		if (c->by_size)
			a->class = ac_class_of(c->size);
	}
	rcu_read_unlock();
}

static void query_handle(struct ac_session *s, const struct ac_handle *h,
			 struct arena_cache_query_args *a)
{
	const struct arena_cache *c;

	*a = (struct arena_cache_query_args){
		.size = a->size,
		.handle = a->handle,
		.kind = ARENA_CACHE_KIND_RAW,
		.cache = h->cache,
		.bytes = h->bytes,
		.usable = h->bytes,
		.class = ARENA_CACHE_NONE,
		.pool = ARENA_CACHE_NONE,
		.block = ARENA_CACHE_NONE,
		.offset = ARENA_CACHE_NO_OFFSET,
	};
	query_place(a, h->block);
	if (!h->cache) {
		a->usable = ac_alloc_room(h->block);
		return;
	}
	c = s->cache[h->cache - 1].cache;
	if (c->shared)
		a->offset = ac_window_offset(&s->windows, h->block);
}

static int device_query(struct ac_session *s, void *args)
{
	struct arena_cache_query_args *a = args;
	struct ac_handle *h;

	mutex_lock(&s->lock);
	h = ac_handle_find(&s->handles, a->handle);
	if (h)
		query_handle(s, h, a);
	mutex_unlock(&s->lock);
	return h ? 0 : -ENOENT;
}

/* READ, WRITE, FILL and CHECK */

/*
 * The bytes of a block, or an ERR_PTR(). The session is locked. User memory is
 * never touched meanwhile: a fault would want the lock.
 */
static u8 *find_bytes(struct ac_session *s, u32 handle, u32 offset, u32 length)
{
	struct ac_handle *h;

	lockdep_assert_held(&s->lock);
	h = ac_handle_find(&s->handles, handle);
	if (!h)
		return ERR_PTR(-ENOENT);
	if (offset > h->bytes || length > h->bytes - offset)
		return ERR_PTR(-ERANGE);
	return (u8 *)h->block + offset;
}

/* Copies between @run and what is left of the block, which shows all of it there. */
static int copy_run(struct ac_session *s, struct arena_cache_copy_args *a,
		    u8 *run, u32 n, bool write)
{
	u8 *p;

	mutex_lock(&s->lock);
	p = find_bytes(s, a->handle, a->offset, a->length);
	if (!IS_ERR(p))
		memcpy(write ? p + a->done : run, write ? run : p + a->done, n);
	mutex_unlock(&s->lock);
	return PTR_ERR_OR_ZERO(p);
}

static int read_some(struct ac_session *s, struct arena_cache_copy_args *a)
{
	u32 n = min(a->length - a->done, AC_COPY_RUN);
	u8 run[AC_COPY_RUN];
	int err;

	err = copy_run(s, a, run, n, false);
	if (err)
		return err;
	if (copy_to_user(u64_to_user_ptr(a->buffer) + a->done, run, n))
		return -EFAULT;
	a->done += n;
	return 0;
}

static int write_some(struct ac_session *s, struct arena_cache_copy_args *a)
{
	u32 n = min(a->length - a->done, AC_COPY_RUN);
	u8 run[AC_COPY_RUN];
	int err;

	if (copy_from_user(run, u64_to_user_ptr(a->buffer) + a->done, n))
		return -EFAULT;
	err = copy_run(s, a, run, n, true);
	if (err)
		return err;
	a->done += n;
	return 0;
}

static int device_read(struct ac_session *s, void *args)
{
	struct arena_cache_copy_args *a = args;
	int err;

	a->done = 0;
	do {
		err = read_some(s, a);
	} while (!err && a->done < a->length);
	return err;
}

static int device_write(struct ac_session *s, void *args)
{
	struct arena_cache_copy_args *a = args;
	int err;

	a->done = 0;
	/* What cannot be written is not read from user space, either. */
	err = copy_run(s, a, NULL, 0, true);
	while (!err && a->done < a->length)
		err = write_some(s, a);
	return err;
}

static u8 pattern_byte(u64 pattern, u32 i)
{
	return pattern >> (i % 8 * 8);
}

static int device_fill(struct ac_session *s, void *args)
{
	struct arena_cache_fill_args *a = args;
	u32 i;
	u8 *p;

	mutex_lock(&s->lock);
	p = find_bytes(s, a->handle, a->offset, a->length);
	if (!IS_ERR(p))
		for (i = 0; i < a->length; i++)
			p[i] = pattern_byte(a->pattern, a->offset + i);
	mutex_unlock(&s->lock);
	return PTR_ERR_OR_ZERO(p);
}

static int check_bytes(const u8 *p, struct arena_cache_fill_args *a)
{
	u32 i;

	for (i = 0; i < a->length; i++) {
		if (READ_ONCE(p[i]) == pattern_byte(a->pattern, a->offset + i))
			continue;
		a->mismatch = a->offset + i;
		return -EILSEQ;
	}
	return 0;
}

static int device_check(struct ac_session *s, void *args)
{
	struct arena_cache_fill_args *a = args;
	u8 *p;
	int err;

	mutex_lock(&s->lock);
	p = find_bytes(s, a->handle, a->offset, a->length);
	err = IS_ERR(p) ? PTR_ERR(p) : check_bytes(p, a);
	mutex_unlock(&s->lock);
	return err;
}

/* STATS, TRIM and VERIFY */

static void stats_of_file(struct ac_session *s,
			  struct arena_cache_stats_args *a)
{
	mutex_lock(&s->lock);
	a->file_blocks = s->quota.used[AC_BLOCKS];
	a->file_caches = s->quota.used[AC_CACHES];
	a->file_bytes = s->quota.used[AC_BYTES];
	a->file_allocs = s->allocs;
	a->file_frees = s->frees;
	mutex_unlock(&s->lock);
	a->all_blocks = ac_quota_used(AC_BLOCKS);
	a->all_caches = ac_quota_used(AC_CACHES);
	a->all_bytes = ac_quota_used(AC_BYTES);
}

static int device_stats(struct ac_session *s, void *args)
{
	struct arena_cache_stats_args *a = args;
	struct ac_snapshot *now = ac_snapshot_get();
	unsigned int i;

	if (!now)
		return -ENOMEM;
	*a = (struct arena_cache_stats_args){
		.size = a->size,
		.arenas = now->arenas,
		.arenas_empty = now->empty,
		.arenas_highwater = now->highwater,
		.free_pools = now->free_pools,
		.gone_pools = now->gone_pools,
		.live_bytes = now->bytes.live,
		.cached_bytes = now->bytes.in_cpus + now->bytes.in_depots,
		.available_bytes = now->bytes.avail,
		.nr_events = AC_NR_STATS,
	};
	ac_snapshot_put(now);
	stats_of_file(s, a);
	for (i = 0; i < AC_NR_STATS; i++)
		a->events[i] = ac_stat_read(i);
	return 0;
}

static int device_trim(struct ac_session *s, void *args)
{
	struct arena_cache_trim_args *a = args;

	a->pages = ac_cache_trim();
	return 0;
}

static int device_verify(struct ac_session *s, void *args)
{
	struct arena_cache_verify_args *a = args;
	struct ac_verify v;

	a->violations = ac_verify(&v);
	a->pools = v.pools;
	a->cached = v.cached;
	return 0;
}

/*
 * Which operation, and how large its arguments are, now and in version 1. Those of
 * STATS are too large for everybody's stack.
 */

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

struct device_op {
	int (*run)(struct ac_session *s, void *args);
	u32 size;
	u32 first_size;
	u32 flags;
};

/* @first_size: the structure's when the operation came; it may grow at its end. */
static const struct device_op ops[] = {
	[_IOC_NR(ARENA_CACHE_IOC_INFO)] = {
		device_info, sizeof(struct arena_cache_info_args), 80 },
	[_IOC_NR(ARENA_CACHE_IOC_CACHE_CREATE)] = {
		device_cache_create, sizeof(struct arena_cache_create_args), 24,
		ARENA_CACHE_CREATE_SHARED },
	[_IOC_NR(ARENA_CACHE_IOC_CACHE_DESTROY)] = {
		device_cache_destroy, sizeof(struct arena_cache_destroy_args), 16 },
	[_IOC_NR(ARENA_CACHE_IOC_ALLOC)] = {
		device_alloc, sizeof(struct arena_cache_alloc_args), 40,
		ARENA_CACHE_IN_MASK },
	[_IOC_NR(ARENA_CACHE_IOC_FREE)] = {
		device_free, sizeof(struct arena_cache_free_args), 32,
		ARENA_CACHE_IN_MASK },
	[_IOC_NR(ARENA_CACHE_IOC_REALLOC)] = {
		device_realloc, sizeof(struct arena_cache_realloc_args), 16 },
	[_IOC_NR(ARENA_CACHE_IOC_QUERY)] = {
		device_query, sizeof(struct arena_cache_query_args), 56 },
	[_IOC_NR(ARENA_CACHE_IOC_READ)] = {
		device_read, sizeof(struct arena_cache_copy_args), 32 },
	[_IOC_NR(ARENA_CACHE_IOC_WRITE)] = {
		device_write, sizeof(struct arena_cache_copy_args), 32 },
	[_IOC_NR(ARENA_CACHE_IOC_FILL)] = {
		device_fill, sizeof(struct arena_cache_fill_args), 32 },
	[_IOC_NR(ARENA_CACHE_IOC_CHECK)] = {
		device_check, sizeof(struct arena_cache_fill_args), 32 },
	[_IOC_NR(ARENA_CACHE_IOC_STATS)] = {
		device_stats, sizeof(struct arena_cache_stats_args), 384 },
	[_IOC_NR(ARENA_CACHE_IOC_TRIM)] = {
		device_trim, sizeof(struct arena_cache_trim_args), 16 },
	[_IOC_NR(ARENA_CACHE_IOC_VERIFY)] = {
		device_verify, sizeof(struct arena_cache_verify_args), 32 },
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
	/* The user may have changed it since. */
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

/* mmap() */

static vm_fault_t device_fault(struct vm_fault *vmf)
{
	struct ac_session *s = vmf->vma->vm_file->private_data;

	mutex_lock(&s->lock);
	vmf->page = ac_window_page(&s->windows, vmf->pgoff);
	mutex_unlock(&s->lock);
	return vmf->page ? 0 : VM_FAULT_SIGBUS;
}

/* The quota knows mappings by their size: those of parts would be lost on it. */
static int device_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static void device_unmap(struct vm_area_struct *vma)
{
	struct ac_session *s = vma->vm_file->private_data;

	mutex_lock(&s->lock);
	ac_quota_uncharge(&s->quota, AC_MAPPED, vma->vm_end - vma->vm_start);
	mutex_unlock(&s->lock);
}

/* A mapping that mremap() moves: the old one is about to be closed. */
static void device_remap(struct vm_area_struct *vma)
{
	struct ac_session *s = vma->vm_file->private_data;

	mutex_lock(&s->lock);
	ac_quota_force(&s->quota, AC_MAPPED, vma->vm_end - vma->vm_start);
	mutex_unlock(&s->lock);
}

static const struct vm_operations_struct device_vm_ops = {
	.open = device_remap,
	.close = device_unmap,
	.may_split = device_may_split,
	.fault = device_fault,
};

static int device_mmap(struct file *file, struct vm_area_struct *vma)
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
	vma->vm_ops = &device_vm_ops;
	return 0;
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
	ac_session_destroy(file->private_data);
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = device_mmap,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "arena_cache",
	.mode = 0600,
	.fops = &device_fops,
};

/**
 * ac_device_init - let user space in
 *
 * Return: 0 or a negative errno.
 */
int ac_device_init(void)
{
	int err = ac_quota_init();

	return err ?: misc_register(&device);
}

void ac_device_exit(void)
{
	misc_deregister(&device);
}
