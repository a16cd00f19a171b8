/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reference client: a host stack's place at the target's interface, played
 * by a test. It takes connections over from ordinary sockets, has them carry
 * a known stream of bytes each way, and counts whatever the target does that
 * the contract does not allow.
 */
#ifndef CHIMC_CLIENT_H
#define CHIMC_CLIENT_H

#include "pattern.h"

#include <chimney/target.h>

#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* In front of each context, see over.h. */
#define CHIMC_ROOM	2

struct chimc_conn;
struct genl_info;
struct sk_buff;
struct sock;

/**
 * struct chimc_bind - the client on one adapter
 * @node: in the list of all
 * @refs: connections that use it
 * @net: namespace of the device
 * @ifindex: the device
 * @depth: intermediate drivers in between; negative: not even chimney_ndis
 * @attach: the attachment
 * @generic: the target's state handlers
 * @tcp: the target's I/O handlers
 * @lower: covers the two lists, and what hangs on what
 * @neighs: neighbors that are offloaded
 * @paths: paths that are offloaded
 * @oid_done: an OID request has completed
 * @oid_status: how
 */
struct chimc_bind {
	struct list_head node;
	unsigned int refs;
	struct net *net;
	int ifindex;
	int depth;
	struct chim_attach attach;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	struct mutex lower;		/* see above */
	struct list_head neighs;
	struct list_head paths;
	struct completion oid_done;
	NDIS_STATUS oid_status;
};

/* A neighbor, as long as a path of ours is linked to it. */
struct chimc_neigh {
	struct list_head node;
	unsigned int refs;
	PVOID room[CHIMC_ROOM];
	PVOID context;
	u8 mac[ETH_ALEN];
	u16 vlan;
};

/* A path, as long as a connection of ours is on it. */
struct chimc_path {
	struct list_head node;
	unsigned int refs;
	PVOID room[CHIMC_ROOM];
	PVOID context;
	struct chimc_neigh *neigh;
	u8 family;
	u32 mtu;
	struct in6_addr local;
	struct in6_addr remote;
};

/* A block with room for what lies behind it, whatever the layer. */
struct chimc_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_CONST) +
		 sizeof(TCP_OFFLOAD_STATE_CACHED) +
		 sizeof(TCP_OFFLOAD_STATE_DELEGATED)];
} __aligned(8);

/* The four addresses of a connection. */
struct chimc_tuple {
	struct net *net;
	struct in6_addr local;
	struct in6_addr remote;
	__be16 lport;
	__be16 rport;
	u32 family;
};

enum chimc_kind {
	CHIMC_SEND,
	CHIMC_RECEIVE,
	CHIMC_DISCONNECT,
	CHIMC_FORWARD,
};

#define CHIMC_SLOT_MAGIC	0x43534c54	/* "CSLT" */

/**
 * struct chimc_slot - a request: buffer list, buffer, MDLs and memory
 * @nbl: what the target sees
 * @nb: its buffer
 * @node: among the free or the posted ones
 * @conn: whose it is
 * @magic: CHIMC_SLOT_MAGIC while it lives
 * @kind: what it asks for; a disconnect's data can come back as a send
 * @posted: the target has it
 * @offset: stream offset of its first byte, of a send
 * @len: bytes of data, or of room
 * @size: bytes of @data
 * @data: memory
 * @mdls: MDLs, @stride bytes each
 * @n_mdls: how many
 * @stride: see above
 */
struct chimc_slot {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	struct list_head node;
	struct chimc_conn *conn;
	u32 magic;
	enum chimc_kind kind;
	bool posted;
	u64 offset;
	u32 len;
	u32 size;
	u8 *data;
	void *mdls;
	u32 n_mdls;
	u32 stride;
};

/* Bits of struct chimc_conn.work_bits */
#define CHIMC_WORK_UPLOAD	0	/* end the offload */
#define CHIMC_WORK_CYCLE	1	/* end it and begin again */
#define CHIMC_WORK_RELEASE	2	/* nobody wants it any more */
#define CHIMC_WORK_RETURN	3	/* return indications */
#define CHIMC_WORK_POST		4	/* lift a refusal */

