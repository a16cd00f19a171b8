/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: an adapter on a device of its own that keeps every
 * frame, an NDIS client that records every call, and builders for trees.
 */
#ifndef CHIM_KUNIT_FIXTURE_H
#define CHIM_KUNIT_FIXTURE_H

#include "adapter.h"
#include "covers.h"
#include "ndis/tree.h"
#include "state/conn.h"
#include "state/path.h"
#include "state/service.h"

#include <chimney/target.h>

#include <kunit/test.h>
#include <linux/skbuff.h>
#include <linux/wait.h>

#define FX_LOG_MAX	64

struct nd;
struct tb;

/* Order in which the client was called. */
enum fx_call {
	FX_COMPLETE,	/* verb in @a, tree in @p */
	FX_EVENT,	/* type in @a, info in @b, NdisOffloadHandle in @p */
	FX_STATUS,	/* code in @a, size of the buffer in @b */
	FX_OID,		/* status in @a, request in @p */
	FX_IO,		/* enum chim_io in @a, list in @p */
};

struct fx_entry {
	enum fx_call call;
	u32 a;
	u32 b;
	void *p;
	void *handle;		/* first argument */
	bool atomic;		/* softirqs were off */
	u8 buffer[32];		/* start of a status buffer */
};

/**
 * struct fx - a fixture
 * @test: the test it serves
 * @dev: a device that keeps what is sent; NULL once it is gone
 * @holds: a reference to @adapter is to be dropped at the end
 * @tx: what was sent
 * @adapter: of @dev
 * @attach: the client's attachment
 * @generic: what the target registered
 * @tcp: what the target registered
 * @set_calls: calls of NdisSetOptionalHandlers
 * @get_calls: calls of NdisMGetOffloadHandlers
 * @lock: covers @log and @logged
 * @log: calls of the client, oldest first; further ones only count
 * @logged: how many there were
 * @completions: by verb
 * @wait: woken by every call
 * @on_complete: called from within each completion, or NULL
 * @on_receive: called for received data, or NULL to refuse it
 * @on_stale: called for NdisMOffloadEventIndicate, or NULL
 * @on_call: called from within every other call, before it is logged, or NULL
 * @oid_request: how OID requests are made
 * @resolve: what the target's handle is behind a context, or NULL if it is one
 * @ndis: the client is one of chimney_ndis, struct nd
 * @priv: for the test
 */
struct fx {
	struct kunit *test;
	struct net_device *dev;
	bool holds;
	struct sk_buff_head tx;
	struct chim_adapter *adapter;
	struct chim_attach attach;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp;
	int set_calls;
	int get_calls;
	spinlock_t lock;	/* of the two below */
	struct fx_entry log[FX_LOG_MAX];
	int logged;
	atomic_t completions[CHIM_VERBS];
	atomic_t oids;
	atomic_t ios;
	wait_queue_head_t wait;
	void (*on_complete)(struct fx *fx, enum chim_verb verb,
			    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree);
	void (*on_call)(struct fx *fx, const struct fx_entry *entry);
	NDIS_STATUS (*on_receive)(struct fx *fx, struct tb *conn,
				  PNET_BUFFER_LIST list, PULONG consumed);
	void (*on_stale)(struct fx *fx, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST list,
			 ULONG code);
	NDIS_STATUS (*oid_request)(NDIS_HANDLE context,
				   PNDIS_OID_REQUEST request);
	u64 (*resolve)(struct fx *fx, PVOID context);
	struct nd *ndis;
	void *priv;
};

#define FX_DRIVER_HANDLE	((NDIS_HANDLE)0x1111)
/* The adapter handle is the fixture itself. */

/* A block with room for the largest run of states directly behind it. */
struct tb {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_CONST) +
		 sizeof(TCP_OFFLOAD_STATE_CACHED) +
		 sizeof(TCP_OFFLOAD_STATE_DELEGATED)];
	PVOID reserved;		/* with @context, an NDIS_OFFLOAD_HANDLE */
	PVOID context;		/* where MiniportOffloadContext points */
	u8 src[16];
	u8 dst[16];
};

static_assert(offsetof(struct tb, context) - offsetof(struct tb, reserved) ==
	      offsetof(NDIS_OFFLOAD_HANDLE, MiniportOffloadContext));
