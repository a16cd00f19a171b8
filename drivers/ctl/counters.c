// SPDX-License-Identifier: GPL-2.0
/* Counters of adapters. */
#include "ctl/netlink.h"

#include "adapter.h"
#include "ctl/policy.h"
#include "state/mib.h"
#include "stats.h"

#include <net/genetlink.h>
#include <net/sock.h>

static_assert((int)CHIMNEY_VERB_TERMINATE == CHIM_TERMINATE);

/* Names and texts of refusals have some 60 bytes, attributes round them 40. */
#define STATS_SIZE	(CHIM_CTL_HEADER_SIZE + CHIM_VERBS * 64 + \
			 CHIM_WHY_COUNT * 128 + CHIM_MIBS * TRAFFIC_SIZE)
/* Each counter may need an attribute for padding. */
#define TRAFFIC_SIZE	(ARRAY_SIZE(traffic) * 16 + 16)

static const struct {
	u16 attr;
	u16 offset;
} traffic[] = {
	{ CHIMNEY_A_TRAFFIC_IN_RECEIVES,
	  offsetof(struct chim_mib, in_receives) },
	{ CHIMNEY_A_TRAFFIC_IN_OCTETS,
	  offsetof(struct chim_mib, in_octets) },
	{ CHIMNEY_A_TRAFFIC_IN_DELIVERS,
	  offsetof(struct chim_mib, in_delivers) },
	{ CHIMNEY_A_TRAFFIC_OUT_REQUESTS,
	  offsetof(struct chim_mib, out_requests) },
	{ CHIMNEY_A_TRAFFIC_OUT_OCTETS,
	  offsetof(struct chim_mib, out_octets) },
	{ CHIMNEY_A_TRAFFIC_IN_HEADER_ERRORS,
	  offsetof(struct chim_mib, in_header_errors) },
	{ CHIMNEY_A_TRAFFIC_IN_TRUNCATED,
	  offsetof(struct chim_mib, in_truncated) },
	{ CHIMNEY_A_TRAFFIC_IN_DISCARDS,
	  offsetof(struct chim_mib, in_discards) },
	{ CHIMNEY_A_TRAFFIC_OUT_DISCARDS,
	  offsetof(struct chim_mib, out_discards) },
	{ CHIMNEY_A_TRAFFIC_OUT_NO_ROUTES,
	  offsetof(struct chim_mib, out_no_routes) },
	{ CHIMNEY_A_TRAFFIC_IN_SEGS,
	  offsetof(struct chim_mib, in_segs) },
	{ CHIMNEY_A_TRAFFIC_OUT_SEGS,
	  offsetof(struct chim_mib, out_segs) },
	{ CHIMNEY_A_TRAFFIC_REXMIT_SEGS,
	  offsetof(struct chim_mib, rexmit_segs) },
	{ CHIMNEY_A_TRAFFIC_IN_ERRORS,
	  offsetof(struct chim_mib, in_errors) },
	{ CHIMNEY_A_TRAFFIC_OUT_RESETS,
	  offsetof(struct chim_mib, out_resets) },
	{ CHIMNEY_A_TRAFFIC_RESET_ESTAB,
	  offsetof(struct chim_mib, reset_estab) },
	{ CHIMNEY_A_TRAFFIC_CURR_ESTAB,
	  offsetof(struct chim_mib, curr_estab) },
};

static_assert(ARRAY_SIZE(traffic) * sizeof(u64) == sizeof(struct chim_mib));

static int put_u64(struct sk_buff *skb, int attr, const atomic64_t *counter,
		   int pad)
{
	return nla_put_u64_64bit(skb, attr, atomic64_read(counter), pad);
}

