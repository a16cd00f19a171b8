// SPDX-License-Identifier: GPL-2.0
/*
 * Connections between this namespace and another one, and their hand-over. The
 * socket of a connection that is offloaded stays as it was: it gets no
 * segments, and has nothing to send.
 */
#include "data.h"

#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#define NEAR_ADDR	0xc6120001	/* 198.18.0.1, RFC 2544 */
#define FAR_ADDR	0xc6120002
#define FAR_PORT	7000
#define SSTHRESH_MAX	0x7fffffff

static __be32 near_addr = htonl(NEAR_ADDR);
static __be32 far_addr = htonl(FAR_ADDR);

static int listen(struct net *net, struct socket **out)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(FAR_PORT),
		.sin_addr.s_addr = far_addr,
	};
	struct socket *sock;
	int err;

	err = sock_create_kern(net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock);
	if (err)
		return err;
	sock->sk->sk_reuse = SK_CAN_REUSE;
	err = kernel_bind(sock, (struct sockaddr *)&at, sizeof(at));
	if (!err)
		err = kernel_listen(sock, 1);
	if (err)
		sock_release(sock);
	else
		*out = sock;
	return err;
}

static int connect(struct socket **out)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(FAR_PORT),
		.sin_addr.s_addr = far_addr,
	};
	struct socket *sock;
	int err;

	err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP,
			       &sock);
	if (err)
		return err;
	err = kernel_connect(sock, (struct sockaddr *)&to, sizeof(to), 0);
	if (err)
		sock_release(sock);
	else
		*out = sock;
	return err;
}

/* Without a word to the other end, which may be elsewhere in the stream. */
static void drop(struct socket *sock)
{
	if (!sock)
		return;
	lock_sock(sock->sk);
	tcp_sk(sock->sk)->repair = 1;
	release_sock(sock->sk);
	sock_release(sock);
}

/**
 * bench_link_open() - make a connection
 * @link: filled in
 * @far_net: where its other end is to be
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_link_open(struct bench_link *link, struct net *far_net)
{
	struct socket *listener;
	int err;

	memset(link, 0, sizeof(*link));
	err = listen(far_net, &listener);
	if (err)
		return err;
	err = connect(&link->near);
	if (!err)
		err = kernel_accept(listener, &link->far, 0);
	sock_release(listener);
	if (err) {
		drop(link->near);
		return err;
	}
	tcp_sock_set_nodelay(link->near->sk);
	tcp_sock_set_nodelay(link->far->sk);
	return 0;
}

/**
 * bench_link_close() - forget a connection
 * @link: not offloaded
 *
 * Context: process, may sleep.
 */
void bench_link_close(struct bench_link *link)
{
	drop(link->near);
	drop(link->far);
}

/* --- hand-over ------------------------------------------------------------ */

/* Called with the socket locked. */
static void fill_const(TCP_OFFLOAD_STATE_CONST *c, const struct sock *sk)
{
	const struct tcp_options_received *opt = &tcp_sk(sk)->rx_opt;

	*c = (TCP_OFFLOAD_STATE_CONST) {
		.Header.Length = sizeof(*c),
		.Flags = (opt->tstamp_ok ? TCP_FLAG_TIMESTAMP_ENABLED : 0) |
			 (opt->sack_ok ? TCP_FLAG_SACK_ENABLED : 0) |
			 (opt->wscale_ok ? TCP_FLAG_WINDOW_SCALING_ENABLED : 0),
		.RemotePort = (__force u16)inet_sk(sk)->inet_dport,
		.LocalPort = (__force u16)inet_sk(sk)->inet_sport,
		.SndWindScale = opt->snd_wscale,
		.RcvWindScale = opt->rcv_wscale,
		.RemoteMss = opt->mss_clamp,
	};
}

/* Called with the socket locked. Ticks are milliseconds. */
static void fill_deleg(TCP_OFFLOAD_STATE_DELEGATED *d, struct sock *sk,
		       u32 window)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	*d = (TCP_OFFLOAD_STATE_DELEGATED) {
		.Header.Length = sizeof(*d),
		.State = TcpConnectionEstablished,
		.RcvNxt = tp->rcv_nxt,
		.RcvWnd = window,
		.SndUna = tp->snd_una,
		.SndNxt = tp->snd_nxt,
		.SndMax = tp->snd_nxt,
		.SndWnd = tp->snd_wnd,
		.MaxSndWnd = tp->max_window,
		.SendWL1 = tp->snd_wl1,
		.CWnd = tcp_snd_cwnd(tp) * tp->mss_cache,
		.SsThresh = SSTHRESH_MAX,
		.SRtt = tp->srtt_us / USEC_PER_MSEC,
		.RttVar = tp->mdev_us / USEC_PER_MSEC,
		.TsRecent = tp->rx_opt.ts_recent,
		.TsTime = tcp_time_stamp_raw() + tp->tsoffset,
		.KeepAlive.TimeoutDelta = -1,
		.Retransmit.TimeoutDelta = -1,
	};
}

