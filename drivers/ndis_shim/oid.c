// SPDX-License-Identifier: GPL-2.0
/* OID requests: from protocols to miniports. */
#include "ndis_shim/binding.h"
#include "ndis_shim/call.h"
#include "ndis_shim/misuse.h"

/**
 * struct note - what NdisReserved of a request holds while a miniport has it
 * @node: in the adapter's list, by which it is known
 * @binding: that asked, held
 */
struct note {
	struct list_head node;
	struct chimn_binding *binding;
};

static_assert(sizeof(struct note) <=
	      sizeof_field(NDIS_OID_REQUEST, NdisReserved));
static_assert(offsetof(NDIS_OID_REQUEST, NdisReserved) %
	      __alignof__(struct note) == 0);

static struct note *note_of(PNDIS_OID_REQUEST request)
{
	return (struct note *)request->NdisReserved;
}

static bool has(struct chimn_adapter *adapter, const struct note *wanted)
{
	struct note *note;

	lockdep_assert_held(&adapter->lock);
	list_for_each_entry(note, &adapter->oids, node)
		if (note == wanted)
			return true;
	return false;
}

/* False if the adapter has it already. */
static bool begin(struct chimn_binding *binding, PNDIS_OID_REQUEST request)
{
	struct chimn_adapter *adapter = binding->adapter;
	struct note *note = note_of(request);
	unsigned long flags;
	bool good;

	spin_lock_irqsave(&adapter->lock, flags);
	good = !has(adapter, note);
	if (good) {
		note->binding = binding;
		list_add_tail(&note->node, &adapter->oids);
	}
	spin_unlock_irqrestore(&adapter->lock, flags);
	return good;
}

/* The binding that asked, or NULL if nobody did. */
static struct chimn_binding *end(struct chimn_adapter *adapter,
				 PNDIS_OID_REQUEST request)
{
	struct chimn_binding *binding = NULL;
	struct note *note = note_of(request);
	unsigned long flags;

	spin_lock_irqsave(&adapter->lock, flags);
	if (has(adapter, note)) {
		binding = note->binding;
		list_del(&note->node);
	}
	spin_unlock_irqrestore(&adapter->lock, flags);
	return binding;
}

/* NDI-019, IMD-015: what a driver without chimney functions says is not so. */
static bool is_blocked(const struct chimn_miniport *miniport,
		       const NDIS_OID_REQUEST *request)
{
	if (chimn_miniport_offloads(miniport) ||
	    request->RequestType != NdisRequestQueryInformation)
		return false;
	switch (request->DATA.QUERY_INFORMATION.Oid) {
	case OID_TCP_CONNECTION_OFFLOAD_HARDWARE_CAPABILITIES:
	case OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG:
		return true;
	default:
		return false;
	}
}

static NDIS_STATUS hand_down(struct chimn_binding *binding,
			     PNDIS_OID_REQUEST request)
{
	struct chimn_adapter *adapter = binding->adapter;
	const struct chimn_miniport *miniport = adapter->miniport;
	NDIS_STATUS status = NDIS_STATUS_NOT_SUPPORTED;

	if (!miniport->chars.OidRequestHandler || is_blocked(miniport, request))
		goto put_binding;
	status = NDIS_STATUS_INVALID_STATE;
	if (!begin(binding, request)) {
		chimn_misuse(CHIMN_MISUSE_BUSY, "NdisOidRequest");
		goto put_binding;
	}
	status = CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
			    (NDIS_HANDLE, PNDIS_OID_REQUEST),
			    miniport->chars.OidRequestHandler, adapter->context,
			    request);
	if (status == NDIS_STATUS_PENDING)
		return status;
	if (!end(adapter, request)) {
		chimn_misuse(CHIMN_MISUSE_UNASKED, "NdisOidRequest");
		return status;
	}
put_binding:
	chimn_binding_put(binding, 1);
	return status;
}

/**
 * NdisOidRequest() - ask a miniport something, or set it
 * @NdisBindingHandle: from NdisOpenAdapterEx()
 * @OidRequest: the request; the miniport's until the result is known
 *
 * Queries of chimney capabilities do not reach a miniport without chimney
 * functions (NDI-019). Requests are not serialized: a miniport may be handed a
 * second one before it has completed the first.
 *
 * Context: any.
 * Return: the result, or NDIS_STATUS_PENDING: then OidRequestCompleteHandler is
 * called. _INVALID_PARAMETER, _CLOSING, or _INVALID_STATE for a request that is
 * outstanding already.
 */
NDIS_STATUS NdisOidRequest(NDIS_HANDLE NdisBindingHandle,
			   PNDIS_OID_REQUEST OidRequest)
{
	NDIS_STATUS status = NDIS_STATUS_INVALID_PARAMETER;
	struct chimn_binding *binding;

	if (!chimn_pointer_ok(OidRequest, __alignof__(*OidRequest)))
		return status;
	rcu_read_lock();
	binding = chimn_binding_find(NdisBindingHandle);
	if (!binding || !refcount_inc_not_zero(&binding->obj.refs)) {
		chimn_misuse(CHIMN_MISUSE_HANDLE, __func__);
	} else if (chimn_binding_closes(binding)) {
		chimn_misuse(CHIMN_MISUSE_CLOSING, __func__);
		chimn_binding_put(binding, 1);
		status = NDIS_STATUS_CLOSING;
	} else {
		status = hand_down(binding, OidRequest);
	}
	rcu_read_unlock();
	return status;
}

static void pass_up(struct chimn_binding *binding, PNDIS_OID_REQUEST request,
		    NDIS_STATUS status)
{
	OID_REQUEST_COMPLETE_HANDLER handler =
		binding->protocol->chars.OidRequestCompleteHandler;

	if (handler)
		CHIMN_CALL(binding->obj.ms, VOID,
			   (NDIS_HANDLE, PNDIS_OID_REQUEST, NDIS_STATUS), handler,
			   binding->context, request, status);
	chimn_binding_put(binding, 1);
}

/**
 * NdisMOidRequestComplete() - complete a request that was pending
 * @MiniportAdapterHandle: of the adapter
 * @OidRequest: the request
 * @Status: its result
 *
 * Context: any.
 */
VOID NdisMOidRequestComplete(NDIS_HANDLE MiniportAdapterHandle,
			     PNDIS_OID_REQUEST OidRequest, NDIS_STATUS Status)
{
	struct chimn_adapter *adapter;
	struct chimn_binding *binding = NULL;

	rcu_read_lock();
	adapter = (void *)chimn_obj_find(MiniportAdapterHandle, CHIMN_ADAPTER);
	if (adapter)
		binding = end(adapter, OidRequest);
	rcu_read_unlock();
	if (binding)
		pass_up(binding, OidRequest, Status);
	else
		chimn_misuse(adapter ? CHIMN_MISUSE_UNASKED :
				       CHIMN_MISUSE_HANDLE, __func__);
}
