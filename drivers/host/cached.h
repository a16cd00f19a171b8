/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_CACHED_H
#define _CHIM_HOST_CACHED_H

#include <chimney/target.h>

#include <linux/types.h>

struct chim_host_conn;
struct sock;

void chim_host_cached_read(const struct chim_host_conn *conn,
			   TCP_OFFLOAD_STATE_CACHED *v);
void chim_host_cached_told(struct chim_host_conn *conn,
			   const TCP_OFFLOAD_STATE_CACHED *v);
u32 chim_host_cached_options(const struct sock *sk);
bool chim_host_cached_due(const struct chim_host_conn *conn);
bool chim_host_cached_update(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_CACHED_H */
