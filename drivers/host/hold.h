/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_HOLD_H
#define _CHIM_HOST_HOLD_H

#include <linux/types.h>

struct chim_host_conn;
struct chim_host_tuple;

int chim_host_hold(struct chim_host_conn *conn);
void chim_host_hold_again(struct chim_host_conn *conn);
void chim_host_pass_on(struct chim_host_conn *conn);
void chim_host_unhold(struct chim_host_conn *conn);
void chim_host_hold_todo(const struct chim_host_tuple *tuple, unsigned int bit);
int chim_host_hold_init(void);
void chim_host_hold_exit(void);

#endif /* _CHIM_HOST_HOLD_H */
