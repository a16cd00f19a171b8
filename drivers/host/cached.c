// SPDX-License-Identifier: GPL-2.0
/*
 * The cached variables of a connection: what the socket says, and what the target
 * was last told. Most options do not pass our functions on their way into the
 * socket, so the two are compared when its owner leaves.
 */
#include "host/cached.h"

#include "compat.h"
#include "host/bind.h"
#include "host/block.h"
#include "host/conn.h"
#include "host/fit.h"
#include "host/lower.h"
#include "host/why.h"

#include <linux/bitops.h>
#include <linux/net_tstamp.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/tcp.h>

/* As large as the receive buffer, TCP_WINDOW_CLAMP and its factor allow. */
static u32 buffer_window(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 max = min_t(u32, 65535U << tp->rx_opt.rcv_wscale, tp->window_clamp);

	return min_t(u32, max_t(int, tcp_full_space(sk), 0), max);
}

/* A route that is just being looked up again leaves it as it was. */
static u8 ttl_of(const struct chim_host_conn *conn)
{
	const struct sock *sk = conn->sk;
	bool v4 = chim_host_is_v4(sk);
	struct dst_entry *dst;
	int ttl;

	ttl = v4 ? inet_sk(sk)->uc_ttl : inet6_sk(sk)->hop_limit;
	if (ttl >= 0)
		return ttl;
	rcu_read_lock();
	dst = rcu_dereference(sk->sk_dst_cache);
	if (!dst)
		ttl = conn->ttl;
	else
		ttl = v4 ? ip4_dst_hoplimit(dst) : ip6_dst_hoplimit(dst);
	rcu_read_unlock();
	return ttl;
}

/* As ip6_make_flowlabel() does it for a socket's own segments. */
static u32 flow_label(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct net *net = sock_net(sk);
	int mode = net->ipv6.sysctl.auto_flowlabels;
	__be32 label = np->flow_label & IPV6_FLOWLABEL_MASK;

	if (!label && mode != IP6_AUTO_FLOW_LABEL_OFF &&
	    (chim_autoflowlabel(sk) || mode == IP6_AUTO_FLOW_LABEL_FORCED)) {
		label = (__force __be32)rol32(sk->sk_txhash, 16) &
			IPV6_FLOWLABEL_MASK;
		if (net->ipv6.sysctl.flowlabel_state_ranges)
			label |= IPV6_FLOWLABEL_STATELESS_FLAG;
	}
	return ntohl(label);
#else
	return 0;
#endif
}

/*
 * With TCP_USER_TIMEOUT, TCP counts the time instead: the peer is given up at the
 * first probe that would be sent when that is over, though not before one was.
 */
static u32 probes(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 timeout = msecs_to_jiffies(inet_csk(sk)->icsk_user_timeout);
	u32 idle = keepalive_time_when(tp), interval = keepalive_intvl_when(tp);

	if (!timeout)
		return min(keepalive_probes(tp), 255);
	if (timeout <= idle)
		return 1;
	return min(DIV_ROUND_UP(timeout - idle, max(interval, 1U)), 255U);
}

/**
 * chim_host_cached_read() - cached variables as the socket has them now
 * @conn: the socket's
 * @v: set, with nothing undefined between the members
 *
 * Context: socket owned, or its spinlock held.
 */
void chim_host_cached_read(const struct chim_host_conn *conn,
			   TCP_OFFLOAD_STATE_CACHED *v)
{
	const struct sock *sk = conn->sk;
	const struct tcp_sock *tp = tcp_sk(sk);
	bool v4 = chim_host_is_v4(sk);

	memset(v, 0, sizeof(*v));
	v->Header.Length = sizeof(*v);
	v->Flags = (sock_flag(sk, SOCK_KEEPOPEN) ?
		    TCP_FLAG_KEEP_ALIVE_ENABLED : 0) |
		   (tp->nonagle & TCP_NAGLE_OFF ? 0 :
		    TCP_FLAG_NAGLING_ENABLED);
	v->InitialRcvWnd = buffer_window(sk);
	v->KaProbeCount = probes(sk);
	v->KaTimeout = chim_host_ticks(keepalive_time_when(tp));
	v->KaInterval = chim_host_ticks(keepalive_intvl_when(tp));
	v->MaxRT = inet_csk(sk)->icsk_user_timeout;
	v->FlowLabel = v4 ? 0 : flow_label(sk);
	v->TtlOrHopLimit = ttl_of(conn);
	v->TosOrTrafficClass = v4 ? inet_sk(sk)->tos : inet6_sk(sk)->tclass;
	v->UserPriority = sk->sk_priority & CHIM_HOST_PRIORITY_MAX;
}

