// SPDX-License-Identifier: GPL-2.0
/* The host stack on adapters: attaching, enabling, running state operations. */
#include "host/bind.h"

#include "host/conn.h"
#include "host/lower.h"
#include "host/reach.h"
#include "host/recv.h"
#include "host/send.h"
#include "host/why.h"

#include <linux/err.h>
#include <linux/slab.h>

/* Covers the list and the reference counts. */
static DEFINE_MUTEX(binds_lock);
static LIST_HEAD(binds);

/* A state operation under way, on the stack of the one that waits. */
struct op {
	struct completion done;
};

static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	struct chim_host_bind *bind = handle;

	switch (handlers->Type) {
	case NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS:
		memcpy(&bind->generic, handlers, sizeof(bind->generic));
		break;
	case NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS:
		memcpy(&bind->tcp, handlers, sizeof(bind->tcp));
		break;
	}
	return NDIS_STATUS_SUCCESS;
}

static NDIS_TCP_OFFLOAD_EVENT_HANDLERS events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(events),
	.NdisTcpOffloadEventHandler = chim_host_event,
	.NdisTcpOffloadReceiveHandler = chim_host_indicate,
	.NdisTcpOffloadSendComplete = chim_host_req_complete,
	.NdisTcpOffloadReceiveComplete = chim_host_req_complete,
	.NdisTcpOffloadDisconnectComplete = chim_host_req_complete,
	.NdisTcpOffloadForwardComplete = chim_host_req_complete,
};

static NDIS_STATUS get_handlers(NDIS_HANDLE handle,
				NDIS_CHIMNEY_OFFLOAD_TYPE type,
				PNDIS_OFFLOAD_EVENT_HANDLERS *handlers)
{
	if (type != NdisTcpChimneyOffload)
		return NDIS_STATUS_NOT_SUPPORTED;
	*handlers = (PNDIS_OFFLOAD_EVENT_HANDLERS)&events;
	return NDIS_STATUS_SUCCESS;
}

/* The one that waits is named in the root block. */
static VOID op_complete(NDIS_HANDLE handle,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct op *op = tree->ProtocolReserved[0];

	complete(&op->done);
}

static VOID oid_complete(NDIS_HANDLE handle, PNDIS_OID_REQUEST request,
			 NDIS_STATUS status)
{
	struct chim_host_bind *bind = handle;

	bind->oid_status = status;
	complete(&bind->oid_done);
}

static VOID offload_event(NDIS_HANDLE handle,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree, ULONG code)
{
	if (code == NeighborReachabilityQuery)
		chim_host_reach_query(handle, tree);
}

static VOID on_status(NDIS_HANDLE handle, PNDIS_STATUS_INDICATION indication)
{
	struct chim_host_bind *bind = handle;

	switch (indication->StatusCode) {
	case NDIS_STATUS_UPLOAD_ALL:
		chim_host_conn_upload_all(bind, CHIM_HOST_UP_ALL);
		break;
	case NDIS_STATUS_OFFLOAD_PAUSE:
		WRITE_ONCE(bind->paused, true);
		break;
	case NDIS_STATUS_OFFLOAD_RESUME:
		WRITE_ONCE(bind->paused, false);
		break;
	}
}

/* Without an owner: each socket holds the module, and the last one detaches. */
static const struct chim_ndis ndis = {
	.name = "host",
	/* They are those of sockets. */
	.shares_pages = true,
	/* A program that sends is not to wait for one that reads. */
	.resets_first = true,
	/* Sockets are owned while it is waited for. */
	.awaits_resume = true,
	.lend = chim_host_req_lend,
	.take = chim_host_take_skbs,
	.NdisSetOptionalHandlers = set_handlers,
	.NdisMGetOffloadHandlers = get_handlers,
	.NdisMInitiateOffloadComplete = op_complete,
	.NdisMQueryOffloadStateComplete = op_complete,
	.NdisMUpdateOffloadComplete = op_complete,
	.NdisMInvalidateOffloadComplete = op_complete,
	.NdisMTerminateOffloadComplete = op_complete,
	.NdisMOffloadEventIndicate = offload_event,
	.NdisMIndicateStatusEx = on_status,
	.NdisMOidRequestComplete = oid_complete,
};

/* Nothing is offloaded that has not been enabled. */
static int enable(struct chim_host_bind *bind)
{
	NDIS_TCP_CONNECTION_OFFLOAD config = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = NDIS_OFFLOAD_SET_ON,
		.SupportIPv6 = NDIS_OFFLOAD_SET_ON,
		.SupportSack = NDIS_OFFLOAD_SET_ON,
	};
	NDIS_OID_REQUEST request = {
		.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST,
		.Header.Revision = NDIS_OID_REQUEST_REVISION_1,
		.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1,
		.RequestType = NdisRequestSetInformation,
		.DATA.SET_INFORMATION = {
			.Oid = OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG,
			.InformationBuffer = &config,
			.InformationBufferLength = sizeof(config),
		},
	};
	NDIS_HANDLE adapter = bind->attach.MiniportAdapterContext;
	NDIS_STATUS status;

	status = chim_oid_request(adapter, &request);
	if (status == NDIS_STATUS_PENDING) {
		wait_for_completion(&bind->oid_done);
		status = bind->oid_status;
	}
	return status == NDIS_STATUS_SUCCESS ? 0 : -EIO;
}

