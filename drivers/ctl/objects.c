// SPDX-License-Identifier: GPL-2.0
/* Commands for objects: handles only, and new objects. */
#include "ctl/netlink.h"

#include "ctl/command.h"
#include "ctl/policy.h"

static int add_handles(struct chim_ctl_command *c, u8 parts)
{
	struct chim_ctl_node *node;
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, c->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CHIMNEY_A_OPERATION_HANDLE)
			continue;
		err = chim_ctl_command_add(c, attr, parts, &node);
		if (err)
			return err;
	}
	return 0;
}

/* Commands that need no more than handles. */
static int do_handles(struct genl_info *info, enum chim_verb verb, u8 parts)
{
	struct chim_ctl_command c;
	int err;

	err = chim_ctl_command_begin(&c, info, CHIMNEY_A_OPERATION_HANDLE);
	if (err)
		return err;
	c.report = parts;
	err = add_handles(&c, parts);
	if (!err)
		err = chim_ctl_command_finish(&c, verb, 0);
	chim_ctl_command_end(&c);
	return err;
}

/**
 * chim_ctl_object_query_doit() - query objects, all variables
 * @skb: request
 * @info: request
 *
 * Context: process. So all functions of this file.
 * Return: 0 if the operation took place, whatever the Status of the objects,
 * or -errno with a reason in @info->extack. So all functions of this file.
 */
int chim_ctl_object_query_doit(struct sk_buff *skb, struct genl_info *info)
{
	return do_handles(info, CHIM_QUERY, CHIM_CTL_ALL);
}

/**
 * chim_ctl_object_invalidate_doit() - invalidate objects
 * @skb: request
 * @info: request
 *
 * Return: see chim_ctl_object_query_doit().
 */
int chim_ctl_object_invalidate_doit(struct sk_buff *skb,
				    struct genl_info *info)
{
	return do_handles(info, CHIM_INVALIDATE, 0);
}

/**
 * chim_ctl_object_terminate_doit() - terminate objects, with their state
 * @skb: request
 * @info: request
 *
 * Return: see chim_ctl_object_query_doit().
 */
int chim_ctl_object_terminate_doit(struct sk_buff *skb, struct genl_info *info)
{
	return do_handles(info, CHIM_TERMINATE, CHIM_CTL_DELEG);
}

/* The nest with the variables of an object, of which there must be one. */
static const struct nlattr *layer_nest(struct nlattr **tb,
				       const struct nlattr *object, u8 *layer,
				       struct netlink_ext_ack *extack)
{
	const struct nlattr *found = NULL;
	int i;

	for (i = 0; i < CHIM_LAYERS; i++) {
		const struct nlattr *nest = tb[CHIMNEY_A_OBJECT_NEIGHBOR + i];

		if (nest && found) {
			NL_SET_ERR_MSG_ATTR(extack, nest,
					    "object has variables of two layers");
			return NULL;
		}
		if (nest) {
			found = nest;
			*layer = i;
		}
	}
	if (!found)
		NL_SET_ERR_MSG_ATTR(extack, object,
				    "object has none of neighbor, path, connection");
	return found;
}

/* What a new object cannot do without; the rest has defaults. */
static const struct {
	u8 layer;
	u8 attr;
} required[] = {
	{ CHIM_NEIGH, CHIMNEY_A_NEIGHBOR_LLADDR },
	{ CHIM_PATH, CHIMNEY_A_PATH_SRC },
	{ CHIM_PATH, CHIMNEY_A_PATH_DST },
	{ CHIM_PATH, CHIMNEY_A_PATH_MTU },
	{ CHIM_CONN, CHIMNEY_A_CONNECTION_SPORT },
	{ CHIM_CONN, CHIMNEY_A_CONNECTION_DPORT },
};

static int check_required(const struct nlattr *nest, u8 layer,
			  struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(required); i++) {
		if (required[i].layer != layer ||
		    nla_find_nested(nest, required[i].attr))
			continue;
		NL_SET_ERR_ATTR_MISS(extack, nest, required[i].attr);
		if (layer == CHIM_NEIGH)
			NL_SET_ERR_MSG(extack, "neighbor needs lladdr");
		else if (layer == CHIM_PATH)
			NL_SET_ERR_MSG(extack, "path needs src, dst and mtu");
		else
			NL_SET_ERR_MSG(extack,
				       "connection needs sport and dport");
		return -EINVAL;
	}
	return 0;
}

