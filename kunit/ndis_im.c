// SPDX-License-Identifier: GPL-2.0
/* The example intermediate driver, as part of the tests. */
#include "ndis_im.h"

/* There is one DriverEntry in each driver, and many drivers in a kernel. */
#define DriverEntry	im_driver_entry
#include "../samples/passthru.c"

static DRIVER_OBJECT im_driver;

bool im_load(void)
{
	UNICODE_STRING path = { };

	return im_driver_entry(&im_driver, &path) == STATUS_SUCCESS;
}

void im_unload(void)
{
	im_driver.DriverUnload(&im_driver);
}

void im_allow(bool allow)
{
	AllowOffload = allow;
}

PVOID im_context(PVOID context)
{
	PPT_OBJECT object = context;

	return object ? object->Lower.MiniportOffloadContext : NULL;
}
