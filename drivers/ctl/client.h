/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control as a client of the target.
 *
 * Objects that people make through netlink belong to a client named chimctl,
 * one on each adapter, attached when the first command needs it. It calls the
 * handlers it was given like any NDIS client, and acts as a host stack has to:
 * it offloads nothing while an adapter is paused, and terminates everything
 * when asked to (STA-051).
 */
#ifndef CHIM_CTL_CLIENT_H
#define CHIM_CTL_CLIENT_H

#include "adapter.h"

#include <chimney/target.h>

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct netlink_ext_ack;

/**
 * struct chim_ctl_client - control's client on one adapter
 * @node: in the list of clients
 * @refs: held by the list, by queued @work and by whoever uses it
 * @adapter: held
 * @attach: the attachment; valid while @left is false
 * @generic: handlers for state operations
 * @give_back: handler for received data that a termination has passed back
 * @gate: read while a command uses @attach, written to leave
 * @merge: serializes commands that read, merge and write
 * @wait: where callers wait for completions
 * @work: terminates everything, and leaves if the adapter closes
 * @leaving: the module is being unloaded
 * @left: not attached; changed with @gate written
 */
struct chim_ctl_client {
	struct list_head node;
	refcount_t refs;
	struct chim_adapter *adapter;
	struct chim_attach attach;
	NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS generic;
	W_TCP_OFFLOAD_RECEIVE_RETURN_HANDLER give_back;
	struct rw_semaphore gate;
	struct mutex merge;	/* read, merge, write */
	wait_queue_head_t wait;
	struct work_struct work;
	bool leaving;
	bool left;
};

int chim_ctl_clients_setup(void);
void chim_ctl_clients_teardown(void);

struct chim_ctl_client *chim_ctl_client_enter(struct chim_adapter *adapter,
					      struct netlink_ext_ack *extack);
void chim_ctl_client_exit(struct chim_ctl_client *client);
void chim_ctl_client_settle(struct chim_adapter *adapter);
bool chim_ctl_client_owns(const struct chim_ctl_client *client,
			  const struct chim_obj *obj);

#endif /* CHIM_CTL_CLIENT_H */