/**
 * struct chimc_conn - a connection taken over
 * @refs: who knows of it
 * @rcu: frees it
 * @id: number that the program knows
 * @portid: of the program that is told of events
 * @hold: place in the table of connections kept from the host
 * @tuple: key there
 * @held: it is there
 * @bind: adapter, while it is offloaded and after that
 * @path: path, while it is offloaded
 * @room: see over.h
 * @context: the target's handle
 * @mutex: one operation at a time
 * @values: constant and cached variables, and delegated ones as known last
 * @role: what it does
 * @work: what callbacks leave to be done, @work_bits
 * @give: data of both queues, from and for the program
 * @give_len: bytes of them
 * @lock: covers what follows
 * @state: enum chimc_state
 * @stopping: nothing may be handed to the target any more
 * @pumping: somebody hands requests to the target
 * @again: and must look again
 * @idle: @pumping has ended while @stopping
 * @calls: calls of the forward handler in progress
 * @send_free: send slots to use
 * @sends: send slots the target has, oldest first
 * @rest: after an upload: what was not acknowledged, in order
 * @recv_free: receive slots to use
 * @recvs: receive slots the target has, oldest first
 * @forwards: forward slots the target has
 * @fin: the disconnect request
 * @fin_posted: it was made
 * @fin_owed: not yet made, though its data has been sent
 * @fin_sent: the state of an earlier upload counts a FIN of ours
 * @kill: the abortive disconnect request
 * @kill_wanted: it is to be made
 * @banned: data was refused, and no request posted since
 * @lift: a request is to be posted for that
 * @peer_fin_at: where a FIN of the peer is, of which a termination has told
 * @seq_una: sequence number of stream offset 0 of what is sent
 * @seq_rcv: of what is received
 * @cycle_at: bytes at which the next cycle is due
 * @in_rx: a receive call of the target is in progress
 * @rx_short: a request came back with room left; no data may follow, unless
 *	it was a push request
 * @rx_over: no receive requests are to be posted: one came back empty, or
 *	because of an upload
 * @rx_refused: one was refused before the peer's FIN was told of
 * @kept: indications not yet returned
 * @n_kept: how many
 * @start: when the offload completed
 * @abortive: we asked for an abortive disconnect
 * @tx_hash: of what is sent
 * @rx_hash: of what is received
 * @r: the result
 */
struct chimc_conn {
	refcount_t refs;
	struct rcu_head rcu;
	u32 id;
	u32 portid;
	struct hlist_node hold;
	struct chimc_tuple tuple;
	bool held;
	struct chimc_bind *bind;
	struct chimc_path *path;
	PVOID room[CHIMC_ROOM];
	PVOID context;
	struct mutex mutex;		/* see above */
	struct chimc_values values;
	struct chimc_role role;
	struct work_struct work;
	unsigned long work_bits;
	u8 *give[2];
	u32 give_len[2];

	spinlock_t lock;		/* see above */
	enum chimc_state state;
	bool stopping;
	bool pumping;
	bool again;
	wait_queue_head_t idle;
	unsigned int calls;
	struct list_head send_free;
	struct list_head sends;
	struct list_head rest;
	struct list_head recv_free;
	struct list_head recvs;
	struct list_head forwards;
	struct chimc_slot *fin;
	bool fin_posted;
	bool fin_owed;
	bool fin_sent;
	struct chimc_slot *kill;
	bool kill_wanted;
	bool banned;
	bool lift;
	u64 peer_fin_at;
	u32 seq_una;
	u32 seq_rcv;
	u64 cycle_at;
	unsigned long in_rx;
	bool rx_short;
	bool rx_over;
	bool rx_refused;
	PNET_BUFFER_LIST kept;
	unsigned int n_kept;
	u64 start;
	bool abortive;
	struct chimc_hash tx_hash;
	struct chimc_hash rx_hash;
	struct chimc_result r;
};

/* bind.c: the client on adapters */
int chimc_bind_get(struct net *net, int ifindex, struct chimc_bind **out);
void chimc_bind_put(struct chimc_bind *bind);
void chimc_bind_run(struct chimc_bind *bind, ndis_state_fn_t *handler,
		    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree);

/* block.c: blocks and what lies behind them */
void chimc_block_head(struct chimc_block *block, u8 type, PVOID *context);
void chimc_block_neigh(struct chimc_block *block, struct chimc_neigh *neigh);
void chimc_block_neigh_mac(struct chimc_block *block, struct chimc_neigh *neigh,
			   const u8 *mac);
void chimc_block_path(struct chimc_block *block, struct chimc_path *path);
void chimc_block_path_mtu(struct chimc_block *block, struct chimc_path *path,
			  u32 mtu);
void chimc_block_conn(struct chimc_block *block, struct chimc_conn *conn,
		      PNET_BUFFER_LIST sends, PNET_BUFFER_LIST buffered);
void chimc_block_conn_cached(struct chimc_block *block, PVOID *context,
			     const struct chimc_values *v);
void chimc_block_conn_deleg(struct chimc_block *block, PVOID *context);
void chimc_block_read_deleg(const struct chimc_block *block,
			    struct chimc_values *v, PNET_BUFFER_LIST *buffered);

