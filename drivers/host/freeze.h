/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_FREEZE_H
#define _CHIM_HOST_FREEZE_H

struct chim_host_conn;

int chim_host_offload(struct chim_host_conn *conn);

#endif /* _CHIM_HOST_FREEZE_H */
