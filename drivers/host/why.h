/* SPDX-License-Identifier: GPL-2.0 */
/* Why a socket was not offloaded, or is no longer; counted. */
#ifndef _CHIM_HOST_WHY_H
#define _CHIM_HOST_WHY_H

#include <linux/types.h>

struct net;

/*
 * X(NAME, errno, word): a refusal has an error number, an event has none.
 */
#define CHIM_HOST_WHYS(X)						\
	X(FITS, 0, "offloaded")					\
	X(UPLOADED, 0, "uploaded")					\
	X(POLICY, EPERM, "refused: not allowed")			\
	X(FAMILY, EOPNOTSUPP, "refused: no plain TCP socket")		\
	X(USED, EOPNOTSUPP, "refused: somebody else's socket")		\
	X(SOCKMAP, EOPNOTSUPP, "refused: socket in a BPF map")		\
	X(STATE, ENOTCONN, "refused: not established")			\
	X(CLOSING, ENOTCONN, "refused: shut down by the program")	\
	X(MD5, EOPNOTSUPP, "refused: TCP MD5 signatures")		\
	X(AO, EOPNOTSUPP, "refused: TCP Authentication Option")		\
	X(USEC, EOPNOTSUPP, "refused: timestamps in microseconds")		\
	X(MPTCP, EOPNOTSUPP, "refused: Multipath TCP")			\
	X(REPAIR, EBUSY, "refused: in repair")				\
	X(ECN, EOPNOTSUPP, "refused: ECN")				\
	X(FASTOPEN, EAGAIN, "refused: Fast Open not over")		\
	X(URGENT, EAGAIN, "refused: urgent data")			\
	X(ZEROCOPY, EOPNOTSUPP, "refused: zero-copy sends")		\
	X(TXTIME, EOPNOTSUPP, "refused: send time or time stamps")	\
	X(FILTER, EOPNOTSUPP, "refused: socket filter or BPF")		\
	X(STAMPS, EAGAIN, "refused: data with send time stamps")	\
	X(MIN_TTL, EOPNOTSUPP, "refused: minimum TTL or hop count")	\
	X(IP_OPTIONS, EOPNOTSUPP, "refused: IP options or extension headers")	\
	X(PACING, EOPNOTSUPP, "refused: pacing rate")			\
	X(MARK, EOPNOTSUPP, "refused: mark")				\
	X(PRIORITY, EOPNOTSUPP, "refused: priority above 7")		\
	X(FRAGMENT, EOPNOTSUPP, "refused: packets that may be fragmented")	\
	X(ROUTE, ENETUNREACH, "refused: no route")			\
	X(XFRM, EOPNOTSUPP, "refused: IPsec")				\
	X(LOOPBACK, EOPNOTSUPP, "refused: loopback")			\
	X(HOP, EOPNOTSUPP, "refused: no Ethernet next hop")		\
	X(NEIGHBOR, EAGAIN, "refused: next hop not resolved")		\
	X(NAT, EOPNOTSUPP, "refused: NAT")				\
	X(RULES, EOPNOTSUPP, "refused: rules of netfilter")		\
	X(HOOKS, EOPNOTSUPP, "refused: unknown hook of netfilter")	\
	X(CGROUP, EOPNOTSUPP, "refused: BPF of the control group")	\
	X(ADAPTER, ENODEV, "refused: no adapter on the device")		\
	X(PAUSED, EAGAIN, "refused: adapter is paused")			\
	X(OOO, EAGAIN, "refused: data out of order")			\
	X(MEMORY, ENOMEM, "refused: no memory")				\
	X(DRAINED, EBUSY, "refused: the host stack is drained")		\
	X(TARGET, EIO, "refused by the target")				\
	X(UP_ASKED, 0, "uploaded: asked for by the program")		\
	X(UP_CLOSE, 0, "uploaded: socket closed or shut down")		\
	X(UP_OPTION, 0, "uploaded: socket option")			\
	X(UP_DATA, 0, "uploaded: data only TCP itself can send")	\
	X(UP_TARGET, 0, "uploaded: asked for by the target")		\
	X(UP_IDLE, 0, "uploaded: target: low activity")			\
	X(UP_DROPS, 0, "uploaded: target: high drop rate")		\
	X(UP_SMALL_IO, 0, "uploaded: target: small I/O")			\
	X(UP_PREPOST, 0, "uploaded: target: no buffers posted")		\
	X(UP_URGENT, 0, "uploaded: target: urgent data received")	\
	X(UP_FRAGMENTS, 0, "uploaded: target: high fragmentation")	\
	X(UP_DISORDER, 0, "uploaded: target: segments out of order")	\
	X(UP_TIMEOUT, 0, "uploaded: target: timeout")			\
	X(UP_INVALID, 0, "uploaded: target: invalid state")		\
	X(UP_HARDWARE, 0, "uploaded: target: hardware failure")		\
	X(UP_ALL, 0, "uploaded: adapter wants everything uploaded")	\
	X(UP_RESET, 0, "uploaded: reset by the peer")			\
	X(UP_UPDATE, 0, "uploaded: target refused an update")		\
	X(UP_ROUTE, 0, "uploaded: route leads elsewhere")		\
	X(UP_HOP, 0, "uploaded: next hop does not answer")		\
	X(UP_RULES, 0, "uploaded: rules of netfilter")			\
	X(UP_HOOKS, 0, "uploaded: unknown hook of netfilter")		\
	X(UP_CGROUP, 0, "uploaded: BPF of the control group")		\
	X(UP_FILTER, 0, "uploaded: socket filter or BPF")		\
	X(UP_MIN_TTL, 0, "uploaded: minimum TTL or hop count")		\
	X(UP_IP_OPTIONS, 0, "uploaded: IP options or extension headers")	\
	X(UP_PACING, 0, "uploaded: pacing rate")			\
	X(UP_MARK, 0, "uploaded: mark")					\
	X(UP_PRIORITY, 0, "uploaded: priority above 7")			\
	X(UP_TXTIME, 0, "uploaded: send time or time stamps")		\
	X(UP_FRAGMENT, 0, "uploaded: packets that may be fragmented")	\
	X(UP_USER_TIMEOUT, 0, "uploaded: nothing acknowledged for the user timeout")	\
	X(UP_FRAGMENTED, 0, "uploaded: IPv6 fragments received")	\
	X(UP_DRAINED, 0, "uploaded: the host stack is drained")		\
	X(LOST, 0, "state that came back was not sound")		\
	X(NO_STATE, 0, "objects whose state the target has lost")	\
	X(SEGS_HELD, 0, "segments held meanwhile")				\
	X(SEGS_DROPPED, 0, "segments dropped: too many held")		\
	X(FORWARDED, 0, "segments forwarded")				\
	X(NEW_OPTIONS, 0, "updates of options")				\
	X(NEW_MAC, 0, "next hops with another address")			\
	X(NEW_MTU, 0, "paths with another MTU")				\
	X(NEW_HOP, 0, "paths linked to another next hop")		\
	X(QUERIED, 0, "queries of reachability")			\
	X(ANSWERED, 0, "queries of reachability answered")		\
	X(REFUSED_DATA, 0, "indications refused for lack of room")

enum chim_host_why {
#define X(name, err, word)	CHIM_HOST_##name,
	CHIM_HOST_WHYS(X)
#undef X
	CHIM_HOST_N_WHYS,
};

void chim_host_count(enum chim_host_why why, u32 by);
int chim_host_refuse(enum chim_host_why why);
const char *chim_host_why_word(u32 why);
int chim_host_why_init(void);
void chim_host_why_exit(void);

#endif /* _CHIM_HOST_WHY_H */
