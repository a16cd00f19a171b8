// SPDX-License-Identifier: GPL-2.0
/* What TCP would have counted of data that the target sends, for TCP_INFO. */
#include "host/count.h"

#include "host/conn.h"
#include "host/send.h"

#include <linux/tcp.h>
#include <net/tcp.h>

/* In segments as large as they can be. */
static u32 segments(const struct tcp_sock *tp, u32 len)
{
	return DIV_ROUND_UP(len, max_t(u32, tp->mss_cache, 1));
}

/**
 * chim_host_count_sent() - data goes to the target: for TCP_INFO it is sent
 * @tp: whose
 * @len: bytes
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_count_sent(struct tcp_sock *tp, u32 len)
{
	tp->bytes_sent += len;
	tp->segs_out += segments(tp, len);
	tp->data_segs_out += segments(tp, len);
	tp->lsndtime = tcp_jiffies32;
}

/* The mss may have shrunk since they were counted: not below 0. */
static void less(u32 *count, u32 by)
{
	*count -= min(*count, by);
}

/**
 * chim_host_count_unsent() - data comes back that the target has not sent
 * @tp: whose
 * @len: bytes
 *
 * It is counted when it is.
 *
 * Context: socket owned.
 */
void chim_host_count_unsent(struct tcp_sock *tp, u32 len)
{
	tp->bytes_sent -= len;
	less(&tp->segs_out, segments(tp, len));
	less(&tp->data_segs_out, segments(tp, len));
}

/**
 * chim_host_count_standing() - what is sent, without what only has been handed over
 * @conn: offloaded
 * @max: the target's SND.MAX, read a moment ago
 * @sent: set
 *
 * Context: socket owned.
 */
void chim_host_count_standing(const struct chim_host_conn *conn, u32 max,
			      struct chim_host_sent *sent)
{
	const struct tcp_sock *tp = tcp_sk(conn->sk);
	struct chim_host_req *req;
	u32 end, len;

	sent->bytes = tp->bytes_sent;
	sent->segs = tp->segs_out;
	sent->data_segs = tp->data_segs_out;
	for (req = chim_host_send_last(conn); req;
	     req = chim_host_send_prev(conn, req)) {
		end = TCP_SKB_CB(req->skb)->end_seq;
		if (!after(end, max))
			break;
		len = min(end - max, req->skb->len);
		sent->bytes -= len;
		less(&sent->segs, segments(tp, len));
		less(&sent->data_segs, segments(tp, len));
	}
}

/* The oldest bytes are acknowledged. Mirrored for SIOCOUTQ and ICMP. */
static void count(struct tcp_sock *tp, struct chim_host_req *req, u32 acked)
{
	u32 una = tp->snd_una + acked;

	req->counted += acked;
	if (between(tp->snd_up, tp->snd_una, una))
		tp->snd_up = una;
	WRITE_ONCE(tp->snd_una, una);
	tp->bytes_acked += acked;
	tp->delivered += segments(tp, acked);
	tp->rcv_tstamp = tcp_jiffies32;
	inet_csk((struct sock *)tp)->icsk_probes_tstamp = tcp_jiffies32;
}

/**
 * chim_host_count_acked() - count what of a request is acknowledged
 * @tp: whose
 * @req: came back
 *
 * Context: socket's spinlock held, or socket owned.
 */
void chim_host_count_acked(struct tcp_sock *tp, struct chim_host_req *req)
{
	u32 acked = req->len - chim_host_req_left(req);

	if (acked > req->counted)
		count(tp, req, acked - req->counted);
}

/**
 * chim_host_count_una() - count what is acknowledged of requests that are out
 * @conn: the connection
 * @una: the target's SND.UNA, read after the last request came back
 *
 * Context: socket owned.
 */
void chim_host_count_una(struct chim_host_conn *conn, u32 una)
{
	struct tcp_sock *tp = tcp_sk(conn->sk);
	struct chim_host_req *req;

	for (req = conn->sends; req; req = chim_host_send_next(conn, req)) {
		if (!after(una, tp->snd_una))
			break;
		count(tp, req, min(una - tp->snd_una, req->len - req->counted));
	}
}
