/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_COUNT_H
#define _CHIM_HOST_COUNT_H

#include <linux/types.h>

struct chim_host_conn;
struct chim_host_req;
struct tcp_sock;

/**
 * struct chim_host_sent - what TCP_INFO says has been sent
 * @bytes: of data
 * @segs: segments
 * @data_segs: those with data
 */
struct chim_host_sent {
	u64 bytes;
	u32 segs;
	u32 data_segs;
};

void chim_host_count_sent(struct tcp_sock *tp, u32 len);
void chim_host_count_unsent(struct tcp_sock *tp, u32 len);
void chim_host_count_acked(struct tcp_sock *tp, struct chim_host_req *req);
void chim_host_count_standing(const struct chim_host_conn *conn, u32 max,
			      struct chim_host_sent *sent);
void chim_host_count_una(struct chim_host_conn *conn, u32 una);

#endif /* _CHIM_HOST_COUNT_H */
