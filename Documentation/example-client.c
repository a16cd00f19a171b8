// SPDX-License-Identifier: GPL-2.0
/*
 * A complete client of the offload target: it offloads one neighbor, and gives
 * it up when it is asked to or unloaded.
 *
 *   chimctl adapter add eth0 && insmod example-client.ko dev=eth0
 */
#include <chimney/target.h>

#include <linux/completion.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>

static char *dev = "eth0";
module_param(dev, charp, 0);
MODULE_PARM_DESC(dev, "adapter to offload to");

/* A block and behind it, without a gap, what its Type names. */
static struct {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST block;
	NEIGHBOR_OFFLOAD_STATE_CONST constant;
	NEIGHBOR_OFFLOAD_STATE_CACHED cached;
	NEIGHBOR_OFFLOAD_STATE_DELEGATED delegated;
} neighbor;

static PVOID context;	/* the target puts its handle here */
static NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS target;
static DECLARE_COMPLETION(completed);
static NDIS_STATUS oid_status;

/* Called twice from chim_attach(): generic and TCP handlers. */
static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	if (handlers->Type ==
	    NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS)
		memcpy(&target, handlers, sizeof(target));
	return NDIS_STATUS_SUCCESS;
}

static VOID on_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
}

static NDIS_STATUS on_receive(NDIS_HANDLE object, PNET_BUFFER_LIST list,
			      NDIS_STATUS status, PULONG consumed)
{
	*consumed = 0;
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

static VOID on_io_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
}

static NDIS_TCP_OFFLOAD_EVENT_HANDLERS events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(events),
	.NdisTcpOffloadEventHandler = on_event,
	.NdisTcpOffloadReceiveHandler = on_receive,
	.NdisTcpOffloadSendComplete = on_io_complete,
	.NdisTcpOffloadReceiveComplete = on_io_complete,
	.NdisTcpOffloadDisconnectComplete = on_io_complete,
	.NdisTcpOffloadForwardComplete = on_io_complete,
};

static NDIS_STATUS get_handlers(NDIS_HANDLE handle,
				NDIS_CHIMNEY_OFFLOAD_TYPE type,
				PNDIS_OFFLOAD_EVENT_HANDLERS *handlers)
{
	*handlers = (PNDIS_OFFLOAD_EVENT_HANDLERS)&events;
	return NDIS_STATUS_SUCCESS;
}

/* The tree is ours again. */
static VOID on_complete(NDIS_HANDLE handle,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	pr_info("example: status 0x%08x handle 0x%llx\n", tree->Status,
		(u64)context);
	complete(&completed);
}

static VOID on_oid_complete(NDIS_HANDLE adapter, PNDIS_OID_REQUEST request,
			    NDIS_STATUS status)
{
	oid_status = status;
	complete(&completed);
}

static VOID on_offload_event(NDIS_HANDLE handle,
			     PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree, ULONG code)
{
}

/* A handler may be called from here; waiting for its completion may not. */
static VOID on_status(NDIS_HANDLE adapter, PNDIS_STATUS_INDICATION indication)
{
	struct chim_attach *attach = adapter;

	if (indication->StatusCode == NDIS_STATUS_UPLOAD_ALL)
		target.TerminateOffloadHandler(attach->MiniportAdapterContext,
					       &neighbor.block);
}

/* Without an owner, which could not be unloaded: it detaches in its exit. */
static const struct chim_ndis ndis = {
	.name = "example",
	.NdisSetOptionalHandlers = set_handlers,
	.NdisMGetOffloadHandlers = get_handlers,
	.NdisMInitiateOffloadComplete = on_complete,
	.NdisMQueryOffloadStateComplete = on_complete,
	.NdisMUpdateOffloadComplete = on_complete,
	.NdisMInvalidateOffloadComplete = on_complete,
	.NdisMTerminateOffloadComplete = on_complete,
	.NdisMOffloadEventIndicate = on_offload_event,
	.NdisMIndicateStatusEx = on_status,
	.NdisMOidRequestComplete = on_oid_complete,
};

static struct chim_attach attach = {
	.ndis = &ndis,
	.MiniportAdapterHandle = &attach,
};

/* Nothing is offloaded that has not been enabled. */
static NDIS_STATUS enable(void)
{
	static NDIS_TCP_CONNECTION_OFFLOAD config = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = sizeof(config),
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = NDIS_OFFLOAD_SET_ON,
		.SupportIPv6 = NDIS_OFFLOAD_SET_ON,
	};
	static NDIS_OID_REQUEST request = {
		.RequestType = NdisRequestSetInformation,
		.DATA.SET_INFORMATION = {
			.Oid = OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG,
			.InformationBuffer = &config,
			.InformationBufferLength = sizeof(config),
		},
	};

	if (chim_oid_request(attach.MiniportAdapterContext, &request) ==
	    NDIS_STATUS_PENDING)
		wait_for_completion(&completed);
	return oid_status;
}

static void fill_neighbor(void)
{
	static const u8 mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };

	neighbor.block.Header.Type = NeighborOffloadState;
	neighbor.block.Header.Revision =
		NDIS_MINIPORT_OFFLOAD_BLOCK_LIST_REVISION_1;
	neighbor.block.Header.Size = sizeof(neighbor.block);
	neighbor.block.MiniportOffloadContext = &context;
	neighbor.constant.Header.Length = sizeof(neighbor.constant);
	neighbor.cached.Header.Length = sizeof(neighbor.cached);
	neighbor.delegated.Header.Length = sizeof(neighbor.delegated);
	ether_addr_copy(neighbor.cached.DlDestinationAddress, mac);
}

static int __init example_init(void)
{
	struct net_device *netdev = dev_get_by_name(&init_net, dev);
	int err;

	if (!netdev)
		return -ENODEV;
	err = chim_attach(&init_net, netdev->ifindex, &attach);
	dev_put(netdev);
	if (err)
		return err;
	if (enable() != NDIS_STATUS_SUCCESS) {
		chim_detach(&attach);
		return -EIO;
	}
	fill_neighbor();
	target.InitiateOffloadHandler(attach.MiniportAdapterContext,
				      &neighbor.block);
	wait_for_completion(&completed);
	return 0;
}

/* If it has been terminated already, the Status says that the handle is old. */
static void __exit example_exit(void)
{
	reinit_completion(&completed);
	target.TerminateOffloadHandler(attach.MiniportAdapterContext,
				       &neighbor.block);
	wait_for_completion(&completed);
	chim_detach(&attach);
}

module_init(example_init);
module_exit(example_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Example client of the TCP chimney offload target");
