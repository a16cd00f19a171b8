// SPDX-License-Identifier: GPL-2.0
/*
 * Buffer lists that are outstanding.
 *
 * Each structure has a mark in its NdisReserved, from the first request for it to
 * the last completion: its own address in disguise, and how many layers have it.
 * So a structure that was never asked for, or comes back twice, is found out as
 * long as its memory is there. Send data that is handed over with a connection,
 * or back, is marked the same way.
 */
#include "ndis_shim/list.h"

#include "ndis_shim/misuse.h"

#include <linux/random.h>
#include <linux/rculist.h>

/**
 * struct mark - what NdisReserved of a structure holds
 * @disguise: the structure's address, and a secret
 * @io: enum chimn_io
 * @depth: layers that have not completed
 */
struct mark {
	unsigned long disguise;
	u32 io;
	u32 depth;
};

static_assert(sizeof(struct mark) ==
	      sizeof_field(NET_BUFFER_LIST, NdisReserved));

static unsigned long secret __read_mostly;

/**
 * chimn_list_setup() - choose the disguise
 *
 * Context: module load.
 */
void chimn_list_setup(void)
{
	secret = get_random_u64();
}

static unsigned long disguise(const NET_BUFFER_LIST *nbl)
{
	return (unsigned long)nbl ^ secret;
}

static struct mark *mark_of(const NET_BUFFER_LIST *nbl)
{
	return (struct mark *)nbl->NdisReserved;
}

static bool is_marked(const NET_BUFFER_LIST *nbl)
{
	return mark_of(nbl)->disguise == disguise(nbl);
}

static bool begin_one(PNET_BUFFER_LIST nbl, struct chimn_binding *binding,
		      enum chimn_io io)
{
	struct mark *mark = mark_of(nbl);

	if (!is_marked(nbl)) {
		mark->disguise = disguise(nbl);
		mark->io = io;
		mark->depth = 0;
	} else if (nbl->SourceHandle == binding->obj.handle) {
		return false;
	}
	mark->depth++;
	nbl->SourceHandle = binding->obj.handle;
	return true;
}

/**
 * chimn_list_begin() - buffer lists go down a layer
 * @list: the list; cut where it leads nowhere, or to a structure that the layer
 *	has already, which also ends a list that leads back
 * @binding: by this binding
 * @io: for this
 * @who: NDIS function
 *
 * Context: any.
 * Return: how many structures go down; 0 if the first may not.
 */
unsigned int chimn_list_begin(PNET_BUFFER_LIST list,
			      struct chimn_binding *binding, enum chimn_io io,
			      const char *who)
{
	PNET_BUFFER_LIST nbl, last = NULL;
	unsigned int n = 0;

	for (nbl = list; nbl; nbl = nbl->Next) {
		if (!chimn_pointer_ok(nbl, __alignof__(void *)) ||
		    !begin_one(nbl, binding, io)) {
			chimn_misuse(CHIMN_MISUSE_LIST, who);
			if (last)
				last->Next = NULL;
			break;
		}
		last = nbl;
		n++;
	}
	return n;
}

static bool end_one(PNET_BUFFER_LIST nbl)
{
	struct mark *mark = mark_of(nbl);

	if (!is_marked(nbl))
		return false;
	if (!--mark->depth)
		memset(mark, 0, sizeof(*mark));
	return true;
}

/**
 * chimn_list_end() - a structure comes up a layer
 * @nbl: one that a miniport completes
 * @io: for this
 * @who: NDIS function
 *
 * Context: any.
 * Return: false if it was not asked for; that was counted.
 */
bool chimn_list_end(PNET_BUFFER_LIST nbl, enum chimn_io io, const char *who)
{
	enum chimn_misuse what = CHIMN_MISUSE_UNASKED;

	if (is_marked(nbl)) {
		if (mark_of(nbl)->io == io)
			return end_one(nbl);
		what = CHIMN_MISUSE_VERB;
	}
	chimn_misuse(what, who);
	return false;
}

/**
 * chimn_list_forget() - buffer lists come up a layer with the block of their
 * connection
 * @list: NetBufferListChain
 *
 * Context: any.
 * Return: how many were outstanding.
 */
unsigned int chimn_list_forget(PNET_BUFFER_LIST list)
{
	unsigned int n = 0;

	for (; chimn_pointer_ok(list, __alignof__(void *)); list = list->Next)
		n += end_one(list);
	return n;
}

/* The one binding of an adapter that has a single one. */
static struct chimn_binding *only_binding(struct chimn_adapter *adapter)
{
	struct chimn_binding *first;

	first = list_first_or_null_rcu(&adapter->bindings, struct chimn_binding,
				       adapter_node);
	if (first && rcu_access_pointer(list_next_rcu(&first->adapter_node)) !=
		     &adapter->bindings)
		return NULL;
	return first;
}

static struct chimn_adapter *only_adapter(struct chimn_miniport *miniport)
{
	struct chimn_adapter *first;

	first = list_first_or_null_rcu(&miniport->adapters,
				       struct chimn_adapter, miniport_node);
	if (first && rcu_access_pointer(list_next_rcu(&first->miniport_node)) !=
		     &miniport->adapters)
		return NULL;
	return first;
}

/**
 * chimn_list_binding() - whose is a structure that a miniport completes?
 * @nbl: the structure
 * @miniport: handle of the miniport's adapter or driver
 *
 * SourceHandle says so, unless an intermediate driver has passed the structure
 * down and not put back the one it was given. That does no harm to an adapter
 * with a single binding.
 *
 * Context: RCU read side.
 * Return: the binding, or NULL.
 */
struct chimn_binding *chimn_list_binding(const NET_BUFFER_LIST *nbl,
					 NDIS_HANDLE miniport)
{
	struct chimn_binding *binding = chimn_binding_find(nbl->SourceHandle);
	struct chimn_adapter *adapter;
	struct chimn_miniport *driver;

	adapter = (void *)chimn_obj_find(miniport, CHIMN_ADAPTER);
	driver = (void *)chimn_obj_find(miniport, CHIMN_MINIPORT);
	if (binding && adapter && binding->adapter == adapter)
		return binding;
	if (binding && driver && binding->adapter->miniport == driver)
		return binding;
	if (!adapter && driver)
		adapter = only_adapter(driver);
	return adapter ? only_binding(adapter) : NULL;
}