static int make(struct net *net, int ifindex, struct chim_host_bind **out)
{
	struct chim_host_bind *bind = kzalloc(sizeof(*bind), GFP_KERNEL);
	int err;

	if (!bind)
		return -ENOMEM;
	bind->refs = 1;
	bind->net = net;
	bind->ifindex = ifindex;
	mutex_init(&bind->lower);
	INIT_LIST_HEAD(&bind->neighs);
	INIT_LIST_HEAD(&bind->paths);
	init_completion(&bind->oid_done);
	bind->attach.ndis = &ndis;
	bind->attach.NdisMiniportDriverHandle = bind;
	bind->attach.MiniportAdapterHandle = bind;
	err = chim_attach(net, ifindex, &bind->attach);
	if (err)
		goto free_bind;
	err = enable(bind);
	if (err)
		goto detach;
	*out = bind;
	return 0;

detach:
	chim_detach(&bind->attach);
free_bind:
	kfree(bind);
	return err;
}

/**
 * chim_host_bind_get() - be attached to an adapter
 * @net: namespace
 * @ifindex: device
 *
 * Context: process, may sleep.
 * Return: the attachment, to be put with chim_host_bind_put(), or an ERR_PTR():
 * -ENODEV if the device is no adapter.
 */
struct chim_host_bind *chim_host_bind_get(struct net *net, int ifindex)
{
	struct chim_host_bind *bind;
	int err = 0;

	mutex_lock(&binds_lock);
	list_for_each_entry(bind, &binds, node)
		if (bind->net == net && bind->ifindex == ifindex) {
			bind->refs++;
			goto unlock;
		}
	err = make(net, ifindex, &bind);
	if (!err)
		list_add(&bind->node, &binds);
unlock:
	mutex_unlock(&binds_lock);
	return err ? ERR_PTR(err) : bind;
}

/**
 * chim_host_bind_put() - detach if nobody else needs the attachment
 * @bind: from chim_host_bind_get()
 *
 * Context: process, may sleep.
 */
void chim_host_bind_put(struct chim_host_bind *bind)
{
	mutex_lock(&binds_lock);
	if (--bind->refs)
		bind = NULL;
	else
		list_del(&bind->node);
	mutex_unlock(&binds_lock);
	if (!bind)
		return;
	chim_detach(&bind->attach);
	WARN_ON(!list_empty(&bind->paths) || !list_empty(&bind->neighs));
	kfree(bind);
}

/**
 * chim_host_bind_neighs() - the neighbors of a namespace have changed
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: true if a next hop is lost.
 */
bool chim_host_bind_neighs(const struct net *net)
{
	struct chim_host_bind *bind;
	bool lost = false;

	mutex_lock(&binds_lock);
	list_for_each_entry(bind, &binds, node)
		if (bind->net == net)
			lost |= chim_host_neighs_follow(bind);
	mutex_unlock(&binds_lock);
	return lost;
}

/**
 * chim_host_bind_run() - a state operation, and its completion
 * @bind: adapter
 * @handler: which
 * @tree: its blocks
 *
 * Context: process, may sleep.
 */
void chim_host_bind_run(struct chim_host_bind *bind, ndis_state_fn_t *handler,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct op op;

	init_completion(&op.done);
	tree->ProtocolReserved[0] = &op;
	handler(bind->attach.MiniportAdapterContext, tree);
	wait_for_completion(&op.done);
}

/**
 * chim_host_bind_end() - a termination, and its completion
 * @bind: adapter
 * @block: of one object
 *
 * If the target has lost the state of the object, that fails, and the object stays until
 * the target has said so and is asked again (QRY-053, D-35).
 *
 * Context: process, may sleep.
 * Return: NDIS_STATUS_SUCCESS, or else the object is gone without its state.
 */
NDIS_STATUS chim_host_bind_end(struct chim_host_bind *bind,
			       PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST block)
{
	ndis_state_fn_t *handler = bind->generic.TerminateOffloadHandler;

	chim_host_bind_run(bind, handler, block);
	if (block->Status == NDIS_STATUS_SUCCESS)
		return NDIS_STATUS_SUCCESS;
	chim_host_count(CHIM_HOST_NO_STATE, 1);
	chim_host_bind_run(bind, handler, block);
	return NDIS_STATUS_FAILURE;
}
