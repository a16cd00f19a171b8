// SPDX-License-Identifier: GPL-2.0
/* Control as a client of the target. */
#include "ctl/client.h"

#include "ctl/oid.h"
#include "ctl/op.h"
#include "ndis/attach.h"

#include <linux/netlink.h>
#include <linux/slab.h>

/* Covers the list. Taken before a client's gate is, never inside it. */
static DEFINE_MUTEX(clients_lock);
static LIST_HEAD(clients);
static struct workqueue_struct *workqueue;

static void put(struct chim_ctl_client *client)
{
	if (!refcount_dec_and_test(&client->refs))
		return;
	chim_adapter_put(client->adapter);
	kfree(client);
}

static void call_attention(struct chim_ctl_client *client)
{
	refcount_inc(&client->refs);
	if (!queue_work(workqueue, &client->work))
		put(client);
}

static NDIS_STATUS set_tcp(struct chim_ctl_client *client,
			   PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	const NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS *tcp =
		(const void *)handlers;

	if (handlers->Size < sizeof(*tcp))
		return NDIS_STATUS_INVALID_LENGTH;
	client->give_back = tcp->TcpOffloadReceiveReturnHandler;
	return NDIS_STATUS_SUCCESS;
}

/* REG-031: of the TCP set control uses what it cannot do without. */
static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	struct chim_ctl_client *client = handle;

	if (handlers->Type ==
	    NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_CHARACTERISTICS)
		return set_tcp(client, handlers);
	if (handlers->Type !=
	    NDIS_OBJECT_TYPE_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS)
		return NDIS_STATUS_SUCCESS;
	if (handlers->Size < sizeof(client->generic))
		return NDIS_STATUS_INVALID_LENGTH;
	memcpy(&client->generic, handlers, sizeof(client->generic));
	return NDIS_STATUS_SUCCESS;
}

/* What an object is asked for shows in its marks; people decide. */
static VOID on_tcp_event(NDIS_HANDLE object, ULONG type, ULONG info)
{
}

static NDIS_STATUS on_receive(NDIS_HANDLE object, PNET_BUFFER_LIST list,
			      NDIS_STATUS status, PULONG consumed)
{
	*consumed = 0;
	return NDIS_STATUS_NOT_ACCEPTED;
}

/* Control posts no data requests, so none completes. */
static VOID on_data_complete(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
}

static NDIS_TCP_OFFLOAD_EVENT_HANDLERS events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(events),
	.NdisTcpOffloadEventHandler = on_tcp_event,
	.NdisTcpOffloadReceiveHandler = on_receive,
	.NdisTcpOffloadSendComplete = on_data_complete,
	.NdisTcpOffloadReceiveComplete = on_data_complete,
	.NdisTcpOffloadDisconnectComplete = on_data_complete,
	.NdisTcpOffloadForwardComplete = on_data_complete,
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

/* NBR-040: control keeps no reachability of its own to refresh. */
static VOID on_event(NDIS_HANDLE handle, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		     ULONG code)
{
}

static VOID on_status(NDIS_HANDLE handle, PNDIS_STATUS_INDICATION indication)
{
	struct chim_ctl_client *client = handle;

	switch (indication->StatusCode) {
	case NDIS_STATUS_OFFLOAD_PAUSE:
		wake_up_all(&client->wait);
		break;
	case NDIS_STATUS_UPLOAD_ALL:
		call_attention(client);
		break;
	}
}

/* Without an owner: the functions are the target's, which must be able to go. */
static const struct chim_ndis ndis = {
	.name = "chimctl",
	.NdisSetOptionalHandlers = set_handlers,
	.NdisMGetOffloadHandlers = get_handlers,
	.NdisMInitiateOffloadComplete = chim_ctl_op_complete,
	.NdisMQueryOffloadStateComplete = chim_ctl_op_complete,
	.NdisMUpdateOffloadComplete = chim_ctl_op_complete,
	.NdisMInvalidateOffloadComplete = chim_ctl_op_complete,
	.NdisMTerminateOffloadComplete = chim_ctl_op_complete,
	.NdisMOffloadEventIndicate = on_event,
	.NdisMIndicateStatusEx = on_status,
	.NdisMOidRequestComplete = chim_ctl_oid_complete,
};

