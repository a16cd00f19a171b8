/* SPDX-License-Identifier: GPL-2.0 */
/* Events of network devices. */
#ifndef CHIM_NETDEV_H
#define CHIM_NETDEV_H

int chim_netdev_setup(void);
void chim_netdev_teardown(void);

#endif /* CHIM_NETDEV_H */
