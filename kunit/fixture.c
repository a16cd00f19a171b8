// SPDX-License-Identifier: GPL-2.0
/* The adapter, device and client that the suites share. */
#include "fixture.h"

#include "ndis/miniport.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

static atomic64_t fake_ms = ATOMIC64_INIT(1000000);

u64 fx_ms(void)
{
	return atomic64_read(&fake_ms);
}

void fx_advance(struct fx *fx, u64 ms)
{
	atomic64_add(ms, &fake_ms);
}

/* --- the device ---------------------------------------------------------- */

struct fx_dev {
	struct fx *fx;
};

static netdev_tx_t keep_frame(struct sk_buff *skb, struct net_device *dev)
{
	struct fx_dev *priv = netdev_priv(dev);

	skb_queue_tail(&priv->fx->tx, skb);
	wake_up_all(&priv->fx->wait);
	return NETDEV_TX_OK;
}

static void set_rx_mode(struct net_device *dev)
{
}

static const struct net_device_ops dev_ops = {
	.ndo_set_rx_mode = set_rx_mode,
	.ndo_start_xmit = keep_frame,
	.ndo_set_mac_address = eth_mac_addr,
};

static struct net_device *make_dev(struct fx *fx)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct fx_dev));
	struct fx_dev *priv;

	KUNIT_ASSERT_NOT_NULL(fx->test, dev);
	priv = netdev_priv(dev);
	priv->fx = fx;
	strscpy(dev->name, "chimt%d", sizeof(dev->name));
	dev->netdev_ops = &dev_ops;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->max_mtu = ETH_MAX_MTU;
	dev->features |= NETIF_F_HW_VLAN_CTAG_TX;
	eth_hw_addr_set(dev, (const u8 []){ 2, 0, 0, 0, 0, 1 });
	rtnl_lock();
	KUNIT_EXPECT_EQ(fx->test, register_netdevice(dev), 0);
	KUNIT_EXPECT_EQ(fx->test, dev_open(dev, NULL), 0);
	rtnl_unlock();
	return dev;
}

struct sk_buff *fx_frame(struct fx *fx)
{
	return skb_dequeue(&fx->tx);
}

/* --- the client ---------------------------------------------------------- */

static void log_call(struct fx *fx, struct fx_entry entry)
{
	unsigned long flags;

	entry.atomic = in_softirq() || irqs_disabled();
	if (entry.call != FX_COMPLETE && fx->on_call)
		fx->on_call(fx, &entry);
	spin_lock_irqsave(&fx->lock, flags);
	if (fx->logged < FX_LOG_MAX)
		fx->log[fx->logged] = entry;
	fx->logged++;
	spin_unlock_irqrestore(&fx->lock, flags);
	wake_up_all(&fx->wait);
}

/*
 * A block knows its fixture through ProtocolReserved, as that of a host stack
 * would: completions carry the driver's handle only.
 */
static struct fx *block_fx(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree)
{
	return tree->ProtocolReserved[0];
}

static void completed(NDIS_HANDLE handle,
		      PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
		      enum chim_verb verb)
{
	struct fx *fx = block_fx(tree);

	if (fx->on_complete)
		fx->on_complete(fx, verb, tree);
	log_call(fx, (struct fx_entry){ FX_COMPLETE, verb, 0, tree, handle });
	atomic_inc(&fx->completions[verb]);
	wake_up_all(&fx->wait);
}

static VOID initiate_done(NDIS_HANDLE h, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST t)
{
	completed(h, t, CHIM_INITIATE);
}

static VOID query_done(NDIS_HANDLE h, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST t)
{
	completed(h, t, CHIM_QUERY);
}

static VOID update_done(NDIS_HANDLE h, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST t)
{
	completed(h, t, CHIM_UPDATE);
}

static VOID invalidate_done(NDIS_HANDLE h, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST t)
{
	completed(h, t, CHIM_INVALIDATE);
}

static VOID terminate_done(NDIS_HANDLE h, PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST t)
{
	completed(h, t, CHIM_TERMINATE);
}

/* The handle of an object is the fixture; see tb_finish(). */
static VOID tcp_event(NDIS_HANDLE handle, ULONG type, ULONG info)
{
	struct tb *tb = handle;
	struct fx *fx = block_fx(&tb->b);

	log_call(fx, (struct fx_entry){ FX_EVENT, type, info, handle, handle });
}

/* Takes nothing unless the test does, so that nothing has to be returned. */
static NDIS_STATUS tcp_receive(NDIS_HANDLE handle, PNET_BUFFER_LIST list,
			       NDIS_STATUS status, PULONG consumed)
{
	struct tb *tb = handle;
	struct fx *fx = block_fx(&tb->b);

	*consumed = 0;
	if (fx->on_receive)
		return fx->on_receive(fx, tb, list, consumed);
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

static void io_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list, int io)
{
	struct fx *fx = list->ProtocolReserved[0];

	log_call(fx, (struct fx_entry){ FX_IO, io, 0, list, handle });
	atomic_inc(&fx->ios);
	wake_up_all(&fx->wait);
}

static VOID send_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	io_done(handle, list, CHIM_IO_SEND);
}

