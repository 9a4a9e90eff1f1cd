// SPDX-License-Identifier: GPL-2.0
/*
 * usage: module_load MODULE FROM STEP
 *
 * Loads and unloads a module while one allocation fails: the FROMth, then every STEPth
 * from there, until none fails. A load that succeeds must be sound, and unload again; a
 * load that fails must say -ENOMEM or -ENFILE.
 */
#include "device.h"

#include <sys/syscall.h>

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;

	if (fd < 0 || syscall(SYS_finit_module, fd, "reserve=1", 0))
		err = -errno;
	close(fd);
	return err;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "arena_cache", O_NONBLOCK) ? -errno : 0;
}

/* The module also loads without device or debugfs, if just these failed. */
static int is_sound(void)
{
	int fd = dev_open(), sound;

	if (fd < 0)
		return 1;
	sound = !dev_violations(fd);
	close(fd);
	return sound;
}

int main(int argc, char **argv)
{
	int fail = fail_open(), loaded = 0, failed = 0, nth, err;
	char text[16];

	if (argc != 4 || fail < 0)
		return 4;
	for (nth = atoi(argv[2]);; nth += atoi(argv[3])) {
		fail_nth(fail, nth);
		err = load(argv[1]);
		memset(text, 0, sizeof(text));
		if (pread(fail, text, sizeof(text) - 1, 0) < 0)
			return 1;
		fail_nth(fail, 0);
		failed += !!err;
		loaded += !err;
		if (!err && (!is_sound() || unload()))
			break;
		if (err && err != -ENOMEM && err != -ENFILE)
			break;
		if (atoi(text)) {
			printf("# %d loads failed, %d did without, %d allocations\n",
			       failed, loaded - 1, nth);
			return 0;
		}
	}
	printf("# allocation %d: %s\n", nth, strerror(-err));
	return 1;
}
