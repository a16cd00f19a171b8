// SPDX-License-Identifier: GPL-2.0
/* A device with an adapter on it and nobody above. */
#include "wire.h"

#include "wire/rx.h"
#include "wire/tx.h"

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>

/* The one that is in use: the stand-ins are told no more than a connection. */
static struct wire *wire;

/* --- the device ---------------------------------------------------------- */

/* Frames of the stack itself, which greets its neighbors, are none of ours. */
static netdev_tx_t keep_frame(struct sk_buff *skb, struct net_device *dev)
{
	if (skb->sk) {
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	if (wire->refuse)
		return wire->refuse;
	__set_bit(skb_get_queue_mapping(skb), &wire->tx_queues);
	skb_queue_tail(&wire->tx, skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops dev_ops = {
	.ndo_start_xmit = keep_frame,
	.ndo_set_mac_address = eth_mac_addr,
};

static void make_dev(struct wire *w)
{
	struct net_device *dev = alloc_etherdev_mq(0, WR_QUEUES);

	KUNIT_ASSERT_NOT_NULL(w->test, dev);
	strscpy(dev->name, "chimw%d", sizeof(dev->name));
	dev->netdev_ops = &dev_ops;
	dev->needs_free_netdev = true;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->max_mtu = ETH_MAX_MTU;
	/* The stack cuts frames and sums them up before they come here. */
	dev->features |= NETIF_F_HW_VLAN_CTAG_TX;
	eth_hw_addr_set(dev, (const u8 []){ 2, 0, 0, 0, 0, 1 });
	rtnl_lock();
	KUNIT_EXPECT_EQ(w->test, register_netdevice(dev), 0);
	KUNIT_EXPECT_EQ(w->test, dev_open(dev, NULL), 0);
	rtnl_unlock();
	w->dev = dev;
}

void wr_lose_dev(struct wire *w)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(w->types); i++)
		dev_remove_pack(&w->types[i]);
	dev_remove_pack(&w->tap);
	rtnl_lock();
	unregister_netdevice(w->dev);
	rtnl_unlock();
	w->dev = NULL;
}

/* --- above and beside ---------------------------------------------------- */

static int went_up(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev)
{
	struct sk_buff *copy;

	skb_push(skb, skb->data - skb_mac_header(skb));
	copy = skb_copy(skb, GFP_ATOMIC);
	skb_pull(skb, skb->mac_len);
	if (copy)
		skb_queue_tail(&wire->up, copy);
	kfree_skb(skb);
	return NET_RX_SUCCESS;
}

static int tapped(struct sk_buff *skb, struct net_device *dev,
		  struct packet_type *pt, struct net_device *orig_dev)
{
	/* The host has frames of its own to send. */
	if (skb->pkt_type != PACKET_OUTGOING)
		wire->tapped++;
	kfree_skb(skb);
	return NET_RX_SUCCESS;
}

static void listen(struct wire *w)
{
	static const u16 types[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_ARP, 0x88b5 };
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		w->types[i].type = htons(types[i]);
		w->types[i].dev = w->dev;
		w->types[i].func = went_up;
		dev_add_pack(&w->types[i]);
	}
	w->tap.type = htons(ETH_P_ALL);
	w->tap.dev = w->dev;
	w->tap.func = tapped;
	dev_add_pack(&w->tap);
}

static enum chim_verdict sink(struct chim_conn *conn, struct chim_seg *seg)
{
	u32 len = min_t(u32, seg->len, WR_KEEP);

	wire->segs++;
	wire->seg = *seg;
	wire->conn = conn;
	KUNIT_EXPECT_EQ(wire->test, 0, skb_copy_bits(seg->skb, seg->off,
						     wire->data, len));
	if (wire->verdict == CHIM_SEG_KEPT)
		skb_queue_tail(&wire->kept, seg->skb);
	return wire->verdict;
}

/* --- data to send -------------------------------------------------------- */

u8 wr_byte(u32 at)
{
	return at ^ at >> 8 ^ at >> 16 ^ 0x5a;
}

static int fill(struct sk_buff *skb, const struct chim_sreq *req, u32 off,
		u32 len, enum chim_fill how)
{
	struct wire *w = container_of(req, struct wire, req);
	u32 done = 0, at, n;
	struct page *page;

	w->how = how;
	if (w->fill_err)
		return w->fill_err;
	len = min3(len, w->limit, w->req.len - off);
	while (done < len && skb_shinfo(skb)->nr_frags < MAX_SKB_FRAGS) {
		at = w->at + off + done;
		n = min3(len - done, w->piece,
			 (u32)(PAGE_SIZE - offset_in_page(at)));
		page = w->pages + (at >> PAGE_SHIFT);
		get_page(page);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page,
				offset_in_page(at), n, n);
		done += n;
	}
	return done;
}

