/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_PARK_H
#define _CHIM_HOST_PARK_H

struct chim_host_conn;
struct list_head;
struct sock;

void chim_host_park(struct chim_host_conn *conn, struct list_head *sends);
void chim_host_park_clock(struct chim_host_conn *conn);
void chim_host_park_window(struct chim_host_conn *conn);
void chim_host_unpark(struct chim_host_conn *conn);
void chim_host_release_cb(struct sock *sk);
void chim_host_ack_now(struct sock *sk);
void chim_host_run_base_cb(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_PARK_H */
