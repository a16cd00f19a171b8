// SPDX-License-Identifier: GPL-2.0
/*
 * OID requests: capabilities, parameters, statistics, power.
 *
 * They go through the adapter's queue like state operations, so a set is in
 * force for every initiate that follows it and for none before.
 */
#include "ndis/oid.h"

#include "ndis/miniport.h"
#include "state/conn.h"
#include "state/mib.h"

#include <linux/build_bug.h>
#include <linux/module.h>

static_assert(sizeof(struct chim_req) ==
	      sizeof_field(NDIS_OID_REQUEST, MiniportReserved));
static_assert(offsetof(NDIS_OID_REQUEST, MiniportReserved) %
	      __alignof__(struct chim_req) == 0);

/**
 * chim_oid_capabilities() - what the target can do (CAP-015 to CAP-020)
 * @adapter: the adapter
 * @c: filled in
 *
 * Context: any.
 */
void chim_oid_capabilities(const struct chim_adapter *adapter,
			   PNDIS_TCP_CONNECTION_OFFLOAD c)
{
	*c = (NDIS_TCP_CONNECTION_OFFLOAD) {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = sizeof(*c),
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = NDIS_OFFLOAD_SUPPORTED,
		.SupportIPv6 = NDIS_OFFLOAD_SUPPORTED,
		.SupportIPv6ExtensionHeaders = NDIS_OFFLOAD_NOT_SUPPORTED,
		.SupportSack = NDIS_OFFLOAD_SUPPORTED,
		.TcpConnectionOffloadCapacity = READ_ONCE(adapter->capacity),
	};
}

static void current_config(const struct chim_binding *binding,
			   PNDIS_TCP_CONNECTION_OFFLOAD c)
{
	chim_oid_capabilities(binding->adapter, c);
	c->Encapsulation = binding->enabled.encapsulation;
	c->SupportIPv4 = binding->enabled.ip4;
	c->SupportIPv6 = binding->enabled.ip6;
	c->SupportSack = binding->enabled.sack;
}

static void get_parameters(const struct chim_binding *binding,
			   PNDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS p)
{
	const struct chim_enabled *enabled = &binding->enabled;
	struct chim_adapter *adapter = binding->adapter;
	const struct chim_params *params = &adapter->params;

	*p = (NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS) {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision =
			NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(*p),
		.TicksPerSecond = chim_clock_tps(&adapter->clock),
		.TcpAckFrequency = params->ack_frequency,
		.TcpDelayedAckTicks = params->delayed_ack_ticks,
		.TcpMaximumRetransmissions = params->max_retransmissions,
		.TcpDoubtReachabilityRetransmissions =
			params->doubt_retransmissions,
		.TcpSwsPreventionTicks = params->sws_ticks,
		.TcpDuplicateAckThreshold = params->dup_ack_threshold,
		.TcpPushTicks = params->push_ticks,
		.NceStaleTicks = params->nce_stale_ticks,
	};
	p->Encapsulation = (NDIS_OFFLOAD_ENCAPSULATION) {
		.Header.Type = NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION,
		.Header.Revision = NDIS_OFFLOAD_ENCAPSULATION_REVISION_1,
		.Header.Size = sizeof(p->Encapsulation),
		.IPv4.Enabled = enabled->ip4 ? NDIS_OFFLOAD_SET_ON :
					       NDIS_OFFLOAD_SET_OFF,
		.IPv4.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3,
		.IPv4.HeaderSize = ETH_HLEN,
		.IPv6.Enabled = enabled->ip6 ? NDIS_OFFLOAD_SET_ON :
					       NDIS_OFFLOAD_SET_OFF,
		.IPv6.EncapsulationType = NDIS_ENCAPSULATION_IEEE_802_3,
		.IPv6.HeaderSize = ETH_HLEN,
	};
}