static VOID receive_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	io_done(handle, list, CHIM_IO_RECEIVE);
}

static VOID disconnect_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	io_done(handle, list, CHIM_IO_DISCONNECT);
}

static VOID forward_done(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	io_done(handle, list, CHIM_IO_FORWARD);
}

NDIS_TCP_OFFLOAD_EVENT_HANDLERS fx_events = {
	.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
	.Header.Revision = NDIS_TCP_OFFLOAD_EVENT_HANDLERS_REVISION_1,
	.Header.Size = sizeof(fx_events),
	.NdisTcpOffloadEventHandler = tcp_event,
	.NdisTcpOffloadReceiveHandler = tcp_receive,
	.NdisTcpOffloadSendComplete = send_done,
	.NdisTcpOffloadReceiveComplete = receive_done,
	.NdisTcpOffloadDisconnectComplete = disconnect_done,
	.NdisTcpOffloadForwardComplete = forward_done,
};

/* The driver handle says nothing, so registration goes by the last attacher. */
static struct fx *attaching;

static NDIS_STATUS set_handlers(NDIS_HANDLE handle,
				PNDIS_DRIVER_OPTIONAL_HANDLERS handlers)
{
	struct fx *fx = attaching;

	if (!fx->set_calls++)
		memcpy(&fx->generic, handlers, sizeof(fx->generic));
	else
		memcpy(&fx->tcp, handlers, sizeof(fx->tcp));
	return NDIS_STATUS_SUCCESS;
}

static NDIS_STATUS get_handlers(NDIS_HANDLE handle,
				NDIS_CHIMNEY_OFFLOAD_TYPE type,
				PNDIS_OFFLOAD_EVENT_HANDLERS *handlers)
{
	struct fx *fx = handle;

	fx->get_calls++;
	*handlers = (PNDIS_OFFLOAD_EVENT_HANDLERS)&fx_events;
	return NDIS_STATUS_SUCCESS;
}

static VOID event_indicate(NDIS_HANDLE handle,
			   PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST list, ULONG code)
{
	struct tb *tb = list->NdisOffloadHandle;
	struct fx *fx = block_fx(&tb->b);

	if (fx->on_stale)
		fx->on_stale(fx, list, code);
}

static VOID status_indicate(NDIS_HANDLE handle, PNDIS_STATUS_INDICATION si)
{
	struct fx_entry entry = {
		FX_STATUS, si->StatusCode, si->StatusBufferSize, NULL, handle,
	};

	if (si->StatusBuffer)
		memcpy(entry.buffer, si->StatusBuffer,
		       min_t(u32, si->StatusBufferSize, sizeof(entry.buffer)));
	log_call(handle, entry);
}

static VOID oid_done(NDIS_HANDLE handle, PNDIS_OID_REQUEST request,
		     NDIS_STATUS status)
{
	struct fx *fx = handle;

	log_call(fx, (struct fx_entry){ FX_OID, status, 0, request, handle });
	atomic_inc(&fx->oids);
	wake_up_all(&fx->wait);
}

const struct chim_ndis fx_ndis = {
	.name = "kunit",
	.owner = THIS_MODULE,
	.NdisSetOptionalHandlers = set_handlers,
	.NdisMGetOffloadHandlers = get_handlers,
	.NdisMInitiateOffloadComplete = initiate_done,
	.NdisMQueryOffloadStateComplete = query_done,
	.NdisMUpdateOffloadComplete = update_done,
	.NdisMInvalidateOffloadComplete = invalidate_done,
	.NdisMTerminateOffloadComplete = terminate_done,
	.NdisMOffloadEventIndicate = event_indicate,
	.NdisMIndicateStatusEx = status_indicate,
	.NdisMOidRequestComplete = oid_done,
};

/* --- fixtures ------------------------------------------------------------ */

static struct fx *alloc_fx(struct kunit *test)
{
	struct fx *fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fx);
	fx->test = test;
	fx->oid_request = chim_oid_request;
	spin_lock_init(&fx->lock);
	init_waitqueue_head(&fx->wait);
	skb_queue_head_init(&fx->tx);
	return fx;
}

int fx_reattach(struct fx *fx, const struct chim_ndis *ndis)
{
	int err;

	if (fx->attach.MiniportAdapterContext)
		chim_detach(&fx->attach);
	fx->attach.ndis = ndis;
	fx->attach.NdisMiniportDriverHandle = FX_DRIVER_HANDLE;
	fx->attach.MiniportAdapterHandle = fx;
	fx->set_calls = 0;
	fx->get_calls = 0;
	attaching = fx;
	err = chim_attach(&init_net, fx->adapter->ifindex, &fx->attach);
	if (err)
		return err;
	fx_enable(fx, true, true, true);
	fx->logged = 0;
	return 0;
}

static void attach_fx(struct fx *fx)
{
	KUNIT_ASSERT_EQ(fx->test, fx_reattach(fx, &fx_ndis), 0);
}

