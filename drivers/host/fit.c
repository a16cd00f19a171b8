// SPDX-License-Identifier: GPL-2.0
/* Which sockets can be offloaded. */
#include "host/fit.h"

#include "compat.h"
#include "host/conn.h"
#include "host/filter.h"
#include "host/track.h"

#include <linux/if_arp.h>
#include <linux/jhash.h>
#include <linux/net_tstamp.h>
#include <linux/skmsg.h>
#include <linux/tcp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/mptcp.h>
#include <net/neighbour.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

static bool is_in_map(const struct sock *sk)
{
	bool is;

	rcu_read_lock();
	is = sk_psock(sk);
	rcu_read_unlock();
	return is;
}

/**
 * chim_host_fit_kind() - is it a socket of a program, and are its functions TCP's?
 * @sk: the socket
 *
 * Context: process, socket owned.
 * Return: why not, or CHIM_HOST_FITS.
 */
enum chim_host_why chim_host_fit_kind(const struct sock *sk)
{
	if ((sk->sk_family != AF_INET && sk->sk_family != AF_INET6) ||
	    sk->sk_type != SOCK_STREAM || sk->sk_protocol != IPPROTO_TCP)
		return CHIM_HOST_FAMILY;
	if (sk_is_mptcp(sk))
		return CHIM_HOST_MPTCP;
	if (is_in_map(sk))
		return CHIM_HOST_SOCKMAP;
	/* Those of the kernel, and those that it uses for itself. */
	if (!sk->sk_socket || !sk->sk_net_refcnt ||
	    READ_ONCE(sk->sk_user_data))
		return CHIM_HOST_USED;
	return CHIM_HOST_FITS;
}

static enum chim_host_why fit_protocol(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

#ifdef CONFIG_TCP_AO
	if (rcu_access_pointer(tp->ao_info))
		return CHIM_HOST_AO;
#endif
	/* The target's clock ticks once in a millisecond. */
	if (chim_tcp_usec_ts(tp))
		return CHIM_HOST_USEC;
#ifdef CONFIG_BPF
	if (tp->bpf_sock_ops_cb_flags)
		return CHIM_HOST_FILTER;
#endif
	if (tp->ecn_flags & TCP_ECN_OK)
		return CHIM_HOST_ECN;
	if (sock_flag(sk, SOCK_ZEROCOPY))
		return CHIM_HOST_ZEROCOPY;
	return CHIM_HOST_FITS;
}

static bool has_min_ttl(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && READ_ONCE(inet6_sk(sk)->min_hopcount))
		return true;
#endif
	return READ_ONCE(inet_sk(sk)->min_ttl);
}

/* Those of IPv6 leave their length behind when they are taken back. */
static bool has_ip_options(const struct sock *sk)
{
	if (!inet_csk(sk)->icsk_ext_hdr_len)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 && rcu_access_pointer(inet6_sk(sk)->opt))
		return true;
#endif
	return rcu_access_pointer(inet_sk(sk)->inet_opt);
}

/* The target's packets of IPv4 are not to be cut (SND-041), nor are most of TCP's. */
static bool may_be_cut(const struct sock *sk)
{
	u8 mode = READ_ONCE(inet_sk(sk)->pmtudisc);

	return mode != IP_PMTUDISC_DO && mode != IP_PMTUDISC_WANT &&
	       chim_host_is_v4(sk);
}

/**
 * chim_host_fit_options() - is there an option that the target does not obey?
 * @sk: the socket
 *
 * Programs may set these at any time.
 *
 * Context: any; the socket exists.
 * Return: the reason, or CHIM_HOST_FITS.
 */
