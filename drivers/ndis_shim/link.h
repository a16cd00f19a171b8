/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Links: which protocol is to be bound to which adapter, as people configure it.
 * Windows has this in its registry, this module in its parameter "bind".
 */
#ifndef CHIMN_LINK_H
#define CHIMN_LINK_H

#include "ndis_shim/name.h"

#include <linux/list.h>
#include <linux/types.h>

struct net;

/**
 * struct chimn_link - a protocol that is to be bound to an adapter
 * @node: in the list of all
 * @protocol: name of the protocol
 * @adapter: name of the adapter
 * @net: namespace of an adapter that is a network device, held
 */
struct chimn_link {
	struct list_head node;
	char protocol[CHIMN_NAME_MAX];
	char adapter[CHIMN_NAME_MAX];
	struct net *net;
};

int chimn_link_add(struct net *net, const char *protocol, const char *adapter);
int chimn_link_remove(struct net *net, const char *protocol,
		      const char *adapter);
void chimn_links_bind(void);
void chimn_links_teardown(void);
const struct chimn_link *chimn_link_check(const void *context);
u64 chimn_link_binds(void);
void chimn_link_wait(u64 seen);

#endif /* CHIMN_LINK_H */
