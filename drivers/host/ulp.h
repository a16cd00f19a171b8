/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_ULP_H
#define _CHIM_HOST_ULP_H

#include <linux/types.h>

struct chim_host_conn;
struct proto;
struct sock;

const struct proto *chim_host_ulp_base(const struct sock *sk);
void chim_host_ulp_name(struct sock *sk, bool offloaded);
void chim_host_ulp_let_go(struct chim_host_conn *conn);
int chim_host_ulp_init(void);
void chim_host_ulp_exit(void);

#endif /* _CHIM_HOST_ULP_H */