enum chim_host_why chim_host_fit_options(const struct sock *sk)
{
#ifdef CONFIG_TCP_MD5SIG
	if (rcu_access_pointer(tcp_sk(sk)->md5sig_info))
		return CHIM_HOST_MD5;
#endif
	if (tcp_sk(sk)->repair)
		return CHIM_HOST_REPAIR;
	/* What frees memory needs memory that the target does not have. */
	if (sock_flag(sk, SOCK_MEMALLOC))
		return CHIM_HOST_USED;
	if (rcu_access_pointer(sk->sk_filter))
		return CHIM_HOST_FILTER;
	if (may_be_cut(sk))
		return CHIM_HOST_FRAGMENT;
	if (has_min_ttl(sk))
		return CHIM_HOST_MIN_TTL;
	/* Also extension headers of IPv6, and labels (CIPSO). */
	if (has_ip_options(sk))
		return CHIM_HOST_IP_OPTIONS;
	if (READ_ONCE(sk->sk_max_pacing_rate) != ~0UL)
		return CHIM_HOST_PACING;
	if (READ_ONCE(sk->sk_mark))
		return CHIM_HOST_MARK;
	if (READ_ONCE(sk->sk_priority) > CHIM_HOST_PRIORITY_MAX)
		return CHIM_HOST_PRIORITY;
	if (tcp_sk(sk)->tcp_tx_delay || sock_flag(sk, SOCK_TXTIME) ||
	    sk->sk_tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK)
		return CHIM_HOST_TXTIME;
	return CHIM_HOST_FITS;
}

/**
 * chim_host_fit() - is there a reason against the offload of a socket?
 * @sk: the socket
 *
 * Context: process, socket owned.
 * Return: the reason, or CHIM_HOST_FITS.
 */
enum chim_host_why chim_host_fit(struct sock *sk)
{
	enum chim_host_why why = chim_host_fit_kind(sk);

	if (!why)
		why = fit_protocol(sk);
	if (!why)
		why = chim_host_fit_options(sk);
	return why ?: chim_host_fit_now(sk);
}

/**
 * chim_host_fit_now() - is there one that segments may have brought about?
 * @sk: the socket
 *
 * Context: process, socket owned.
 * Return: the reason, or CHIM_HOST_FITS.
 */
enum chim_host_why chim_host_fit_now(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	/* Both have brought it into another state, the first for a while. */
	if (rcu_access_pointer(tp->fastopen_rsk))
		return CHIM_HOST_FASTOPEN;
	if (sk->sk_shutdown & SEND_SHUTDOWN && sk->sk_state != TCP_CLOSE)
		return CHIM_HOST_CLOSING;
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) ||
	    sk->sk_err)
		return CHIM_HOST_STATE;
	if (tp->urg_data || tp->snd_una != tp->snd_up)
		return CHIM_HOST_URGENT;
	if (!RB_EMPTY_ROOT(&tp->out_of_order_queue))
		return CHIM_HOST_OOO;
	return CHIM_HOST_FITS;
}

/**
 * chim_host_stamped() - is a program to be told when data is sent?
 * @skb: in a queue of TCP
 *
 * Context: any.
 * Return: true if so.
 */
bool chim_host_stamped(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP ||
	       TCP_SKB_CB(skb)->txstamp_ack;
}

/**
 * chim_host_unfit_data() - is it data that only TCP itself can send?
 * @sk: the socket, offloaded
 * @skb: in its write queue
 *
 * The target knows no urgent data, pages that are a program's, and time stamps.
 *
 * Context: socket's spinlock held, or socket owned.
 * Return: true if so.
 */
bool chim_host_unfit_data(const struct sock *sk, struct sk_buff *skb)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return tp->snd_una != tp->snd_up ||
	       TCP_SKB_CB(skb)->tcp_flags & TCPHDR_FIN ||
	       skb_zcopy(skb) || skb_has_frag_list(skb) ||
	       chim_host_stamped(skb);
}

static enum chim_host_why resolve(const struct sock *sk, struct dst_entry *dst,
				  struct chim_host_hop *hop)
{
	struct neighbour *neigh = dst_neigh_lookup(dst, chim_host_remote(sk));
	enum chim_host_why why = CHIM_HOST_FITS;

	if (!neigh)
		return CHIM_HOST_NEIGHBOR;
	hop->family = neigh->tbl->family == AF_INET ? 4 : 6;
	memcpy(&hop->addr, neigh->primary_key, neigh->tbl->key_len);
	neigh_ha_snapshot((char *)hop->mac, neigh, neigh->dev);
	if (!(READ_ONCE(neigh->nud_state) & NUD_VALID) ||
	    !is_valid_ether_addr(hop->mac)) {
		neigh_event_send(neigh, NULL);
		why = CHIM_HOST_NEIGHBOR;
	}
	neigh_release(neigh);
	return why;
}