/* What chim_host_fit_options() has something against: few have set any of it. */
static u32 odd(const struct sock *sk)
{
	u32 set = sk->sk_mark | inet_sk(sk)->min_ttl |
		  inet_csk(sk)->icsk_ext_hdr_len |
		  (sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK);

	if (rcu_access_pointer(sk->sk_filter) || tcp_sk(sk)->repair)
		set++;
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		set++;
#endif
	return set + inet_sk(sk)->pmtudisc + (sk->sk_max_pacing_rate != ~0UL);
}

/**
 * chim_host_cached_options() - what programs set of a socket, in a word
 * @sk: the socket
 *
 * Cheap enough to be looked at each time its owner leaves.
 *
 * Context: any; the socket exists. Without the lock it may say what never was, and is
 * to be looked at again.
 * Return: another number when one of them is another; when several are, most likely.
 */
u32 chim_host_cached_options(const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 sum = sk->sk_rcvbuf;

	sum = rol32(sum, 5) ^ tp->window_clamp;
	sum = rol32(sum, 5) ^ odd(sk);
	sum = rol32(sum, 5) ^ sk->sk_priority;
	sum = rol32(sum, 5) ^ sock_flag(sk, SOCK_KEEPOPEN);
	sum = rol32(sum, 5) ^ (tp->nonagle & TCP_NAGLE_OFF);
	sum = rol32(sum, 5) ^ tp->keepalive_time;
	sum = rol32(sum, 5) ^ tp->keepalive_intvl;
	sum = rol32(sum, 5) ^ tp->keepalive_probes;
	sum = rol32(sum, 5) ^ inet_csk(sk)->icsk_user_timeout;
	sum = rol32(sum, 5) ^ inet->uc_ttl;
	sum = rol32(sum, 5) ^ inet->tos;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		sum = rol32(sum, 5) ^ inet6_sk(sk)->hop_limit;
		sum = rol32(sum, 5) ^ inet6_sk(sk)->tclass;
		sum = rol32(sum, 5) ^ inet6_sk(sk)->min_hopcount;
		sum = rol32(sum, 5) ^ (__force u32)inet6_sk(sk)->flow_label;
	}
#endif
	return sum;
}

/*
 * Short, and as good as the variables themselves. The key is no secret: who has found
 * two with the same digest can keep his own socket's target from being told.
 */
static u64 digest(const TCP_OFFLOAD_STATE_CACHED *v)
{
	static const siphash_key_t key;

	return siphash(v, sizeof(*v), &key);
}

/**
 * chim_host_cached_told() - note what the target is told
 * @conn: offloaded, or about to be
 * @v: its cached variables, from chim_host_cached_read()
 *
 * Context: socket owned.
 */
void chim_host_cached_told(struct chim_host_conn *conn,
			   const TCP_OFFLOAD_STATE_CACHED *v)
{
	conn->told = digest(v);
	conn->window = v->InitialRcvWnd;
	conn->ttl = v->TtlOrHopLimit;
}

/**
 * chim_host_cached_due() - is there anything that the target does not know?
 * @conn: offloaded
 *
 * Context: socket owned, or its spinlock held.
 * Return: true if so.
 */
bool chim_host_cached_due(const struct chim_host_conn *conn)
{
	TCP_OFFLOAD_STATE_CACHED v;

	chim_host_cached_read(conn, &v);
	return digest(&v) != conn->told;
}

/**
 * chim_host_cached_update() - tell the target what has changed (UPD-088)
 * @conn: offloaded
 *
 * Context: process, may sleep; socket owned.
 * Return: false if the target refuses; the offload must end (UPD-059).
 */
bool chim_host_cached_update(struct chim_host_conn *conn)
{
	struct chim_host_bind *bind = conn->path->bind;
	struct chim_host_block block;
	TCP_OFFLOAD_STATE_CACHED v;

	chim_host_cached_read(conn, &v);
	if (digest(&v) == conn->told)
		return true;
	chim_host_block_cached(&block, &conn->context, &v,
			       v.InitialRcvWnd != conn->window);
	chim_host_bind_run(bind, bind->generic.UpdateOffloadHandler, &block.b);
	chim_host_cached_told(conn, &v);
	chim_host_count(CHIM_HOST_NEW_OPTIONS, 1);
	return block.b.Status == NDIS_STATUS_SUCCESS;
}