static_assert(offsetof(struct tb, state) == sizeof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST));

int fx_init(struct kunit *test);	/* suite .init; test->priv is the fx */
void fx_exit(struct kunit *test);	/* suite .exit */

/* A second client on the same adapter, and a second adapter. */
struct fx *fx_second_client(struct fx *fx);
struct fx *fx_second_adapter(struct kunit *test);
struct fx *fx_adapter_with(struct kunit *test,
			   const struct chim_adapter_config *config);
void fx_end(struct fx *fx);
/* The device goes, whoever is still attached. */
void fx_lose_dev(struct fx *fx);

/* The fake clock: milliseconds, and ticks at the default rate. */
void fx_advance(struct fx *fx, u64 ms);
u64 fx_ms(void);

/* Blocks; NULL never: a test that gets no memory ends. */
struct tb *tb_neigh(struct fx *fx);		/* new neighbor, valid */
struct tb *tb_path4(struct fx *fx);		/* new IPv4 path, valid */
struct tb *tb_path6(struct fx *fx);		/* new IPv6 path, valid */
struct tb *tb_conn(struct fx *fx);		/* new connection, port of its own */
struct tb *tb_placeholder(struct fx *fx);
struct tb *tb_ref(struct fx *fx, struct tb *to, u8 type); /* same location */
void *tb_part(struct tb *tb, u8 part);		/* CHIM_PART_*, by the Type */
void tb_depend(struct tb *below, struct tb *tb);/* append to dependents */
void tb_next(struct tb *tb, struct tb *next);	/* append to NextBlock chain */
struct chim_obj *tb_obj(struct fx *fx, struct tb *tb);

static inline NEIGHBOR_OFFLOAD_STATE_CONST *tb_nconst(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CONST);
}

static inline NEIGHBOR_OFFLOAD_STATE_CACHED *tb_ncached(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CACHED);
}

static inline NEIGHBOR_OFFLOAD_STATE_DELEGATED *tb_ndeleg(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_DELEG);
}

static inline PATH_OFFLOAD_STATE_CONST *tb_pconst(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CONST);
}

static inline PATH_OFFLOAD_STATE_CACHED *tb_pcached(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CACHED);
}

static inline TCP_OFFLOAD_STATE_CONST *tb_tconst(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CONST);
}

static inline TCP_OFFLOAD_STATE_CACHED *tb_tcached(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_CACHED);
}

static inline TCP_OFFLOAD_STATE_DELEGATED *tb_tdeleg(struct tb *tb)
{
	return tb_part(tb, CHIM_PART_DELEG);
}

/* Operations: submit only, or submit and wait for the completion. */
void fx_submit(struct fx *fx, enum chim_verb verb, struct tb *root);
void fx_run(struct fx *fx, enum chim_verb verb, struct tb *root);
void fx_flush(struct fx *fx);			/* all that was queued is done */
/* What the device receives for besides its own address, once it has been told. */
int fx_hwaddrs(struct fx *fx);
NDIS_STATUS fx_oid(struct fx *fx, NDIS_REQUEST_TYPE type, NDIS_OID oid,
		   void *buffer, u32 len);	/* waits for its completion */
void fx_enable(struct fx *fx, bool ip4, bool ip6, bool sack);
u64 fx_refused(struct fx *fx, enum chim_why why);

/* The functions of a fixture's client, for who stands between it and a target. */
extern const struct chim_ndis fx_ndis;
extern NDIS_TCP_OFFLOAD_EVENT_HANDLERS fx_events;

/* Detaches if attached, and attaches with other functions; all enabled. */
int fx_reattach(struct fx *fx, const struct chim_ndis *ndis);

/* One neighbor, one path, one connection, offloaded; all blocks are kept. */
struct fx_chain {
	struct tb *neigh;
	struct tb *path;
	struct tb *conn;
};

struct fx_chain fx_offload4(struct fx *fx);
struct fx_chain fx_offload6(struct fx *fx);

/* Frames: taken off the queue, oldest first, or NULL. */
struct sk_buff *fx_frame(struct fx *fx);

#define FX_EXPECT_STATUS(test, tb, status) \
	KUNIT_EXPECT_EQ(test, (u32)(tb)->b.Status, (u32)(status))

#endif /* CHIM_KUNIT_FIXTURE_H */
