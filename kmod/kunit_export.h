/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what the KUnit module may see of the layers
 *
 * Private functions are exported, in KUnit's own namespace, only in kernels
 * that have KUnit.
 */
#ifndef AC_KUNIT_EXPORT_H
#define AC_KUNIT_EXPORT_H

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#endif

#endif /* AC_KUNIT_EXPORT_H */
