/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a KUnit case states which requirements it covers: a line in its log,
 * which counts only if the case passes.
 */
#ifndef CHIM_KUNIT_COVERS_H
#define CHIM_KUNIT_COVERS_H

#include <kunit/test.h>

/**
 * CHIM_COVERS() - name the requirements that a test case covers
 * @test: the running case
 * @ids: string literal, identifiers of requirements.md or interop-notes.md
 *       separated by blanks
 *
 * Context: Any in which printk() may be called.
 */
#define CHIM_COVERS(test, ids) kunit_info(test, "covers: " ids "\n")

#endif /* CHIM_KUNIT_COVERS_H */
