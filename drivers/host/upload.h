/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_UPLOAD_H
#define _CHIM_HOST_UPLOAD_H

#include <linux/types.h>

struct chim_host_conn;

void chim_host_upload(struct chim_host_conn *conn, u32 why);

#endif /* _CHIM_HOST_UPLOAD_H */
