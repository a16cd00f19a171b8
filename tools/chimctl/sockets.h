/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets of other programs. */
#ifndef CHIMCTL_SOCKETS_H
#define CHIMCTL_SOCKETS_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

/**
 * struct socket_end - one end of a connection, or what it should be
 * @address: IPv4 as an IPv4-mapped address
 * @port: host order
 * @has_address: @address is asked for
 * @has_port: @port is asked for
 */
struct socket_end {
	struct in6_addr address;
	uint16_t port;
	bool has_address;
	bool has_port;
};

/**
 * struct socket_pick - whose sockets
 * @pid: one process, or -1
 * @fd: one descriptor of it, or -1
 * @cgroup: processes in this control group and those below it, or NULL
 */
struct socket_pick {
	int pid;
	int fd;
	const char *cgroup;
};

/**
 * struct socket_place - where a socket was found
 * @pid: process
 * @fd: its descriptor
 */
struct socket_place {
	int pid;
	int fd;
};

int sockets_walk(const struct socket_pick *pick,
		 void (*each)(int sock, const struct socket_place *place,
			      void *data), void *data);

void refusals_note(void);
const char *refusals_why(unsigned int times);

#endif /* CHIMCTL_SOCKETS_H */
