// SPDX-License-Identifier: GPL-2.0
/* Handles of NDIS objects: numbers, never pointers. */
#include "ndis_shim/handle.h"

#include "ndis_shim/wait.h"

#include <linux/xarray.h>

/* No address: bits 63 to 48 are neither all set nor all clear. */
#define MARK		(0x4e44UL << 48)
#define KIND_BITS	4

static DEFINE_XARRAY_FLAGS(objects, XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);
static u32 last_id;

static u32 id_of(NDIS_HANDLE handle)
{
	return ((unsigned long)handle & ~MARK) >> KIND_BITS;
}

/**
 * chimn_obj_add() - give an object its handle
 * @obj: its @ms is set
 * @kind: what it is
 *
 * Numbers go round: an old handle stays wrong for a long time.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chimn_obj_add(struct chimn_obj *obj, enum chimn_kind kind)
{
	u32 id;
	int err;

	obj->kind = kind;
	refcount_set(&obj->refs, 1);
	init_completion(&obj->idle);
	err = xa_alloc_cyclic_irq(&objects, &id, NULL, xa_limit_32b, &last_id,
				  GFP_KERNEL);
	if (err < 0)
		return err;
	obj->handle = (NDIS_HANDLE)(MARK | (unsigned long)id << KIND_BITS |
				    kind);
	/* Only now can it be found. */
	xa_store_irq(&objects, id, obj, GFP_KERNEL);
	return 0;
}

/**
 * chimn_obj_remove() - the handle names nothing any more
 * @obj: to be freed a grace period later
 *
 * Context: process.
 */
void chimn_obj_remove(struct chimn_obj *obj)
{
	xa_erase_irq(&objects, id_of(obj->handle));
}

/**
 * chimn_obj_find() - the object of a handle
 * @handle: anything
 * @kind: what it must be
 *
 * Context: RCU read side, hard interrupt included.
 * Return: the object, valid in this RCU section, or NULL.
 */
struct chimn_obj *chimn_obj_find(NDIS_HANDLE handle, enum chimn_kind kind)
{
	struct chimn_obj *obj;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "no RCU read side");
	if (((unsigned long)handle & ~(((1UL << 32) - 1) << KIND_BITS)) !=
	    (MARK | kind))
		return NULL;
	obj = xa_load(&objects, id_of(handle));
	return obj && obj->handle == handle ? obj : NULL;
}

/**
 * chimn_obj_get() - the object of a handle, held
 * @handle: anything
 * @kind: what it must be
 *
 * Context: any.
 * Return: the object, to be put, or NULL.
 */
struct chimn_obj *chimn_obj_get(NDIS_HANDLE handle, enum chimn_kind kind)
{
	struct chimn_obj *obj;

	rcu_read_lock();
	obj = chimn_obj_find(handle, kind);
	if (obj && !refcount_inc_not_zero(&obj->refs))
		obj = NULL;
	rcu_read_unlock();
	return obj;
}

/**
 * chimn_obj_put() - let go of an object
 * @obj: the object
 * @n: so many times
 *
 * The one that drains it frees it: a put never does.
 *
 * Context: any.
 */
void chimn_obj_put(struct chimn_obj *obj, unsigned int n)
{
	if (n && refcount_sub_and_test(n, &obj->refs))
		complete_all(&obj->idle);
}

/**
 * chimn_obj_drain() - wait until nobody else holds an object
 * @obj: the object; the caller's is the first reference
 * @what: its name, for the log
 *
 * Context: process, may sleep.
 */
void chimn_obj_drain(struct chimn_obj *obj, const char *what)
{
	chimn_obj_put(obj, 1);
	while (!wait_for_completion_timeout(&obj->idle,
					    READ_ONCE(chimn_wait_max)))
		chimn_wait_said("%s waits for %u requests that are outstanding",
				what, refcount_read(&obj->refs));
}
