/* SPDX-License-Identifier: GPL-2.0 */
/* Work items of drivers. */
#ifndef CHIMN_WORK_H
#define CHIMN_WORK_H

#include <ndis.h>

void chimn_work_queue(bool ms, NDIS_HANDLE handle,
		      NDIS_IO_WORKITEM_ROUTINE routine, PVOID context);

#endif /* CHIMN_WORK_H */
