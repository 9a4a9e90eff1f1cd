// SPDX-License-Identifier: GPL-2.0
/*
 * arena_cache - arenas that fail on demand
 */
#include <linux/fault-inject.h>
#include <linux/sizes.h>

#include "fault.h"

DECLARE_FAULT_ATTR(ac_fault_attr);

/* Must the next arena fail? */
bool ac_fault_arena(void)
{
	return should_fail(&ac_fault_attr, SZ_256K);
}
