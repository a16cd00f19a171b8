/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handles of NDIS objects: numbers, never pointers, so that a wrong one is
 * found out before it is followed.
 */
#ifndef CHIMN_HANDLE_H
#define CHIMN_HANDLE_H

#include <ndistypes.h>

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

enum chimn_kind {
	CHIMN_MINIPORT = 1,	/* a miniport driver */
	CHIMN_PROTOCOL,		/* a protocol driver */
	CHIMN_ADAPTER,
	CHIMN_BINDING,
	CHIMN_POOL,
	CHIMN_TIMER,
	CHIMN_WORK,
};

/**
 * struct chimn_obj - what all objects with a handle begin with
 * @handle: names it, from chimn_obj_add() to chimn_obj_remove()
 * @kind: enum chimn_kind
 * @ms: its driver's functions have the Windows calling convention
 * @closing: it takes no new requests; set once
 * @refs: one for being there, one for whatever is outstanding
 * @idle: completed when the last reference goes
 * @rcu: frees it
 */
struct chimn_obj {
	NDIS_HANDLE handle;
	u8 kind;
	bool ms;
	unsigned long closing;
	refcount_t refs;
	struct completion idle;
	struct rcu_head rcu;
};

int chimn_obj_add(struct chimn_obj *obj, enum chimn_kind kind);
void chimn_obj_remove(struct chimn_obj *obj);
struct chimn_obj *chimn_obj_find(NDIS_HANDLE handle, enum chimn_kind kind);
struct chimn_obj *chimn_obj_get(NDIS_HANDLE handle, enum chimn_kind kind);
void chimn_obj_put(struct chimn_obj *obj, unsigned int n);
void chimn_obj_drain(struct chimn_obj *obj, const char *what);

/**
 * chimn_pointer_ok() - could this be an address a driver means?
 * @pointer: from a driver
 * @align: what the type needs, a power of two
 *
 * Context: any.
 * Return: false if it must not be followed.
 */
static inline bool chimn_pointer_ok(const void *pointer, size_t align)
{
	unsigned long addr = (unsigned long)pointer;

	return addr >= PAGE_SIZE && addr >= PAGE_OFFSET &&
	       !IS_ERR_VALUE(addr) && IS_ALIGNED(addr, align);
}

#endif /* CHIMN_HANDLE_H */
