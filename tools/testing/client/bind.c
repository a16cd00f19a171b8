// SPDX-License-Identifier: GPL-2.0
/* The client on adapters: attaching, enabling, and running state operations. */
#include "client.h"
#include "over.h"

#include <linux/module.h>
#include <linux/slab.h>

static int im = -1;
module_param(im, int, 0644);
MODULE_PARM_DESC(im, "intermediate drivers between client and target; -1: not even NDIS");

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
	struct chimc_bind *bind = handle;

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
	.NdisTcpOffloadEventHandler = chimc_event,
	.NdisTcpOffloadReceiveHandler = chimc_receive_indicate,
	.NdisTcpOffloadSendComplete = chimc_send_complete,
	.NdisTcpOffloadReceiveComplete = chimc_receive_complete,
	.NdisTcpOffloadDisconnectComplete = chimc_disconnect_complete,
	.NdisTcpOffloadForwardComplete = chimc_forward_complete,
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

/* The one that waits is named in the root block, once. */
static VOID op_complete(NDIS_HANDLE handle,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct op *op = tree ? xchg(&tree->ProtocolReserved[0], NULL) : NULL;

	if (op)
		complete(&op->done);
	else
		chimc_violation(NULL, "an operation completes that is none");
}

static VOID oid_complete(NDIS_HANDLE handle, PNDIS_OID_REQUEST request,
			 NDIS_STATUS status)
{
	struct chimc_bind *bind = handle;

	bind->oid_status = status;
	complete(&bind->oid_done);
}

/* Reachability queries are answered by nobody: the neighbor stays as it is. */
static VOID offload_event(NDIS_HANDLE handle,
			  PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree, ULONG code)
{
	if (code != NeighborReachabilityQuery)
		chimc_violation(NULL, "an offload event with a reserved code");
}

static VOID on_status(NDIS_HANDLE handle, PNDIS_STATUS_INDICATION indication)
{
	struct chimc_bind *bind = handle;

	if (indication->StatusCode == NDIS_STATUS_UPLOAD_ALL)
		chimc_conn_for_bind(bind, CHIMC_WORK_UPLOAD);
}

/* Without an owner: it detaches when the last connection goes. */
static const struct chim_ndis ndis = {
	.name = "testclient",
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

/* chimney_over need not be there if nobody wants it. */
static int attach(struct chimc_bind *bind)
{
	int (*over)(struct net *net, int ifindex, unsigned int depth,
		    struct chim_attach *attach);
	int err;

	if (bind->depth < 0)
		return chim_attach(bind->net, bind->ifindex, &bind->attach);
	over = symbol_get(chimc_over_attach);
	if (!over)
		return -EOPNOTSUPP;
	err = over(bind->net, bind->ifindex, bind->depth, &bind->attach);
	/* Held until it is detached. */
	if (err)
		symbol_put(chimc_over_attach);
	return err;
}

static void detach(struct chimc_bind *bind)
{
	void (*over)(struct chim_attach *attach);

	if (bind->depth < 0) {
		chim_detach(&bind->attach);
		return;
	}
	over = symbol_get(chimc_over_detach);
	over(&bind->attach);
	symbol_put(chimc_over_detach);
	symbol_put(chimc_over_attach);
}

static NDIS_STATUS ask(struct chimc_bind *bind, PNDIS_OID_REQUEST request)
{
	NDIS_HANDLE context = bind->attach.MiniportAdapterContext;
	NDIS_STATUS (*over)(NDIS_HANDLE context, PNDIS_OID_REQUEST request);
	NDIS_STATUS status;

	if (bind->depth < 0)
		return chim_oid_request(context, request);
	over = symbol_get(chimc_over_oid_request);
	status = over(context, request);
	symbol_put(chimc_over_oid_request);
	return status;
}

/* Nothing is offloaded that has not been enabled. */
static int enable(struct chimc_bind *bind)
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
	NDIS_STATUS status;

	status = ask(bind, &request);
	if (status == NDIS_STATUS_PENDING) {
		wait_for_completion(&bind->oid_done);
		status = bind->oid_status;
	}
	return status == NDIS_STATUS_SUCCESS ? 0 : -EIO;
}

static int make(struct net *net, int ifindex, struct chimc_bind **out)
{
	struct chimc_bind *bind = kzalloc(sizeof(*bind), GFP_KERNEL);
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
	bind->depth = READ_ONCE(im);
	err = attach(bind);
	if (err)
		goto free_bind;
	err = enable(bind);
	if (err)
		goto leave;
	*out = bind;
	return 0;

leave:
	detach(bind);
free_bind:
	kfree(bind);
	return err;
}

/**
 * chimc_bind_get() - be attached to an adapter
 * @net: namespace
 * @ifindex: device
 * @out: set, put it with chimc_bind_put()
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chimc_bind_get(struct net *net, int ifindex, struct chimc_bind **out)
{
	struct chimc_bind *bind;
	int err = 0;

	mutex_lock(&binds_lock);
	list_for_each_entry(bind, &binds, node)
		if (bind->net == net && bind->ifindex == ifindex) {
			bind->refs++;
			goto found;
		}
	err = make(net, ifindex, &bind);
	if (err)
		goto unlock;
	list_add(&bind->node, &binds);
found:
	*out = bind;
unlock:
	mutex_unlock(&binds_lock);
	return err;
}

/**
 * chimc_bind_put() - detach if nobody else needs the attachment
 * @bind: from chimc_bind_get(), or NULL
 *
 * Context: process, may sleep.
 */
void chimc_bind_put(struct chimc_bind *bind)
{
	if (!bind)
		return;
	mutex_lock(&binds_lock);
	if (--bind->refs)
		bind = NULL;
	else
		list_del(&bind->node);
	mutex_unlock(&binds_lock);
	if (!bind)
		return;
	detach(bind);
	WARN_ON(!list_empty(&bind->paths) || !list_empty(&bind->neighs));
	kfree(bind);
}

/**
 * chimc_bind_run() - a state operation, and its completion
 * @bind: adapter
 * @handler: which
 * @tree: its blocks
 *
 * Context: process, may sleep.
 */
void chimc_bind_run(struct chimc_bind *bind, ndis_state_fn_t *handler,
		    PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	struct op op;

	init_completion(&op.done);
	tree->ProtocolReserved[0] = &op;
	handler(bind->attach.MiniportAdapterContext, tree);
	wait_for_completion(&op.done);
}
