// SPDX-License-Identifier: GPL-2.0
/*
 * OID requests: from protocols to miniports.
 *
 * A miniport has one at a time, as on Windows, where drivers keep it in a variable.
 * The others wait in the adapter's queue. Whoever finds the miniport free serves the
 * queue until it is not, and nobody else does meanwhile: a miniport may complete a
 * request from within its handler, however many there are.
 */
#include "ndis_shim/binding.h"
#include "ndis_shim/call.h"
#include "ndis_shim/misuse.h"

/**
 * struct chimn_oid - what NdisReserved of a request holds while it is outstanding
 * @node: in the adapter's queue; empty while the miniport has it
 * @binding: that asked, held
 */
struct chimn_oid {
	struct list_head node;
	struct chimn_binding *binding;
};

static_assert(sizeof(struct chimn_oid) <=
	      sizeof_field(NDIS_OID_REQUEST, NdisReserved));
static_assert(offsetof(NDIS_OID_REQUEST, NdisReserved) %
	      __alignof__(struct chimn_oid) == 0);

static struct chimn_oid *oid_of(PNDIS_OID_REQUEST request)
{
	return (struct chimn_oid *)request->NdisReserved;
}

static PNDIS_OID_REQUEST request_of(struct chimn_oid *oid)
{
	return CONTAINING_RECORD(oid, NDIS_OID_REQUEST, NdisReserved);
}

static bool has(struct chimn_adapter *adapter, const struct chimn_oid *wanted)
{
	struct chimn_oid *oid;

	lockdep_assert_held(&adapter->lock);
	if (adapter->oid == wanted)
		return true;
	list_for_each_entry(oid, &adapter->oids, node)
		if (oid == wanted)
			return true;
	return false;
}

/* Takes a request; false if the adapter has it already. */
static bool begin(struct chimn_binding *binding, PNDIS_OID_REQUEST request)
{
	struct chimn_adapter *adapter = binding->adapter;
	struct chimn_oid *oid = oid_of(request);
	unsigned long flags;
	bool good;

	spin_lock_irqsave(&adapter->lock, flags);
	good = !has(adapter, oid);
	if (good) {
		oid->binding = binding;
		request->RequestHandle = binding->obj.handle;
		list_add_tail(&oid->node, &adapter->oids);
	}
	spin_unlock_irqrestore(&adapter->lock, flags);
	return good;
}

/* The binding that asked, or NULL if the miniport does not have the request. */
static struct chimn_binding *end(struct chimn_adapter *adapter,
				 PNDIS_OID_REQUEST request)
{
	struct chimn_binding *binding = NULL;
	struct chimn_oid *oid = oid_of(request);
	unsigned long flags;

	spin_lock_irqsave(&adapter->lock, flags);
	if (request && adapter->oid == oid) {
		binding = oid->binding;
		adapter->oid = NULL;
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

/* The miniport's answer; NDIS_STATUS_PENDING if it keeps the request. */
static NDIS_STATUS hand_down(struct chimn_adapter *adapter,
			     PNDIS_OID_REQUEST request)
{
	struct chimn_binding *binding = oid_of(request)->binding;
	NDIS_STATUS status = NDIS_STATUS_CLOSING;

	/* It may have waited until its binding was closed. */
	if (!chimn_binding_closes(binding))
		status = CHIMN_CALL(adapter->obj.ms, NDIS_STATUS,
				    (NDIS_HANDLE, PNDIS_OID_REQUEST),
				    adapter->miniport->chars.OidRequestHandler,
				    adapter->context, request);
	if (status != NDIS_STATUS_PENDING && !end(adapter, request)) {
		chimn_misuse(CHIMN_MISUSE_UNASKED, "NdisOidRequest");
		return NDIS_STATUS_PENDING;	/* it is completed already */
	}
	return status;
}

/* The next request, now the miniport's; NULL if it has one, or there is none. */
static struct chimn_oid *next(struct chimn_adapter *adapter)
{
	lockdep_assert_held(&adapter->lock);
	if (adapter->oid)
		return NULL;
	adapter->oid = list_first_entry_or_null(&adapter->oids,
						struct chimn_oid, node);
	if (adapter->oid)
		list_del(&adapter->oid->node);
	return adapter->oid;
}

/*
 * Hands down what waits, as long as the miniport is free. Returns the answer to
 * @mine, of which nobody else is told, or NDIS_STATUS_PENDING.
 */
static NDIS_STATUS serve(struct chimn_adapter *adapter, PNDIS_OID_REQUEST mine)
{
	NDIS_STATUS result = NDIS_STATUS_PENDING, status;
	PNDIS_OID_REQUEST request;
	struct chimn_oid *oid;
	unsigned long flags;

	spin_lock_irqsave(&adapter->lock, flags);
	if (adapter->serving)
		goto unlock;
	adapter->serving = true;
	while ((oid = next(adapter))) {
		struct chimn_binding *binding = oid->binding;

		spin_unlock_irqrestore(&adapter->lock, flags);
		request = request_of(oid);
		status = hand_down(adapter, request);
		if (status != NDIS_STATUS_PENDING && request == mine) {
			result = status;
			mine = NULL;
			chimn_binding_put(binding, 1);
		} else if (status != NDIS_STATUS_PENDING) {
			pass_up(binding, request, status);
		}
		spin_lock_irqsave(&adapter->lock, flags);
	}
	adapter->serving = false;
unlock:
	spin_unlock_irqrestore(&adapter->lock, flags);
	return result;
}

static NDIS_STATUS submit(struct chimn_binding *binding,
			  PNDIS_OID_REQUEST request)
{
	const struct chimn_miniport *miniport = binding->adapter->miniport;
	NDIS_STATUS status = NDIS_STATUS_NOT_SUPPORTED;

	if (!miniport->chars.OidRequestHandler || is_blocked(miniport, request))
		goto put_binding;
	status = NDIS_STATUS_INVALID_STATE;
	if (begin(binding, request))
		return serve(binding->adapter, request);
	chimn_misuse(CHIMN_MISUSE_BUSY, "NdisOidRequest");
put_binding:
	chimn_binding_put(binding, 1);
	return status;
}

/**
 * NdisOidRequest() - ask a miniport something, or set it
 * @NdisBindingHandle: from NdisOpenAdapterEx()
 * @OidRequest: the request; the miniport's until the result is known. RequestHandle
 *	is set, to what the miniport names the binding by if it has more to say
 *
 * Queries of chimney capabilities do not reach a miniport without chimney
 * functions (NDI-019). A miniport is given the next request when it has completed
 * the one before; until then a request waits, and NDIS_STATUS_PENDING is returned.
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
		status = submit(binding, OidRequest);
	}
	rcu_read_unlock();
	return status;
}

/**
 * NdisMOidRequestComplete() - complete a request that was pending
 * @MiniportAdapterHandle: of the adapter
 * @OidRequest: the request
 * @Status: its result
 *
 * Serves STA-073.
 *
 * Context: any. Calls OidRequestCompleteHandler, and OidRequestHandler for the next
 * request that waits.
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
	if (!binding) {
		chimn_misuse(adapter ? CHIMN_MISUSE_UNASKED :
				       CHIMN_MISUSE_HANDLE, __func__);
		return;
	}
	pass_up(binding, OidRequest, Status);
	/* With its last binding an adapter may have gone. */
	rcu_read_lock();
	adapter = (void *)chimn_obj_find(MiniportAdapterHandle, CHIMN_ADAPTER);
	if (adapter)
		serve(adapter, NULL);
	rcu_read_unlock();
}