/*
 * What the target receives passes by the check of IPsec. What a policy says does not
 * matter.
 */
static bool is_policed(const struct sock *sk)
{
#ifdef CONFIG_XFRM
	const struct netns_xfrm *xfrm = &sock_net(sk)->xfrm;

	return rcu_access_pointer(sk->sk_policy[XFRM_POLICY_IN]) ||
	       READ_ONCE(xfrm->policy_count[XFRM_POLICY_IN]) ||
	       READ_ONCE(xfrm->policy_default[XFRM_POLICY_IN]) !=
	       XFRM_USERPOLICY_ACCEPT;
#else
	return false;
#endif
}

static enum chim_host_why read_dst(const struct sock *sk, struct dst_entry *dst,
				   struct chim_host_hop *hop)
{
#ifdef CONFIG_XFRM
	if (dst->xfrm)
		return CHIM_HOST_XFRM;
#endif
	if (dst->dev->flags & IFF_LOOPBACK)
		return CHIM_HOST_LOOPBACK;
	if (chim_host_is_v4(sk) && ip_mtu_locked(dst))
		return CHIM_HOST_FRAGMENT;
	if (dst->dev->type != ARPHRD_ETHER || dst->dev->flags & IFF_NOARP ||
	    dst->lwtstate)
		return CHIM_HOST_HOP;
	hop->ifindex = dst->dev->ifindex;
	hop->mtu = dst_mtu(dst);
	return resolve(sk, dst, hop);
}

/**
 * chim_host_routes() - how often routes, or policies of IPsec, have changed
 * @sk: a socket, of which they may be
 *
 * Context: any.
 * Return: a number that is another after each change.
 */
u32 chim_host_routes(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (!chim_host_is_v4(sk))
		return rt_genid_ipv6(sock_net(sk));
#endif
	return rt_genid_ipv4(sock_net(sk));
}

/**
 * chim_host_route() - which way do frames of a socket go?
 * @sk: the socket
 * @hop: set
 *
 * Context: process, socket owned.
 * Return: CHIM_HOST_FITS; CHIM_HOST_NEIGHBOR if the next hop is being resolved,
 * then @hop has all but its address on the link; or why the target cannot send
 * them there.
 */
enum chim_host_why chim_host_route(struct sock *sk, struct chim_host_hop *hop)
{
	enum chim_host_why why;
	struct dst_entry *dst;

	memset(hop, 0, sizeof(*hop));
	hop->routes = chim_host_routes(sk);
	if (is_policed(sk))
		return CHIM_HOST_XFRM;
	if (inet_csk(sk)->icsk_af_ops->rebuild_header(sk))
		return CHIM_HOST_ROUTE;
	dst = sk_dst_get(sk);
	if (!dst)
		return CHIM_HOST_ROUTE;
	why = read_dst(sk, dst, hop);
	dst_release(dst);
	return why;
}

/**
 * chim_host_hop_digest() - the address of a next hop, in a word
 * @hop: from chim_host_route()
 *
 * Context: any.
 * Return: the same for the same one; for another one most likely another.
 */
u32 chim_host_hop_digest(const struct chim_host_hop *hop)
{
	return jhash(&hop->addr, sizeof(hop->addr), hop->family);
}

/**
 * chim_host_hop() - can the target send frames of a socket as they are, and where
 * they go?
 * @sk: the socket
 * @hop: set
 *
 * Context: process, socket owned.
 * Return: CHIM_HOST_FITS, or why not.
 */
enum chim_host_why chim_host_hop(struct sock *sk, struct chim_host_hop *hop)
{
	enum chim_host_why why;

	if (chim_host_track_changes(sk))
		return CHIM_HOST_NAT;
	why = chim_host_filter(sk);
	return why ?: chim_host_route(sk, hop);
}
