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

/**
 * struct socket_visitor - who is told of sockets
 * @found: called for each, once, whoever else has it; true if the descriptor is kept
 * @give_back: close all that have been kept, there are no more; false if there are none
 * @data: for both
 */
struct socket_visitor {
	bool (*found)(int sock, const struct socket_place *place, void *data);
	bool (*give_back)(void *data);
	void *data;
};

int sockets_walk(const struct socket_pick *pick,
		 const struct socket_visitor *visitor);

void refusals_note(void);
const char *refusals_why(unsigned int times);

#endif /* CHIMCTL_SOCKETS_H */