struct fx *fx_adapter_with(struct kunit *test,
			   const struct chim_adapter_config *config)
{
	struct fx *fx = alloc_fx(test);

	fx->dev = make_dev(fx);
	rtnl_lock();
	fx->adapter = chim_adapter_add(fx->dev, config, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_FALSE(test, IS_ERR(fx->adapter));
	chim_adapter_hold(fx->adapter);
	fx->holds = true;
	chim_clock_init(&fx->adapter->clock, fx_ms);
	attach_fx(fx);
	return fx;
}

struct fx *fx_second_adapter(struct kunit *test)
{
	struct chim_adapter_config config = {};

	return fx_adapter_with(test, &config);
}

struct fx *fx_second_client(struct fx *first)
{
	struct fx *fx = alloc_fx(first->test);

	fx->adapter = first->adapter;
	attach_fx(fx);
	return fx;
}

void fx_lose_dev(struct fx *fx)
{
	rtnl_lock();
	if (fx->dev->reg_state == NETREG_REGISTERED)
		unregister_netdevice(fx->dev);
	rtnl_unlock();
	fx->dev = NULL;
}

void fx_end(struct fx *fx)
{
	if (fx->attach.MiniportAdapterContext)
		chim_detach(&fx->attach);
	if (fx->dev)
		fx_lose_dev(fx);
	if (fx->holds)
		chim_adapter_put(fx->adapter);
	fx->holds = false;
	skb_queue_purge(&fx->tx);
}

int fx_init(struct kunit *test)
{
	test->priv = fx_second_adapter(test);
	return 0;
}

void fx_exit(struct kunit *test)
{
	if (test->priv)
		fx_end(test->priv);
	rcu_barrier();
}

/* --- operations ---------------------------------------------------------- */

void fx_submit(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	NDIS_HANDLE context = fx->attach.MiniportAdapterContext;

	switch (verb) {
	case CHIM_INITIATE:
		fx->generic.InitiateOffloadHandler(context, &root->b);
		break;
	case CHIM_QUERY:
		fx->generic.QueryOffloadHandler(context, &root->b);
		break;
	case CHIM_UPDATE:
		fx->generic.UpdateOffloadHandler(context, &root->b);
		break;
	case CHIM_INVALIDATE:
		fx->generic.InvalidateOffloadHandler(context, &root->b);
		break;
	default:
		fx->generic.TerminateOffloadHandler(context, &root->b);
		break;
	}
}

void fx_run(struct fx *fx, enum chim_verb verb, struct tb *root)
{
	int before = atomic_read(&fx->completions[verb]);

	fx_submit(fx, verb, root);
	wait_event(fx->wait, atomic_read(&fx->completions[verb]) > before);
	fx_flush(fx);
}

static void nothing(struct chim_adapter *adapter, struct chim_job *call)
{
}

void fx_flush(struct fx *fx)
{
	struct chim_job call = { .fn = nothing };

	chim_adapter_call(fx->adapter, &call);
}

int fx_hwaddrs(struct fx *fx)
{
	flush_delayed_work(&fx->adapter->hwaddrs.work);
	return netdev_uc_count(fx->dev);
}

NDIS_STATUS fx_oid(struct fx *fx, NDIS_REQUEST_TYPE type, NDIS_OID oid,
		   void *buffer, u32 len)
{
	NDIS_OID_REQUEST *request;
	int before = atomic_read(&fx->oids);
	NDIS_STATUS status;

	request = kunit_kzalloc(fx->test, sizeof(*request), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(fx->test, request);
	request->Header.Type = NDIS_OBJECT_TYPE_OID_REQUEST;
	request->Header.Revision = NDIS_OID_REQUEST_REVISION_1;
	request->Header.Size = sizeof(*request);
	request->RequestType = type;
	request->DATA.QUERY_INFORMATION.Oid = oid;
	request->DATA.QUERY_INFORMATION.InformationBuffer = buffer;
	request->DATA.QUERY_INFORMATION.InformationBufferLength = len;
	status = fx->oid_request(fx->attach.MiniportAdapterContext, request);
	if (status != NDIS_STATUS_PENDING)
		return status;
	wait_event(fx->wait, atomic_read(&fx->oids) > before);
	return fx->log[min(fx->logged, FX_LOG_MAX) - 1].a;
}

void fx_enable(struct fx *fx, bool ip4, bool ip6, bool sack)
{
	NDIS_TCP_CONNECTION_OFFLOAD c = {
		.Header.Type = NDIS_OBJECT_TYPE_DEFAULT,
		.Header.Revision = NDIS_TCP_CONNECTION_OFFLOAD_REVISION_1,
		.Header.Size = sizeof(c),
		.Encapsulation = NDIS_ENCAPSULATION_IEEE_802_3,
		.SupportIPv4 = ip4 ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF,
		.SupportIPv6 = ip6 ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF,
		.SupportSack = sack ? NDIS_OFFLOAD_SET_ON : NDIS_OFFLOAD_SET_OFF,
	};

	fx_oid(fx, NdisRequestSetInformation,
	       OID_TCP_CONNECTION_OFFLOAD_CURRENT_CONFIG, &c, sizeof(c));
}

u64 fx_refused(struct fx *fx, enum chim_why why)
{
	return atomic64_read(&fx->adapter->stats.refused[why]);
}
