/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * How a program drives the reference client: generic netlink family
 * "chimney_client". It is a test's interface: module and program are of one
 * build, so values travel as structures.
 */
#ifndef CHIMC_UAPI_H
#define CHIMC_UAPI_H

#include <linux/types.h>

#define CHIMC_FAMILY	"chimney_client"
#define CHIMC_VERSION	1
/* Bytes of data in one message. */
#define CHIMC_DATA_MAX	32000

/**
 * enum chimc_cmd - what the program asks for
 * @CHIMC_CMD_HOLD: keep segments away from socket FD; gives ID, SOCKET
 * @CHIMC_CMD_GIVE: append DATA to QUEUE of ID
 * @CHIMC_CMD_OFFLOAD: initiate ID with VALUES and play ROLE; gives STATUS
 * @CHIMC_CMD_GET: gives RESULT of ID
 * @CHIMC_CMD_TAKE: gives DATA of QUEUE of an uploaded ID, from OFFSET on
 * @CHIMC_CMD_CONTROL: operation OP on ID; gives STATUS, maybe VALUES
 * @CHIMC_CMD_RELEASE: forget ID; with FD, that socket takes over and is told
 *	the timestamp of SOCKET
 * @CHIMC_CMD_EVENT: from the kernel to the program that holds ID: STATUS is a
 *	mask of CHIMC_EV_*
 */
enum chimc_cmd {
	CHIMC_CMD_UNSPEC,
	CHIMC_CMD_HOLD,
	CHIMC_CMD_GIVE,
	CHIMC_CMD_OFFLOAD,
	CHIMC_CMD_GET,
	CHIMC_CMD_TAKE,
	CHIMC_CMD_CONTROL,
	CHIMC_CMD_RELEASE,
	CHIMC_CMD_EVENT,
};

enum chimc_attr {
	CHIMC_A_UNSPEC,
	CHIMC_A_PAD,
	CHIMC_A_ID,		/* u32 */
	CHIMC_A_FD,		/* u32 */
	CHIMC_A_SOCKET,		/* struct chimc_socket */
	CHIMC_A_QUEUE,		/* u32, enum chimc_queue */
	CHIMC_A_DATA,		/* bytes */
	CHIMC_A_OFFSET,		/* u32 */
	CHIMC_A_VALUES,		/* struct chimc_values */
	CHIMC_A_ROLE,		/* struct chimc_role */
	CHIMC_A_STATUS,		/* u32, an NDIS_STATUS unless said otherwise */
	CHIMC_A_RESULT,		/* struct chimc_result */
	CHIMC_A_OP,		/* u32, enum chimc_op_code */
	CHIMC_A_ARG,		/* u32, see there */
	CHIMC_A_MAC,		/* 6 bytes */
	CHIMC_A_MORE,		/* flag: HOLD need not wait, more will come */
	CHIMC_A_END
};

#define CHIMC_A_MAX	(CHIMC_A_END - 1)

enum chimc_queue {
	CHIMC_QUEUE_SEND,	/* sent and not acknowledged, then not sent */
	CHIMC_QUEUE_RECV,	/* received and not read */
};

/**
 * enum chimc_op_code - operations on what is offloaded
 * @CHIMC_OP_UPDATE: cached variables of the connection, from VALUES
 * @CHIMC_OP_NEIGHBOR: MAC is the new address of the next hop
 * @CHIMC_OP_MTU: ARG is the new path MTU
 * @CHIMC_OP_RELINK: the path moves to a neighbor with address MAC
 * @CHIMC_OP_QUERY: gives VALUES
 * @CHIMC_OP_INVALIDATE: the connection (ARG 0), its path (1), neighbor (2)
 * @CHIMC_OP_TERMINATE: end the offload; gives VALUES
 * @CHIMC_OP_CYCLE: terminate and initiate again; gives VALUES
 * @CHIMC_OP_ABORT: abortive disconnect
 */
enum chimc_op_code {
	CHIMC_OP_UPDATE,
	CHIMC_OP_NEIGHBOR,
	CHIMC_OP_MTU,
	CHIMC_OP_RELINK,
	CHIMC_OP_QUERY,
	CHIMC_OP_INVALIDATE,
	CHIMC_OP_TERMINATE,
	CHIMC_OP_CYCLE,
	CHIMC_OP_ABORT,
};

