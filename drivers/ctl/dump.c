// SPDX-License-Identifier: GPL-2.0
/*
 * Objects as they are. Read under RCU, without the adapter's worker: an object
 * of any client can be seen whatever the target is doing.
 */
#include "ctl/netlink.h"

#include "adapter.h"
#include "compat.h"
#include "ctl/policy.h"
#include "ctl/values.h"
#include "ndis/attach.h"
#include "state/conn.h"
#include "state/path.h"

#include <linux/jhash.h>
#include <net/genetlink.h>
#include <net/sock.h>

static_assert(CHIMNEY_MARK_INVALID == CHIM_OBJ_INVALID);
static_assert(CHIMNEY_MARK_UPLOAD == CHIM_OBJ_UPLOAD);
static_assert(CHIMNEY_MARK_CORRUPT == CHIM_OBJ_CORRUPT);
static_assert(CHIMNEY_MARK_REPORTED == CHIM_OBJ_REPORTED);
static_assert((int)CHIMNEY_LAYER_NEIGHBOR == CHIM_NEIGH);
static_assert((int)CHIMNEY_LAYER_PATH == CHIM_PATH);
static_assert((int)CHIMNEY_LAYER_CONNECTION == CHIM_CONN);
static_assert((int)CHIMNEY_TCP_STATE_TIME_WAIT == CHIM_TCP_TIME_WAIT);

#define SHOWN_MARKS	(CHIM_OBJ_INVALID | CHIM_OBJ_UPLOAD | \
			 CHIM_OBJ_CORRUPT | CHIM_OBJ_REPORTED)

static u32 marks_of(struct chim_obj *obj)
{
	u32 marks = READ_ONCE(obj->marks) & SHOWN_MARKS;

	/* The engine remembers what it asked for. */
	if (obj->layer == CHIM_CONN && data_race(chim_conn(obj)->tcb.upload))
		marks |= CHIM_OBJ_UPLOAD;
	return chim_obj_sound(obj) ? marks : marks | CHIM_OBJ_CORRUPT;
}

/* Called on the RCU read side; 0 for a neighbor. */
static u64 below_of(struct chim_obj *obj)
{
	if (obj->layer == CHIM_PATH)
		return rcu_dereference(chim_path(obj)->neigh)->obj.handle;
	if (obj->layer == CHIM_CONN)
		return chim_conn(obj)->path->obj.handle;
	return 0;
}

/* What the sender of a request may see. */
static u8 parts_for(const struct sk_buff *request)
{
	return netlink_net_capable(request, CAP_NET_ADMIN) ?
	       CHIM_CTL_ALL : CHIM_CTL_PUBLIC;
}

/* Called on the RCU read side. */
static int put_object(struct sk_buff *skb, struct chim_obj *obj, u32 now,
		      u8 parts)
{
	u64 below = below_of(obj);
	struct chim_ctl_values values;
	struct nlattr *nest;

	nest = nla_nest_start(skb, CHIMNEY_A_OPERATION_OBJECT);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, CHIMNEY_A_OBJECT_HANDLE,
			      READ_ONCE(obj->handle), CHIMNEY_A_OBJECT_PAD) ||
	    nla_put_u8(skb, CHIMNEY_A_OBJECT_LAYER, obj->layer) ||
	    (below && nla_put_u64_64bit(skb, CHIMNEY_A_OBJECT_BELOW, below,
					CHIMNEY_A_OBJECT_PAD)) ||
	    nla_put_string(skb, CHIMNEY_A_OBJECT_CLIENT,
			   chim_owner_name(obj->owner)) ||
	    nla_put_u32(skb, CHIMNEY_A_OBJECT_MARKS, marks_of(obj)) ||
	    nla_put_u32(skb, CHIMNEY_A_OBJECT_DEPENDENTS,
			READ_ONCE(obj->deps)))
		return -EMSGSIZE;
	chim_ctl_values_read(&values, obj, now);
	if (chim_ctl_values_put(skb, &values, parts))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_handle(struct sk_buff *skb, struct chim_adapter *adapter,
		      u64 handle, u8 parts)
{
	struct chim_obj *obj;
	int err = -ENOENT;

	rcu_read_lock();
	obj = chim_space_find(&adapter->space, handle);
	if (obj)
		err = put_object(skb, obj, chim_clock_now(&adapter->clock),
				 parts);
	rcu_read_unlock();
	return err;
}

static int get_object(struct genl_info *info, struct chim_adapter *adapter,
		      u8 parts)
{
	const struct nlattr *attr = info->attrs[CHIMNEY_A_OPERATION_HANDLE];
	struct sk_buff *reply;
	void *header;
	int err;

	reply = chim_ctl_reply(info, CHIM_CTL_HEADER_SIZE +
			       CHIM_CTL_OBJECT_SIZE, &header);
	if (!reply)
		return -ENOMEM;
	err = chim_ctl_put_dev(reply, adapter);
	if (!err)
		err = put_handle(reply, adapter, nla_get_u64(attr), parts);
	if (err)
		goto free_reply;
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);

