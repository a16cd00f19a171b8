// SPDX-License-Identifier: GPL-2.0
/* chimney_host: live sockets of Linux, offloaded and uploaded. */
#include "host/conn.h"
#include "host/filter.h"
#include "host/hold.h"
#include "host/netlink.h"
#include "host/news.h"
#include "host/rule.h"
#include "host/send.h"
#include "host/ulp.h"
#include "host/why.h"

#include <linux/module.h>
#include <net/tcp.h>

static int __init host_init(void)
{
	int err;

	err = chim_host_why_init();
	if (err)
		return err;
	err = chim_host_req_init();
	if (err)
		goto why_exit;
	err = chim_host_conn_init();
	if (err)
		goto req_exit;
	err = chim_host_hold_init();
	if (err)
		goto conn_exit;
	err = chim_host_news_init();
	if (err)
		goto hold_exit;
	err = chim_host_filter_init();
	if (err)
		goto news_exit;
	err = chim_host_rule_init();
	if (err)
		goto filter_exit;
	err = chim_host_netlink_init();
	if (err)
		goto rule_exit;
	/* From here on programs may come, who need all of it, and keep the module. */
	err = chim_host_ulp_init();
	if (err)
		goto netlink_exit;
	return 0;

netlink_exit:
	chim_host_netlink_exit();
rule_exit:
	chim_host_rule_exit();
filter_exit:
	chim_host_filter_exit();
news_exit:
	chim_host_news_exit();
hold_exit:
	chim_host_hold_exit();
conn_exit:
	chim_host_conn_exit();
req_exit:
	chim_host_req_exit();
why_exit:
	chim_host_why_exit();
	return err;
}

/* Sockets hold the module: none is left. */
static void __exit host_exit(void)
{
	chim_host_ulp_exit();
	chim_host_netlink_exit();
	chim_host_rule_exit();
	chim_host_filter_exit();
	chim_host_news_exit();
	chim_host_hold_exit();
	chim_host_conn_exit();
	chim_host_req_exit();
	chim_host_why_exit();
}

module_init(host_init);
module_exit(host_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("TCP chimney offload of live Linux sockets");
MODULE_ALIAS_TCP_ULP("chimney");
