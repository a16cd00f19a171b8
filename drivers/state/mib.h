/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics of an adapter's connections (area STT). */
#ifndef CHIM_STATE_MIB_H
#define CHIM_STATE_MIB_H

#include "state/space.h"

/* Protocols of a family, whose counters are reset one by one (STT-015). */
enum chim_mib_part {
	CHIM_MIB_IP,
	CHIM_MIB_TCP,
};

int chim_mib_init(struct chim_space *space);
void chim_mib_destroy(struct chim_space *space);
void chim_mib_total(const struct chim_space *space, int family,
		    struct chim_mib *sum);
void chim_mib_read(const struct chim_space *space, int family,
		   struct chim_mib *sum);
void chim_mib_reset(struct chim_space *space, int family,
		    enum chim_mib_part part);

#endif /* CHIM_STATE_MIB_H */