static int check_below(const struct nlattr *object, const struct nlattr *below,
		       u8 layer, struct netlink_ext_ack *extack)
{
	if (layer == CHIM_NEIGH && below) {
		NL_SET_ERR_MSG_ATTR(extack, below,
				    "neighbor depends on nothing, so below is out of place");
		return -EINVAL;
	}
	if (layer != CHIM_NEIGH && !below) {
		NL_SET_ERR_ATTR_MISS(extack, object, CHIMNEY_A_OBJECT_BELOW);
		if (layer == CHIM_PATH)
			NL_SET_ERR_MSG(extack, "path needs below: a neighbor");
		else
			NL_SET_ERR_MSG(extack, "connection needs below: a path");
		return -EINVAL;
	}
	return 0;
}

/* All new objects of a request hang side by side from this one. */
static int add_below(struct chim_ctl_command *c, const struct nlattr *below,
		     u8 layer)
{
	struct chim_ctl_node *node;
	int err;

	if (!below)
		return 0;
	err = chim_ctl_command_add(c, below, 0, &node);
	if (!err && node->layer + 1 != layer) {
		NL_SET_ERR_MSG_ATTR(c->info->extack, below,
				    "below is an object of the wrong layer");
		err = -EINVAL;
	}
	return err;
}

static int check_alike(const struct chim_ctl_command *c, const struct nlattr *object,
		       u8 layer, u64 below)
{
	const struct chim_ctl_op *op = c->op;
	const struct chim_ctl_node *last = &op->nodes[op->count - 1];

	if (last->layer == layer && last->below == below)
		return 0;
	NL_SET_ERR_MSG_ATTR(c->info->extack, object,
			    "new objects must be of one layer and depend on one object");
	return -EINVAL;
}

static int add_new(struct chim_ctl_command *c, const struct nlattr *object)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];
	const struct nlattr *nest, *below;
	struct chim_ctl_values values;
	u64 handle;
	u8 layer;
	int err;

	err = nla_parse_nested(tb, CHIMNEY_A_OBJECT_MAX, object,
			       chim_ctl_initiate_policy, extack);
	if (err)
		return err;
	nest = layer_nest(tb, object, &layer, extack);
	if (!nest)
		return -EINVAL;
	below = tb[CHIMNEY_A_OBJECT_BELOW];
	handle = below ? nla_get_u64(below) : 0;
	err = check_below(object, below, layer, extack);
	if (!err)
		err = check_required(nest, layer, extack);
	if (!err)
		err = c->op->count ? check_alike(c, object, layer, handle) :
				     add_below(c, below, layer);
	if (err)
		return err;
	chim_ctl_values_start(&values, layer);
	err = chim_ctl_values_parse(&values, nest, chim_ctl_new_policies[layer],
				    extack);
	if (!err)
		chim_ctl_op_add_new(c->op, &values, handle);
	return err;
}

static int add_all_new(struct chim_ctl_command *c)
{
	const struct nlattr *attr;
	int rem, err;

	/* STA-010: a host offloads nothing while it is asked not to. */
	if (READ_ONCE(c->adapter->paused)) {
		NL_SET_ERR_MSG(c->info->extack, "adapter is paused");
		return -EAGAIN;
	}
	nlmsg_for_each_attr(attr, c->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CHIMNEY_A_OPERATION_OBJECT)
			continue;
		err = add_new(c, attr);
		if (err)
			return err;
	}
	return 0;
}

/**
 * chim_ctl_object_initiate_doit() - offload new objects
 * @skb: request
 * @info: request
 *
 * Return: see chim_ctl_object_query_doit().
 */
int chim_ctl_object_initiate_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_ctl_command c;
	int err;

	err = chim_ctl_command_begin(&c, info, CHIMNEY_A_OPERATION_OBJECT);
	if (err)
		return err;
	err = add_all_new(&c);
	if (!err)
		err = chim_ctl_command_finish(&c, CHIM_INITIATE,
					      !!c.op->nodes[0].context);
	chim_ctl_command_end(&c);
	return err;
}
