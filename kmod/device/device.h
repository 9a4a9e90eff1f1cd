/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - /dev/arena_cache
 *
 * Owns the device: copies the arguments of each ioctl from and to user space, checks
 * their size and flags, and hands them to a call. docs/device.md explains the use of
 * the device, linux/arena_cache.h of the uapi every field.
 */
#ifndef AC_DEVICE_H
#define AC_DEVICE_H

int ac_device_init(void);
void ac_device_exit(void);

#endif /* AC_DEVICE_H */
