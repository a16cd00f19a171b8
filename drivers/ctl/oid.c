// SPDX-License-Identifier: GPL-2.0
/* OID requests that control makes of the target, and waits for. */
#include "ctl/oid.h"

#include <linux/slab.h>

/*
 * A request under way: the target has it until it completes, the caller until
 * it has read the result or has been killed.
 */
struct request {
	refcount_t refs;
	bool done;
	NDIS_STATUS status;
	NDIS_OID_REQUEST oid;
	union {
		NDIS_TCP_CONNECTION_OFFLOAD config;
		NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS params;
	};
};

static void put(struct request *request)
{
	if (refcount_dec_and_test(&request->refs))
		kfree(request);
}

/**
 * chim_ctl_oid_complete() - NdisMOidRequestComplete of control
 * @MiniportAdapterHandle: control's client
 * @OidRequest: its request
 * @Status: the result
 *
 * Context: the adapter's worker.
 */
VOID chim_ctl_oid_complete(NDIS_HANDLE MiniportAdapterHandle,
			   PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status)
{
	struct request *request = container_of(OidRequest, struct request, oid);
	struct chim_ctl_client *client = MiniportAdapterHandle;

	request->status = Status;
	/* Pairs with the acquire in completed(): the result is there. */
	smp_store_release(&request->done, true);
	wake_up_all(&client->wait);
	put(request);
}

static struct request *make(NDIS_REQUEST_TYPE type)
{
	struct request *request = kzalloc(sizeof(*request), GFP_KERNEL);

	if (!request)
		return NULL;
	refcount_set(&request->refs, 1);
	request->oid.Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	request->oid.Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	request->oid.Header.Size = NDIS_SIZEOF_OID_REQUEST_REVISION_1;
	request->oid.RequestType = type;
	return request;
}

static bool completed(const struct request *request)
{
	/* Pairs with the release in chim_ctl_oid_complete(). */
	return smp_load_acquire(&request->done);
}

/* Hands the request over; 0 if it has completed, whatever its status. */
static int run(struct chim_ctl_client *client, struct request *request)
{
	NDIS_STATUS status;

	refcount_inc(&request->refs);
	status = chim_oid_request(client->attach.MiniportAdapterContext,
				  &request->oid);
	if (status != NDIS_STATUS_PENDING)
		chim_ctl_oid_complete(client, &request->oid, status);
	return wait_event_killable(client->wait, completed(request)) ?
	       -EINTR : 0;
}

static int error_of(NDIS_STATUS status)
{
	switch (status) {
	case NDIS_STATUS_SUCCESS:
		return 0;
	case NDIS_STATUS_INVALID_STATE:
		return -EBUSY;
	case NDIS_STATUS_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* Runs and puts a set request whose buffer is filled in. */
static int set(struct chim_ctl_client *client, struct request *request,
	       NDIS_OID oid, size_t size)
{
	int err;

	request->oid.DATA.SET_INFORMATION.Oid = oid;
	request->oid.DATA.SET_INFORMATION.InformationBuffer = &request->config;
	request->oid.DATA.SET_INFORMATION.InformationBufferLength = size;
	err = run(client, request);
	if (!err)
		err = error_of(request->status);
	put(request);
	return err;
}

/**
 * chim_ctl_oid_enable() - enable all capabilities (CAP-010, CAP-011)
 * @client: control's client, attached
 *
 * Context: process, may sleep.
 * Return: 0, -EINTR, -ENOMEM, or -errno for the Status that came back.
 */
int chim_ctl_oid_enable(struct chim_ctl_client *client)
{
	struct request *request = make(NdisRequestSetInformation);

	if (!request)
		return -ENOMEM;
	request->config = (NDIS_TCP_CONNECTION_OFFLOAD) {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = NDIS_SIZEOF_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = NDIS_OFFLOAD_SET_ON,
		.SupportIPv6 = NDIS_OFFLOAD_SET_ON,
		.SupportSack = NDIS_OFFLOAD_SET_ON,
	};
	return set(client, request, OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG,
		   sizeof(request->config));
}

/**
 * chim_ctl_oid_get_params() - query the offload parameters (CAP-040)
 * @client: control's client, attached
 * @params: set
 *
 * Context: process, may sleep.
 * Return: 0, -EINTR, -ENOMEM, or -errno for the Status that came back.
 */
int chim_ctl_oid_get_params(struct chim_ctl_client *client,
			    PNDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS params)
{
	struct request *request = make(NdisRequestQueryInformation);
	int err;

	if (!request)
		return -ENOMEM;
	request->oid.DATA.QUERY_INFORMATION.Oid =
		OID_TCP_CONNECTION_OFFLOAD_PARAMETERS;
	request->oid.DATA.QUERY_INFORMATION.InformationBuffer =
		&request->params;
	request->oid.DATA.QUERY_INFORMATION.InformationBufferLength =
		sizeof(request->params);
	err = run(client, request);
	if (!err)
		err = error_of(request->status);
	if (!err)
		*params = request->params;
	put(request);
	return err;
}

/**
 * chim_ctl_oid_set_params() - set the offload parameters (CAP-040 to CAP-046)
 * @client: control's client, attached
 * @params: values; the encapsulation stays as it is
 *
 * Context: process, may sleep.
 * Return: 0, -EINTR, -ENOMEM, or -errno for the Status that came back.
 */
int chim_ctl_oid_set_params(struct chim_ctl_client *client,
			    const NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS *params)
{
	struct request *request = make(NdisRequestSetInformation);
	NDIS_OFFLOAD_ENCAPSULATION *e;

	if (!request)
		return -ENOMEM;
	request->params = *params;
	e = &request->params.Encapsulation;
	memset(e, 0, sizeof(*e));
	e->Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION;
	e->Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1;
	e->Header.Size = NDIS_SIZEOF_OFFLOAD_ENCAPSULATION_REVISION_1;
	e->IPv4.Enabled = NDIS_OFFLOAD_SET_NO_CHANGE;
	e->IPv6.Enabled = NDIS_OFFLOAD_SET_NO_CHANGE;
	return set(client, request, OID_TCP_CONNECTION_OFFLOAD_PARAMETERS,
		   sizeof(request->params));
}
