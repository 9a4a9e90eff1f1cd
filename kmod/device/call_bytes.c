// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - calls on the bytes of blocks: READ, WRITE, FILL, CHECK
 */
#include <linux/err.h>
#include <linux/uaccess.h>
#include <uapi/linux/arena_cache.h>

#include "call_bytes.h"

/* Bytes that are copied at a time, by way of the stack. */
#define AC_COPY_RUN	256U

/* The bytes of a block, or an ERR_PTR(). */
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

/*
 * Copies between @run and the block at @a->done. The handle may mean another block
 * than it did for the last run, so all of @a is checked again.
 */
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

int ac_call_read(struct ac_session *s, void *args)
{
	struct arena_cache_copy_args *a = args;
	int err;

	a->done = 0;
	do {
		err = read_some(s, a);
	} while (!err && a->done < a->length);
	return err;
}

int ac_call_write(struct ac_session *s, void *args)
{
	struct arena_cache_copy_args *a = args;
	int err;

	a->done = 0;
	/* A handle or range that is wrong is refused before user memory is read. */
	err = copy_run(s, a, NULL, 0, true);
	while (!err && a->done < a->length)
		err = write_some(s, a);
	return err;
}

static u8 pattern_byte(u64 pattern, u32 i)
{
	return pattern >> (i % 8 * 8);
}

int ac_call_fill(struct ac_session *s, void *args)
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

int ac_call_check(struct ac_session *s, void *args)
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
