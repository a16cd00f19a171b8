/* SPDX-License-Identifier: GPL-2.0 */
/* What sockets know that a program is not told. */
#ifndef CHIMC_SOCKET_H
#define CHIMC_SOCKET_H

#include "client.h"

bool chimc_socket_usable(const struct sock *sk);
void chimc_socket_tuple(const struct sock *sk, struct chimc_tuple *tuple);
int chimc_socket_read(struct sock *sk, const struct chimc_tuple *tuple,
		      struct chimc_socket *s);
void chimc_socket_write(struct sock *sk, const struct chimc_socket *s);

#endif /* CHIMC_SOCKET_H */
