// SPDX-License-Identifier: GPL-2.0
/*
 * What programs and ss(8) are told of an offloaded connection.
 *
 * What is counted in passing is in TCP's own variables all the time. The rest
 * only the target knows. It is asked when a program is, and after ss has shown
 * the socket, which must not wait: it shows what was true when it last did.
 */
#include "host/info.h"

#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"
#include "host/count.h"
#include "host/lower.h"
#include "host/send.h"
#include "host/ulp.h"

#include <linux/chimney_host.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <net/netlink.h>
#include <net/tcp.h>

/* Smoothed round-trip times have units of an eighth of a tick. */
#define SRTT_TICK	8

static void mirror_rtt(struct sock *sk, const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct inet_connection_sock *icsk = inet_csk(sk);
	struct tcp_sock *tp = tcp_sk(sk);
	/* Programs see microseconds: what is less is 0, which means none. */
	u32 known = tp->srtt_us >> 3 ? DIV_ROUND_UP(tp->srtt_us, USEC_PER_MSEC) : 0;

	/* The kernel's own measure is finer, if it is still the same. */
	if (!d->SRtt || (known && d->SRtt + SRTT_TICK >= known &&
			 d->SRtt <= known + SRTT_TICK))
		return;
	tp->srtt_us = d->SRtt * USEC_PER_MSEC;
	tp->mdev_us = d->RttVar * USEC_PER_MSEC;
	tp->rttvar_us = max(tp->mdev_us, tcp_rto_min_us(sk));
	icsk->icsk_rto = usecs_to_jiffies((tp->srtt_us >> 3) + tp->rttvar_us);
	icsk->icsk_rto = min_t(u32, icsk->icsk_rto, TCP_RTO_MAX);
}

/**
 * chim_host_info_mirror() - what the target has measured, in TCP's variables
 * @sk: the socket
 * @d: the target's
 *
 * Context: socket owned.
 */
void chim_host_info_mirror(struct sock *sk,
			   const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct tcp_sock *tp = tcp_sk(sk);
	u32 cwnd = max_t(u32, d->CWnd / tp->mss_cache, 2);

	tcp_snd_cwnd_set(tp, min(cwnd, tp->snd_cwnd_clamp));
	tp->snd_ssthresh = d->SsThresh >= TCP_INFINITE_SSTHRESH ?
			   TCP_INFINITE_SSTHRESH :
			   max_t(u32, d->SsThresh / tp->mss_cache, 2);
	mirror_rtt(sk, d);
}

/**
 * chim_host_info_renew() - ask the target how the connection stands
 * @conn: offloaded
 * @d: set, if not NULL
 *
 * Context: process, may sleep; socket owned.
 * Return: whether it has answered.
 */
bool chim_host_info_renew(struct chim_host_conn *conn,
			  TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct chim_host_bind *bind = conn->path->bind;
	TCP_OFFLOAD_STATE_DELEGATED buf;
	struct chim_host_block block;

	d = d ?: &buf;
	chim_host_block_deleg(&block, &conn->context);
	chim_host_bind_run(bind, bind->generic.QueryOffloadHandler, &block.b);
	if (block.b.Status != NDIS_STATUS_SUCCESS)
		return false;
	chim_host_block_read(&block, d);
	chim_host_info_mirror(conn->sk, d);
	chim_host_drain_done(conn);
	chim_host_count_una(conn, d->SndUna);
	return true;
}

static bool ask(struct chim_host_conn *conn, TCP_OFFLOAD_STATE_DELEGATED *d,
		struct chim_host_sent *sent)
{
	bool known = false;

	lock_sock(conn->sk);
	if (conn->state == CHIM_HOST_OFFLOADED)
		known = chim_host_info_renew(conn, d);
	if (known && sent)
		chim_host_count_standing(conn, d->SndMax, sent);
	release_sock(conn->sk);
	return known;
}

/**
 * chim_host_info_ask() - the same, if it is offloaded
 * @conn: the connection
 * @d: set, if not NULL
 *
 * Context: process, may sleep; socket not owned.
 * Return: whether it is, and the target has answered.
 */
