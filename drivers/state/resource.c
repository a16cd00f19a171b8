// SPDX-License-Identifier: GPL-2.0
/* Distinct values an adapter has to know. */
#include "state/resource.h"

#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/string.h>

struct res_key {
	u8 kind;
	u8 len;		/* an IPv4 address begins many an IPv6 address */
	u8 bytes[16];
};

struct res_entry {
	struct rhash_head node;
	struct res_key key;
	u32 users;
};

static const struct rhashtable_params res_params = {
	.key_len = sizeof(struct res_key),
	.key_offset = offsetof(struct res_entry, key),
	.head_offset = offsetof(struct res_entry, node),
	.automatic_shrinking = true,
};

static const enum chim_why limit_reached[CHIM_RES_KINDS] = {
	[CHIM_RES_VLAN] = CHIM_WHY_VLAN_LIMIT,
	[CHIM_RES_HWADDR] = CHIM_WHY_HWADDR_LIMIT,
	[CHIM_RES_IPADDR] = CHIM_WHY_IPADDR_LIMIT,
};

static int no_hwaddr_add(void *ctx, const u8 *addr)
{
	return 0;
}

static void no_hwaddr_del(void *ctx, const u8 *addr)
{
}

static const struct chim_res_ops no_ops = {
	.hwaddr_add = no_hwaddr_add,
	.hwaddr_del = no_hwaddr_del,
};

/**
 * chim_resources_init() - start with no value in use
 * @res: the resources
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_resources_init(struct chim_resources *res)
{
	memset(res->count, 0, sizeof(res->count));
	res->ops = &no_ops;
	res->ctx = NULL;
	return rhashtable_init(&res->table, &res_params);
}

static void warn_entry(void *entry, void *arg)
{
	WARN_ONCE(1, "chimney: resource of kind %u still in use\n",
		  ((struct res_entry *)entry)->key.kind);
	kfree(entry);
}

/**
 * chim_resources_destroy() - end; no value may be in use any more
 * @res: the resources
 *
 * Context: process, may sleep.
 */
void chim_resources_destroy(struct chim_resources *res)
{
	rhashtable_free_and_destroy(&res->table, warn_entry, NULL);
}

static void make_key(struct res_key *key, enum chim_res_kind kind,
		     const void *bytes, size_t len)
{
	memset(key, 0, sizeof(*key));
	key->kind = kind;
	key->len = min(len, sizeof(key->bytes));
	memcpy(key->bytes, bytes, key->len);
}

/**
 * chim_resource_take() - one more object uses a value
 * @res: the resources
 * @limits: how many distinct values there may be, by kind
 * @kind: what the value is
 * @bytes: the value
 * @len: its length, at most 16 bytes
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, the limit that was reached, CHIM_WHY_HWADDR if the device
 * refuses the address, or CHIM_WHY_NOMEM.
 */
enum chim_why chim_resource_take(struct chim_resources *res, const u32 *limits,
				 enum chim_res_kind kind, const void *bytes,
				 size_t len)
{
	struct res_entry *entry;
	enum chim_why why;
	struct res_key key;

	make_key(&key, kind, bytes, len);
	entry = rhashtable_lookup_fast(&res->table, &key, res_params);
	if (entry) {
		entry->users++;
		return CHIM_OK;
	}
	if (res->count[kind] >= READ_ONCE(limits[kind]))
		return limit_reached[kind];

	entry = kzalloc(sizeof(*entry), GFP_KERNEL | __GFP_NOWARN);
	if (!entry)
		return CHIM_WHY_NOMEM;
	entry->key = key;
	entry->users = 1;
	why = CHIM_WHY_HWADDR;
	if (kind == CHIM_RES_HWADDR && res->ops->hwaddr_add(res->ctx, bytes))
		goto free_entry;
	why = CHIM_WHY_NOMEM;
	if (rhashtable_insert_fast(&res->table, &entry->node, res_params))
		goto del_hwaddr;
	WRITE_ONCE(res->count[kind], res->count[kind] + 1);
	return CHIM_OK;

del_hwaddr:
	if (kind == CHIM_RES_HWADDR)
		res->ops->hwaddr_del(res->ctx, bytes);
free_entry:
	kfree(entry);
	return why;
}

/**
 * chim_resource_drop() - an object no longer uses a value
 * @res: the resources
 * @kind: what the value is
 * @bytes: the value
 * @len: its length, as at chim_resource_take()
 *
 * Context: worker. Does not allocate.
 */
void chim_resource_drop(struct chim_resources *res, enum chim_res_kind kind,
			const void *bytes, size_t len)
{
	struct res_entry *entry;
	struct res_key key;

	make_key(&key, kind, bytes, len);
	entry = rhashtable_lookup_fast(&res->table, &key, res_params);
	if (WARN_ON_ONCE(!entry) || --entry->users)
		return;
	rhashtable_remove_fast(&res->table, &entry->node, res_params);
	WRITE_ONCE(res->count[kind], res->count[kind] - 1);
	if (kind == CHIM_RES_HWADDR)
		res->ops->hwaddr_del(res->ctx, bytes);
	kfree(entry);	/* the worker is the only reader */
}
