/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's harness, whose limit of 30 seconds is for kernels that check nothing. */
#ifndef HARNESS_H
#define HARNESS_H

#include "kselftest_harness.h"

/* For a test that hangs; a debug kernel that is emulated may take a minute. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300

#endif
