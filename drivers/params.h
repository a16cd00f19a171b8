/* SPDX-License-Identifier: GPL-2.0 */
/* TCP connection offload parameters, and what the engine makes of them. */
#ifndef CHIM_PARAMS_H
#define CHIM_PARAMS_H

#include <linux/types.h>

struct chim_tcp_cfg;

/**
 * struct chim_params - parameters as NDIS sets them (CAP-042 to CAP-046)
 * @sws_ticks: TcpSwsPreventionTicks
 * @dup_ack_threshold: TcpDuplicateAckThreshold
 * @push_ticks: TcpPushTicks
 * @nce_stale_ticks: NceStaleTicks
 * @ack_frequency: TcpAckFrequency
 * @delayed_ack_ticks: TcpDelayedAckTicks
 * @max_retransmissions: TcpMaximumRetransmissions
 * @doubt_retransmissions: TcpDoubtReachabilityRetransmissions
 */
struct chim_params {
	u32 sws_ticks;
	u32 dup_ack_threshold;
	u32 push_ticks;
	u32 nce_stale_ticks;
	u8 ack_frequency;
	u8 delayed_ack_ticks;
	u8 max_retransmissions;
	u8 doubt_retransmissions;
};

/**
 * struct chim_settings - what NDIS has no parameter for; all off at first
 * @ecn: connections offloaded from now on have negotiated ECN: the structures
 *	have no flag for it (TCP-063)
 * @snmp: count in the statistics of the device's namespace as well
 * @up_drops: percent of segments retransmitted from which an upload is asked
 *	for with HighDropRate (O-09); 0 for never, as in all that follow
 * @up_fragments: percent of datagrams in fragments, HighFragmentation
 * @up_disorder: percent of segments out of order, HighOutOfOrderPackets
 * @up_prepost: percent of data that finds no request, NoBufferPreposting
 * @up_small_io: mean size of send requests, in bytes, below which it is asked
 *	for with SmallIO
 * @up_idle_ms: milliseconds without traffic, LowActivity
 */
struct chim_settings {
	bool ecn;
	bool snmp;
	u32 up_drops;
	u32 up_fragments;
	u32 up_disorder;
	u32 up_prepost;
	u32 up_small_io;
	u32 up_idle_ms;
};

extern const struct chim_params chim_params_default;

void chim_params_apply(const struct chim_params *params, u32 tps, bool ticks_ms,
		       struct chim_tcp_cfg *cfg);
void chim_settings_apply(const struct chim_settings *settings, u32 tps,
			 struct chim_tcp_cfg *cfg);

#endif /* CHIM_PARAMS_H */