static void fill_conn(struct conn_block *t, struct bench_link *link, u32 window)
{
	struct sock *sk = link->near->sk;
	TCP_OFFLOAD_STATE_CACHED v;
	TCP_OFFLOAD_STATE_CONST c;
	TCP_OFFLOAD_STATE_DELEGATED d;

	lock_sock(sk);
	fill_const(&c, sk);
	fill_deleg(&d, sk, window);
	release_sock(sk);
	bench_cached(&v, 0);
	v.InitialRcvWnd = window;
	bench_head(&t->b, TcpOffloadState, &link->conn.context);
	memcpy(t->state, &c, sizeof(c));
	memcpy(t->state + sizeof(c), &v, sizeof(v));
	memcpy(t->state + sizeof(c) + sizeof(v), &d, sizeof(d));
}

static void fill_path(struct low_block *p, struct bench_link *link, u32 mtu)
{
	PATH_OFFLOAD_STATE_CACHED cached = {
		.Header.Length = sizeof(cached),
		.PathMtu = mtu,
	};

	bench_path(p, &link->path.context, 0);
	memcpy(p->src, &near_addr, 4);
	memcpy(p->dst, &far_addr, 4);
	memcpy(p->state + sizeof(PATH_OFFLOAD_STATE_CONST), &cached,
	       sizeof(cached));
}

/* The peer's address is that of the script's device, which it has chosen. */
static void fill_neigh(struct low_block *n, struct bench_link *link)
{
	bench_neigh(n, &link->neigh.context, 0);
	n->state[44 + 8 + ETH_ALEN - 1] = 0xfe;
}

/* A neighbor and a path of its own, or the path of another connection. */
static bool initiate(struct bench_link *link, struct conn_block *t,
		     PVOID *path)
{
	struct low_block n, p;
	struct ref_block linker;

	if (path) {
		bench_head(&linker.b, Ip4OffloadConstState, path);
		linker.b.DependentBlockList = &t->b;
		bench_run(bench_target.InitiateOffloadHandler, &linker);
		return bench_all_success(&linker.b) &&
		       bench_all_success(&t->b);
	}
	fill_neigh(&n, link);
	fill_path(&p, link, dst_mtu(__sk_dst_get(link->near->sk)));
	n.b.DependentBlockList = &p.b;
	p.b.DependentBlockList = &t->b;
	bench_run(bench_target.InitiateOffloadHandler, &n);
	return bench_all_success(&n.b) && bench_all_success(&p.b) &&
	       bench_all_success(&t->b);
}

/**
 * bench_link_offload() - hand the near end to the target
 * @link: open and quiet
 * @window: bytes that the target may take in
 * @path: place of the handle of the path it goes on, or NULL for a new one
 *
 * Context: process, may sleep.
 * Return: false if the target refuses.
 */
bool bench_link_offload(struct bench_link *link, u32 window, PVOID *path)
{
	struct conn_block *t = kzalloc(sizeof(*t), GFP_KERNEL);
	bool ok;

	if (!t)
		return false;
	fill_conn(t, link, window);
	ok = initiate(link, t, path);
	kfree(t);
	return ok;
}

/* What was not delivered comes in the block, and is the target's to free. */
static void give_back(const struct end_block *block)
{
	TCP_OFFLOAD_STATE_DELEGATED d;

	memcpy(&d, block->state, sizeof(d));
	if (d.BufferedData)
		bench_io.TcpOffloadReceiveReturnHandler(bench_adapter(),
							d.BufferedData);
}

static void end(PVOID *context, u8 type)
{
	struct end_block block;

	if (!*context)
		return;
	memset(&block, 0, sizeof(block));
	bench_head(&block.b, type, context);
	bench_length(block.state, sizeof(block.state));
	bench_run(bench_target.TerminateOffloadHandler, &block);
	if (bench_all_success(&block.b) && type == TcpOffloadDelegatedState)
		give_back(&block);
	*context = NULL;
}

/**
 * bench_link_upload() - end the offload; the connection is of no use after it
 * @link: offloaded, or partly so
 *
 * Context: process, may sleep.
 */
void bench_link_upload(struct bench_link *link)
{
	end(&link->conn.context, TcpOffloadDelegatedState);
	end(&link->path.context, Ip4OffloadConstState);
	end(&link->neigh.context, NeighborOffloadConstState);
}
