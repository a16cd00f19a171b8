/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The space of objects of one adapter: handles, connections by address,
 * limits.
 *
 * A handle is layer (4 bits), generation (28) and index (32). Index and
 * generation come from one counter for all adapters, so a stale, foreign or
 * forged handle names nothing: it is compared, never dereferenced (OBJ-036).
 */
#ifndef CHIM_STATE_SPACE_H
#define CHIM_STATE_SPACE_H

#include "state/object.h"
#include "state/resource.h"
#include "state/values.h"
#include "stats.h"
#include "tcp/tcb.h"

#include <linux/interrupt.h>
#include <linux/llist.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>

struct chim_clock;
struct chim_conn;

/* A handle has the object's layer, counted from 1, in its highest bits. */
#define CHIM_HANDLE_LAYER_SHIFT	60

/* Statistics are kept by family. */
#define CHIM_MIB_IP4	0
#define CHIM_MIB_IP6	1
#define CHIM_MIBS	2

/* Allocations of the worker: may sleep, may fail, need no warning. */
#define CHIM_GFP	(GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL)

/**
 * struct chim_limits - how much an adapter takes
 * @objects: state objects by layer (INI-034)
 * @resources: distinct values by kind (INI-035, INI-036, VLN-030)
 * @rcv_wnd: largest receive window in bytes (INI-038)
 * @rcv_mem: KiB of memory that received data may take while it waits
 * @mtu: largest path MTU in bytes; follows the device (INI-039)
 */
struct chim_limits {
	u32 objects[CHIM_LAYERS];
	u32 resources[CHIM_RES_KINDS];
	u32 rcv_wnd;
	u32 rcv_mem;
	u32 mtu;
};

/**
 * struct chim_tuple - how a segment names its connection
 * @local: our address
 * @remote: the peer's address
 * @lport: our port, network order
 * @rport: the peer's port, network order
 * @family: AF_INET or AF_INET6
 */
struct chim_tuple {
	union chim_addr local;
	union chim_addr remote;
	__be16 lport;
	__be16 rport;
	u8 family;
};

/**
 * struct chim_space - all objects of an adapter
 * @handles: objects by index of their handle; own lock, read under RCU
 * @conns: connections by tuple; own locks, read under RCU
 * @resources: distinct VLANs and source addresses in use; worker only
 * @limits: written by control (WRITE_ONCE), read by the worker
 * @vlans: VLAN identifiers of the interface, VLAN_N_VID bits, or NULL if none
 *	are configured (VLN-013); constant
 * @count: objects, by layer; written by the worker, read by anybody
 * @changes: bumped whenever @handles changes, so that a dump can tell
 * @clock: host ticks; the adapter's
 * @tcp: parameters of the engine, in ticks; written by the worker
 *	(WRITE_ONCE), read by every run
 * @burst: most bytes of data in a frame; follows the device (WRITE_ONCE)
 * @mib: statistics, CHIM_MIBS of them on each processor; see mib.c
 * @mib_base: what they were when they were reset last; written by the worker
 *	(WRITE_ONCE)
 * @kicked: connections whose inbox was filled in hard interrupt context
 * @kick: serves them
 * @held: bytes that received data takes while it waits, of all connections; each adds
 *	what has changed when its owner is done
 */
struct chim_space {
	struct xarray handles;
	struct rhashtable conns;
	struct chim_resources resources;
	struct chim_limits limits;
	const unsigned long *vlans;
	u32 count[CHIM_LAYERS];
	u32 changes;
	struct chim_clock *clock;
	struct chim_tcp_cfg tcp;
	u32 burst;
	struct chim_mib __percpu *mib;
	struct chim_mib mib_base[CHIM_MIBS];
	struct llist_head kicked;
	struct tasklet_struct kick;
	/* Read by every run: apart from what is written for other reasons. */
	atomic_long_t held ____cacheline_aligned_in_smp;
};

int chim_space_init(struct chim_space *space);
void chim_space_destroy(struct chim_space *space);

enum chim_why chim_space_reserve(struct chim_space *space, struct chim_obj *obj,
				 enum chim_layer layer, struct chim_owner *owner,
				 u32 *index);
void chim_space_publish(struct chim_space *space, struct chim_obj *obj, u32 index);
void chim_space_cancel(struct chim_space *space, u32 index);
enum chim_why chim_space_add(struct chim_space *space, struct chim_obj *obj,
			     enum chim_layer layer, struct chim_owner *owner);
void chim_space_del(struct chim_space *space, struct chim_obj *obj);
struct chim_obj *chim_space_find(struct chim_space *space, u64 handle)
	__must_hold(RCU);
struct chim_obj *chim_space_next(struct chim_space *space, u32 *index)
	__must_hold(RCU);

enum chim_why chim_space_hash(struct chim_space *space, struct chim_conn *conn);
void chim_space_unhash(struct chim_space *space, struct chim_conn *conn);
struct chim_conn *chim_space_match(struct chim_space *space,
				   const struct chim_tuple *tuple)
	__must_hold(RCU);

#endif /* CHIM_STATE_SPACE_H */
