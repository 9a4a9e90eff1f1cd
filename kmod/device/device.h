/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - /dev/arena_cache
 *
 * Owns the device: checks what comes from user space, and copies between there and
 * blocks. docs/device.md explains its use, linux/arena_cache.h of the uapi every
 * field. What an open file has is its session's: session.h.
 */
#ifndef AC_DEVICE_H
#define AC_DEVICE_H

int ac_device_init(void);
void ac_device_exit(void);

#endif /* AC_DEVICE_H */