static struct sk_buff *lend(const struct chim_conn *conn,
			    const struct chim_sreq *req, u32 len)
{
	struct wire *w = container_of(req, struct wire, req);

	if (!w->lends || w->lends->len != len)
		return NULL;
	return skb_clone(w->lends, GFP_ATOMIC);
}

static void make_data(struct wire *w)
{
	u8 *at;
	u32 i;

	w->pages = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(WR_DATA));
	KUNIT_ASSERT_NOT_NULL(w->test, w->pages);
	at = page_address(w->pages);
	for (i = 0; i < WR_DATA; i++)
		at[i] = wr_byte(i);
	w->req.len = WR_DATA;
	w->piece = PAGE_SIZE;
	w->limit = U32_MAX;
}

/* --- objects ------------------------------------------------------------- */

struct wr_chain wr_values(struct wire *w, bool ip6)
{
	static atomic_t port = ATOMIC_INIT(0);
	struct wr_chain c = {
		.nv.dst = { 2, 0, 0, 0, 0, 2 },
		.pc.family = ip6 ? AF_INET6 : AF_INET,
		.pv.mtu = w->dev->mtu,
		.cc = {
			.lport = htons(1024 + atomic_inc_return(&port) % 60000),
			.rport = htons(0x1f91),
			.remote_mss = 1460,
		},
		.cv = {
			.rcv_wnd = 65535,
			.ttl = 77,
			.tos = 0xb8,
			.flow_label = 0xabcde,
		},
		.cd = {
			.state = CHIM_TCP_ESTABLISHED,
			.rcv_nxt = 2000,
			.rcv_wnd = 65535,
			.snd_una = 1000,
			.snd_nxt = 1000,
			.snd_max = 1000,
			.snd_wnd = 65535,
			.max_snd_wnd = 65535,
			.cwnd = 14600,
			.ka_left = CHIM_TICKS_NONE,
			.rt_left = CHIM_TICKS_NONE,
		},
	};
	int i;

	if (ip6) {
		for (i = 0; i < 16; i++) {
			c.pc.src.v6.s6_addr[i] = 0x20 + i;
			c.pc.dst.v6.s6_addr[i] = 0x3f - i;
		}
	} else {
		c.pc.src.v4 = htonl(0xc0000201);
		c.pc.dst.v4 = htonl(0xc6336402);
	}
	return c;
}

struct work_on {
	struct chim_job job;
	struct wire *w;
	struct wr_chain *c;
	enum chim_why why;
};

static void make_chain(struct chim_adapter *adapter, struct chim_job *job)
{
	struct work_on *on = container_of(job, struct work_on, job);
	const struct chim_neigh_deleg deleg = {};
	struct chim_owner *owner = &on->w->owner;
	struct wr_chain *c = on->c;
	struct chim_conn_news news = { .c = c->cc, .v = c->cv, .d = c->cd };

	on->why = chim_neigh_create(owner, NULL, &c->nc, &c->nv, &deleg, 0,
				    &c->neigh);
	if (on->why)
		return;
	on->why = chim_path_create(owner, NULL, c->neigh, &c->pc, &c->pv,
				   &c->path);
	if (on->why)
		return;
	news.path = c->path;
	on->why = chim_conn_create(owner, &news, &c->conn);
}

void wr_offload(struct wire *w, struct wr_chain *c)
{
	struct work_on on = { .job.fn = make_chain, .w = w, .c = c };

	chim_adapter_call(w->adapter, &on.job);
	KUNIT_ASSERT_EQ(w->test, (int)on.why, (int)CHIM_OK);
}

struct wr_chain wr_offload4(struct wire *w)
{
	struct wr_chain c = wr_values(w, false);

	wr_offload(w, &c);
	return c;
}

struct wr_chain wr_offload6(struct wire *w)
{
	struct wr_chain c = wr_values(w, true);

	wr_offload(w, &c);
	return c;
}

static void end_conn(struct chim_conn *conn)
{
	struct chim_conn_deleg d;
	struct chim_rest rest;

	chim_conn_end(conn, &d, &rest);
	chim_conn_free(conn);
}

static void end_chain(struct chim_adapter *adapter, struct chim_job *job)
{
	struct work_on *on = container_of(job, struct work_on, job);

	end_conn(on->c->conn);
	on->c->conn = NULL;
}

void wr_terminate(struct wire *w, struct wr_chain *c)
{
	struct work_on on = { .job.fn = end_chain, .w = w, .c = c };

	chim_adapter_call(w->adapter, &on.job);
}

