// SPDX-License-Identifier: GPL-2.0
/*
 * Trees that are outstanding.
 *
 * A root is in a table from the first request for it to the last completion, by
 * its address, so that a pointer somebody completes is looked up before it is
 * followed. The link of the table and what is known of the operation lie in the
 * root's NdisReserved, so that nothing is allocated. An intermediate driver
 * passes the same root down: one layer more has it then.
 *
 * SourceHandle names the binding of the layer that was asked last. A driver that
 * passes a tree down keeps the one it was given and puts it back (IMD-051,
 * IMD-052).
 */
#include "ndis_shim/tree.h"

#include "ndis_shim/misuse.h"

#include <linux/hash.h>
#include <linux/spinlock.h>

#define TABLE_BITS	8

/**
 * struct note - what NdisReserved of a root holds
 * @next: in the bucket
 * @verb: enum chimn_verb
 * @depth: layers that have not completed
 */
struct note {
	struct note *next;
	u32 verb;
	u32 depth;
};

static_assert(sizeof(struct note) ==
	      sizeof_field(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, NdisReserved));
static_assert(offsetof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, NdisReserved) ==
	      offsetof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, NdisReserved));
static_assert(offsetof(NDIS_MINIPORT_OFFLOAD_BLOCK_LIST, SourceHandle) ==
	      offsetof(NDIS_PROTOCOL_OFFLOAD_BLOCK_LIST, SourceHandle));

static struct bucket {
	spinlock_t lock;	/* covers the chain and all notes in it */
	struct note *first;
} table[1 << TABLE_BITS] = {
	[0 ... (1 << TABLE_BITS) - 1] = {
		.lock = __SPIN_LOCK_UNLOCKED(table.lock),
	},
};

static struct note *note_of(const void *tree)
{
	return (void *)((NDIS_MINIPORT_OFFLOAD_BLOCK_LIST *)tree)->NdisReserved;
}

static struct bucket *bucket_of(const void *tree)
{
	return &table[hash_ptr(tree, TABLE_BITS)];
}

/* The link that leads to a tree, or NULL; @tree is not followed. */
static struct note **find(struct bucket *bucket, const void *tree)
{
	struct note **link;

	lockdep_assert_held(&bucket->lock);
	for (link = &bucket->first; *link; link = &(*link)->next)
		if (*link == note_of(tree))
			return link;
	return NULL;
}

/**
 * chimn_tree_begin() - a tree goes down a layer
 * @tree: its root, mapped
 * @binding: by this binding
 * @verb: for this
 * @who: NDIS function
 *
 * Context: any.
 * Return: false if it is outstanding and may not; that was counted.
 */
bool chimn_tree_begin(PNDIS_PROTOCOL_OFFLOAD_BLOCK_LIST tree,
		      struct chimn_binding *binding, enum chimn_verb verb,
		      const char *who)
{
	struct bucket *bucket = bucket_of(tree);
	struct note *note = note_of(tree);
	unsigned long flags;
	bool good = true;

	spin_lock_irqsave(&bucket->lock, flags);
	if (!find(bucket, tree)) {
		note->next = bucket->first;
		note->verb = verb;
		note->depth = 0;
		bucket->first = note;
	} else {
		/* An intermediate driver does the same, and does it once. */
		good = note->verb == verb &&
		       tree->SourceHandle != binding->obj.handle;
	}
	if (good) {
		note->depth++;
		tree->SourceHandle = binding->obj.handle;
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	if (!good)
		chimn_misuse(CHIMN_MISUSE_BUSY, who);
	return good;
}

/* Completions name the miniport by its adapter or by its driver. */
static bool is_asked(const struct chimn_binding *binding, NDIS_HANDLE miniport)
{
	return miniport == binding->adapter->obj.handle ||
	       miniport == binding->adapter->miniport->obj.handle;
}

/**
 * chimn_tree_end() - a tree comes up a layer
 * @tree: whatever a miniport says it completes
 * @miniport: its handle
 * @verb: for this
 * @who: NDIS function
 *
 * Context: any.
 * Return: the binding that asked, with the reference of the operation, or NULL:
 * then nothing was asked, and that was counted.
 */
struct chimn_binding *chimn_tree_end(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST tree,
				     NDIS_HANDLE miniport, enum chimn_verb verb,
				     const char *who)
{
	enum chimn_misuse what = CHIMN_MISUSE_UNASKED;
	struct bucket *bucket = bucket_of(tree);
	struct chimn_binding *binding = NULL;
	struct note **link, *note;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&bucket->lock, flags);
	link = find(bucket, tree);
	if (!link)
		goto unlock;
	note = *link;
	what = CHIMN_MISUSE_VERB;
	if (note->verb != verb)
		goto unlock;
	what = CHIMN_MISUSE_MINIPORT;
	binding = chimn_binding_find(tree->SourceHandle);
	if (!binding || !is_asked(binding, miniport)) {
		binding = NULL;
		goto unlock;
	}
	tree->SourceHandle = NULL;
	if (!--note->depth) {
		*link = note->next;
		memset(note, 0, sizeof(*note));
	}
unlock:
	spin_unlock_irqrestore(&bucket->lock, flags);
	rcu_read_unlock();
	if (!binding)
		chimn_misuse(what, who);
	return binding;
}