/**
 * chim_ctl_client_owns() - did this client offload the object?
 * @client: the client
 * @obj: any object of its adapter
 *
 * Context: RCU read side.
 * Return: true if so.
 */
bool chim_ctl_client_owns(const struct chim_ctl_client *client,
			  const struct chim_obj *obj)
{
	return chim_attach_owns(&client->attach, obj);
}

/* Objects in one tree, and objects looked at in one RCU section. */
#define BATCH	64
#define LOOKS	4096

/* Adds our objects of a layer from @index on; false at the end of the space. */
static bool gather(struct chim_ctl_client *client, struct chim_ctl_op *op,
		   enum chim_layer layer, u32 *index)
{
	struct chim_obj *obj = NULL;
	int looks = LOOKS;

	rcu_read_lock();
	while (op->count < BATCH && looks--) {
		obj = chim_space_next(&client->adapter->space, index);
		if (!obj)
			break;
		if (obj->layer == layer && chim_ctl_client_owns(client, obj))
			chim_ctl_op_add(op, obj, 0);
	}
	rcu_read_unlock();
	return obj;
}

/*
 * What cannot be terminated, or if there is no memory for it, is ended when
 * the client detaches.
 */
static u32 terminate_layer(struct chim_ctl_client *client,
			   enum chim_layer layer)
{
	struct chim_ctl_op *op;
	u32 index = 0, ended = 0;
	bool more = true;

	while (more) {
		op = chim_ctl_op_alloc(BATCH);
		if (!op)
			break;
		op->verb = CHIM_TERMINATE;
		more = gather(client, op, layer, &index);
		if (op->count && !chim_ctl_op_run(client, op))
			ended += chim_ctl_op_successes(op);
		chim_ctl_op_put(op);
		cond_resched();
	}
	return ended;
}

static void terminate_all(struct chim_ctl_client *client)
{
	u32 conns = terminate_layer(client, CHIM_CONN);
	u32 paths = terminate_layer(client, CHIM_PATH);
	u32 neighs = terminate_layer(client, CHIM_NEIGH);

	if (conns || paths || neighs)
		pr_info("chimney: chimctl on ifindex %d terminated %u neighbors, %u paths, %u connections\n",
			client->adapter->ifindex, neighs, paths, conns);
}

static void unlist(struct chim_ctl_client *client)
{
	mutex_lock(&clients_lock);
	list_del(&client->node);
	mutex_unlock(&clients_lock);
	put(client);
}

/* Runs where callbacks may be waited for: not in the adapter's worker. */
static void attend(struct work_struct *work)
{
	struct chim_ctl_client *client =
		container_of(work, struct chim_ctl_client, work);
	bool leave = false;

	down_write(&client->gate);
	if (!client->left) {
		leave = READ_ONCE(client->leaving) ||
			READ_ONCE(client->adapter->closing);
		terminate_all(client);
	}
	if (leave) {
		chim_detach(&client->attach);
		client->left = true;
	}
	up_write(&client->gate);
	if (leave)
		unlist(client);
	put(client);
}

static struct chim_ctl_client *make(struct chim_adapter *adapter)
{
	struct chim_ctl_client *client = kzalloc(sizeof(*client), GFP_KERNEL);

	if (!client)
		return NULL;
	refcount_set(&client->refs, 1);
	init_rwsem(&client->gate);
	mutex_init(&client->merge);
	init_waitqueue_head(&client->wait);
	INIT_WORK(&client->work, attend);
	chim_adapter_hold(adapter);
	client->adapter = adapter;
	client->attach.ndis = &ndis;
	client->attach.NdisMiniportDriverHandle = client;
	client->attach.MiniportAdapterHandle = client;
	client->left = true;
	return client;
}

/*
 * Called with the gate written: the adapter may close, and say so, before this
 * is done.
 */
static int join(struct chim_ctl_client *client, struct netlink_ext_ack *extack)
{
	struct chim_adapter *adapter = client->adapter;
	int err;

	err = chim_attach(read_pnet(&adapter->net), adapter->ifindex,
			  &client->attach);
	if (err) {
		if (err != -ENOMEM)
			NL_SET_ERR_MSG(extack,
				       "adapter takes no clients any more");
		return err;
	}
	/* Then it is another adapter of the same device that we are on. */
	err = -ENODEV;
	if (READ_ONCE(adapter->closing)) {
		NL_SET_ERR_MSG(extack, "adapter is being closed");
		goto detach;
	}
	err = chim_ctl_oid_enable(client);
	if (err) {
		if (err != -ENOMEM)
			NL_SET_ERR_MSG(extack,
				       "target does not enable its capabilities");
		goto detach;
	}
	client->left = false;
	return 0;

detach:
	chim_detach(&client->attach);
	return err;
}