static void end_obj(struct chim_obj *obj)
{
	switch (obj->layer) {
	case CHIM_CONN:
		end_conn(chim_conn(obj));
		break;
	case CHIM_PATH:
		chim_path_end(chim_path(obj));
		chim_path_free(chim_path(obj));
		break;
	default:
		chim_neigh_end(chim_neigh(obj));
		chim_neigh_free(chim_neigh(obj));
		break;
	}
}

static void end_all(struct chim_adapter *adapter, struct chim_job *job)
{
	struct chim_obj *obj;
	int layer;
	u32 index;

	for (layer = CHIM_CONN; layer >= CHIM_NEIGH; layer--) {
		index = 0;
		do {
			rcu_read_lock();
			obj = chim_space_next(&adapter->space, &index);
			rcu_read_unlock();
			if (obj && obj->layer == layer)
				end_obj(obj);
		} while (obj);
	}
}

/* --- the fixture --------------------------------------------------------- */

int wr_init(struct kunit *test)
{
	const struct chim_adapter_config config = {};
	struct wire *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->test = test;
	skb_queue_head_init(&w->tx);
	skb_queue_head_init(&w->up);
	skb_queue_head_init(&w->kept);
	make_data(w);
	wire = w;
	make_dev(w);
	rtnl_lock();
	w->adapter = chim_adapter_add(w->dev, &config, NULL);
	rtnl_unlock();
	KUNIT_ASSERT_FALSE(test, IS_ERR(w->adapter));
	chim_adapter_hold(w->adapter);
	w->owner.space = &w->adapter->space;
	listen(w);
	chim_ingress_sink = sink;
	w->own_ops = chim_conn_ops;
	if (w->own_ops)
		w->ops = *w->own_ops;
	w->ops.build = chim_tx_build;
	w->ops.xmit = chim_tx_xmit;
	w->ops.fill = fill;
	w->ops.lend = lend;
	chim_conn_ops = &w->ops;
	test->priv = w;
	return 0;
}

void wr_exit(struct kunit *test)
{
	struct chim_job end = { .fn = end_all };
	struct wire *w = test->priv;

	if (!w)
		return;
	chim_adapter_call(w->adapter, &end);
	if (w->dev)
		wr_lose_dev(w);
	chim_adapter_put(w->adapter);
	kfree_skb(w->watch);
	skb_queue_purge(&w->kept);
	skb_queue_purge(&w->tx);
	skb_queue_purge(&w->up);
	rcu_barrier();
	chim_ingress_sink = chim_conn_segment;
	chim_conn_ops = w->own_ops;
	__free_pages(w->pages, get_order(WR_DATA));
}

struct chim_mib wr_mib(struct wire *w, int family)
{
	struct chim_mib sum = {};
	u64 *to = (u64 *)&sum;
	const u64 *from;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		from = (const u64 *)(per_cpu_ptr(w->adapter->space.mib, cpu) +
				     family);
		for (i = 0; i < sizeof(sum) / sizeof(*to); i++)
			to[i] += from[i];
	}
	return sum;
}

/* --- frames out ---------------------------------------------------------- */

struct sk_buff *wr_build(struct chim_conn *conn, const struct chim_frame *frame,
			 int *taken)
{
	struct sk_buff *skb;

	local_bh_disable();
	rcu_read_lock();
	spin_lock(&conn->lock);
	skb = chim_tx_build(conn, frame, taken);
	spin_unlock(&conn->lock);
	rcu_read_unlock();
	local_bh_enable();
	return skb;
}

void wr_xmit(struct chim_conn *conn, struct sk_buff *skb)
{
	local_bh_disable();
	rcu_read_lock();
	chim_tx_xmit(conn, skb);
	rcu_read_unlock();
	local_bh_enable();
}

int wr_send(struct chim_conn *conn, const struct chim_frame *frame)
{
	int taken = -1;
	struct sk_buff *skb = wr_build(conn, frame, &taken);

	KUNIT_ASSERT_NOT_NULL(wire->test, skb);
	wr_xmit(conn, skb);
	return taken;
}

bool wr_segment(struct wire *w, struct pr_seg *seg, u8 *data, u32 room)
{
	struct sk_buff *skb;
	const u8 *at;
	bool ours = false;

	while (!ours && (skb = skb_dequeue(&w->tx))) {
		KUNIT_ASSERT_EQ(w->test, skb_linearize(skb), 0);
		ours = sg_parse(seg, skb, &at);
		if (ours && data)
			memcpy(data, at, min(room, seg->data_len));
		kfree_skb(skb);
	}
	return ours;
}
