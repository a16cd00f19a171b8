/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Linux side of a driver that was written for NDIS: loading the module calls
 * its DriverEntry, unloading it the DriverUnload it has left. Nothing else of a
 * sample knows of Linux.
 */
#ifndef SAMPLES_ENTRY_H
#define SAMPLES_ENTRY_H

#include <ndis.h>

#include <linux/module.h>

DRIVER_INITIALIZE DriverEntry;

static DRIVER_OBJECT driver;

static int __init driver_init(void)
{
	UNICODE_STRING path = { };

	return DriverEntry(&driver, &path) == STATUS_SUCCESS ? 0 : -EIO;
}

static void __exit driver_exit(void)
{
	if (driver.DriverUnload)
		driver.DriverUnload(&driver);
}

module_init(driver_init);
module_exit(driver_exit);
MODULE_LICENSE("GPL");

#endif /* SAMPLES_ENTRY_H */