/* Called with clients_lock held. */
static struct chim_ctl_client *make_attached(struct chim_adapter *adapter,
					     struct netlink_ext_ack *extack)
{
	struct chim_ctl_client *client = make(adapter);
	int err;

	if (!client)
		return ERR_PTR(-ENOMEM);
	down_write(&client->gate);
	err = join(client, extack);
	up_write(&client->gate);
	if (err) {
		put(client);
		return ERR_PTR(err);
	}
	list_add_tail(&client->node, &clients);
	return client;
}

/* Called with clients_lock held. */
static struct chim_ctl_client *find(const struct chim_adapter *adapter)
{
	struct chim_ctl_client *client;

	list_for_each_entry(client, &clients, node)
		if (client->adapter == adapter)
			return client;
	return NULL;
}

/**
 * chim_ctl_client_enter() - control's client on an adapter, ready for use
 * @adapter: the adapter
 * @extack: told why not
 *
 * It stays attached until chim_ctl_client_exit().
 *
 * Context: process, may sleep.
 * Return: the client or an ERR_PTR(): -ENODEV if the adapter is being closed,
 * -EINTR, -ENOMEM, or what chim_attach() returns.
 */
struct chim_ctl_client *chim_ctl_client_enter(struct chim_adapter *adapter,
					      struct netlink_ext_ack *extack)
{
	struct chim_ctl_client *client;

	if (mutex_lock_killable(&clients_lock))
		return ERR_PTR(-EINTR);
	client = find(adapter);
	if (!client)
		client = make_attached(adapter, extack);
	if (!IS_ERR(client))
		refcount_inc(&client->refs);
	mutex_unlock(&clients_lock);
	if (IS_ERR(client))
		return client;

	if (down_read_killable(&client->gate)) {
		put(client);
		return ERR_PTR(-EINTR);
	}
	if (client->left) {
		NL_SET_ERR_MSG(extack, "adapter is being closed");
		chim_ctl_client_exit(client);
		return ERR_PTR(-ENODEV);
	}
	return client;
}

/**
 * chim_ctl_client_exit() - done with it
 * @client: from chim_ctl_client_enter()
 *
 * Context: process.
 */
void chim_ctl_client_exit(struct chim_ctl_client *client)
{
	up_read(&client->gate);
	put(client);
}

static void nothing(struct chim_adapter *adapter, struct chim_job *call)
{
}

/**
 * chim_ctl_client_settle() - wait until control has done what it was asked to
 * @adapter: an adapter that has just been told something
 *
 * After this all of its objects are terminated if that was asked for, and it
 * has left if the adapter is closing.
 *
 * Context: process, may sleep; not between enter and exit.
 */
void chim_ctl_client_settle(struct chim_adapter *adapter)
{
	struct chim_job barrier = { .fn = nothing };
	struct chim_ctl_client *client;

	/* Indications come from the worker, before this call. */
	chim_adapter_call(adapter, &barrier);
	mutex_lock(&clients_lock);
	client = find(adapter);
	if (client)
		refcount_inc(&client->refs);
	mutex_unlock(&clients_lock);
	if (!client)
		return;
	flush_work(&client->work);
	put(client);
}

/**
 * chim_ctl_clients_setup() - get ready for clients
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int chim_ctl_clients_setup(void)
{
	workqueue = alloc_workqueue("chim-ctl", WQ_UNBOUND, 0);
	return workqueue ? 0 : -ENOMEM;
}

/**
 * chim_ctl_clients_teardown() - terminate all objects and detach everywhere
 *
 * Context: module unload, when no command can come any more.
 */
void chim_ctl_clients_teardown(void)
{
	struct chim_ctl_client *client;

	mutex_lock(&clients_lock);
	list_for_each_entry(client, &clients, node) {
		WRITE_ONCE(client->leaving, true);
		call_attention(client);
	}
	mutex_unlock(&clients_lock);
	destroy_workqueue(workqueue);
	WARN_ON_ONCE(!list_empty(&clients));
}
