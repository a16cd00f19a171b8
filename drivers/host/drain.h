/* SPDX-License-Identifier: GPL-2.0 */
/* All sockets are let go, so that the module can be unloaded. */
#ifndef _CHIM_HOST_DRAIN_H
#define _CHIM_HOST_DRAIN_H

#include <linux/compiler.h>
#include <linux/percpu.h>
#include <linux/types.h>

extern bool chim_host_drains;
DECLARE_PER_CPU(int, chim_host_calls);

void chim_host_drain_owe(void);
void chim_host_drain_look(void);

/**
 * chim_host_draining() - are sockets let go, and none taken?
 *
 * Context: any. Whoever puts a socket in the list of all asks after that.
 * Return: true if so.
 */
static inline bool chim_host_draining(void)
{
	return READ_ONCE(chim_host_drains);
}

/**
 * chim_host_call_begin() - a function of sockets that may sleep begins
 *
 * Context: process. The module stays until it ends; the socket may have been let go
 *	whenever it was not owned.
 */
static inline void chim_host_call_begin(void)
{
	this_cpu_inc(chim_host_calls);
}

/**
 * chim_host_call_end() - and returns; it does not sleep any more
 *
 * Context: process, be it on another processor.
 */
static inline void chim_host_call_end(void)
{
	this_cpu_dec(chim_host_calls);
	if (unlikely(chim_host_draining()))
		chim_host_drain_look();
}

#endif /* _CHIM_HOST_DRAIN_H */