/* What happened; in an event only what is new. */
#define CHIMC_EV_DONE		0x0001	/* the role has been played */
#define CHIMC_EV_FIN		0x0002	/* TcpIndicateDisconnect */
#define CHIMC_EV_ABORT		0x0004	/* TcpIndicateAbort */
#define CHIMC_EV_RETRIEVE	0x0008	/* TcpIndicateRetrieve */
#define CHIMC_EV_UPLOADED	0x0010	/* not offloaded any more */
#define CHIMC_EV_ALL		0x0020	/* NDIS_STATUS_UPLOAD_ALL */
#define CHIMC_EV_BACKLOG	0x0040	/* TcpIndicateSendBacklogChange */
#define CHIMC_EV_FAILED		0x0080	/* could not be offloaded again */
#define CHIMC_EV_VIOLATION	0x0100	/* the contract was broken */

/**
 * struct chimc_socket - what a socket does not tell a program
 * @family: 4 or 6
 * @mac: of the next hop
 * @ifindex: device
 * @ts_recent: timestamp to echo
 * @ts_recent_age: milliseconds since it was taken
 * @flow_label: of IPv6
 * @local: address, as many bytes as the family has
 * @remote: address
 * @lport: local port, network byte order
 * @rport: remote port, network byte order
 */
struct chimc_socket {
	__u8 family;
	__u8 pad;
	__u8 mac[6];
	__u32 ifindex;
	__u32 ts_recent;
	__u32 ts_recent_age;
	__u32 flow_label;
	__u8 local[16];
	__u8 remote[16];
	__be16 lport;
	__be16 rport;
};

/* Variables of a connection and its path; times in ticks, windows in bytes. */
struct chimc_values {
	/* constant */
	__u32 timestamps;
	__u32 sack;
	__u32 wscale;
	__u32 snd_wscale;
	__u32 rcv_wscale;
	__u32 remote_mss;
	/* cached */
	__u32 keepalive;
	__u32 nagle;
	__u32 restart;		/* TCP_FLAG_KEEP_ALIVE_RESTART, _MAX_RT_RESTART */
	__u32 rcv_wnd_init;
	__u32 rcv_ind_size;
	__u32 ka_probes;
	__u32 ka_timeout;
	__u32 ka_interval;
	__u32 max_rt;
	__u32 flow_label;
	__u32 ttl;
	__u32 tos;
	__u32 prio;
	/* delegated */
	__u32 state;
	__u32 rcv_nxt;
	__u32 rcv_wnd;
	__u32 snd_una;
	__u32 snd_nxt;
	__u32 snd_max;
	__u32 snd_wnd;
	__u32 max_snd_wnd;
	__u32 snd_wl1;
	__u32 cwnd;
	__u32 ssthresh;
	__u32 srtt;
	__u32 rttvar;
	__u32 ts_recent;
	__u32 ts_recent_age;
	__u32 ts_time;
	__u32 total_rt;
	__u32 dup_acks;
	__u32 wnd_probes;
	__u32 ka_count;
	__u32 ka_left;
	__u32 rt_count;
	__u32 rt_left;
	__u32 dwnd;
	/* path and neighbor */
	__u32 mtu;
	__u32 vlan;
	/* bytes: handed back by a termination, backlog sizes in a query */
	__u32 send_bytes;
	__u32 recv_bytes;
};

/* Running hash of a stream, see pattern.h. */
struct chimc_hash {
	__u64 h;
	__u64 part;
};

/* Flags of a role */
#define CHIMC_ROLE_CLOSE	0x0001	/* graceful disconnect after the data */
#define CHIMC_ROLE_ABORT	0x0002	/* abortive disconnect after the data */
#define CHIMC_ROLE_WAIT_FIN	0x0004	/* not done before the peer's FIN */
#define CHIMC_ROLE_NOPUSH	0x0008	/* receive requests in nonpush mode */
#define CHIMC_ROLE_RAW		0x0010	/* neither make nor check the pattern */
#define CHIMC_ROLE_STAY		0x0020	/* no upload by itself when asked for */
#define CHIMC_ROLE_AGAIN	0x0040	/* initiate again after such an upload */
#define CHIMC_ROLE_LEAD		0x0100	/* data do not start where MDLs do */
#define CHIMC_ROLE_SPLIT	0x0200	/* several MDLs of odd sizes */
#define CHIMC_ROLE_PFN		0x0400	/* MDLs that are not mapped */
#define CHIMC_ROLE_NO_FORWARD	0x0800	/* drop what the target leaves alone */

