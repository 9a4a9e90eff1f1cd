/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Models know what must be in their file: which handles live, every byte of every
 * block, every result. They make valid calls, and calls with a single fault, whose
 * errno and effect they know, too.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "fuzz_base.h"

/* Runs a model of one file until shared->stop, or for so many calls. */
int fuzz_model(int index, uint64_t seed, unsigned long calls);

#endif /* FUZZ_MODEL_H */
