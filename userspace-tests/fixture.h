/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of tests that want an open device. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "device.h"
#include "harness.h"

/* A fixture @type of tests that begin when @ready is 0; it verifies the heap at the end. */
#define DEVICE_FIXTURE(type, ready)					\
	FIXTURE(type) {							\
		int fd;							\
	};								\
									\
	FIXTURE_SETUP(type)						\
	{								\
		self->fd = dev_open();					\
		ASSERT_GE(self->fd, 0);					\
		ASSERT_EQ(0, ready);					\
	}								\
									\
	FIXTURE_TEARDOWN(type)						\
	{								\
		EXPECT_EQ(0, dev_violations(self->fd));			\
		close(self->fd);					\
	}								\
									\
	struct type##_needs_a_semicolon

#endif /* FIXTURE_H */
