// SPDX-License-Identifier: GPL-2.0
/* Names of Status values, for people. */
#include "ctl/status.h"

#include <linux/kernel.h>

/* What a target may write to a block; NDIS_STATUS_ is left out. */
static const struct {
	NDIS_STATUS status;
	const char *name;
} names[] = {
	{ NDIS_STATUS_SUCCESS, "success" },
	{ NDIS_STATUS_PENDING, "pending" },
	{ NDIS_STATUS_FAILURE, "failure" },
	{ NDIS_STATUS_RESOURCES, "resources" },
	{ NDIS_STATUS_OFFLOAD_PARTIAL_SUCCESS, "offload-partial-success" },
	{ NDIS_STATUS_OFFLOAD_STATE_INVALID, "offload-state-invalid" },
	{ NDIS_STATUS_OFFLOAD_TCP_ENTRIES, "offload-tcp-entries" },
	{ NDIS_STATUS_OFFLOAD_PATH_ENTRIES, "offload-path-entries" },
	{ NDIS_STATUS_OFFLOAD_NEIGHBOR_ENTRIES, "offload-neighbor-entries" },
	{ NDIS_STATUS_OFFLOAD_IP_ADDRESS_ENTRIES,
	  "offload-ip-address-entries" },
	{ NDIS_STATUS_OFFLOAD_HW_ADDRESS_ENTRIES,
	  "offload-hw-address-entries" },
	{ NDIS_STATUS_OFFLOAD_VLAN_ENTRIES, "offload-vlan-entries" },
	{ NDIS_STATUS_OFFLOAD_TCP_XMIT_BUFFER, "offload-tcp-xmit-buffer" },
	{ NDIS_STATUS_OFFLOAD_TCP_RCV_BUFFER, "offload-tcp-rcv-buffer" },
	{ NDIS_STATUS_OFFLOAD_TCP_RCV_WINDOW, "offload-tcp-rcv-window" },
	{ NDIS_STATUS_OFFLOAD_VLAN_MISMATCH, "offload-vlan-mismatch" },
	{ NDIS_STATUS_OFFLOAD_POLICY, "offload-policy" },
	{ NDIS_STATUS_OFFLOAD_PATH_MTU, "offload-path-mtu" },
};

/**
 * chim_ctl_status_name() - name of a block's Status
 * @status: the Status
 *
 * Context: any.
 * Return: a constant string, never NULL.
 */
const char *chim_ctl_status_name(NDIS_STATUS status)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].status == status)
			return names[i].name;
	return "unknown";
}
