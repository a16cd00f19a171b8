// SPDX-License-Identifier: GPL-2.0
/* Commands for objects: updates and relinks. */
#include "ctl/netlink.h"

#include "ctl/command.h"
#include "ctl/policy.h"

static int parse_object(struct chim_ctl_command *c, const struct nlattr *object,
			const struct nla_policy *policy, struct nlattr **tb)
{
	struct netlink_ext_ack *extack = c->info->extack;
	int err;

	err = nla_parse_nested(tb, CHIMNEY_A_OBJECT_MAX, object, policy,
			       extack);
	if (err)
		return err;
	if (tb[CHIMNEY_A_OBJECT_HANDLE])
		return 0;
	NL_SET_ERR_ATTR_MISS(extack, object, CHIMNEY_A_OBJECT_HANDLE);
	NL_SET_ERR_MSG(extack, "object needs handle");
	return -EINVAL;
}

/* Variables can only be those of the object's own layer. */
static int check_layer(struct nlattr **tb, const struct nlattr *object,
		       u8 layer, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < CHIM_LAYERS; i++) {
		const struct nlattr *nest = tb[CHIMNEY_A_OBJECT_NEIGHBOR + i];

		if (!nest || i == layer)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "variables are not those of the object's layer");
		return -EINVAL;
	}
	if (tb[CHIMNEY_A_OBJECT_NEIGHBOR + layer])
		return 0;
	NL_SET_ERR_ATTR_MISS(extack, object, CHIMNEY_A_OBJECT_NEIGHBOR + layer);
	NL_SET_ERR_MSG(extack, "object has no variables to update");
	return -EINVAL;
}

/* The update sets all cached variables; those not given keep their values. */
static int merge(struct chim_ctl_command *c, const struct nlattr *object,
		 const struct chim_ctl_node *old, struct chim_ctl_node *new)
{
	struct netlink_ext_ack *extack = c->info->extack;
	struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];
	struct chim_ctl_values values = {};
	u8 layer = new->layer;
	int err;

	err = parse_object(c, object, chim_ctl_update_policy, tb);
	if (!err)
		err = check_layer(tb, object, layer, extack);
	if (err)
		return err;
	if (old->block.Status != NDIS_STATUS_SUCCESS) {
		NL_SET_ERR_MSG_ATTR(extack, object,
				    "target does not tell the object's cached state");
		return -EIO;
	}
	chim_ctl_node_load(old, &values);
	err = chim_ctl_values_parse(&values,
				    tb[CHIMNEY_A_OBJECT_NEIGHBOR + layer],
				    chim_ctl_cached_policies[layer], extack);
	if (!err)
		chim_ctl_node_store(new, &values);
	return err;
}

/* Adds every object of the request to the operation. */
static int add_objects(struct chim_ctl_command *c)
{
	struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];
	struct chim_ctl_node *node;
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, c->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CHIMNEY_A_OPERATION_OBJECT)
			continue;
		err = parse_object(c, attr, chim_ctl_update_policy, tb);
		if (!err)
			err = chim_ctl_command_add(c,
						   tb[CHIMNEY_A_OBJECT_HANDLE],
						   CHIM_CTL_CACHED, &node);
		if (err)
			return err;
	}
	return 0;
}

/* Fills in the update from @old, a query of the same objects. */
static int merge_all(struct chim_ctl_command *c, const struct chim_ctl_op *old)
{
	const struct nlattr *attr;
	int rem, err;
	u32 i = 0;

	nlmsg_for_each_attr(attr, c->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CHIMNEY_A_OPERATION_OBJECT)
			continue;
		err = merge(c, attr, &old->nodes[i], &c->op->nodes[i]);
		if (err)
			return err;
		i++;
	}
	return 0;
}

