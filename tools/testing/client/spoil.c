// SPDX-License-Identifier: GPL-2.0
/*
 * chimney_spoil: objects of the target lose their state, as if memory had been
 * corrupted. For tests only; it is no part of a release.
 *
 *	echo LAYER >/sys/module/chimney_spoil/parameters/layer
 *
 * The next object of that layer (0 neighbor, 1 path, 2 connection) that is looked up
 * by its handle is spoiled before anybody looks at it, and the parameter is -1 again.
 */
#include "state/object.h"

#include <linux/kprobes.h>
#include <linux/module.h>

static int layer = -1;
module_param(layer, int, 0600);
MODULE_PARM_DESC(layer, "layer of which the next object loses its state");

static int found(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct chim_obj *obj = (void *)regs_return_value(regs);

	if (obj && cmpxchg(&layer, obj->layer, -1) == obj->layer)
		WRITE_ONCE(obj->canary, (u16)~CHIM_OBJ_CANARY);
	return 0;
}

static struct kretprobe lookup = {
	.handler = found,
	.kp.symbol_name = "chim_space_find",
};

static int __init spoil_init(void)
{
	return register_kretprobe(&lookup);
}

static void __exit spoil_exit(void)
{
	unregister_kretprobe(&lookup);
}

module_init(spoil_init);
module_exit(spoil_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Corrupts objects of the TCP chimney offload target");