/**
 * struct chimc_role - what to do with a connection
 * @tx_total: bytes to send in all
 * @tx_ahead: of which these may go at once,
 * @tx_unit: and so many more for each
 * @rx_unit: bytes received; 0: everything may go at once
 * @rx_total: bytes expected, all ones if the peer's FIN says when
 * @tx_offset: bytes of the stream handed over or sent before the hand-over
 * @rx_offset: bytes read before the hand-over
 * @tx_seed: of the pattern sent
 * @rx_seed: of the pattern expected
 * @tx_hash: of the first @tx_offset bytes
 * @rx_hash: of the first @rx_offset bytes
 * @cycle: terminate and initiate again after each so many bytes received
 *	or acknowledged, 0 for never
 * @flags: CHIMC_ROLE_*
 * @send_size: bytes of a send request
 * @send_depth: send requests outstanding at most
 * @send_batch: of which so many go in one call at most
 * @recv_size: bytes of a receive request
 * @recv_depth: receive requests posted, 0 for indications only
 * @fin_data: bytes at the end that go with the disconnect request
 * @refuse: refuse every so manieth indication, 0 for none
 * @partly: accept half of every so manieth, 0 for none
 * @keep: indications to keep before they are returned
 *
 * An echo has tx_unit = rx_unit = 1, a server of requests of q bytes with r
 * bytes tx_unit = r, rx_unit = q, its client tx_ahead = tx_unit = q,
 * rx_unit = r.
 */
struct chimc_role {
	__u64 tx_total;
	__u64 tx_ahead;
	__u64 tx_unit;
	__u64 rx_unit;
	__u64 rx_total;
	__u64 tx_offset;
	__u64 rx_offset;
	__u64 tx_seed;
	__u64 rx_seed;
	struct chimc_hash tx_hash;
	struct chimc_hash rx_hash;
	__u64 cycle;
	__u32 flags;
	__u32 send_size;
	__u32 send_depth;
	__u32 send_batch;
	__u32 recv_size;
	__u32 recv_depth;
	__u32 fin_data;
	__u32 refuse;
	__u32 partly;
	__u32 keep;
};

enum chimc_state {
	CHIMC_HELD,
	CHIMC_RUNNING,
	CHIMC_UPLOADED,
};

#define CHIMC_WHY_MAX	64

/**
 * struct chimc_result - what has become of a role
 * @state: enum chimc_state
 * @events: CHIMC_EV_* so far
 * @violations: of the contract; @why is the first one
 * @module_violations: those of no certain connection
 * @reason: TCP_UPLOAD_REASON of the last retrieve event
 * @retrieves: retrieve events
 * @cycles: times it was terminated and initiated again
 * @fin_status: Status of the disconnect request, 0xffffffff while there is none
 * @tx_done: bytes acknowledged, counted from the stream's start
 * @tx_next: bytes handed to the target or sent before
 * @rx_next: bytes received
 * @bad: offset of the first byte received that is wrong, all ones for none
 * @tx_hash: of @tx_next bytes
 * @rx_hash: of @rx_next bytes
 * @ns: from the offload to the end of the role
 * @sends: send requests completed
 * @receives: receive requests completed
 * @indications: indications, of which
 * @refused: were refused and
 * @partly: accepted in part
 * @returned: buffer lists returned
 * @forwarded: segments forwarded
 * @dropped: segments kept from the socket
 * @backlog: send backlog size of the last event
 * @why: the first violation, or nothing
 */
struct chimc_result {
	__u32 state;
	__u32 events;
	__u32 violations;
	__u32 module_violations;
	__u32 reason;
	__u32 retrieves;
	__u32 cycles;
	__u32 fin_status;
	__u64 tx_done;
	__u64 tx_next;
	__u64 rx_next;
	__u64 bad;
	__u64 tx_hash;
	__u64 rx_hash;
	__u64 ns;
	__u64 sends;
	__u64 receives;
	__u64 indications;
	__u64 refused;
	__u64 partly;
	__u64 returned;
	__u64 forwarded;
	__u64 dropped;
	__u32 backlog;
	__u32 pad;
	char why[CHIMC_WHY_MAX];
};

#endif /* CHIMC_UAPI_H */
