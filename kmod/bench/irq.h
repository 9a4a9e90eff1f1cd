/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loop that timers interrupt
 */
#ifndef _AC_BENCH_IRQ_H
#define _AC_BENCH_IRQ_H

#include "workload.h"

/* Blocks that "irq" allocates at a time. */
#define AC_BENCH_CHURN		16

extern const struct ac_bench_loops ac_bench_interrupt;
extern const struct ac_bench_loops ac_bench_irq;

#endif /* _AC_BENCH_IRQ_H */
