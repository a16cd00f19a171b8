// SPDX-License-Identifier: GPL-2.0
/*
 * chimney_ndis: the NDIS functions that chimney host stacks, intermediate drivers
 * and offload targets call. What it exports is the list in include/ndis.
 */
#include "ndis_shim/convert.h"
#include "ndis_shim/link.h"
#include "ndis_shim/list.h"
#include "ndis_shim/mdl.h"

#include <ndischimney.h>

#include <linux/module.h>

#define NDIS_ENTRY(ret, name, params, args)	EXPORT_SYMBOL_GPL(name);
#define NDIS_ENTRY_CB(ret, name, params, args)	EXPORT_SYMBOL_GPL(name);
#include <ndisentries.h>
#include <ndischimneyentries.h>

static int __init chimn_init(void)
{
	chimn_list_setup();
	chimn_convert_setup();
	return 0;
}

/* Drivers hold the module: none is left. */
static void __exit chimn_exit(void)
{
	chimn_links_teardown();
	chimn_mdl_teardown();
	rcu_barrier();
}

module_init(chimn_init);
module_exit(chimn_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("NDIS functions for TCP chimney offload");