/* lower.c: neighbors and paths */
int chimc_path_get(struct chimc_bind *bind, const struct chimc_tuple *tuple,
		   const u8 *mac, u16 vlan, u32 mtu, struct chimc_path **out);
void chimc_path_put(struct chimc_bind *bind, struct chimc_path *path);
NDIS_STATUS chimc_path_set_mac(struct chimc_bind *bind, struct chimc_path *path,
			       const u8 *mac);
NDIS_STATUS chimc_path_set_mtu(struct chimc_bind *bind, struct chimc_path *path,
			       u32 mtu);
NDIS_STATUS chimc_path_relink(struct chimc_bind *bind, struct chimc_path *path,
			      const u8 *mac);

/* conn.c: a connection's life; life.c: tables of them */
NDIS_STATUS chimc_conn_offload(struct chimc_conn *conn, const u8 *mac,
			       int ifindex);
NDIS_STATUS chimc_conn_terminate(struct chimc_conn *conn);
NDIS_STATUS chimc_conn_cycle(struct chimc_conn *conn);
NDIS_STATUS chimc_conn_update(struct chimc_conn *conn,
			      const struct chimc_values *v);
NDIS_STATUS chimc_conn_query(struct chimc_conn *conn, struct chimc_values *v);
NDIS_STATUS chimc_conn_invalidate(struct chimc_conn *conn, u32 layer);
void chimc_conn_settle(struct chimc_conn *conn,
		       const struct chimc_values *v, PNET_BUFFER_LIST chain,
		       PNET_BUFFER_LIST buffered);

struct chimc_conn *chimc_conn_new(struct net *net, u32 portid);
struct chimc_conn *chimc_conn_get(struct net *net, u32 id);
void chimc_conn_put(struct chimc_conn *conn);
void chimc_conn_task(struct chimc_conn *conn, unsigned int bit);
void chimc_conn_release(struct chimc_conn *conn);
void chimc_conn_for_bind(struct chimc_bind *bind, unsigned int bit);
void chimc_conn_for_port(struct net *net, u32 portid);
void chimc_conn_release_all(struct net *net);
int chimc_life_init(void);
void chimc_life_exit(void);

/* hold.c: segments kept from the host */
void chimc_hold(struct chimc_conn *conn);
void chimc_unhold(struct chimc_conn *conn);
int chimc_hold_init(void);
void chimc_hold_exit(void);

/* slot.c: requests */
struct chimc_slot *chimc_slot_alloc(struct chimc_conn *conn,
				    enum chimc_kind kind, u32 size, gfp_t gfp);
void chimc_slot_free(struct chimc_slot *slot);
void chimc_slot_free_list(struct list_head *list);
void chimc_slot_arm(struct chimc_slot *slot, u32 len);
struct chimc_slot *chimc_slot_of(PNET_BUFFER_LIST nbl, enum chimc_kind kind);
u32 chimc_slot_left(const struct chimc_slot *slot);
u8 *chimc_slot_at(struct chimc_slot *slot);
u32 chimc_slot_room(const struct chimc_slot *slot);
void *chimc_mdl_map(const MDL *mdl, u32 offset, u32 *len);
u32 chimc_nbl_copy(PNET_BUFFER_LIST list, u8 *to);
u32 chimc_nbl_bytes(PNET_BUFFER_LIST list);

/* flow.c: requests to the target */
int chimc_flow_prepare(struct chimc_conn *conn);
void chimc_flow_free(struct chimc_conn *conn);
void chimc_flow_pump(struct chimc_conn *conn);
void chimc_flow_stop(struct chimc_conn *conn);
void chimc_flow_seal(struct chimc_conn *conn);
void chimc_flow_abort(struct chimc_conn *conn);

/* send.c, receive.c: what comes from the target */
VOID chimc_send_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
VOID chimc_disconnect_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
VOID chimc_forward_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
void chimc_forward(struct chimc_conn *conn, const struct sk_buff *skb,
		   u32 offset, u32 len);
VOID chimc_receive_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
NDIS_STATUS chimc_receive_indicate(NDIS_HANDLE object, PNET_BUFFER_LIST list,
				   NDIS_STATUS status, PULONG consumed);
void chimc_receive_return(struct chimc_conn *conn);

/* event.c: events, and what becomes of them */
VOID chimc_event(NDIS_HANDLE object, ULONG type, ULONG info);
void chimc_told(struct chimc_conn *conn, u32 events);
void chimc_check_done(struct chimc_conn *conn);
void chimc_violation(struct chimc_conn *conn, const char *why);
u32 chimc_module_violations(void);

/* netlink.c */
void chimc_netlink_event(struct chimc_conn *conn, u32 events);
int chimc_netlink_init(void);
void chimc_netlink_exit(void);

#endif /* CHIMC_CLIENT_H */
