/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The explorer wants to see all of the module's code run. An input is a string of
 * bytes, the choices of a riot of one thread. KCOV tells what code it reached; the
 * explorer keeps inputs that reach new code, and makes others of them. On kernels
 * without CONFIG_KCOV it does nothing.
 */
#ifndef FUZZ_EXPLORE_H
#define FUZZ_EXPLORE_H

#include "fuzz_base.h"

/* Takes inputs from a file, each a line of hexadecimal digits, unless that is NULL. */
int explore_setup(const char *corpus);

/* Looks for inputs that reach new code, until shared->stop. */
int fuzz_explore(uint64_t seed);

/* Whether code was reached; negative if the kernel does not tell. */
int explore_result(bool print);

#endif /* FUZZ_EXPLORE_H */