free_reply:
	nlmsg_free(reply);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "handle names no object of this adapter");
	return err;
}

/**
 * chim_ctl_object_get_doit() - show one object, whoever's it is
 * @skb: request
 * @info: request
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_object_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, CHIMNEY_A_OPERATION_HANDLE)) {
		NL_SET_ERR_MSG(info->extack, "handle is missing");
		return -EINVAL;
	}
	adapter = chim_ctl_adapter(info);
	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	err = get_object(info, adapter, parts_for(skb));
	chim_adapter_put(adapter);
	return err;
}

/**
 * struct dump - where a dump of objects stands
 * @id: adapter being shown, or the one before
 * @index: where to go on in its space
 * @ifindex: only this adapter, or 0
 * @parts: what the sender may see
 * @started: the request has been checked
 */
struct dump {
	u32 id;
	u32 index;
	int ifindex;
	u8 parts;
	bool started;
};

static struct dump *dump_of(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dump) > sizeof(cb->ctx));
	return (struct dump *)cb->ctx;
}

/* Not a start callback: what that has to say does not reach the sender. */
static int start_dump(struct netlink_callback *cb, struct net *net,
		      struct dump *dump)
{
	struct nlattr **attrs = chim_dump_attrs(cb);
	const struct nlattr *attr = attrs[CHIMNEY_A_OPERATION_IFINDEX];
	struct chim_adapter *adapter;

	dump->started = true;
	dump->parts = parts_for(cb->skb);
	if (attrs[CHIMNEY_A_OPERATION_HANDLE]) {
		NL_SET_ERR_MSG(cb->extack, "handle is out of place in a dump");
		return -EINVAL;
	}
	if (!attr)
		return 0;
	dump->ifindex = nla_get_u32(attr);
	adapter = chim_adapter_get(net, dump->ifindex);
	if (!adapter) {
		NL_SET_ERR_MSG(cb->extack, "device is not an adapter");
		return -ENODEV;
	}
	chim_adapter_put(adapter);
	return 0;
}

/*
 * Changes when an object or an adapter comes or goes, so that user space sees
 * NLM_F_DUMP_INTR and can ask again. Called on the RCU read side.
 */
static u32 sequence(struct net *net, const struct dump *dump)
{
	u32 hash = chim_adapters_generation();
	struct chim_adapter *adapter;
	u32 id = 0;

	while ((adapter = chim_adapter_next(net, id))) {
		id = adapter->id;
		if (!dump->ifindex || adapter->ifindex == dump->ifindex)
			hash = jhash_2words(hash,
					    READ_ONCE(adapter->space.changes),
					    id);
	}
	return hash ?: 1;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct chim_adapter *adapter, struct chim_obj *obj)
{
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &chim_ctl_family, NLM_F_MULTI,
			     CHIMNEY_CMD_OBJECT_GET);
	if (!header)
		return -EMSGSIZE;
	if (chim_ctl_put_dev(skb, adapter) ||
	    put_object(skb, obj, chim_clock_now(&adapter->clock),
		       dump_of(cb)->parts)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}

static int dump_adapter(struct sk_buff *skb, struct netlink_callback *cb,
			struct chim_adapter *adapter, struct dump *dump)
{
	u32 index = dump->index;
	struct chim_obj *obj;
	int err;

	while ((obj = chim_space_next(&adapter->space, &index))) {
		err = dump_one(skb, cb, adapter, obj);
		if (err)
			return err;
		dump->index = index;
	}
	return 0;
}

/* The adapter to go on with; from its start, if the last one is done or gone. */
static struct chim_adapter *current_adapter(struct net *net, struct dump *dump)
{
	struct chim_adapter *adapter;
	u32 id = dump->id ? dump->id - 1 : 0;

	do {
		adapter = chim_adapter_next(net, id);
		if (!adapter)
			return NULL;
		id = adapter->id;
	} while (dump->ifindex && adapter->ifindex != dump->ifindex);
	if (id != dump->id)
		dump->index = 0;
	dump->id = id;
	return adapter;
}

/**
 * chim_ctl_object_get_dumpit() - show the objects of adapters
 * @skb: where to
 * @cb: dump
 *
 * Context: process.
 * Return: bytes, 0 at the end, or -errno with a reason in @cb->extack.
 */
int chim_ctl_object_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct dump *dump = dump_of(cb);
	struct chim_adapter *adapter;
	int err = 0;

	if (!dump->started)
		err = start_dump(cb, net, dump);
	if (err)
		return err;
	rcu_read_lock();
	cb->seq = sequence(net, dump);
	while ((adapter = current_adapter(net, dump))) {
		err = dump_adapter(skb, cb, adapter, dump);
		if (err)
			break;
		dump->id++;	/* the next one, wherever it is */
		dump->index = 0;
	}
	rcu_read_unlock();
	return skb->len ?: err;
}