static int put_verb(struct sk_buff *skb, const struct chim_stats *stats,
		    int verb)
{
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_STATS_VERB);

	if (!nest || nla_put_u8(skb, CHIMNEY_A_VERB_STATS_VERB, verb) ||
	    put_u64(skb, CHIMNEY_A_VERB_STATS_OPS, &stats->ops[verb],
		    CHIMNEY_A_VERB_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_VERB_STATS_BLOCKS, &stats->blocks[verb],
		    CHIMNEY_A_VERB_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_refusal(struct sk_buff *skb, const struct chim_stats *stats,
		       int why)
{
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_STATS_REFUSAL);

	if (!nest ||
	    nla_put_string(skb, CHIMNEY_A_REFUSAL_NAME, chim_why_name(why)) ||
	    nla_put_string(skb, CHIMNEY_A_REFUSAL_TEXT, chim_why_text(why)) ||
	    put_u64(skb, CHIMNEY_A_REFUSAL_COUNT, &stats->refused[why],
		    CHIMNEY_A_REFUSAL_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* STT-010 to STT-014 */
static int put_traffic(struct sk_buff *skb, const struct chim_adapter *adapter,
		       int family)
{
	struct nlattr *nest = nla_nest_start(skb, CHIMNEY_A_STATS_TRAFFIC);
	struct chim_mib mib;
	int i;

	if (!nest || nla_put_u8(skb, CHIMNEY_A_TRAFFIC_FAMILY,
				family == CHIM_MIB_IP4 ? 4 : 6))
		return -EMSGSIZE;
	chim_mib_read(&adapter->space, family, &mib);
	for (i = 0; i < ARRAY_SIZE(traffic); i++)
		if (nla_put_u64_64bit(skb, traffic[i].attr,
				      *(u64 *)((u8 *)&mib + traffic[i].offset),
				      CHIMNEY_A_TRAFFIC_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stats(struct sk_buff *skb, const struct chim_adapter *adapter)
{
	const struct chim_stats *stats = &adapter->stats;
	int i;

	if (chim_ctl_put_dev(skb, adapter))
		return -EMSGSIZE;
	for (i = 0; i < CHIM_VERBS; i++)
		if (put_verb(skb, stats, i))
			return -EMSGSIZE;
	if (put_u64(skb, CHIMNEY_A_STATS_EVENTS, &stats->events,
		    CHIMNEY_A_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_STATS_TX_FRAMES, &stats->tx_frames,
		    CHIMNEY_A_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_STATS_TX_DROPPED, &stats->tx_dropped,
		    CHIMNEY_A_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_STATS_TX_NOMEM, &stats->tx_nomem,
		    CHIMNEY_A_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_STATS_TX_STOPPED, &stats->tx_stopped,
		    CHIMNEY_A_STATS_PAD) ||
	    put_u64(skb, CHIMNEY_A_STATS_RX_VLAN, &stats->rx_vlan,
		    CHIMNEY_A_STATS_PAD))
		return -EMSGSIZE;
	for (i = CHIM_OK + 1; i < CHIM_WHY_COUNT; i++)
		if (put_refusal(skb, stats, i))
			return -EMSGSIZE;
	for (i = 0; i < CHIM_MIBS; i++)
		if (put_traffic(skb, adapter, i))
			return -EMSGSIZE;
	return 0;
}

/**
 * chim_ctl_stats_get_doit() - show the counters of one adapter
 * @skb: request
 * @info: request
 *
 * Context: process.
 * Return: 0, or -errno with a reason in @info->extack.
 */
int chim_ctl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_adapter *adapter = chim_ctl_adapter(info);
	struct sk_buff *reply;
	void *header;
	int err = -ENOMEM;

	if (IS_ERR(adapter))
		return PTR_ERR(adapter);
	reply = chim_ctl_reply(info, STATS_SIZE, &header);
	if (!reply)
		goto put_adapter;
	err = put_stats(reply, adapter);
	if (err)
		goto free_reply;
	genlmsg_end(reply, header);
	chim_adapter_put(adapter);
	return genlmsg_reply(reply, info);

free_reply:
	nlmsg_free(reply);
put_adapter:
	chim_adapter_put(adapter);
	return err;
}

/**
 * chim_ctl_stats_get_start() - make room for what one adapter has to say
 * @cb: dump
 *
 * Context: process.
 * Return: 0.
 */
int chim_ctl_stats_get_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = STATS_SIZE + CHIM_CTL_HEADER_SIZE;
	return 0;
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct chim_adapter *adapter)
{
	void *header;

	header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
			     cb->nlh->nlmsg_seq, &chim_ctl_family, NLM_F_MULTI,
			     CHIMNEY_CMD_STATS_GET);
	if (!header)
		return -EMSGSIZE;
	if (put_stats(skb, adapter)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, header);
	genlmsg_end(skb, header);
	return 0;
}

/**
 * chim_ctl_stats_get_dumpit() - show the counters of all adapters
 * @skb: where to
 * @cb: args[0] is the id of the adapter shown last
 *
 * Context: process.
 * Return: bytes, 0 at the end, or -errno with a reason in @cb->extack.
 */
int chim_ctl_stats_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct chim_adapter *adapter;
	int err = chim_ctl_check_dump(cb);

	if (err)
		return err;
	cb->seq = chim_adapters_generation();
	rcu_read_lock();
	while ((adapter = chim_adapter_next(net, cb->args[0]))) {
		err = dump_one(skb, cb, adapter);
		if (err)
			break;
		cb->args[0] = adapter->id;
	}
	rcu_read_unlock();
	return skb->len ?: err;
}
