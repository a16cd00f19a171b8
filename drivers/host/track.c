// SPDX-License-Identifier: GPL-2.0
/*
 * Connection tracking of the host, which does not see what the target sends and
 * receives.
 *
 * Meanwhile it keeps its entry, and lets pass whatever segments still come up to it.
 * When the connection returns it is told what the target knows. flow tables forget the
 * windows instead, to have them learned from the next segments; but as long as only
 * one side has spoken, segments of that side that acknowledge more than its first are
 * found invalid.
 */
#include "host/track.h"

#include "host/conn.h"

#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_zones.h>

/*
 * The largest time that the kernel does not take for one that is over, where its clock
 * may be behind ours, and some.
 */
#define NEVER	(S32_MAX - HZ)

/* @dir is set to the direction in which we send. The module may not be there. */
static struct nf_conn *find(const struct sock *sk, u8 *dir)
{
	struct nf_conntrack_tuple tuple = { .dst.protonum = IPPROTO_TCP };
	typeof(nf_conntrack_find_get) *find_get;
	struct nf_conntrack_tuple_hash *hash;
	struct chim_host_tuple t;

	find_get = symbol_get(nf_conntrack_find_get);
	if (!find_get)
		return NULL;
	chim_host_tuple_read(sk, &t);
	tuple.src.l3num = t.family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	tuple.src.u.tcp.port = t.lport;
	tuple.dst.u.tcp.port = t.rport;
	tuple.src.u3.in6 = t.local;
	tuple.dst.u3.in6 = t.remote;
	hash = find_get(t.net, &nf_ct_zone_dflt, &tuple);
	/* Before it can go, it waits for who has one of its entries. */
	symbol_put(nf_conntrack_find_get);
	if (!hash)
		return NULL;
	*dir = hash->tuple.dst.dir;
	return nf_ct_tuplehash_to_ctrack(hash);
}

/**
 * chim_host_track_changes() - are segments of a connection changed on their way?
 * @sk: the socket
 *
 * Context: process, may sleep.
 * Return: true if they have other addresses, ports or sequence numbers on the wire.
 */
bool chim_host_track_changes(const struct sock *sk)
{
	struct nf_conn *ct;
	bool changes;
	u8 dir;

	ct = find(sk, &dir);
	if (!ct)
		return false;
	changes = ct->status & (IPS_NAT_MASK | IPS_SEQ_ADJUST);
	nf_conntrack_put(&ct->ct_general);
	return changes;
}

static void relax(struct chim_host_conn *conn, struct ip_ct_tcp *tcp)
{
	/* Somebody else wants that as well, and for longer. */
	if ((tcp->seen[0].flags | tcp->seen[1].flags) &
	    IP_CT_TCP_FLAG_BE_LIBERAL)
		return;
	tcp->seen[0].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	tcp->seen[1].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	conn->track_relaxed = true;
}

/**
 * chim_host_track_leave() - segments of a connection will not be seen
 * @conn: about to be offloaded
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_track_leave(struct chim_host_conn *conn)
{
	struct nf_conn *ct;
	u8 dir;

	conn->track_relaxed = false;
	conn->track_kept = false;
	ct = find(conn->sk, &dir);
	if (!ct)
		return;
	spin_lock_bh(&ct->lock);
	relax(conn, &ct->proto.tcp);
	spin_unlock_bh(&ct->lock);
	conn->track_kept = !test_and_set_bit(IPS_FIXED_TIMEOUT_BIT,
					     &ct->status);
	if (conn->track_kept)
		WRITE_ONCE(ct->timeout, nfct_time_stamp + NEVER);
	nf_conntrack_put(&ct->ct_general);
}

/*
 * Segments that wait have passed it and left no trace. So what the peer may have sent
 * counts as sent, and as received whatever window it can have told of.
 */
static void tell_windows(struct ip_ct_tcp_state *us,
			 struct ip_ct_tcp_state *peer,
			 const TCP_OFFLOAD_STATE_DELEGATED *d, u8 scale)
{
	us->td_end = d->SndMax;
	us->td_maxend = d->SndMax + ((u32)U16_MAX << scale);
	us->td_maxwin = max3((u32)us->td_maxwin, (u32)d->RcvWnd, 1U);
	us->td_maxack = d->RcvNxt;
	peer->td_end = d->RcvNxt + d->RcvWnd;
	/* Into a window that is closed a byte may be sent as a probe. */
	peer->td_maxend = peer->td_end + !d->RcvWnd;
	peer->td_maxwin = max3((u32)peer->td_maxwin, (u32)d->MaxSndWnd, 1U);
	peer->td_maxack = d->SndUna;
}

static void tell_flags(struct ip_ct_tcp_state *us, struct ip_ct_tcp_state *peer,
		       const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	us->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
	peer->flags |= IP_CT_TCP_FLAG_MAXACK_SET;
	peer->flags &= ~IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
	if (d->SndMax == d->SndUna)
		us->flags &= ~IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
	else
		us->flags |= IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED;
}

static void tell(const struct chim_host_conn *conn, struct ip_ct_tcp *tcp,
		 u8 dir, const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	struct ip_ct_tcp_state *us = &tcp->seen[dir];
	struct ip_ct_tcp_state *peer = &tcp->seen[!dir];

	if (d) {
		tell_windows(us, peer, d, tcp_sk(conn->sk)->rx_opt.snd_wscale);
		tell_flags(us, peer, d);
		tcp->retrans = 0;
	}
	if (!conn->track_relaxed)
		return;
	us->flags &= ~IP_CT_TCP_FLAG_BE_LIBERAL;
	peer->flags &= ~IP_CT_TCP_FLAG_BE_LIBERAL;
}

/* @left: how long it lasts if there is no next segment. */
static void go_back(struct chim_host_conn *conn,
		    const TCP_OFFLOAD_STATE_DELEGATED *d,
		    enum tcp_conntrack left)
{
	const struct nf_tcp_net *tn = nf_tcp_pernet(sock_net(conn->sk));
	struct nf_conn *ct;
	u8 dir;

	ct = find(conn->sk, &dir);
	if (!ct)
		return;
	/* If it was deleted, this is another one, which knows of no windows. */
	if (conn->track_kept &&
	    !test_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status))
		goto put;
	spin_lock_bh(&ct->lock);
	tell(conn, &ct->proto.tcp, dir, d);
	spin_unlock_bh(&ct->lock);
	if (conn->track_kept) {
		WRITE_ONCE(ct->timeout, nfct_time_stamp + tn->timeouts[left]);
		clear_bit(IPS_FIXED_TIMEOUT_BIT, &ct->status);
	}
put:
	nf_conntrack_put(&ct->ct_general);
}

/**
 * chim_host_track_return() - segments of a connection will be seen again
 * @conn: chim_host_track_leave() was called for it
 * @d: what has become of it, or NULL: there is no saying
 *
 * The next segment is one in order, whoever sends it.
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_track_return(struct chim_host_conn *conn,
			    const TCP_OFFLOAD_STATE_DELEGATED *d)
{
	go_back(conn, d, TCP_CONNTRACK_UNACK);
}

/**
 * chim_host_track_stay() - segments of a connection have been seen all the time
 * @conn: chim_host_track_leave() was called for it
 *
 * It may be long until there is a next one.
 *
 * Context: process, may sleep; socket owned.
 */
void chim_host_track_stay(struct chim_host_conn *conn)
{
	go_back(conn, NULL, TCP_CONNTRACK_ESTABLISHED);
}
