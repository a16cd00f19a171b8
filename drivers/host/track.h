/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_TRACK_H
#define _CHIM_HOST_TRACK_H

#include <chimney/target.h>

#include <linux/kconfig.h>
#include <linux/types.h>

struct chim_host_conn;
struct sock;

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
bool chim_host_track_changes(const struct sock *sk);
void chim_host_track_leave(struct chim_host_conn *conn);
void chim_host_track_return(struct chim_host_conn *conn,
			    const TCP_OFFLOAD_STATE_DELEGATED *d);
void chim_host_track_stay(struct chim_host_conn *conn);
#else
static inline bool chim_host_track_changes(const struct sock *sk)
{
	return false;
}

static inline void chim_host_track_leave(struct chim_host_conn *conn)
{
}

static inline void chim_host_track_return(struct chim_host_conn *conn,
					  const TCP_OFFLOAD_STATE_DELEGATED *d)
{
}

static inline void chim_host_track_stay(struct chim_host_conn *conn)
{
}
#endif

#endif /* _CHIM_HOST_TRACK_H */
