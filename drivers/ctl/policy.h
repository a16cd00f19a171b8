/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each request may contain. An attribute that a policy does not list is
 * refused, at every level of nesting.
 */
#ifndef CHIM_CTL_POLICY_H
#define CHIM_CTL_POLICY_H

#include <linux/chimney.h>
#include <net/netlink.h>

extern const struct nla_policy
	chim_ctl_limits_policy[CHIMNEY_A_LIMITS_MAX + 1];
extern const struct nla_policy
	chim_ctl_params_policy[CHIMNEY_A_PARAMS_MAX + 1];
extern const struct nla_policy
	chim_ctl_settings_policy[CHIMNEY_A_SETTINGS_MAX + 1];
extern const struct nla_policy
	chim_ctl_initiate_policy[CHIMNEY_A_OBJECT_MAX + 1];
extern const struct nla_policy
	chim_ctl_update_policy[CHIMNEY_A_OBJECT_MAX + 1];
extern const struct nla_policy
	chim_ctl_relink_policy[CHIMNEY_A_OBJECT_MAX + 1];

/* By layer: CHIM_NEIGH, CHIM_PATH, CHIM_CONN. */
extern const struct nla_policy * const chim_ctl_new_policies[];
extern const struct nla_policy * const chim_ctl_cached_policies[];

/* Policies of whole requests. */
extern const struct nla_policy
	chim_ctl_adapter_name[CHIMNEY_A_ADAPTER_IFINDEX + 1];
extern const struct nla_policy chim_ctl_adapter_add[CHIMNEY_A_ADAPTER_MAX + 1];
extern const struct nla_policy chim_ctl_adapter_set[CHIMNEY_A_ADAPTER_MAX + 1];
extern const struct nla_policy
	chim_ctl_adapter_resume[CHIMNEY_A_ADAPTER_MAX + 1];
extern const struct nla_policy
	chim_ctl_object_handles[CHIMNEY_A_OPERATION_MAX + 1];
extern const struct nla_policy
	chim_ctl_object_initiate[CHIMNEY_A_OPERATION_MAX + 1];
extern const struct nla_policy
	chim_ctl_object_update[CHIMNEY_A_OPERATION_MAX + 1];
extern const struct nla_policy
	chim_ctl_path_relink[CHIMNEY_A_OPERATION_MAX + 1];

#endif /* CHIM_CTL_POLICY_H */
