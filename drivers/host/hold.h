/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_HOLD_H
#define _CHIM_HOST_HOLD_H

struct chim_host_conn;

int chim_host_hold(struct chim_host_conn *conn);
void chim_host_hold_again(struct chim_host_conn *conn);
void chim_host_pass_on(struct chim_host_conn *conn);
void chim_host_unhold(struct chim_host_conn *conn);
int chim_host_hold_init(void);
void chim_host_hold_exit(void);

#endif /* _CHIM_HOST_HOLD_H */
