// SPDX-License-Identifier: GPL-2.0
/*
 * chimney_over: puts chimney_ndis, and intermediate drivers that are linked already,
 * between a client of chim_attach() and the target. For tests.
 */
#include "over.h"
#include "protocol.h"

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#define NAME_MAX_CHARS	64

/**
 * struct over - a client as a protocol driver
 * @proto: the client
 * @protocol: handle of the protocol
 */
struct over {
	struct proto proto;
	NDIS_HANDLE protocol;
};

static struct proto *proto_of(NDIS_HANDLE context)
{
	struct over *over = context;

	return &over->proto;
}

/* What the client knows an object by is kept in front of the handle. */
static NDIS_HANDLE proto_object(PNDIS_OFFLOAD_HANDLE handle)
{
	return ((PVOID *)handle)[-1];
}

static void proto_note(PNDIS_OFFLOAD_HANDLE handle, NDIS_HANDLE object)
{
	((PVOID *)handle)[-1] = object;
}

/*
 * An indication has no context but the object's. The clients of this are one
 * module with one table, so that of the last to attach is that of all.
 */
static const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *client_events;

static VOID event(PVOID handle, ULONG type, ULONG info)
{
	client_events->NdisTcpOffloadEventHandler(proto_object(handle), type, info);
}

static NDIS_STATUS indicate(PVOID handle, PNET_BUFFER_LIST list,
			    NDIS_STATUS status, PULONG consumed)
{
	return client_events->NdisTcpOffloadReceiveHandler(proto_object(handle),
							   list, status,
							   consumed);
}

/* --- requests and status --------------------------------------------------------- */

NDIS_STATUS chimc_over_oid_request(NDIS_HANDLE context,
				   PNDIS_OID_REQUEST request)
{
	struct over *over = context;

	return NdisOidRequest(over->proto.binding, request);
}
EXPORT_SYMBOL_GPL(chimc_over_oid_request);

static VOID oid_done(NDIS_HANDLE context, PNDIS_OID_REQUEST request,
		     NDIS_STATUS status)
{
	struct over *over = context;
	struct chim_attach *attach = over->proto.attach;

	attach->ndis->NdisMOidRequestComplete(attach->MiniportAdapterHandle,
					      request, status);
}

static VOID on_status(NDIS_HANDLE context, PNDIS_STATUS_INDICATION indication)
{
	struct over *over = context;
	struct chim_attach *attach = over->proto.attach;

	attach->ndis->NdisMIndicateStatusEx(attach->MiniportAdapterHandle,
					    indication);
}

/* --- the protocol -------------------------------------------------------------------- */

static NDIS_STATUS register_protocol(struct over *over)
{
	NDIS_PROTOCOL_DRIVER_CHARACTERISTICS c = {
		.Header.Type = NDIS_OBJECT_TYPE_PROTOCOL_DRIVER_CHARACTERISTICS,
		.Header.Revision =
			NDIS_PROTOCOL_DRIVER_CHARACTERISTICS_REVISION_1,
		.Header.Size = sizeof(c),
		.MajorNdisVersion = 6,
		.Name = NDIS_STRING_CONST("over"),
		.SetOptionsHandler = proto_set_options,
		.BindAdapterHandlerEx = proto_bind,
		.UnbindAdapterHandlerEx = proto_unbind,
		.OidRequestCompleteHandler = oid_done,
		.StatusHandlerEx = on_status,
	};

	return NdisRegisterProtocolDriver(over, &c, &over->protocol);
}

/* "im." for each intermediate driver, and the name of the device. */
static int name_of(struct net *net, int ifindex, unsigned int depth, WCHAR *name)
{
	struct net_device *dev = dev_get_by_index(net, ifindex);
	char text[NAME_MAX_CHARS] = "";
	unsigned int i;

	if (!dev)
		return -ENODEV;
	for (i = 0; i < depth; i++)
		strlcat(text, "im.", sizeof(text));
	strlcat(text, dev->name, sizeof(text));
	dev_put(dev);
	for (i = 0; i < NAME_MAX_CHARS; i++)
		name[i] = text[i];
	return 0;
}

