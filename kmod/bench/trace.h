/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace that "replay" replays: its format, and how to get it
 */
#ifndef _AC_BENCH_TRACE_H
#define _AC_BENCH_TRACE_H

#include <linux/fs.h>
#include <linux/types.h>

#define AC_BENCH_TRACE		0x31544341	/* "ACT1" */

struct ac_bench_trace_header {
	__le32 magic;
	__le32 events;
	__le32 slots;
	__le32 reserved;
};

/**
 * struct ac_bench_event - an allocation or a free
 * @slot: which block
 * @size: bytes; 0 for a free
 * @cpu: where
 * @reserved: 0
 */
struct ac_bench_event {
	__le32 slot;
	__le16 size;
	u8 cpu;
	u8 reserved;
};

/**
 * struct ac_bench_trace - a trace that was checked
 * @slots: blocks that it allocates
 * @events: how many there are
 * @event: they, still little-endian
 */
struct ac_bench_trace {
	u32 slots;
	u32 events;
	struct ac_bench_event event[];
};

ssize_t ac_bench_trace_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos);
void ac_bench_trace_forget(void);
struct ac_bench_trace *ac_bench_trace_get(void);

#endif /* _AC_BENCH_TRACE_H */
