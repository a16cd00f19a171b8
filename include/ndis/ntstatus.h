/* SPDX-License-Identifier: GPL-2.0 */
/* The usual name for status codes; those that NDIS needs are there. */
#ifndef _NDIS_NTSTATUS_H
#define _NDIS_NTSTATUS_H

#include "ndisstatus.h"

#endif /* _NDIS_NTSTATUS_H */
