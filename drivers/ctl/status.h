/* SPDX-License-Identifier: GPL-2.0 */
/* Names of Status values, for people. */
#ifndef CHIM_CTL_STATUS_H
#define CHIM_CTL_STATUS_H

#include <ndisstatus.h>

const char *chim_ctl_status_name(NDIS_STATUS status);

#endif /* CHIM_CTL_STATUS_H */
