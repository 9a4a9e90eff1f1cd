/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena_cache - what the KUnit module may see of the layers
 *
 * Private functions are exported, in KUnit's own namespace, and a few can be
 * replaced by a test, only in kernels that have KUnit.
 */
#ifndef AC_KUNIT_EXPORT_H
#define AC_KUNIT_EXPORT_H

#if IS_ENABLED(CONFIG_KUNIT)
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#define KUNIT_STATIC_STUB_REDIRECT(...) do {} while (0)
#endif

#endif /* AC_KUNIT_EXPORT_H */