bool chim_host_info_ask(struct chim_host_conn *conn,
			TCP_OFFLOAD_STATE_DELEGATED *d)
{
	return ask(conn, d, NULL);
}

/* What TCP's own variables cannot say: it would act on them. */
static void correct(const struct tcp_sock *tp,
		    const TCP_OFFLOAD_STATE_DELEGATED *d,
		    const struct chim_host_sent *sent, struct tcp_info *info)
{
	u32 flight = d->SndMax - d->SndUna;

	info->tcpi_bytes_sent = sent->bytes;
	info->tcpi_segs_out = sent->segs;
	info->tcpi_data_segs_out = sent->data_segs;
	info->tcpi_unacked = DIV_ROUND_UP(flight, max(READ_ONCE(tp->mss_cache), 1U));
	info->tcpi_notsent_bytes = READ_ONCE(tp->write_seq) - d->SndMax;
	info->tcpi_snd_wnd = d->SndWnd;
	info->tcpi_retransmits = d->Retransmit.Count;
	info->tcpi_probes = d->SndWndProbeCount;
}

/**
 * chim_host_info_get() - TCP_INFO
 * @conn: the connection
 * @optval: struct tcp_info
 * @optlen: its size
 *
 * Context: process, may sleep; socket not owned.
 * Return: 0 or -errno.
 */
int chim_host_info_get(struct chim_host_conn *conn, char __user *optval,
		       int __user *optlen)
{
	TCP_OFFLOAD_STATE_DELEGATED d;
	struct chim_host_sent sent;
	bool known = ask(conn, &d, &sent);
	struct tcp_info info;
	int len, err;

	err = chim_host_ulp_base(conn->sk)->getsockopt(conn->sk, SOL_TCP,
						       TCP_INFO, optval,
						       optlen);
	if (err || !known)
		return err;
	if (get_user(len, optlen))
		return -EFAULT;
	/* It may be another by now. */
	if (len < 0)
		return -EINVAL;
	len = min_t(int, len, sizeof(info));
	if (copy_from_user(&info, optval, len))
		return -EFAULT;
	correct(tcp_sk(conn->sk), &d, &sent, &info);
	return copy_to_user(optval, &info, len) ? -EFAULT : 0;
}

/**
 * chim_host_info_standing() - whose is it?
 * @conn: the connection
 * @info: set
 *
 * Context: any.
 */
void chim_host_info_standing(const struct chim_host_conn *conn,
			     struct tcp_chimney_info *info)
{
	info->offloaded = READ_ONCE(conn->state) == CHIM_HOST_OFFLOADED;
	info->why = READ_ONCE(conn->why);
	info->moves = READ_ONCE(conn->moves);
}

/**
 * chim_host_info_put() - for ss(8): how the connection stands
 * @sk: the socket
 * @skb: message, in the nest of the ULP
 *
 * Context: any.
 * Return: 0 or -errno.
 */
int chim_host_info_put(struct sock *sk, struct sk_buff *skb)
{
	struct tcp_chimney_info info = {};
	struct chim_host_conn *conn;

	rcu_read_lock();
	conn = chim_host_conn_of(sk);
	if (conn) {
		chim_host_info_standing(conn, &info);
		/* One that goes is asked no more. */
		if (info.offloaded && refcount_inc_not_zero(&conn->refs)) {
			chim_host_conn_todo(conn, CHIM_HOST_ASK, 0);
			chim_host_conn_put(conn);
		}
	}
	rcu_read_unlock();
	return nla_put(skb, INET_ULP_INFO_CHIMNEY, sizeof(info), &info);
}

/**
 * chim_host_info_size() - room that chim_host_info_put() needs
 * @sk: the socket
 *
 * Context: any.
 * Return: bytes.
 */
size_t chim_host_info_size(const struct sock *sk)
{
	return nla_total_size(sizeof(struct tcp_chimney_info));
}
