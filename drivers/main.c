// SPDX-License-Identifier: GPL-2.0
/* chimney: an NDIS 6 TCP chimney offload target over any Ethernet device. */
#include "adapter.h"
#include "ctl/netlink.h"
#include "ndis/attach.h"
#include "ndis/bounce.h"
#include "ndis/data.h"
#include "ndis/desc.h"
#include "ndis/foreign.h"
#include "ndis/indicate.h"
#include "ndis/io.h"
#include "ndis/out.h"
#include "ndis/pack.h"
#include "ndis/tree.h"
#include "netdev.h"
#include "state/conn.h"
#include "state/neigh.h"
#include "state/path.h"
#include "wire/rx.h"
#include "wire/tx.h"

#include <linux/module.h>

static const struct chim_adapter_ops adapter_ops = {
	.take = chim_miniport_take,
	.news = chim_indicate_news,
	.hook = chim_ingress_add,
	.unhook = chim_ingress_del,
	.burst = chim_tx_burst,
};

static const struct chim_conn_ops conn_ops = {
	.build = chim_tx_build,
	.fill = chim_data_fill,
	.lend = chim_data_lend,
	.copy = chim_data_copy,
	.describe = chim_desc_describe,
	.forget = chim_desc_forget,
	.pack = chim_pack,
	.unpack = chim_io_unpack,
	.segment = chim_io_segment,
	.xmit = chim_tx_xmit,
	.pass_up = chim_rx_pass_up,
	.sent = chim_io_sent,
	.received = chim_io_received,
	.judge = chim_io_judge,
	.forwarded = chim_io_forwarded,
	.indicate = chim_out_indicate,
	.event = chim_indicate_event,
	.stale = chim_indicate_stale,
};

static int __init chim_init(void)
{
	int err;

	chim_conn_ops = &conn_ops;
	chim_walk_setup();
	err = chim_bounce_setup();
	if (err)
		return err;
	err = chim_desc_setup();
	if (err)
		goto teardown_bounce;
	err = chim_neigh_setup();
	if (err)
		goto teardown_desc;
	err = chim_path_setup();
	if (err)
		goto teardown_neigh;
	err = chim_conn_setup();
	if (err)
		goto teardown_path;
	err = chim_adapters_setup(&adapter_ops);
	if (err)
		goto teardown_conn;
	err = chim_netdev_setup();
	if (err)
		goto teardown_adapters;
	err = chim_ctl_setup();
	if (err)
		goto teardown_netdev;
	return 0;

teardown_netdev:
	chim_netdev_teardown();
teardown_adapters:
	chim_adapters_teardown();
teardown_conn:
	chim_conn_teardown();
teardown_path:
	chim_path_teardown();
teardown_neigh:
	chim_neigh_teardown();
teardown_desc:
	chim_desc_teardown();
teardown_bounce:
	chim_bounce_teardown();
	return err;
}

static void __exit chim_exit(void)
{
	chim_ctl_teardown();
	chim_adapters_teardown();
	chim_netdev_teardown();
	/* Objects are freed a grace period after they have ended. */
	rcu_barrier();
	chim_conn_teardown();
	chim_path_teardown();
	chim_neigh_teardown();
	chim_desc_teardown();
	chim_foreign_teardown();
	chim_bounce_teardown();
}

module_init(chim_init);
module_exit(chim_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NDIS 6 TCP chimney offload target in software");
