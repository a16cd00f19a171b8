// SPDX-License-Identifier: GPL-2.0
/* What sockets know that a program is not told. */
#include "socket.h"

#include <linux/tcp.h>
#include <net/inet_connection_sock.h>
#include <net/neighbour.h>
#include <net/tcp.h>

/**
 * chimc_socket_usable() - is this a connection?
 * @sk: a socket
 *
 * Context: process.
 * Return: true if so.
 */
bool chimc_socket_usable(const struct sock *sk)
{
	return (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	       sk->sk_type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP &&
	       ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT));
}

/* Also for IPv4 on an IPv6 socket. */
static bool is_v4(const struct sock *sk)
{
	return sk->sk_family == AF_INET ||
	       ipv6_addr_v4mapped(&sk->sk_v6_daddr);
}

/**
 * chimc_socket_tuple() - the addresses of a connection
 * @sk: its socket
 * @tuple: set, but for the namespace
 *
 * Context: process.
 */
void chimc_socket_tuple(const struct sock *sk, struct chimc_tuple *tuple)
{
	const struct inet_sock *inet = inet_sk(sk);

	tuple->lport = inet->inet_sport;
	tuple->rport = inet->inet_dport;
	if (is_v4(sk)) {
		tuple->family = 4;
		memcpy(&tuple->local, &inet->inet_saddr, 4);
		memcpy(&tuple->remote, &inet->inet_daddr, 4);
	} else {
		tuple->family = 6;
		tuple->local = sk->sk_v6_rcv_saddr;
		tuple->remote = sk->sk_v6_daddr;
	}
}

/* Called with the socket locked. */
static int next_hop(struct sock *sk, const struct chimc_tuple *tuple,
		    struct chimc_socket *s)
{
	struct neighbour *neigh;
	struct dst_entry *dst;
	int err = -ENETUNREACH;

	if (inet_csk(sk)->icsk_af_ops->rebuild_header(sk))
		return err;
	dst = sk_dst_get(sk);
	if (!dst)
		return err;
	s->ifindex = dst->dev->ifindex;
	neigh = dst_neigh_lookup(dst, &tuple->remote);
	if (neigh) {
		neigh_ha_snapshot((char *)s->mac, neigh, neigh->dev);
		if (!is_zero_ether_addr(s->mac))
			err = 0;
		neigh_release(neigh);
	}
	dst_release(dst);
	return err;
}

/**
 * chimc_socket_read() - read what a program cannot
 * @sk: socket that gets no segments any more
 * @tuple: of the connection
 * @s: set
 *
 * Segments that were on their way into the socket are in it afterwards.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENETUNREACH if the next hop is not known.
 */
int chimc_socket_read(struct sock *sk, const struct chimc_tuple *tuple,
		      struct chimc_socket *s)
{
	struct tcp_sock *tp = tcp_sk(sk);
	int err;

	lock_sock(sk);
	s->family = tuple->family;
	memcpy(s->local, &tuple->local, sizeof(s->local));
	memcpy(s->remote, &tuple->remote, sizeof(s->remote));
	s->lport = tuple->lport;
	s->rport = tuple->rport;
	s->flow_label = sk->sk_txhash & 0xfffff;
	s->ts_recent = tp->rx_opt.ts_recent;
	s->ts_recent_age = (ktime_get_seconds() - tp->rx_opt.ts_recent_stamp) *
			   MSEC_PER_SEC;
	err = next_hop(sk, tuple, s);
	release_sock(sk);
	return err;
}

/**
 * chimc_socket_write() - write what a program cannot
 * @sk: socket that takes the connection over again
 * @s: the timestamp counts
 *
 * Context: process, may sleep.
 */
void chimc_socket_write(struct sock *sk, const struct chimc_socket *s)
{
	struct tcp_sock *tp = tcp_sk(sk);

	lock_sock(sk);
	tp->rx_opt.ts_recent = s->ts_recent;
	tp->rx_opt.ts_recent_stamp = ktime_get_seconds();
	release_sock(sk);
}
