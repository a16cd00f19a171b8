/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Socket options of the Linux host stack, for sockets with the ULP "chimney". */
#ifndef _UAPI_LINUX_CHIMNEY_HOST_H
#define _UAPI_LINUX_CHIMNEY_HOST_H

#include <linux/types.h>

/*
 * Level SOL_TCP. Set, an int: 1 offloads the connection, 0 takes it back. Get:
 * struct tcp_chimney_info.
 */
#define TCP_CHIMNEY	0x4348

/**
 * struct tcp_chimney_info - how a socket stands
 * @offloaded: the target has its connection
 * @why: line of /proc/net/chimney_host, from 0, that says why it was last
 *	refused or uploaded
 * @moves: how often it was offloaded
 */
struct tcp_chimney_info {
	__u32 offloaded;
	__u32 why;
	__u32 moves;
};

/*
 * Attribute of sock_diag(7), within INET_DIAG_ULP_INFO and beside
 * INET_ULP_INFO_NAME: struct tcp_chimney_info.
 */
#define INET_ULP_INFO_CHIMNEY	0x348

#endif /* _UAPI_LINUX_CHIMNEY_HOST_H */
