// SPDX-License-Identifier: GPL-2.0
/*
 * chimney_client: the reference client of the TCP chimney offload target. For
 * tests only; it is no part of a release.
 */
#include "client.h"

#include <linux/module.h>

static int __init client_init(void)
{
	int err;

	err = chimc_life_init();
	if (err)
		return err;
	err = chimc_hold_init();
	if (err)
		goto life_exit;
	err = chimc_netlink_init();
	if (err)
		goto hold_exit;
	return 0;

hold_exit:
	chimc_hold_exit();
life_exit:
	chimc_life_exit();
	return err;
}

/* Nobody can ask for anything any more; then what there is, ends. */
static void __exit client_exit(void)
{
	chimc_netlink_exit();
	chimc_conn_release_all(NULL);
	chimc_hold_exit();
	chimc_life_exit();
}

module_init(client_init);
module_exit(client_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Reference client of the TCP chimney offload target");
