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

extern const struct chim_params chim_params_default;

void chim_params_apply(const struct chim_params *params, u32 tps, bool ticks_ms,
		       struct chim_tcp_cfg *cfg);

#endif /* CHIM_PARAMS_H */
