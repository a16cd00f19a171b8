// SPDX-License-Identifier: GPL-2.0
/* TCP connection offload parameters, and what the engine makes of them. */
#include "params.h"

#include "tcp/tcb.h"

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

/* RFC 9293, section 3.8.6.3: an acknowledgment is not delayed longer. */
#define ACK_DELAY_MS	500

/*
 * X-59 and D-48: what hosts of the time were seen to set. But acknowledgments are
 * delayed as Linux does it: of a segment that is alone, a peer that waits no longer
 * than 200 ms would not hear in time, and send it again.
 */
const struct chim_params chim_params_default = {
	.sws_ticks = 1000,
	.dup_ack_threshold = 3,
	.push_ticks = 500,
	.nce_stale_ticks = 30000,
	.ack_frequency = 2,
	.delayed_ack_ticks = 40,
	.max_retransmissions = 6,
	.doubt_retransmissions = 3,
};

/* Never none where there was something: a timer of 0 is another thing. */
static u32 ms_to_ticks(u32 ms, u32 tps)
{
	u64 ticks = div_u64((u64)ms * tps + MSEC_PER_SEC - 1, MSEC_PER_SEC);

	return min_t(u64, ticks, S32_MAX);
}

/* */
static u32 span(u32 value, u32 tps, bool ticks_ms)
{
	if (ticks_ms)
		return ms_to_ticks(value, tps);
	return min_t(u32, value, S32_MAX);
}

/**
 * chim_params_apply() - give parameters to the engine (CAP-043 to CAP-046)
 * @params: the parameters
 * @tps: ticks per second
 * @ticks_ms: spans of the push, delayed acknowledgment and silly window timers
 *	are milliseconds, not ticks
 * @cfg: the engine's; only what comes from @params changes
 *
 * The delay of acknowledgments is cut to half a second (D-72). A threshold, a
 * limit or a silly window timer of 0 is held to be impossible and means
 * the default; an acknowledgment delay or push timer of 0 means at once.
 *
 * Context: worker, or nobody uses @cfg yet.
 */
void chim_params_apply(const struct chim_params *params, u32 tps, bool ticks_ms,
		       struct chim_tcp_cfg *cfg)
{
	const struct chim_params *d = &chim_params_default;
	u32 delay = span(params->delayed_ack_ticks, tps, ticks_ms);
	u32 sws = span(params->sws_ticks, tps, ticks_ms);

	WRITE_ONCE(cfg->tps, tps);
	WRITE_ONCE(cfg->ack_ticks,
		   min_t(u32, delay, tps * ACK_DELAY_MS / MSEC_PER_SEC));
	WRITE_ONCE(cfg->push_ticks, span(params->push_ticks, tps, ticks_ms));
	WRITE_ONCE(cfg->sws_ticks, sws ?: ms_to_ticks(d->sws_ticks, tps));
	WRITE_ONCE(cfg->dup_acks,
		   params->dup_ack_threshold ?: d->dup_ack_threshold);
	WRITE_ONCE(cfg->ack_segs, params->ack_frequency ?: d->ack_frequency);
	WRITE_ONCE(cfg->retransmissions,
		   params->max_retransmissions ?: d->max_retransmissions);
	WRITE_ONCE(cfg->doubt, params->doubt_retransmissions);
	WRITE_ONCE(cfg->stale_ticks, params->nce_stale_ticks);
}

/**
 * chim_settings_apply() - give settings to the engine
 * @settings: the settings
 * @tps: ticks per second
 * @cfg: the engine's; only what comes from @settings changes
 *
 * Context: worker, or nobody uses @cfg yet.
 */
void chim_settings_apply(const struct chim_settings *settings, u32 tps,
			 struct chim_tcp_cfg *cfg)
{
	WRITE_ONCE(cfg->ecn, settings->ecn);
	WRITE_ONCE(cfg->up_drops, settings->up_drops);
	WRITE_ONCE(cfg->up_fragments, settings->up_fragments);
	WRITE_ONCE(cfg->up_disorder, settings->up_disorder);
	WRITE_ONCE(cfg->up_prepost, settings->up_prepost);
	WRITE_ONCE(cfg->up_small, settings->up_small_io);
	WRITE_ONCE(cfg->up_idle, ms_to_ticks(settings->up_idle_ms, tps));
}
