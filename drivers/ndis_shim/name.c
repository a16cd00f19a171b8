// SPDX-License-Identifier: GPL-2.0
/* Names of drivers and adapters. */
#include "ndis_shim/name.h"

#include "ndis_shim/handle.h"

#include <ndis.h>

#include <linux/ctype.h>
#include <linux/string.h>

static const char prefix[] = "\\DEVICE\\";

/**
 * chimn_name_read() - a driver's string as a name
 * @name: CHIMN_NAME_MAX bytes, set
 * @string: the driver's; a leading \DEVICE\ is left out
 *
 * Context: any.
 * Return: false if it is none, or not one of printable ASCII characters.
 */
bool chimn_name_read(char *name, const UNICODE_STRING *string)
{
	unsigned int i, n;

	if (!chimn_pointer_ok(string, __alignof__(*string)) ||
	    !chimn_pointer_ok(string->Buffer, __alignof__(WCHAR)))
		return false;
	n = string->Length / sizeof(WCHAR);
	if (!n || n >= CHIMN_NAME_MAX)
		return false;
	for (i = 0; i < n; i++) {
		if (string->Buffer[i] >= 0x7f || !isgraph(string->Buffer[i]))
			return false;
		name[i] = string->Buffer[i];
	}
	name[n] = '\0';
	n = sizeof(prefix) - 1;
	if (!strncasecmp(name, prefix, n))
		memmove(name, name + n, strlen(name + n) + 1);
	return *name;
}

/**
 * chimn_name_write() - a name as a driver's string
 * @wide: set
 * @name: shorter than CHIMN_NAME_MAX
 *
 * Context: any.
 */
void chimn_name_write(struct chimn_wide *wide, const char *name)
{
	unsigned int i, n = strnlen(name, CHIMN_NAME_MAX - 1);

	for (i = 0; i < n; i++)
		wide->chars[i] = name[i];
	wide->chars[n] = 0;
	wide->string.Buffer = wide->chars;
	wide->string.Length = n * sizeof(WCHAR);
	wide->string.MaximumLength = (n + 1) * sizeof(WCHAR);
}

/**
 * NdisInitUnicodeString() - make a counted string of one that ends with zero
 * @Destination: set; leads to @Source
 * @Source: stays, or NULL for an empty string
 *
 * Context: any.
 */
VOID NdisInitUnicodeString(PNDIS_STRING Destination, const WCHAR *Source)
{
	unsigned int n = 0;

	while (Source && Source[n] && n < U16_MAX / sizeof(WCHAR) - 1)
		n++;
	Destination->Buffer = (PWCHAR)Source;
	Destination->Length = n * sizeof(WCHAR);
	Destination->MaximumLength = Source ? (n + 1) * sizeof(WCHAR) : 0;
}
