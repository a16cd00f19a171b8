/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one for every reason to refuse a block, one for every operation.
 *
 * Every function that can refuse says why with one of these reasons; the
 * caller counts it and turns it into a Status. So no refusal is silent, and
 * the two can never disagree.
 */
#ifndef CHIM_STATS_H
#define CHIM_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

/*
 * X(NAME, name for tools, explanation). CHIM_OK is zero. New reasons go at
 * the end: the order is that of CHIM_A_STATS_REFUSALS on netlink.
 */
#define CHIM_WHYS(X) \
	X(OK, "ok", "not refused") \
	X(SIZE, "size", "header size does not cover the block") \
	X(REVISION, "revision", "unknown header revision") \
	X(TYPE, "type", "type names no offload state") \
	X(LENGTH, "length", "length of a state structure is wrong") \
	X(LINK, "link", "link leads back, is shared, or points nowhere") \
	X(LEVEL, "level", "layer does not fit the position in the tree") \
	X(CONTEXT, "context", "context location is not usable") \
	X(HANDLE, "handle", "context names no object of this adapter") \
	X(OWNER, "owner", "object belongs to another client") \
	X(LAYER, "layer", "object is of another layer or family than the type") \
	X(PARENT, "parent", "object does not depend on the one below it") \
	X(ORPHAN, "orphan", "no usable object to depend on") \
	X(LINKER_EMPTY, "linker-empty", "linker without dependents") \
	X(LINKER_FAILED, "linker-failed", "no dependent of the linker offloaded") \
	X(SKIPPED, "skipped", "not attempted after an earlier failure") \
	X(INVALID, "invalid", "object is invalidated") \
	X(CORRUPT, "corrupt", "state of the object is corrupt") \
	X(DEPENDENTS, "dependents", "other objects depend on it") \
	X(NOMEM, "nomem", "out of memory") \
	X(NEIGH_LIMIT, "neigh-limit", "neighbor limit reached") \
	X(PATH_LIMIT, "path-limit", "path limit reached") \
	X(CONN_LIMIT, "conn-limit", "connection limit reached") \
	X(VLAN_LIMIT, "vlan-limit", "VLAN identifier limit reached") \
	X(HWADDR_LIMIT, "hwaddr-limit", "source MAC address limit reached") \
	X(IPADDR_LIMIT, "ipaddr-limit", "source IP address limit reached") \
	X(HWADDR, "hwaddr", "device cannot take the source MAC address") \
	X(VLAN, "vlan", "VLAN identifier is none of the interface's") \
	X(MAC, "mac", "MAC address is not a unicast Ethernet address") \
	X(ADDRESS, "address", "IP address is not usable") \
	X(MTU_LARGE, "mtu-large", "path MTU exceeds that of the device") \
	X(MTU_SMALL, "mtu-small", "path MTU is below the protocol's minimum") \
	X(TCP_STATE, "tcp-state", "connection state cannot be offloaded") \
	X(RCV_WINDOW, "rcv-window", "receive window is too large") \
	X(KEEPALIVE, "keepalive", "keepalive enabled without an interval") \
	X(TTL, "ttl", "time to live or hop limit is zero") \
	X(MSS, "mss", "remote MSS is too small") \
	X(SEQUENCE, "sequence", "sequence variables contradict each other") \
	X(SEND_DATA, "send-data", "send data is shorter than the sequence says") \
	X(SEND_CHAIN, "send-chain", "send data is not a list of single buffers") \
	X(BUFFERED, "buffered", "no memory for buffered receive data") \
	X(DUPLICATE, "duplicate", "connection is offloaded already") \
	X(DISABLED, "disabled", "capability is not enabled") \
	X(GONE, "gone", "network device is gone") \
	X(CLOSING, "closing", "adapter or binding is being closed") \
	X(NULL_TREE, "null-tree", "handler called without a block list") \
	X(BUSY, "busy", "block list is in an operation already") \
	X(LIST, "list", "data request is not a sound list of buffers") \
	X(RETURNED, "returned", "data returned that the client does not have")

#define CHIM_WHY_ENUM(name, tool, text)	CHIM_WHY_##name,
enum chim_why {
	CHIM_WHYS(CHIM_WHY_ENUM)
	CHIM_WHY_COUNT
};

#define CHIM_OK	CHIM_WHY_OK

enum chim_verb {
	CHIM_INITIATE,
	CHIM_QUERY,
	CHIM_UPDATE,
	CHIM_INVALIDATE,
	CHIM_TERMINATE,
	CHIM_VERBS
};

/**
 * struct chim_stats - counters of one adapter
 * @ops: state operations completed, by verb
 * @blocks: blocks given NDIS_STATUS_SUCCESS or partial success, by verb
 * @refused: blocks refused, by reason
 * @events: event and status indications made
 * @tx_frames: frames handed to the network device
 * @tx_dropped: frames the device or its queue refused
 * @tx_nomem: frames not built for lack of memory
 * @tx_stopped: frames not sent because an object below is invalid
 * @rx_vlan: frames of offloaded connections dropped for their tag (VLN-071)
 *
 * Writers may run in any context; readers see each counter whole.
 */
struct chim_stats {
	atomic64_t ops[CHIM_VERBS];
	atomic64_t blocks[CHIM_VERBS];
	atomic64_t refused[CHIM_WHY_COUNT];
	atomic64_t events;
	atomic64_t tx_frames;
	atomic64_t tx_dropped;
	atomic64_t tx_nomem;
	atomic64_t tx_stopped;
	atomic64_t rx_vlan;
};

/**
 * chim_refuse() - count a refusal
 * @stats: the adapter's counters
 * @why: the reason
 *
 * Context: any.
 * Return: @why, so that a refusal can be counted where it is returned.
 */
static inline enum chim_why chim_refuse(struct chim_stats *stats,
					enum chim_why why)
{
	atomic64_inc(&stats->refused[why]);
	return why;
}

const char *chim_why_name(enum chim_why why);
const char *chim_why_text(enum chim_why why);
const char *chim_verb_name(enum chim_verb verb);

#endif /* CHIM_STATS_H */
