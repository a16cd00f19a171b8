// SPDX-License-Identifier: GPL-2.0
/* The space of objects of one adapter. */
#include "state/space.h"

#include "state/conn.h"
#include "state/mib.h"
#include "state/path.h"
#include "state/service.h"

#include <linux/jhash.h>
#include <linux/sched.h>
#include <net/ipv6.h>

#define HANDLE_INDEX_BITS	32
#define HANDLE_GEN_MASK		GENMASK_ULL(27, 0)

/* One for all adapters: a handle of one never looks right to another. */
static atomic_t generation = ATOMIC_INIT(0);

static u64 make_handle(enum chim_layer layer, u32 index)
{
	u64 gen = (u32)atomic_inc_return(&generation) & HANDLE_GEN_MASK;

	return ((u64)(layer + 1) << CHIM_HANDLE_LAYER_SHIFT) |
	       (gen << HANDLE_INDEX_BITS) | index;
}

static u32 hash_tuple(const void *data, u32 len, u32 seed)
{
	const struct chim_tuple *t = data;
	u32 ports = (__force u32)t->lport << 16 | (__force u32)t->rport;

	if (t->family == AF_INET)
		return jhash_3words((__force u32)t->local.v4,
				    (__force u32)t->remote.v4, ports, seed);
	seed = jhash2((const u32 *)&t->local.v6, 4, seed);
	seed = jhash2((const u32 *)&t->remote.v6, 4, seed);
	return jhash_1word(ports, seed);
}

static u32 hash_conn(const void *data, u32 len, u32 seed)
{
	struct chim_tuple tuple;

	chim_conn_tuple(data, &tuple);
	return hash_tuple(&tuple, len, seed);
}

static int cmp_conn(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct chim_tuple *t = arg->key;
	const struct chim_conn *conn = obj;
	const struct chim_path_const *p = &conn->path->c;

	if (t->lport != conn->c.lport || t->rport != conn->c.rport ||
	    t->family != p->family)
		return 1;
	if (t->family == AF_INET)
		return t->local.v4 != p->src.v4 || t->remote.v4 != p->dst.v4;
	return !ipv6_addr_equal(&t->local.v6, &p->src.v6) ||
	       !ipv6_addr_equal(&t->remote.v6, &p->dst.v6);
}

static const struct rhashtable_params conn_params = {
	.key_len = sizeof(struct chim_tuple),
	.head_offset = offsetof(struct chim_conn, node),
	.hashfn = hash_tuple,
	.obj_hashfn = hash_conn,
	.obj_cmpfn = cmp_conn,
	/*
	 * No shrinking: a host that terminates many connections will offload
	 * many again, and moving them all costs more than the empty buckets.
	 */
};

/**
 * chim_space_init() - make an empty space
 * @space: the space
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int chim_space_init(struct chim_space *space)
{
	int err;

	xa_init_flags(&space->handles, XA_FLAGS_ALLOC);
	memset(space->count, 0, sizeof(space->count));
	space->changes = 0;
	atomic_long_set(&space->held, 0);
	init_llist_head(&space->kicked);
	tasklet_setup(&space->kick, chim_conn_kicked);
	err = chim_resources_init(&space->resources);
	if (err)
		return err;
	err = rhashtable_init(&space->conns, &conn_params);
	if (err)
		goto destroy_resources;
	err = chim_mib_init(space);
	if (err)
		goto destroy_conns;
	return 0;

destroy_conns:
	rhashtable_destroy(&space->conns);
destroy_resources:
	chim_resources_destroy(&space->resources);
	return err;
}

/**
 * chim_space_destroy() - end a space; every object must be gone
 * @space: the space
 *
 * Context: process, may sleep.
 */
void chim_space_destroy(struct chim_space *space)
{
	tasklet_kill(&space->kick);
	WARN_ON_ONCE(!llist_empty(&space->kicked));
	WARN_ON_ONCE(!xa_empty(&space->handles));
	WARN_ON_ONCE(atomic_long_read(&space->held));
	WARN_ON_ONCE(atomic_read(&space->conns.nelems));
	chim_mib_destroy(space);
	rhashtable_destroy(&space->conns);
	chim_resources_destroy(&space->resources);
	xa_destroy(&space->handles);
}

/**
 * chim_space_reserve() - a place among the handles, where nobody finds it yet
 * @space: the space
 * @obj: a complete object but for its handle, which is 0
 * @layer: what it is
 * @owner: the client that offloads it
 * @index: set to the place
 *
 * chim_space_publish() or chim_space_cancel() is to follow.
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or CHIM_WHY_NOMEM.
 */
enum chim_why chim_space_reserve(struct chim_space *space, struct chim_obj *obj,
				 enum chim_layer layer, struct chim_owner *owner,
				 u32 *index)
{
	obj->owner = owner;
	obj->layer = layer;
	obj->canary = CHIM_OBJ_CANARY;
	/*
	 * A reader may get hold of it from here on, but leaves it alone until it
	 * has its handle, which is never 0. All else a reader looks at is there by
	 * now, and ordered by the pointer through which it is reached.
	 */
	if (xa_alloc(&space->handles, index, obj, xa_limit_32b, CHIM_GFP))
		return CHIM_WHY_NOMEM;
	return CHIM_OK;
}

