/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_SCAN_H
#define _CHIM_HOST_SCAN_H

struct chim_host_rules;

void chim_host_scan_init(struct chim_host_rules *rules);
void chim_host_scan_soon(struct chim_host_rules *rules);
void chim_host_scan_exit(struct chim_host_rules *rules);

#endif /* _CHIM_HOST_SCAN_H */
