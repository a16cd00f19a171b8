// SPDX-License-Identifier: GPL-2.0
/* Generic netlink family "chimney": what there is, and who may use it. */
#include "ctl/netlink.h"

#include "adapter.h"
#include "compat.h"
#include "ctl/client.h"
#include "ctl/policy.h"

#include <linux/module.h>
#include <net/genetlink.h>

/*
 * Changes need CAP_NET_ADMIN in the initial user namespace: the memory behind
 * objects is charged to nobody.
 */
static const struct genl_ops ops[] = {
	{
		.cmd = CHIMNEY_CMD_ADAPTER_GET,
		.policy = chim_ctl_adapter_name,
		.maxattr = CHIMNEY_A_ADAPTER_IFINDEX,
		.doit = chim_ctl_adapter_get_doit,
		.start = chim_ctl_adapter_get_start,
		.dumpit = chim_ctl_adapter_get_dumpit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_ADD,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_add,
		.maxattr = CHIMNEY_A_ADAPTER_MAX,
		.doit = chim_ctl_adapter_add_doit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_DEL,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_name,
		.maxattr = CHIMNEY_A_ADAPTER_IFINDEX,
		.doit = chim_ctl_adapter_del_doit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_SET,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_set,
		.maxattr = CHIMNEY_A_ADAPTER_MAX,
		.doit = chim_ctl_adapter_set_doit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_PAUSE,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_name,
		.maxattr = CHIMNEY_A_ADAPTER_IFINDEX,
		.doit = chim_ctl_adapter_pause_doit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_RESUME,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_resume,
		.maxattr = CHIMNEY_A_ADAPTER_MAX,
		.doit = chim_ctl_adapter_resume_doit,
	},
	{
		.cmd = CHIMNEY_CMD_ADAPTER_UPLOAD_ALL,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_adapter_name,
		.maxattr = CHIMNEY_A_ADAPTER_IFINDEX,
		.doit = chim_ctl_adapter_upload_doit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_GET,
		.policy = chim_ctl_object_handles,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_get_doit,
		.dumpit = chim_ctl_object_get_dumpit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_INITIATE,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_object_initiate,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_initiate_doit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_QUERY,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_object_handles,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_query_doit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_UPDATE,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_object_update,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_update_doit,
	},
	{
		.cmd = CHIMNEY_CMD_PATH_RELINK,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_path_relink,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_path_relink_doit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_INVALIDATE,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_object_handles,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_invalidate_doit,
	},
	{
		.cmd = CHIMNEY_CMD_OBJECT_TERMINATE,
		.flags = GENL_ADMIN_PERM,
		.policy = chim_ctl_object_handles,
		.maxattr = CHIMNEY_A_OPERATION_MAX,
		.doit = chim_ctl_object_terminate_doit,
	},
	{
		.cmd = CHIMNEY_CMD_STATS_GET,
		.policy = chim_ctl_adapter_name,
		.maxattr = CHIMNEY_A_STATS_IFINDEX,
		.doit = chim_ctl_stats_get_doit,
		.start = chim_ctl_stats_get_start,
		.dumpit = chim_ctl_stats_get_dumpit,
	},
};

/*
 * Parallel: a command waits for the target, and the clients' mutex and the
 * target's queue serialize what has to be.
 */
struct genl_family chim_ctl_family __ro_after_init = {
	.name = CHIMNEY_FAMILY_NAME,
	.version = CHIMNEY_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

static bool dev_exists(struct net *net, int ifindex)
{
	bool exists;

	rcu_read_lock();
	exists = dev_get_by_index_rcu(net, ifindex);
	rcu_read_unlock();
	return exists;
}

/**
 * chim_ctl_adapter() - the adapter a request names
 * @info: request, whose first attribute is ifindex; told why not
 *
 * Only adapters of the sender's network namespace are found.
 *
 * Context: process.
 * Return: the adapter, held, or an ERR_PTR(): -EINVAL or -ENODEV.
 */
struct chim_adapter *chim_ctl_adapter(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[CHIMNEY_A_ADAPTER_IFINDEX];
	struct net *net = genl_info_net(info);
	struct chim_adapter *adapter;

	if (GENL_REQ_ATTR_CHECK(info, CHIMNEY_A_ADAPTER_IFINDEX)) {
		NL_SET_ERR_MSG(info->extack, "ifindex is missing");
		return ERR_PTR(-EINVAL);
	}
	adapter = chim_adapter_get(net, nla_get_u32(attr));
	if (adapter)
		return adapter;
	if (dev_exists(net, nla_get_u32(attr)))
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "device is not an adapter");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such device");
	return ERR_PTR(-ENODEV);
}

/**
 * chim_ctl_reply() - start a reply
 * @info: request
 * @size: bytes of attributes
 * @header: set to the message, for genlmsg_end()
 *
 * Context: process.
 * Return: the reply, or NULL if there is no memory.
 */
struct sk_buff *chim_ctl_reply(struct genl_info *info, size_t size,
			       void **header)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &chim_ctl_family, 0,
				    info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * chim_ctl_check_dump() - a dump of adapters is always one of all
 * @cb: dump, whose only attribute is ifindex; told why not
 *
 * The request has the policy of that for one adapter.
 *
 * Context: process, from the dump itself: what a start callback has to say
 * does not reach the sender.
 * Return: 0 or -EINVAL.
 */
int chim_ctl_check_dump(struct netlink_callback *cb)
{
	if (!chim_dump_attrs(cb)[CHIMNEY_A_ADAPTER_IFINDEX])
		return 0;
	NL_SET_ERR_MSG(cb->extack, "ifindex is out of place in a dump");
	return -EINVAL;
}

/**
 * chim_ctl_put_dev() - put the device of an adapter
 * @skb: message whose first two attributes are ifindex and ifname
 * @adapter: the adapter; it may have lost its device
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int chim_ctl_put_dev(struct sk_buff *skb, const struct chim_adapter *adapter)
{
	struct net_device *dev;
	int err;

	err = nla_put_u32(skb, CHIMNEY_A_ADAPTER_IFINDEX, adapter->ifindex);
	if (err)
		return err;
	rcu_read_lock();
	dev = rcu_dereference(adapter->dev);
	if (dev)
		err = nla_put_string(skb, CHIMNEY_A_ADAPTER_IFNAME, dev->name);
	rcu_read_unlock();
	return err;
}

static_assert(CHIMNEY_A_ADAPTER_IFNAME == (int)CHIMNEY_A_STATS_IFNAME);
static_assert(CHIMNEY_A_ADAPTER_IFNAME == (int)CHIMNEY_A_OPERATION_IFNAME);

/**
 * chim_ctl_setup() - offer control
 *
 * Context: module load, when adapters can be made.
 * Return: 0 or -errno.
 */
int __init chim_ctl_setup(void)
{
	int err;

	err = chim_ctl_clients_setup();
	if (err)
		return err;
	err = genl_register_family(&chim_ctl_family);
	if (err)
		goto teardown_clients;
	return 0;

teardown_clients:
	chim_ctl_clients_teardown();
	return err;
}

/**
 * chim_ctl_teardown() - let the last command finish, and end control's objects
 *
 * Context: module unload, before adapters are closed.
 */
void chim_ctl_teardown(void)
{
	genl_unregister_family(&chim_ctl_family);
	chim_ctl_clients_teardown();
}
