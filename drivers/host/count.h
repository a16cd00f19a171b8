/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_COUNT_H
#define _CHIM_HOST_COUNT_H

#include <linux/types.h>

struct chim_host_conn;
struct chim_host_req;
struct tcp_sock;

void chim_host_count_sent(struct tcp_sock *tp, u32 len);
void chim_host_count_unsent(struct tcp_sock *tp, u32 len);
void chim_host_count_acked(struct tcp_sock *tp, struct chim_host_req *req);
void chim_host_count_una(struct chim_host_conn *conn, u32 una);

#endif /* _CHIM_HOST_COUNT_H */
