/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters: one for every reason to refuse a block, one for every operation.
 *
 * Every function that can refuse says why with one of these reasons; the
 * caller counts it and turns it into a Status. So no refusal is silent, and
 * the two can never disagree.
 */
#ifndef CHIM_STATS_H
#define CHIM_STATS_H

#include <linux/atomic.h>
#include <linux/types.h>

#define CHIM_WHY(name, tool, text)	CHIM_WHY_##name,
enum chim_why {
#include "whys.h"
	CHIM_WHY_COUNT
};

#undef CHIM_WHY

#define CHIM_OK	CHIM_WHY_OK

enum chim_verb {
	CHIM_INITIATE,
	CHIM_QUERY,
	CHIM_UPDATE,
	CHIM_INVALIDATE,
	CHIM_TERMINATE,
	CHIM_VERBS
};

/**
 * struct chim_stats - counters of one adapter
 * @ops: state operations completed, by verb
 * @blocks: blocks given NDIS_STATUS_SUCCESS or partial success, by verb
 * @refused: blocks refused, by reason
 * @events: event and status indications made
 * @tx_frames: frames handed to the network device
 * @tx_dropped: frames the device or its queue refused
 * @tx_nomem: frames not built for lack of memory
 * @tx_stopped: frames not sent because an object below is invalid
 * @rx_vlan: frames of offloaded connections dropped for their tag (VLN-071)
 *
 * Writers may run in any context; readers see each counter whole.
 */
struct chim_stats {
	atomic64_t ops[CHIM_VERBS];
	atomic64_t blocks[CHIM_VERBS];
	atomic64_t refused[CHIM_WHY_COUNT];
	atomic64_t events;
	atomic64_t tx_frames;
	atomic64_t tx_dropped;
	atomic64_t tx_nomem;
	atomic64_t tx_stopped;
	atomic64_t rx_vlan;
};

/**
 * chim_refuse() - count a refusal
 * @stats: the adapter's counters
 * @why: the reason
 *
 * Context: any.
 * Return: @why, so that a refusal can be counted where it is returned.
 */
static inline enum chim_why chim_refuse(struct chim_stats *stats,
					enum chim_why why)
{
	atomic64_inc(&stats->refused[why]);
	return why;
}

const char *chim_why_name(enum chim_why why);
const char *chim_why_text(enum chim_why why);
const char *chim_verb_name(enum chim_verb verb);

#endif /* CHIM_STATS_H */
