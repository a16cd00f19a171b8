// SPDX-License-Identifier: GPL-2.0
/* The benchmarks as an NDIS client of the target. */
#include "bench.h"
#include "data.h"

#include "../testing/client/over.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

static struct chim_attach attach;
static bool over;	/* chimney_ndis is in between */
u32 bench_stride = 1;
NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS bench_target;
NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS bench_io;
DECLARE_COMPLETION(bench_done);

static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	switch (handlers->Type) {
	case NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS:
		memcpy(&bench_target, handlers, sizeof(bench_target));
		break;
	case NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS:
		memcpy(&bench_io, handlers, sizeof(bench_io));
		break;
	}
	return NDIS_STATUS_SUCCESS;
}

static VOID event(NDIS_HANDLE handle, ULONG type, ULONG info)
{
}

static VOID io_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
}

static NDIS_TCP_OFFLOAD_EVENT_HANDLERS events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(events),
	.NdisTcpOffloadEventHandler = event,
	.NdisTcpOffloadReceiveHandler = bench_indicate,
	.NdisTcpOffloadSendComplete = bench_sent,
	.NdisTcpOffloadReceiveComplete = bench_received,
	.NdisTcpOffloadDisconnectComplete = io_complete,
	.NdisTcpOffloadForwardComplete = io_complete,
};

static NDIS_STATUS get_handlers(NDIS_HANDLE handle,
				NDIS_CHIMNEY_OFFLOAD_TYPE type,
				PNDIS_OFFLOAD_EVENT_HANDLERS *handlers)
{
	*handlers = (PNDIS_OFFLOAD_EVENT_HANDLERS)&events;
	return NDIS_STATUS_SUCCESS;
}

static VOID op_complete(NDIS_HANDLE handle,
			PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	complete(&bench_done);
}

static VOID indicate(NDIS_HANDLE handle, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST list,
		     ULONG code)
{
}

static VOID status(NDIS_HANDLE handle, PNDIS_STATUS_INDICATION indication)
{
}

static VOID oid_complete(NDIS_HANDLE handle, PNDIS_OID_REQUEST request,
			 NDIS_STATUS status)
{
	complete(&bench_done);
}

static const struct chim_ndis ndis = {
	.name = "bench",
	.owner = THIS_MODULE,
	.NdisSetOptionalHandlers = set_handlers,
	.NdisMGetOffloadHandlers = get_handlers,
	.NdisMInitiateOffloadComplete = op_complete,
	.NdisMQueryOffloadStateComplete = op_complete,
	.NdisMUpdateOffloadComplete = op_complete,
	.NdisMInvalidateOffloadComplete = op_complete,
	.NdisMTerminateOffloadComplete = op_complete,
	.NdisMOffloadEventIndicate = indicate,
	.NdisMIndicateStatusEx = status,
	.NdisMOidRequestComplete = oid_complete,
};

void bench_run(W_UPDATE_OFFLOAD_HANDLER handler, void *root)
{
	handler(attach.MiniportAdapterContext, root);
	wait_for_completion(&bench_done);
}

static NDIS_STATUS ask(PNDIS_OID_REQUEST request)
{
	NDIS_STATUS (*fn)(NDIS_HANDLE context, PNDIS_OID_REQUEST request);
	NDIS_STATUS status;

	if (!over)
		return chim_oid_request(attach.MiniportAdapterContext, request);
	fn = symbol_get(chimc_over_oid_request);
	status = fn(attach.MiniportAdapterContext, request);
	symbol_put(chimc_over_oid_request);
	return status;
}

static void enable(void)
{
	NDIS_TCP_CONNECTION_OFFLOAD c = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = sizeof(c),
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = NDIS_OFFLOAD_SET_ON,
		.SupportSack = NDIS_OFFLOAD_SET_ON,
	};
	NDIS_OID_REQUEST request = {
		.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST,
		.Header.Size = sizeof(request),
		.RequestType = NdisRequestSetInformation,
		.DATA.SET_INFORMATION.Oid =
			OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG,
		.DATA.SET_INFORMATION.InformationBuffer = &c,
		.DATA.SET_INFORMATION.InformationBufferLength = sizeof(c),
	};

	if (ask(&request) == NDIS_STATUS_PENDING)
		wait_for_completion(&bench_done);
}

NDIS_HANDLE bench_adapter(void)
{
	return attach.MiniportAdapterContext;
}

static int find_dev(const char *dev)
{
	struct net_device *netdev = dev_get_by_name(&init_net, dev);
	int ifindex = netdev ? netdev->ifindex : 0;

	dev_put(netdev);
	return ifindex;
}

/* Held until bench_detach(). */
static int attach_over(int ifindex, int im)
{
	int (*fn)(struct net *net, int ifindex, unsigned int depth,
		  struct chim_attach *attach);
	int err;

	fn = symbol_get(chimc_over_attach);
	if (!fn)
		return -EOPNOTSUPP;
	over = true;
	bench_stride = sizeof(struct bench_place) / sizeof(PVOID);
	err = fn(&init_net, ifindex, im, &attach);
	if (err)
		symbol_put(chimc_over_attach);
	return err;
}

int bench_attach(const char *dev, int im)
{
	int err, ifindex = find_dev(dev);

	attach.ndis = &ndis;
	err = im < 0 ? chim_attach(&init_net, ifindex, &attach) :
		       attach_over(ifindex, im);
	if (!err)
		enable();
	return err;
}

void bench_detach(void)
{
	void (*fn)(struct chim_attach *attach);

	if (!over) {
		chim_detach(&attach);
		return;
	}
	fn = symbol_get(chimc_over_detach);
	fn(&attach);
	symbol_put(chimc_over_detach);
	symbol_put(chimc_over_attach);
}
