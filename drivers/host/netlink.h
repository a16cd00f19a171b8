/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_NETLINK_H
#define _CHIM_HOST_NETLINK_H

int chim_host_netlink_init(void);
void chim_host_netlink_exit(void);

#endif /* _CHIM_HOST_NETLINK_H */
