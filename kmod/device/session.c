// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - what belongs to an open file of /dev/arena_cache
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "session.h"

static atomic64_t last_serial;

/**
 * ac_session_create - make what belongs to a file that is being opened
 *
 * Context: process context; may sleep.
 * Return: the session, or an ERR_PTR(): -ENOSPC, -ENOMEM.
 */
struct ac_session *ac_session_create(void)
{
	struct ac_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!s)
		return ERR_PTR(err);
	mutex_init(&s->lock);
	err = ac_quota_open(&s->quota, &s->lock);
	if (err)
		goto free_session;
	err = ac_handles_init(&s->handles, &s->lock, ac_quota_file_limit(AC_BLOCKS));
	if (err)
		goto close_quota;
	ac_windows_init(&s->windows, &s->lock);
	s->serial = atomic64_inc_return(&last_serial);
	return s;

close_quota:
	ac_quota_close(&s->quota);
free_session:
	mutex_destroy(&s->lock);
	kfree(s);
	return ERR_PTR(err);
}

/**
 * ac_session_destroy - free what belongs to a file that is being closed
 * @s: its session, which has no blocks
 *
 * Context: process context; may sleep. No other call on @s may be running.
 */
void ac_session_destroy(struct ac_session *s)
{
	unsigned int i;

	for (i = 0; i < AC_QUOTA_CACHES; i++)
		arena_cache_destroy(s->cache[i].cache);
	ac_windows_destroy(&s->windows);
	ac_handles_destroy(&s->handles);
	ac_quota_close(&s->quota);
	mutex_destroy(&s->lock);
	kfree(s);
}

/* The cache with a number, which is any; NULL if there is none. */
struct ac_session_cache *ac_session_find_cache(struct ac_session *s, u32 nr)
{
	struct ac_session_cache *sc;

	lockdep_assert_held(&s->lock);
	if (!nr || nr > AC_QUOTA_CACHES)
		return NULL;
	sc = &s->cache[array_index_nospec(nr - 1, AC_QUOTA_CACHES)];
	return sc->cache ? sc : NULL;
}

/* A place for one more cache, or an ERR_PTR(). */
static struct ac_session_cache *claim_cache(struct ac_session *s)
{
	struct ac_session_cache *sc = s->cache;
	int err;

	mutex_lock(&s->lock);
	err = ac_quota_charge(&s->quota, AC_CACHES, 1);
	if (!err) {
		/* There is one: the limit does not exceed the number of places. */
		while (sc->cache || sc->coming)
			sc++;
		sc->coming = true;
	}
	mutex_unlock(&s->lock);
	return err ? ERR_PTR(err) : sc;
}

/**
 * ac_session_cache_create - create a cache for a file
 * @s: the session of the file
 * @bytes: size of a block
 * @align: of blocks; a power of two up to %PAGE_SIZE, or 0
 * @shared: whether blocks can be mapped
 * @nr: gets the number of the cache
 *
 * Context: process context; may sleep.
 * Return: 0, -EDQUOT, -ENOSPC or -ENOMEM.
 */
int ac_session_cache_create(struct ac_session *s, u32 bytes, u32 align,
			    bool shared, u32 *nr)
{
	struct ac_session_cache *sc = claim_cache(s);
	struct arena_cache *c;
	char name[40];

	if (IS_ERR(sc))
		return PTR_ERR(sc);
	*nr = sc - s->cache + 1;
	/* No user chooses it: a kmem_cache needs a name of its own. */
	snprintf(name, sizeof(name), "dev-%llu-%u", s->serial, *nr);
	c = arena_cache_create(name, bytes, align,
			       shared ? ARENA_CACHE_SHARED : 0, NULL);
	mutex_lock(&s->lock);
	sc->coming = false;
	sc->cache = c;
	if (!c)
		ac_quota_uncharge(&s->quota, AC_CACHES, 1);
	mutex_unlock(&s->lock);
	return c ? 0 : -ENOMEM;
}

/**
 * ac_session_cache_destroy - destroy a cache of a file
 * @s: the session of the file
 * @nr: number of the cache
 *
 * Context: process context; may sleep.
 * Return: 0, -ENOENT, or -EBUSY if it has blocks.
 */
int ac_session_cache_destroy(struct ac_session *s, u32 nr)
{
	struct arena_cache *c = NULL;
	struct ac_session_cache *sc;
	int err = -ENOENT;

	mutex_lock(&s->lock);
	sc = ac_session_find_cache(s, nr);
	if (sc)
		err = sc->users ? -EBUSY : 0;
	if (!err) {
		c = sc->cache;
		sc->cache = NULL;
		ac_quota_uncharge(&s->quota, AC_CACHES, 1);
	}
	mutex_unlock(&s->lock);
	arena_cache_destroy(c);
	return err;
}
