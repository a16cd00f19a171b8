/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calling a driver's function in the convention it was compiled for: that of
 * Linux, or that of 64-bit Windows.
 */
#ifndef CHIMN_CALL_H
#define CHIMN_CALL_H

#include <linux/compiler.h>

/* Sparse and other machines know one convention only. */
#if defined(CONFIG_X86_64) && !defined(__CHECKER__)
#define CHIMN_MS	__attribute__((ms_abi))
#else
#define CHIMN_MS
#endif

/**
 * CHIMN_CALL() - call a function of a driver
 * @ms: it has the Windows calling convention
 * @ret: type of its result
 * @params: types of its parameters, in parentheses
 * @fn: the function
 *
 * The arguments follow. The pointer is hidden: to gcc, two calls through it are
 * the same, whatever their conventions, and one of them would do.
 */
#define CHIMN_CALL(ms, ret, params, fn, ...) \
({ \
	unsigned long chimn_fn = (unsigned long)(fn); \
	unsigned long chimn_ms_fn = chimn_fn; \
	\
	OPTIMIZER_HIDE_VAR(chimn_ms_fn); \
	(ms) ? ((ret (CHIMN_MS *)params)chimn_ms_fn)(__VA_ARGS__) : \
	       ((ret (*)params)chimn_fn)(__VA_ARGS__); \
})

#endif /* CHIMN_CALL_H */
