/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A command about objects: one request, one tree, one call of a handler, one
 * reply.
 */
#ifndef CHIM_CTL_COMMAND_H
#define CHIM_CTL_COMMAND_H

#include "ctl/op.h"

#include <net/genetlink.h>

/**
 * struct chim_ctl_command - a command under way
 * @info: request
 * @adapter: held
 * @client: entered
 * @reply: made before anything is done, so that no result is lost
 * @header: of @reply
 * @op: the operation
 * @report: CHIM_CTL_* that the reply is to show
 */
struct chim_ctl_command {
	struct genl_info *info;
	struct chim_adapter *adapter;
	struct chim_ctl_client *client;
	struct sk_buff *reply;
	void *header;
	struct chim_ctl_op *op;
	u8 report;
};

int chim_ctl_command_begin(struct chim_ctl_command *c, struct genl_info *info,
			   int type);
void chim_ctl_command_end(struct chim_ctl_command *c);
int chim_ctl_command_add(struct chim_ctl_command *c, const struct nlattr *attr,
			 u8 parts, struct chim_ctl_node **node);
int chim_ctl_command_finish(struct chim_ctl_command *c, enum chim_verb verb,
			    u32 first);

#endif /* CHIM_CTL_COMMAND_H */
