/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Distinct values an adapter has to know: VLAN identifiers, source MAC
 * addresses, source IP addresses. Each is counted once however many objects
 * use it, and each kind has a limit of its own.
 */
#ifndef CHIM_STATE_RESOURCE_H
#define CHIM_STATE_RESOURCE_H

#include "stats.h"

#include <linux/rhashtable-types.h>
#include <linux/types.h>

enum chim_res_kind {
	CHIM_RES_VLAN,
	CHIM_RES_HWADDR,
	CHIM_RES_IPADDR,
	CHIM_RES_KINDS
};

/**
 * struct chim_res_ops - what happens below when a value comes or goes
 * @hwaddr_add: let the device receive frames for this address; 0 or -errno
 * @hwaddr_del: undo it
 *
 * Called by the worker; may sleep.
 */
struct chim_res_ops {
	int (*hwaddr_add)(void *ctx, const u8 *addr);
	void (*hwaddr_del)(void *ctx, const u8 *addr);
};

/**
 * struct chim_resources - values in use
 * @table: the values, by kind and bytes; worker only
 * @count: distinct values by kind; read by anybody
 * @ops: hooks into the device
 * @ctx: argument of @ops
 */
struct chim_resources {
	struct rhashtable table;
	u32 count[CHIM_RES_KINDS];
	const struct chim_res_ops *ops;
	void *ctx;
};

int chim_resources_init(struct chim_resources *res);
void chim_resources_destroy(struct chim_resources *res);
enum chim_why chim_resource_take(struct chim_resources *res, const u32 *limits,
				 enum chim_res_kind kind, const void *bytes,
				 size_t len);
void chim_resource_drop(struct chim_resources *res, enum chim_res_kind kind,
			const void *bytes, size_t len);

#endif /* CHIM_STATE_RESOURCE_H */
