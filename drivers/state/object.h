/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every state object has: handle, owner, dependents, marks.
 *
 * One worker per adapter creates, changes and ends objects, so fields without
 * another rule are written by it alone. Everybody else reads under RCU. An
 * object is freed a grace period after it can no longer be found.
 */
#ifndef CHIM_STATE_OBJECT_H
#define CHIM_STATE_OBJECT_H

#include <linux/compiler.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct chim_space;

enum chim_layer {
	CHIM_NEIGH,
	CHIM_PATH,
	CHIM_CONN,
	CHIM_LAYERS
};

/* Marks; written by the worker only, read by anybody (WRITE_ONCE). */
#define CHIM_OBJ_INVALID	0x01	/* invalidated (INV-030) */
#define CHIM_OBJ_UPLOAD		0x02	/* its upload has been asked for */
#define CHIM_OBJ_CORRUPT	0x04	/* state found corrupt (D-35) */
#define CHIM_OBJ_REPORTED	0x08	/* the host knows that it is corrupt */
#define CHIM_OBJ_DEAD		0x10	/* terminated, waits to be freed */

#define CHIM_OBJ_CANARY		0xc417

/**
 * struct chim_owner - a client as the state layer sees it
 * @space: where its objects live
 * @count: objects offloaded, by layer; worker only
 * @shares_pages: see struct chim_ndis
 * @resets_first: likewise
 */
struct chim_owner {
	struct chim_space *space;
	u32 count[CHIM_LAYERS];
	bool shares_pages;
	bool resets_first;
};

/**
 * struct chim_obj - head of a state object
 * @handle: what the host got in *MiniportOffloadContext (OBJ-033)
 * @owner: the client that offloaded it
 * @ndis_handle: NdisOffloadHandle of the block that offloaded it (OBJ-031)
 * @link: chains objects the worker holds for later within one operation
 * @deps: objects that depend on this one; worker only
 * @layer: enum chim_layer
 * @marks: CHIM_OBJ_*
 * @canary: CHIM_OBJ_CANARY as long as the object is sound
 */
struct chim_obj {
	u64 handle;
	struct chim_owner *owner;
	void *ndis_handle;
	struct chim_obj *link;
	u32 deps;
	u8 layer;
	u8 marks;
	u16 canary;
};

/**
 * chim_obj_sound() - does the object hold what it should?
 * @obj: the object
 *
 * Memory corruption is the software's counterpart of corrupt hardware state
 * (QRY-050, INV-014, TRM-033).
 *
 * Context: RCU read side or worker.
 * Return: false if its state must not be used.
 */
static inline bool chim_obj_sound(const struct chim_obj *obj)
{
	return READ_ONCE(obj->canary) == CHIM_OBJ_CANARY &&
	       !(READ_ONCE(obj->marks) & CHIM_OBJ_CORRUPT);
}

/**
 * chim_obj_marked() - test marks
 * @obj: the object
 * @marks: CHIM_OBJ_* to look for
 *
 * Context: RCU read side or worker.
 * Return: true if any of @marks is set.
 */
static inline bool chim_obj_marked(const struct chim_obj *obj, u8 marks)
{
	return READ_ONCE(obj->marks) & marks;
}

/**
 * chim_obj_mark() - set marks
 * @obj: the object
 * @marks: CHIM_OBJ_* to set
 *
 * Context: worker only.
 */
static inline void chim_obj_mark(struct chim_obj *obj, u8 marks)
{
	WRITE_ONCE(obj->marks, obj->marks | marks);
}

/**
 * chim_obj_unmark() - clear marks
 * @obj: the object
 * @marks: CHIM_OBJ_* to clear
 *
 * Context: worker only.
 */
static inline void chim_obj_unmark(struct chim_obj *obj, u8 marks)
{
	WRITE_ONCE(obj->marks, obj->marks & ~marks);
}

#endif /* CHIM_STATE_OBJECT_H */
