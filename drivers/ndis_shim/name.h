/* SPDX-License-Identifier: GPL-2.0 */
/* Names of drivers and adapters: counted 16-bit strings there, C strings here. */
#ifndef CHIMN_NAME_H
#define CHIMN_NAME_H

#include <ndisservice.h>

#define CHIMN_NAME_MAX	64

/**
 * struct chimn_wide - a name as a driver is given it
 * @string: leads to @chars
 * @chars: 16 bits each
 */
struct chimn_wide {
	NDIS_STRING string;
	WCHAR chars[CHIMN_NAME_MAX];
};

bool chimn_name_read(char *name, const UNICODE_STRING *string);
void chimn_name_write(struct chimn_wide *wide, const char *name);

#endif /* CHIMN_NAME_H */
