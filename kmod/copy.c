// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - copies in memory by size
 */
#include <linux/arena_cache.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/string.h>

void *arena_memdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = arena_alloc(len, gfp);

	if (!ZERO_OR_NULL_PTR(p))
		memcpy(p, src, len);
	return p;
}
EXPORT_SYMBOL_GPL(arena_memdup);

/* @len bytes of @s, and a NUL. */
static char *copy_string(const char *s, size_t len, gfp_t gfp)
{
	char *p = arena_alloc(len + 1, gfp);

	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

char *arena_strdup(const char *s, gfp_t gfp)
{
	return s ? copy_string(s, strlen(s), gfp) : NULL;
}
EXPORT_SYMBOL_GPL(arena_strdup);

char *arena_strndup(const char *s, size_t max, gfp_t gfp)
{
	return s ? copy_string(s, strnlen(s, max), gfp) : NULL;
}
EXPORT_SYMBOL_GPL(arena_strndup);

char *arena_vasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	va_list again;
	int len;
	char *p;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = arena_alloc(len + 1, gfp);
	if (p)
		vsnprintf(p, len + 1, fmt, args);
	return p;
}
EXPORT_SYMBOL_GPL(arena_vasprintf);

char *arena_asprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *p;

	va_start(args, fmt);
	p = arena_vasprintf(gfp, fmt, args);
	va_end(args);
	return p;
}
EXPORT_SYMBOL_GPL(arena_asprintf);
