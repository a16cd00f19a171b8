// SPDX-License-Identifier: GPL-2.0
/* A command about objects. */
#include "ctl/command.h"

#include "ctl/netlink.h"
#include "ctl/status.h"

/* How often an attribute that may repeat is there. */
static u32 count_attrs(const struct genl_info *info, int type)
{
	const struct nlattr *attr;
	u32 count = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		count += nla_type(attr) == type;
	return count;
}

/**
 * chim_ctl_command_end() - undo chim_ctl_command_begin()
 * @c: the command
 *
 * Context: process.
 */
void chim_ctl_command_end(struct chim_ctl_command *c)
{
	if (c->op)
		chim_ctl_op_put(c->op);
	if (c->reply)
		nlmsg_free(c->reply);
	if (c->client)
		chim_ctl_client_exit(c->client);
	chim_adapter_put(c->adapter);
}

static int begin_adapter(struct chim_ctl_command *c, u32 count)
{
	struct chim_ctl_client *client;

	c->reply = chim_ctl_reply(c->info, CHIM_CTL_HEADER_SIZE +
				  count * CHIM_CTL_OBJECT_SIZE, &c->header);
	/* One more for the object that all of them depend on. */
	c->op = chim_ctl_op_alloc(count + 1);
	if (!c->reply || !c->op)
		return -ENOMEM;
	client = chim_ctl_client_enter(c->adapter, c->info->extack);
	if (IS_ERR(client))
		return PTR_ERR(client);
	c->client = client;
	c->op->client = client;
	return 0;
}

/**
 * chim_ctl_command_begin() - get ready for a command
 * @c: set
 * @info: request
 * @type: attribute that is there once for each object
 *
 * Context: process, may sleep.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_command_begin(struct chim_ctl_command *c, struct genl_info *info,
			   int type)
{
	u32 count = count_attrs(info, type);
	int err;

	*c = (struct chim_ctl_command) { .info = info };
	if (!count) {
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, type);
		NL_SET_ERR_MSG(info->extack, "no object is given");
		return -EINVAL;
	}
	if (count > CHIMNEY_OBJECTS_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[type],
				    "too many objects in one request");
		return -E2BIG;
	}
	c->adapter = chim_ctl_adapter(info);
	if (IS_ERR(c->adapter))
		return PTR_ERR(c->adapter);
	err = begin_adapter(c, count);
	if (err)
		chim_ctl_command_end(c);
	return err;
}

/**
 * chim_ctl_command_add() - add an object of ours to the operation
 * @c: begun
 * @attr: its handle
 * @parts: CHIM_CTL_* of state structures behind the block
 * @node: set
 *
 * The target looks the handle up again: what is found here may end meanwhile.
 *
 * Context: process.
 * Return: 0; -ENOENT or -EPERM with a reason in the request's extack.
 */
int chim_ctl_command_add(struct chim_ctl_command *c, const struct nlattr *attr,
			 u8 parts, struct chim_ctl_node **node)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct chim_obj *obj;
	int err = 0;

	rcu_read_lock();
	obj = chim_space_find(&c->adapter->space, nla_get_u64(attr));
	if (!obj) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "handle names no object of this adapter");
		err = -ENOENT;
	} else if (!chim_ctl_client_owns(c->client, obj)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "object belongs to another client");
		err = -EPERM;
	} else {
		*node = chim_ctl_op_add(c->op, obj, parts);
	}
	rcu_read_unlock();
	return err;
}

static int put_node(struct sk_buff *skb, const struct chim_ctl_node *node,
		    u8 report)
{
	NDIS_STATUS status = node->block.Status;
	u64 handle = chim_ctl_node_handle(node);
	struct chim_ctl_values values = {};
	struct nlattr *nest;

	nest = nla_nest_start(skb, CHIMNEY_A_OPERATION_OBJECT);
	if (!nest)
		return -EMSGSIZE;
	if (handle && nla_put_u64_64bit(skb, CHIMNEY_A_OBJECT_HANDLE, handle,
					CHIMNEY_A_OBJECT_PAD))
		return -EMSGSIZE;
	if (nla_put_u8(skb, CHIMNEY_A_OBJECT_LAYER, node->layer) ||
	    nla_put_u32(skb, CHIMNEY_A_OBJECT_STATUS, status) ||
	    nla_put_string(skb, CHIMNEY_A_OBJECT_STATUS_NAME,
			   chim_ctl_status_name(status)))
		return -EMSGSIZE;
	if (report && status == NDIS_STATUS_SUCCESS) {
		chim_ctl_node_load(node, &values);
		if (chim_ctl_values_put(skb, &values, report))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_nodes(const struct chim_ctl_command *c, u32 first)
{
	u32 i;

	if (chim_ctl_put_dev(c->reply, c->adapter))
		return -EMSGSIZE;
	for (i = first; i < c->op->count; i++)
		if (put_node(c->reply, &c->op->nodes[i], c->report))
			return -EMSGSIZE;
	genlmsg_end(c->reply, c->header);
	return 0;
}

/**
 * chim_ctl_command_finish() - carry the operation out and reply
 * @c: objects have been added
 * @verb: what to do with them
 * @first: of them in the reply; those before were only references
 *
 * That a block was refused is no error of the command: its Status says so.
 *
 * Context: process, may sleep.
 * Return: 0, or -errno with a reason in the request's extack.
 */
int chim_ctl_command_finish(struct chim_ctl_command *c, enum chim_verb verb,
			    u32 first)
{
	struct sk_buff *reply = c->reply;
	int err;

	c->op->verb = verb;
	err = chim_ctl_op_run(c->client, c->op);
	if (err == -EAGAIN)
		NL_SET_ERR_MSG(c->info->extack,
			       "adapter has just been paused; the offload takes place when it resumes");
	if (err)
		return err;
	err = put_nodes(c, first);
	if (WARN_ON_ONCE(err))
		return err;
	c->reply = NULL;
	return genlmsg_reply(reply, c->info);
}
