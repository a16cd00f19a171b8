/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_ULP_H
#define _CHIM_HOST_ULP_H

#include <linux/types.h>

struct sock;

void chim_host_ulp_name(struct sock *sk, bool offloaded);
bool chim_host_ulp_is_ours(const struct sock *sk);
int chim_host_ulp_init(void);
void chim_host_ulp_exit(void);

#endif /* _CHIM_HOST_ULP_H */
