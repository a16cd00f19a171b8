/* SPDX-License-Identifier: GPL-2.0 */
/* Segments of connections in the statistics of the namespace. */
#ifndef CHIM_SNMP_H
#define CHIM_SNMP_H

#include "state/space.h"

#include <linux/workqueue.h>

struct chim_adapter;

/**
 * struct chim_snmp - what the namespace has been told
 * @work: tells it, about once a second, as long as @on
 * @told: what was counted until the last time, by family
 * @on: @work has a reference to the adapter; written by the adapter's worker
 *	and, while it is on, by @work
 */
struct chim_snmp {
	struct delayed_work work;
	struct chim_mib told[CHIM_MIBS];
	bool on;
};

void chim_snmp_init(struct chim_adapter *adapter);
void chim_snmp_set(struct chim_adapter *adapter, bool on);
void chim_snmp_settle(struct chim_adapter *adapter);

#endif /* CHIM_SNMP_H */