/* Called with the client's merge mutex held. */
static int update(struct chim_ctl_command *c)
{
	struct chim_ctl_op *old = c->op;
	int err;

	err = add_objects(c);
	if (err)
		return err;
	old->verb = CHIM_QUERY;
	err = chim_ctl_op_run(c->client, old);
	if (err)
		return err;

	c->op = chim_ctl_op_alloc(old->count);
	err = c->op ? add_objects(c) : -ENOMEM;
	if (!err)
		err = merge_all(c, old);
	chim_ctl_op_put(old);
	return err ?: chim_ctl_command_finish(c, CHIM_UPDATE, 0);
}

/**
 * chim_ctl_object_update_doit() - update cached variables
 * @skb: request
 * @info: request
 *
 * Context: process. So all functions of this file.
 * Return: 0 if the operation took place, whatever the Status of the objects,
 * or -errno with a reason in @info->extack. So all functions of this file.
 */
int chim_ctl_object_update_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_ctl_command c;
	int err;

	err = chim_ctl_command_begin(&c, info, CHIMNEY_A_OPERATION_OBJECT);
	if (err)
		return err;
	err = -EINTR;
	if (!mutex_lock_killable(&c.client->merge)) {
		err = update(&c);
		mutex_unlock(&c.client->merge);
	}
	chim_ctl_command_end(&c);
	return err;
}

static int wrong_layer(const struct chim_ctl_command *c,
		       const struct nlattr *attr)
{
	NL_SET_ERR_MSG_ATTR(c->info->extack, attr,
			    "handle is one of another layer");
	return -EINVAL;
}

/* UPD-100: the root references the neighbor, its dependents the paths. */
static int add_path(struct chim_ctl_command *c, const struct nlattr *object,
		    u64 neigh)
{
	struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];
	const struct nlattr *nest, *handle;
	struct chim_ctl_values values = { .layer = CHIM_PATH };
	struct chim_ctl_node *node;
	int err;

	err = parse_object(c, object, chim_ctl_relink_policy, tb);
	if (err)
		return err;
	handle = tb[CHIMNEY_A_OBJECT_HANDLE];
	nest = tb[CHIMNEY_A_OBJECT_PATH];
	/* The MTU is all there is; without it, the block is a reference. */
	if (nest && !nla_find_nested(nest, CHIMNEY_A_PATH_MTU))
		nest = NULL;
	err = chim_ctl_command_add(c, handle, nest ? CHIM_CTL_CACHED : 0,
				   &node);
	if (err)
		return err;
	if (node->layer != CHIM_PATH)
		return wrong_layer(c, handle);
	node->below = neigh;
	if (!nest)
		return 0;
	err = chim_ctl_values_parse(&values, nest,
				    chim_ctl_cached_policies[CHIM_PATH],
				    c->info->extack);
	if (!err)
		chim_ctl_node_store(node, &values);
	return err;
}

static int relink(struct chim_ctl_command *c, const struct nlattr *neigh)
{
	struct chim_ctl_node *node;
	const struct nlattr *attr;
	int rem, err;

	err = chim_ctl_command_add(c, neigh, 0, &node);
	if (err)
		return err;
	if (node->layer != CHIM_NEIGH)
		return wrong_layer(c, neigh);
	nlmsg_for_each_attr(attr, c->info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != CHIMNEY_A_OPERATION_OBJECT)
			continue;
		err = add_path(c, attr, nla_get_u64(neigh));
		if (err)
			return err;
	}
	return chim_ctl_command_finish(c, CHIM_UPDATE, 0);
}

/**
 * chim_ctl_path_relink_doit() - link paths to another neighbor
 * @skb: request
 * @info: request
 *
 * Return: see chim_ctl_object_update_doit().
 */
int chim_ctl_path_relink_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_ctl_command c;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, CHIMNEY_A_OPERATION_NEIGHBOR)) {
		NL_SET_ERR_MSG(info->extack, "neighbor is missing");
		return -EINVAL;
	}
	err = chim_ctl_command_begin(&c, info, CHIMNEY_A_OPERATION_OBJECT);
	if (err)
		return err;
	err = relink(&c, info->attrs[CHIMNEY_A_OPERATION_NEIGHBOR]);
	chim_ctl_command_end(&c);
	return err;
}
