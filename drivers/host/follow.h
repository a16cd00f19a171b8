/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_FOLLOW_H
#define _CHIM_HOST_FOLLOW_H

#include <linux/types.h>

struct chim_host_conn;

bool chim_host_follow_first(const struct chim_host_conn *conn);
bool chim_host_follow_changed(const struct chim_host_conn *conn);
bool chim_host_follow_stuck(const struct chim_host_conn *conn);
bool chim_host_follow_due(struct chim_host_conn *conn);
void chim_host_follow(struct chim_host_conn *conn);
void chim_host_follow_set(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_FOLLOW_H */