static NDIS_STATUS open_adapter(struct over *over, const WCHAR *name)
{
	NDIS_STRING string;
	NDIS_OPEN_PARAMETERS p = {
		.Header.Type = NDIS_OBJECT_TYPE_OPEN_PARAMETERS,
		.Header.Revision = NDIS_OPEN_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(p),
		.AdapterName = &string,
	};

	NdisInitUnicodeString(&string, name);
	return NdisOpenAdapterEx(over->protocol, over, &p, NULL, &over->proto.binding);
}

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic = {
	.Header.Type =
		NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS,
	.InitiateOffloadHandler = initiate,
	.TerminateOffloadHandler = terminate,
	.UpdateOffloadHandler = update,
	.InvalidateOffloadHandler = invalidate,
	.QueryOffloadHandler = query,
};

static NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS tcp = {
	.Header.Type = NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS,
	.OffloadType = NdisTcpChimneyOffload,
	.TcpOffloadSendHandler = send,
	.TcpOffloadReceiveHandler = receive,
	.TcpOffloadDisconnectHandler = disconnect,
	.TcpOffloadForwardHandler = forward,
	.TcpOffloadReceiveReturnHandler = give_back,
};

static void exchange(struct over *over)
{
	struct chim_attach *attach = over->proto.attach;
	PNDIS_OFFLOAD_EVENT_HANDLERS handlers = NULL;

	attach->ndis->NdisSetOptionalHandlers(attach->NdisMiniportDriverHandle,
					      &generic.Header);
	attach->ndis->NdisSetOptionalHandlers(attach->NdisMiniportDriverHandle,
					      &tcp.Header);
	attach->ndis->NdisMGetOffloadHandlers(attach->MiniportAdapterHandle,
					      NdisTcpChimneyOffload, &handlers);
	client_events = (const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *)handlers;
	over->proto.events = client_events;
}

/**
 * chimc_over_attach() - as chim_attach(), with others in between
 * @net: namespace
 * @ifindex: of the device
 * @depth: intermediate drivers, which are linked to it already
 * @attach: who attaches
 *
 * Context: process, may sleep.
 * Return: 0; -ENODEV, -ENOMEM, -EOPNOTSUPP.
 */
int chimc_over_attach(struct net *net, int ifindex, unsigned int depth,
		      struct chim_attach *attach)
{
	struct over *over = kzalloc(sizeof(*over), GFP_KERNEL);
	WCHAR name[NAME_MAX_CHARS];
	int err;

	if (!over)
		return -ENOMEM;
	over->proto.attach = attach;
	err = name_of(net, ifindex, depth, name);
	if (err)
		goto free_over;
	exchange(over);
	err = -EOPNOTSUPP;
	if (register_protocol(over) != NDIS_STATUS_SUCCESS)
		goto free_over;
	err = -ENODEV;
	if (open_adapter(over, name) != NDIS_STATUS_SUCCESS)
		goto deregister;
	attach->MiniportAdapterContext = over;
	return 0;

deregister:
	NdisDeregisterProtocolDriver(over->protocol);
free_over:
	kfree(over);
	return err;
}
EXPORT_SYMBOL_GPL(chimc_over_attach);

/**
 * chimc_over_detach() - undo chimc_over_attach()
 * @attach: as given there
 *
 * Context: process, may sleep.
 */
void chimc_over_detach(struct chim_attach *attach)
{
	struct over *over = attach->MiniportAdapterContext;

	NdisDeregisterProtocolDriver(over->protocol);
	attach->MiniportAdapterContext = NULL;
	kfree(over);
}
EXPORT_SYMBOL_GPL(chimc_over_detach);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The reference client over chimney_ndis");