static bool uses(struct chim_obj *obj, const struct chim_enabled *lost)
{
	if (obj->layer == CHIM_PATH)
		return chim_path(obj)->c.family == AF_INET ? lost->ip4 :
							     lost->ip6;
	return obj->layer == CHIM_CONN && lost->sack &&
	       chim_conn(obj)->c.flags & CHIM_CONN_SACK;
}

/* CAP-012: is a capability in use that is about to be lost? */
static bool in_use(struct chim_binding *binding, const struct chim_enabled *lost)
{
	struct chim_obj *obj;
	bool used = false;
	u32 index = 0;

	if (!lost->ip4 && !lost->ip6 && !lost->sack)
		return false;
	do {
		rcu_read_lock();
		obj = chim_space_next(binding->owner.space, &index);
		used = obj && obj->owner == &binding->owner && uses(obj, lost);
		rcu_read_unlock();
		cond_resched();
	} while (obj && !used);
	return used;
}

/* CAP-011: exactly what is named; a capability in use is not taken away. */
static NDIS_STATUS enable(struct chim_binding *binding,
			  const struct chim_enabled *wanted)
{
	const struct chim_enabled *old = &binding->enabled;
	struct chim_enabled lost = {
		.ip4 = old->ip4 && !wanted->ip4,
		.ip6 = old->ip6 && !wanted->ip6,
		.sack = old->sack && !wanted->sack,
	};

	if (in_use(binding, &lost))
		return NDIS_STATUS_INVALID_STATE;
	binding->enabled = *wanted;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS check_header(const NDIS_OBJECT_HEADER *header, u8 revision,
				size_t size)
{
	if (header->Type != NDIS_OBJECT_TYPE_DEFAULT ||
	    header->Revision != revision || header->Size < size)
		return NDIS_STATUS_INVALID_DATA;
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS set_config(struct chim_binding *binding, const void *buffer)
{
	const NDIS_TCP_CONNECTION_OFFLOAD *c = buffer;
	struct chim_enabled wanted = {
		.encapsulation = c->Encapsulation,
		.ip4 = c->SupportIPv4 == NDIS_OFFLOAD_SET_ON,
		.ip6 = c->SupportIPv6 == NDIS_OFFLOAD_SET_ON,
		.sack = c->SupportSack == NDIS_OFFLOAD_SET_ON,
	};
	NDIS_STATUS status;

	status = check_header(&c->Header,
			      NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
			      sizeof(*c));
	if (status)
		return status;
	if (c->SupportIPv6ExtensionHeaders == NDIS_OFFLOAD_SET_ON ||
	    c->Encapsulation & ~NDIS_ENCAPSULATION_IEEE_802_3)
		return NDIS_STATUS_NOT_SUPPORTED;
	return enable(binding, &wanted);
}

static NDIS_STATUS switch_family(bool *on, ULONG enabled, ULONG encapsulation)
{
	if (enabled == NDIS_OFFLOAD_SET_NO_CHANGE)
		return NDIS_STATUS_SUCCESS;
	if (enabled > NDIS_OFFLOAD_SET_OFF)
		return NDIS_STATUS_INVALID_PARAMETER;
	if (enabled == NDIS_OFFLOAD_SET_ON &&
	    encapsulation != NDIS_ENCAPSULATION_IEEE_802_3)
		return NDIS_STATUS_NOT_SUPPORTED;
	*on = enabled == NDIS_OFFLOAD_SET_ON;
	return NDIS_STATUS_SUCCESS;
}

/* An encapsulation that is all zero changes nothing. */
static NDIS_STATUS read_encapsulation(const NDIS_OFFLOAD_ENCAPSULATION *e,
				      struct chim_enabled *wanted)
{
	NDIS_STATUS status;

	if (!e->Header.Type && !e->Header.Size)
		return NDIS_STATUS_SUCCESS;
	if (e->Header.Type != NDIS_OBJECT_TYPE_OFFLOAD_ENCAPSULATION ||
	    e->Header.Size < sizeof(*e))
		return NDIS_STATUS_INVALID_DATA;
	status = switch_family(&wanted->ip4, e->IPv4.Enabled,
			       e->IPv4.EncapsulationType);
	if (status == NDIS_STATUS_SUCCESS)
		status = switch_family(&wanted->ip6, e->IPv6.Enabled,
				       e->IPv6.EncapsulationType);
	if (wanted->ip4 || wanted->ip6)
		wanted->encapsulation = NDIS_ENCAPSULATION_IEEE_802_3;
	return status;
}

static void store_parameters(struct chim_adapter *adapter,
			     const NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS *p)
{
	struct chim_params params = {
		.ack_frequency = p->TcpAckFrequency ?: 2, /* */
		.delayed_ack_ticks = p->TcpDelayedAckTicks,
		.max_retransmissions = p->TcpMaximumRetransmissions,
		.doubt_retransmissions = p->TcpDoubtReachabilityRetransmissions,
		.sws_ticks = p->TcpSwsPreventionTicks,
		.dup_ack_threshold = p->TcpDuplicateAckThreshold,
		.push_ticks = p->TcpPushTicks,
		.nce_stale_ticks = p->NceStaleTicks,
	};

	chim_adapter_set_params(adapter, p->TicksPerSecond, &params);
}

static NDIS_STATUS set_parameters(struct chim_binding *binding,
				  const void *buffer)
{
	const NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS *p = buffer;
	struct chim_enabled wanted = binding->enabled;
	u32 tps = p->TicksPerSecond;
	NDIS_STATUS status;

	status = check_header(&p->Header,
			      NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS_REVISION_1,
			      sizeof(*p));
	if (status == NDIS_STATUS_SUCCESS)
		status = read_encapsulation(&p->Encapsulation, &wanted);
	if (status)
		return status;
	if (!tps || tps > CHIM_TPS_MAX)	/* D-63 */
		return NDIS_STATUS_INVALID_PARAMETER;
	status = enable(binding, &wanted);
	if (status)
		return status;
	store_parameters(binding->adapter, p);
	return NDIS_STATUS_SUCCESS;
}

/* STA-070 to STA-073: done when no connection is left. */
static NDIS_STATUS set_power(struct chim_binding *binding, const void *buffer,
			     PNDIS_OID_REQUEST request)
{
	const NDIS_DEVICE_POWER_STATE *state = buffer;

	if (binding->power || *state <= NdisDeviceStateUnspecified ||
	    *state >= NdisDeviceStateMaximum)
		return NDIS_STATUS_INVALID_PARAMETER;
	binding->asleep = *state != NdisDeviceStateD0;
	if (!binding->asleep || !binding->owner.count[CHIM_CONN])
		return NDIS_STATUS_SUCCESS;
	binding->power = request;
	return NDIS_STATUS_PENDING;
}

static int stats_family(NDIS_OID oid)
{
	return oid == OID_IP4_OFFLOAD_STATS || oid == OID_TCP4_OFFLOAD_STATS ?
	       CHIM_MIB_IP4 : CHIM_MIB_IP6;
}

static void get_ip_stats(const struct chim_mib *mib, PIP_OFFLOAD_STATS s)
{
	*s = (IP_OFFLOAD_STATS) {
		.InReceives = mib->in_receives,
		.InOctets = mib->in_octets,
		.InDelivers = mib->in_delivers,
		.OutRequests = mib->out_requests,
		.OutOctets = mib->out_octets,
		.InHeaderErrors = mib->in_header_errors,
		.InTruncatedPackets = mib->in_truncated,
		.InDiscards = mib->in_discards,
		.OutDiscards = mib->out_discards,
		.OutNoRoutes = mib->out_no_routes,
	};
}

static void get_tcp_stats(const struct chim_mib *mib, PTCP_OFFLOAD_STATS s)
{
	*s = (TCP_OFFLOAD_STATS) {
		.InSegments = mib->in_segs,
		.OutSegments = mib->out_segs,
		.CurrentlyEstablished = mib->curr_estab,
		.ResetEstablished = mib->reset_estab,
		.RetransmittedSegments = mib->rexmit_segs,
		.InErrors = mib->in_errors,
		.OutResets = mib->out_resets,
	};
}

/* STT-010, STT-011; 32-bit members wrap (STT-016). */
static void get_stats(struct chim_adapter *adapter, NDIS_OID oid, void *buffer)
{
	struct chim_mib mib;

	chim_mib_read(&adapter->space, stats_family(oid), &mib);
	if (oid == OID_IP4_OFFLOAD_STATS || oid == OID_IP6_OFFLOAD_STATS)
		get_ip_stats(&mib, buffer);
	else
		get_tcp_stats(&mib, buffer);
}

/* STT-015: whatever is in the structure that is set. */
static NDIS_STATUS reset_stats(struct chim_adapter *adapter, NDIS_OID oid)
{
	bool ip = oid == OID_IP4_OFFLOAD_STATS || oid == OID_IP6_OFFLOAD_STATS;

	chim_mib_reset(&adapter->space, stats_family(oid),
		       ip ? CHIM_MIB_IP : CHIM_MIB_TCP);
	return NDIS_STATUS_SUCCESS;
}

static size_t stats_size(NDIS_OID oid)
{
	switch (oid) {
	case OID_IP4_OFFLOAD_STATS:
	case OID_IP6_OFFLOAD_STATS:
		return sizeof(IP_OFFLOAD_STATS);
	case OID_TCP4_OFFLOAD_STATS:
	case OID_TCP6_OFFLOAD_STATS:
		return sizeof(TCP_OFFLOAD_STATS);
	default:
		return 0;
	}
}

static size_t query_size(NDIS_OID oid)
{
	switch (oid) {
	case OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES:
	case OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG:
		return sizeof(NDIS_TCP_CONNECTION_OFFLOAD);
	case OID_TCP_CONNECTION_OFFLOAD_PARAMETERS:
		return sizeof(NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS);
	default:
		return stats_size(oid);
	}
}

static NDIS_STATUS query_oid(struct chim_binding *binding,
			     PNDIS_OID_REQUEST request)
{
	typeof(request->DATA.QUERY_INFORMATION) *q =
		&request->DATA.QUERY_INFORMATION;
	size_t size = query_size(q->Oid);

	q->BytesWritten = 0;
	q->BytesNeeded = size;
	if (!size)
		return NDIS_STATUS_NOT_SUPPORTED;
	if (q->InformationBufferLength < size || !q->InformationBuffer)
		return NDIS_STATUS_BUFFER_TOO_SHORT;
	if (q->Oid == OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES)
		chim_oid_capabilities(binding->adapter, q->InformationBuffer);
	else if (q->Oid == OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG)
		current_config(binding, q->InformationBuffer);
	else if (stats_size(q->Oid))
		get_stats(binding->adapter, q->Oid, q->InformationBuffer);
	else
		get_parameters(binding, q->InformationBuffer);
	q->BytesWritten = size;
	return NDIS_STATUS_SUCCESS;
}

static size_t set_size(NDIS_OID oid)
{
	switch (oid) {
	case OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG:
		return sizeof(NDIS_TCP_CONNECTION_OFFLOAD);
	case OID_TCP_CONNECTION_OFFLOAD_PARAMETERS:
		return sizeof(NDIS_TCP_CONNECTION_OFFLOAD_PARAMETERS);
	case OID_PNP_SET_POWER:
		return sizeof(NDIS_DEVICE_POWER_STATE);
	default:
		return stats_size(oid);
	}
}

static NDIS_STATUS set_oid(struct chim_binding *binding,
			   PNDIS_OID_REQUEST request)
{
	typeof(request->DATA.SET_INFORMATION) *s =
		&request->DATA.SET_INFORMATION;
	size_t size = set_size(s->Oid);
	NDIS_STATUS status;

	s->BytesRead = 0;
	s->BytesNeeded = size;
	if (!size)
		return NDIS_STATUS_NOT_SUPPORTED;
	if (s->InformationBufferLength < size || !s->InformationBuffer)
		return NDIS_STATUS_INVALID_LENGTH;
	if (s->Oid == OID_PNP_SET_POWER)
		status = set_power(binding, s->InformationBuffer, request);
	else if (s->Oid == OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG)
		status = set_config(binding, s->InformationBuffer);
	else if (stats_size(s->Oid))
		status = reset_stats(binding->adapter, s->Oid);
	else
		status = set_parameters(binding, s->InformationBuffer);
	if (status == NDIS_STATUS_SUCCESS || status == NDIS_STATUS_PENDING)
		s->BytesRead = size;
	return status;
}

static void complete_oid(struct chim_binding *binding,
			 PNDIS_OID_REQUEST request, NDIS_STATUS status)
{
	binding->ndis->NdisMOidRequestComplete(binding->adapter_handle,
					       request, status);
}

/**
 * chim_oid_take() - answer an OID request
 * @binding: the client
 * @req: in the request
 *
 * Context: worker.
 */
void chim_oid_take(struct chim_binding *binding, struct chim_req *req)
{
	PNDIS_OID_REQUEST request = container_of((void *)req, NDIS_OID_REQUEST,
						 MiniportReserved);
	NDIS_STATUS status = NDIS_STATUS_NOT_SUPPORTED;
	NDIS_OID oid = request->DATA.QUERY_INFORMATION.Oid;

	if (request->RequestType == NdisRequestQueryInformation ||
	    (request->RequestType == NdisRequestQueryStatistics &&
	     stats_size(oid)))
		status = query_oid(binding, request);
	else if (request->RequestType == NdisRequestSetInformation)
		status = set_oid(binding, request);
	if (status != NDIS_STATUS_PENDING)
		complete_oid(binding, request, status);
}

/**
 * chim_oid_poll() - complete a power request whose wait is over (STA-073)
 * @binding: the client
 *
 * Context: worker, after every state operation.
 */
void chim_oid_poll(struct chim_binding *binding)
{
	PNDIS_OID_REQUEST request = binding->power;

	if (!request || binding->owner.count[CHIM_CONN])
		return;
	binding->power = NULL;
	complete_oid(binding, request, NDIS_STATUS_SUCCESS);
}

/**
 * chim_oid_abandon() - the client leaves: complete what is pending
 * @binding: the client, whose objects are gone
 *
 * Context: worker.
 */
void chim_oid_abandon(struct chim_binding *binding)
{
	chim_oid_poll(binding);
	WARN_ON_ONCE(binding->power);
}

/**
 * chim_oid_request() - hand an OID request to the target (MiniportOidRequest)
 * @MiniportAdapterContext: from chim_attach()
 * @OidRequest: stays the target's until NdisMOidRequestComplete
 *
 * OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES (query), _CURRENT_CONFIG
 * and _PARAMETERS (query and set); OID_IP4_OFFLOAD_STATS and its like for IPv6
 * and for TCP over each (query, and set to reset); OID_PNP_SET_POWER (set).
 * Serves the areas CAP, STT and STA (CAP-010, CAP-040, STA-072).
 *
 * Context: any, hard interrupt included.
 * Return: NDIS_STATUS_PENDING, or NDIS_STATUS_INVALID_PARAMETER without a
 * request; only then there is no completion.
 */
NDIS_STATUS chim_oid_request(NDIS_HANDLE MiniportAdapterContext,
			     PNDIS_OID_REQUEST OidRequest)
{
	struct chim_binding *binding = MiniportAdapterContext;
	struct chim_req *req;

	if (!binding || !OidRequest)
		return NDIS_STATUS_INVALID_PARAMETER;
	req = (struct chim_req *)OidRequest->MiniportReserved;
	req->tag = (unsigned long)binding | CHIM_TAG_OID;
	chim_queue_add(&binding->adapter->queue, req);
	return NDIS_STATUS_PENDING;
}
EXPORT_SYMBOL_GPL(chim_oid_request);