/**
 * chim_space_publish() - give an object its handle; from now on it can be found
 * @space: the space
 * @obj: the object
 * @index: of chim_space_reserve()
 *
 * Context: worker. Does not allocate.
 */
void chim_space_publish(struct chim_space *space, struct chim_obj *obj, u32 index)
{
	u8 layer = obj->layer;

	WRITE_ONCE(obj->handle, make_handle(layer, index));
	WRITE_ONCE(space->count[layer], space->count[layer] + 1);
	WRITE_ONCE(space->changes, space->changes + 1);
	obj->owner->count[layer]++;
}

/**
 * chim_space_cancel() - give up a reserved place
 * @space: the space
 * @index: of chim_space_reserve()
 *
 * Readers may look at the object's handle until a grace period has passed.
 *
 * Context: worker. Does not allocate.
 */
void chim_space_cancel(struct chim_space *space, u32 index)
{
	xa_erase(&space->handles, index);
}

/**
 * chim_space_add() - give an object a handle; from now on it can be found
 * @space: the space
 * @obj: a complete object
 * @layer: what it is
 * @owner: the client that offloaded it
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, or CHIM_WHY_NOMEM.
 */
enum chim_why chim_space_add(struct chim_space *space, struct chim_obj *obj,
			     enum chim_layer layer, struct chim_owner *owner)
{
	enum chim_why why;
	u32 index;

	why = chim_space_reserve(space, obj, layer, owner, &index);
	if (!why)
		chim_space_publish(space, obj, index);
	return why;
}

/**
 * chim_space_del() - take an object's handle away; it cannot be found again
 * @space: the space
 * @obj: an object that was added
 *
 * Readers may still hold the object until a grace period has passed.
 *
 * Context: worker. Does not allocate.
 */
void chim_space_del(struct chim_space *space, struct chim_obj *obj)
{
	xa_erase(&space->handles, (u32)obj->handle);
	WRITE_ONCE(space->count[obj->layer], space->count[obj->layer] - 1);
	WRITE_ONCE(space->changes, space->changes + 1);
	obj->owner->count[obj->layer]--;
	chim_obj_mark(obj, CHIM_OBJ_DEAD);
}

/**
 * chim_space_find() - the object a handle names
 * @space: the space
 * @handle: any 64 bits
 *
 * Context: RCU read side; the object is good until it ends. The worker, which
 * alone ends objects, may keep it longer.
 * Return: the object, or NULL if @handle names none here.
 */
struct chim_obj *chim_space_find(struct chim_space *space, u64 handle)
{
	struct chim_obj *obj = xa_load(&space->handles, (u32)handle);

	return obj && READ_ONCE(obj->handle) == handle ? obj : NULL;
}

/**
 * chim_space_next() - walk all objects
 * @space: the space
 * @index: where to go on; start at 0, set to the place after the object found
 *
 * Context: RCU read side.
 * Return: the next object, or NULL at the end.
 */
struct chim_obj *chim_space_next(struct chim_space *space, u32 *index)
{
	unsigned long at = *index;
	struct chim_obj *obj;

	do {
		obj = xa_find(&space->handles, &at, U32_MAX, XA_PRESENT);
		at++;
	} while (obj && !READ_ONCE(obj->handle));
	*index = at;
	return obj;
}

/**
 * chim_space_hash() - let received segments find a connection
 * @space: the space
 * @conn: the connection
 *
 * Context: worker, may sleep.
 * Return: CHIM_OK, CHIM_WHY_DUPLICATE if one with the same addresses and
 * ports is there, or CHIM_WHY_NOMEM.
 */
enum chim_why chim_space_hash(struct chim_space *space, struct chim_conn *conn)
{
	struct chim_tuple tuple;
	int tries = 100;
	int err;

	chim_conn_tuple(conn, &tuple);
	/* -EBUSY: a resize is under way and the chain is long; let it run. */
	do {
		err = rhashtable_lookup_insert_key(&space->conns, &tuple,
						   &conn->node, conn_params);
		if (err != -EBUSY)
			break;
		schedule_timeout_uninterruptible(1);
	} while (--tries);
	if (err == -EEXIST)
		return CHIM_WHY_DUPLICATE;
	return err ? CHIM_WHY_NOMEM : CHIM_OK;
}

/**
 * chim_space_unhash() - hide a connection from received segments
 * @space: the space
 * @conn: a connection that was hashed
 *
 * Context: worker. Does not allocate.
 */
void chim_space_unhash(struct chim_space *space, struct chim_conn *conn)
{
	rhashtable_remove_fast(&space->conns, &conn->node, conn_params);
}

/**
 * chim_space_match() - the connection a segment belongs to (OBJ-053)
 * @space: the space
 * @tuple: addresses and ports; unused bytes need not be zero
 *
 * Context: RCU read side.
 * Return: the connection, or NULL.
 */
struct chim_conn *chim_space_match(struct chim_space *space,
				   const struct chim_tuple *tuple)
{
	return rhashtable_lookup(&space->conns, tuple, conn_params);
}
