/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results: the lines of the last request, kept until the next
 *
 * The list has a lock of its own, held for one line or while all are printed, so that
 * results can be read while a session goes on. ac_bench_run_lock (main.c) may be held
 * when it is taken.
 */
#ifndef _AC_BENCH_RESULTS_H
#define _AC_BENCH_RESULTS_H

#include <linux/compiler.h>

#include "session.h"

struct seq_file;

__printf(2, 3)
void ac_bench_emit(struct ac_bench_session *s, const char *fmt, ...);
void ac_bench_results_print(struct seq_file *m);
void ac_bench_results_forget(void);

#endif /* _AC_BENCH_RESULTS_H */
