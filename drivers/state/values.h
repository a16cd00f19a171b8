/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Constant, cached and delegated variables as plain values.
 *
 * Addresses and ports are in network byte order, everything else in host
 * order. Times are host ticks (see clock.h), sizes are bytes. Nothing here
 * points anywhere: a value can be copied and outlive what it came from.
 */
#ifndef CHIM_STATE_VALUES_H
#define CHIM_STATE_VALUES_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>

/* A count of ticks that means "not running" (TMR-014, TMR-016). */
#define CHIM_TICKS_NONE	0xffffffffU

union chim_addr {
	__be32 v4;
	struct in6_addr v6;
};

/* NEIGHBOR_OFFLOAD_STATE_CONST: all-zero @src means the interface's own. */
struct chim_neigh_const {
	u8 src[ETH_ALEN];
	u16 vlan;
};

/* NEIGHBOR_OFFLOAD_STATE_CACHED */
struct chim_neigh_cached {
	u8 dst[ETH_ALEN];
	u32 hrd;
};

/* NEIGHBOR_OFFLOAD_STATE_DELEGATED */
struct chim_neigh_deleg {
	u32 nrd;
};

/* PATH_OFFLOAD_STATE_CONST: @family is AF_INET or AF_INET6. */
struct chim_path_const {
	union chim_addr src;
	union chim_addr dst;
	u8 family;
};

/* PATH_OFFLOAD_STATE_CACHED */
struct chim_path_cached {
	u32 mtu;
};

/* TCP_OFFLOAD_STATE_CONST; @flags are CHIM_CONN_* */
#define CHIM_CONN_TIMESTAMPS	0x01
#define CHIM_CONN_SACK		0x02
#define CHIM_CONN_WSCALE	0x04
#define CHIM_CONN_FLAGS		0x07

struct chim_conn_const {
	__be16 lport;
	__be16 rport;
	u8 flags;
	u8 snd_wscale : 4;
	u8 rcv_wscale : 4;
	u16 remote_mss;
	u32 hash;
};

/* TCP_OFFLOAD_STATE_CACHED; the last three flags are commands (UPD-147). */
#define CHIM_CONN_KEEPALIVE	0x01
#define CHIM_CONN_NAGLE		0x02
#define CHIM_CONN_KA_RESTART	0x04
#define CHIM_CONN_RT_RESTART	0x08
#define CHIM_CONN_RCV_WND	0x10
#define CHIM_CONN_SETTINGS	(CHIM_CONN_KEEPALIVE | CHIM_CONN_NAGLE)
#define CHIM_CONN_COMMANDS	(CHIM_CONN_KA_RESTART | CHIM_CONN_RT_RESTART | \
				 CHIM_CONN_RCV_WND)

struct chim_conn_cached {
	u32 rcv_wnd;
	u32 rcv_ind_size;
	u32 ka_probes;
	u32 ka_timeout;
	u32 ka_interval;
	u32 max_rt;
	u32 flow_label;
	u8 flags;
	u8 ttl;
	u8 tos;
	u8 prio;
};

/* TCP_OFFLOAD_CONNECTION_STATE */
enum chim_tcp_state {
	CHIM_TCP_CLOSED,
	CHIM_TCP_LISTEN,
	CHIM_TCP_SYN_SENT,
	CHIM_TCP_SYN_RCVD,
	CHIM_TCP_ESTABLISHED,
	CHIM_TCP_FIN_WAIT1,
	CHIM_TCP_FIN_WAIT2,
	CHIM_TCP_CLOSE_WAIT,
	CHIM_TCP_CLOSING,
	CHIM_TCP_LAST_ACK,
	CHIM_TCP_TIME_WAIT,
	CHIM_TCP_STATES
};

/*
 * TCP_OFFLOAD_STATE_DELEGATED without its buffers and without Flags, which
 * are not ours to touch (CON-051): @srtt is 8 times and
 * @rttvar 4 times the value in ticks (CON-054, CON-055); @ts_recent_age,
 * @ka_left and @rt_left are spans, not points in time. @snd_backlog and
 * @rcv_backlog are bytes and for queries only (CON-080, QRY-034).
 */
struct chim_conn_deleg {
	u32 state;
	u32 rcv_nxt;
	u32 rcv_wnd;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_max;
	u32 snd_wnd;
	u32 max_snd_wnd;
	u32 snd_wl1;
	u32 cwnd;
	u32 ssthresh;
	u32 ts_recent;
	u32 ts_recent_age;
	u32 ts_time;
	u32 total_rt;
	u32 ka_left;
	u32 rt_left;
	u32 dwnd;
	u32 snd_backlog;
	u32 rcv_backlog;
	u16 srtt;
	u16 rttvar;
	u8 dup_acks;
	u8 wnd_probes;
	u8 ka_probes;
	u8 rt_count;
};

#endif /* CHIM_STATE_VALUES_H */
