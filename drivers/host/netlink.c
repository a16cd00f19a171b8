// SPDX-License-Identifier: GPL-2.0
/* Generic netlink family "chimney_host": sockets shown, policies changed. */
#include "host/netlink.h"

#include "host/conn.h"
#include "host/rule.h"
#include "host/why.h"

#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/sock_diag.h>
#include <net/genetlink.h>
#include <net/tcp.h>

/* A day: who waits longer has no use for an offload. */
static struct netlink_range_validation age_range = {
	.max = 86400,
};

static_assert((int)CHIMNEY_HOST_STATE_NATIVE == CHIM_HOST_NATIVE);
static_assert((int)CHIMNEY_HOST_STATE_HELD == CHIM_HOST_HELD);
static_assert((int)CHIMNEY_HOST_STATE_OFFLOADED == CHIM_HOST_OFFLOADED);

static struct genl_family family;

/* A dump is always one of all. */
static const struct nla_policy dump_policy[] = {
	[CHIMNEY_HOST_A_SOCKET_COOKIE] = { .type = NLA_REJECT },
};

static const struct nla_policy add_policy[] = {
	[CHIMNEY_HOST_A_POLICY_ID] = { .type = NLA_REJECT },
	[CHIMNEY_HOST_A_POLICY_ACTION] =
		NLA_POLICY_MAX(NLA_U8, CHIMNEY_HOST_ACTION_ALLOW),
	[CHIMNEY_HOST_A_POLICY_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[CHIMNEY_HOST_A_POLICY_LOCAL_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[CHIMNEY_HOST_A_POLICY_REMOTE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[CHIMNEY_HOST_A_POLICY_MIN_AGE] =
		NLA_POLICY_FULL_RANGE(NLA_U32, &age_range),
	[CHIMNEY_HOST_A_POLICY_MIN_BYTES] = { .type = NLA_U64 },
};

static const struct nla_policy del_policy[] = {
	[CHIMNEY_HOST_A_POLICY_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* A message of a dump; NULL if it does not fit. */
static void *put_header(struct sk_buff *skb, struct netlink_callback *cb)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI,
			   genl_dumpit_info(cb)->op.cmd);
}

/* --- sockets -------------------------------------------------------------- */

static int put_tuple(struct sk_buff *skb, const struct sock *sk)
{
	struct chim_host_tuple tuple;
	int len;

	chim_host_tuple_read(sk, &tuple);
	len = tuple.family == 4 ? 4 : sizeof(tuple.local);
	return nla_put(skb, CHIMNEY_HOST_A_SOCKET_LOCAL, len, &tuple.local) ||
	       nla_put(skb, CHIMNEY_HOST_A_SOCKET_REMOTE, len,
		       &tuple.remote) ||
	       nla_put_be16(skb, CHIMNEY_HOST_A_SOCKET_LOCAL_PORT,
			    tuple.lport) ||
	       nla_put_be16(skb, CHIMNEY_HOST_A_SOCKET_REMOTE_PORT,
			    tuple.rport);
}

static int put_route_device(struct sk_buff *skb, const struct sock *sk)
{
	const struct dst_entry *dst;
	int ifindex = 0;

	rcu_read_lock();
	dst = rcu_dereference(sk->sk_dst_cache);
	if (dst)
		ifindex = READ_ONCE(dst->dev)->ifindex;
	rcu_read_unlock();
	return ifindex ? nla_put_u32(skb, CHIMNEY_HOST_A_SOCKET_IFINDEX,
				     ifindex) : 0;
}

static int put_socket(struct sk_buff *skb, struct sock *sk,
		      struct user_namespace *reader)
{
	uid_t uid = from_kuid_munged(reader, sock_i_uid(sk));
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 cookie, sent, received;
	u32 halves[2];

	/* TCP writes it as it comes. */
	sent = data_race(READ_ONCE(tp->bytes_acked));
	/* Likewise. */
	received = data_race(READ_ONCE(tp->bytes_received));
	sock_diag_save_cookie(sk, halves);
	cookie = (u64)halves[1] << 32 | halves[0];
	return nla_put_u64_64bit(skb, CHIMNEY_HOST_A_SOCKET_COOKIE, cookie,
				 CHIMNEY_HOST_A_SOCKET_PAD) ||
	       put_route_device(skb, sk) || put_tuple(skb, sk) ||
	       nla_put_u32(skb, CHIMNEY_HOST_A_SOCKET_UID, uid) ||
	       nla_put_u32(skb, CHIMNEY_HOST_A_SOCKET_INODE, sock_i_ino(sk)) ||
	       nla_put_u64_64bit(skb, CHIMNEY_HOST_A_SOCKET_BYTES_SENT,
				 sent, CHIMNEY_HOST_A_SOCKET_PAD) ||
	       nla_put_u64_64bit(skb, CHIMNEY_HOST_A_SOCKET_BYTES_RECEIVED,
				 received, CHIMNEY_HOST_A_SOCKET_PAD);
}

/* Where a dump writes to. */
struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int show_socket(struct chim_host_conn *conn, void *data)
{
	const struct dump *dump = data;
	u32 why = READ_ONCE(conn->why);
	u8 state = READ_ONCE(conn->held) ? CHIM_HOST_HELD :
					   READ_ONCE(conn->state);
	void *header;

	header = put_header(dump->skb, dump->cb);
	if (!header)
		return -EMSGSIZE;
	if (put_socket(dump->skb, conn->sk,
		       sk_user_ns(NETLINK_CB(dump->cb->skb).sk)) ||
	    nla_put_u8(dump->skb, CHIMNEY_HOST_A_SOCKET_STATE, state) ||
	    nla_put_u32(dump->skb, CHIMNEY_HOST_A_SOCKET_MOVES,
			READ_ONCE(conn->moves)) ||
	    nla_put_u32(dump->skb, CHIMNEY_HOST_A_SOCKET_REASON, why) ||
	    nla_put_string(dump->skb, CHIMNEY_HOST_A_SOCKET_REASON_TEXT,
			   chim_host_why_word(why))) {
		genlmsg_cancel(dump->skb, header);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(dump->cb, header);
	genlmsg_end(dump->skb, header);
	return 0;
}

static int socket_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump dump = { .skb = skb, .cb = cb };
	unsigned int skip = cb->args[0];
	int err;

	cb->seq = chim_host_conn_changes();
	err = chim_host_conn_walk(sock_net(skb->sk), &skip, show_socket, &dump);
	cb->args[0] = skip;
	return skb->len ?: err;
}

/* --- policies ------------------------------------------------------------- */

static int put_rule(struct sk_buff *skb, const struct chim_host_rule *rule)
{
	return nla_put_u32(skb, CHIMNEY_HOST_A_POLICY_ID, rule->id) ||
	       nla_put_u8(skb, CHIMNEY_HOST_A_POLICY_ACTION, rule->action) ||
	       (rule->ifindex &&
		nla_put_u32(skb, CHIMNEY_HOST_A_POLICY_IFINDEX,
			    rule->ifindex)) ||
	       (rule->lport &&
		nla_put_be16(skb, CHIMNEY_HOST_A_POLICY_LOCAL_PORT,
			     rule->lport)) ||
	       (rule->rport &&
		nla_put_be16(skb, CHIMNEY_HOST_A_POLICY_REMOTE_PORT,
			     rule->rport)) ||
	       (rule->min_age &&
		nla_put_u32(skb, CHIMNEY_HOST_A_POLICY_MIN_AGE,
			    rule->min_age)) ||
	       (rule->min_bytes &&
		nla_put_u64_64bit(skb, CHIMNEY_HOST_A_POLICY_MIN_BYTES,
				  rule->min_bytes,
				  CHIMNEY_HOST_A_POLICY_PAD)) ||
	       nla_put_u64_64bit(skb, CHIMNEY_HOST_A_POLICY_OFFLOADS,
				 atomic64_read(&rule->offloads),
				 CHIMNEY_HOST_A_POLICY_PAD);
}

static int show_rule(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct chim_host_rule *rule)
{
	void *header = put_header(skb, cb);

	if (!header)
		return -EMSGSIZE;
	if (put_rule(skb, rule)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static int policy_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct chim_host_rules *rules;
	const struct chim_host_rule *rule;
	int err = 0;

	rcu_read_lock();
	rules = chim_host_rules_of(sock_net(skb->sk));
	list_for_each_entry_rcu(rule, &rules->list, node) {
		if (rule->id <= cb->args[0])
			continue;
		err = show_rule(skb, cb, rule);
		if (err)
			break;
		cb->args[0] = rule->id;
	}
	rcu_read_unlock();
	return skb->len ?: err;
}

static void read_rule(struct nlattr **attrs, struct chim_host_rule *rule)
{
	struct nlattr *attr;

	attr = attrs[CHIMNEY_HOST_A_POLICY_ACTION];
	rule->action = attr ? nla_get_u8(attr) : CHIMNEY_HOST_ACTION_OFFLOAD;
	attr = attrs[CHIMNEY_HOST_A_POLICY_IFINDEX];
	rule->ifindex = attr ? nla_get_u32(attr) : 0;
	attr = attrs[CHIMNEY_HOST_A_POLICY_LOCAL_PORT];
	rule->lport = attr ? nla_get_be16(attr) : 0;
	attr = attrs[CHIMNEY_HOST_A_POLICY_REMOTE_PORT];
	rule->rport = attr ? nla_get_be16(attr) : 0;
	attr = attrs[CHIMNEY_HOST_A_POLICY_MIN_AGE];
	rule->min_age = attr ? nla_get_u32(attr) : 0;
	attr = attrs[CHIMNEY_HOST_A_POLICY_MIN_BYTES];
	rule->min_bytes = attr ? nla_get_u64(attr) : 0;
}

static int check_rule(struct genl_info *info, const struct chim_host_rule *rule)
{
	struct nlattr *attr = info->attrs[CHIMNEY_HOST_A_POLICY_MIN_AGE];
	struct net_device *dev;

	if (attr && rule->action == CHIMNEY_HOST_ACTION_ALLOW) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "an age is for policies that offload");
		return -EINVAL;
	}
	if (!rule->ifindex)
		return 0;
	rcu_read_lock();
	dev = dev_get_by_index_rcu(genl_info_net(info), rule->ifindex);
	rcu_read_unlock();
	if (dev)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack,
			    info->attrs[CHIMNEY_HOST_A_POLICY_IFINDEX],
			    "no such device");
	return -ENODEV;
}

/* Tells the sender the number. */
static int reply_id(struct genl_info *info, struct sk_buff *reply, u32 id)
{
	void *header = genlmsg_put_reply(reply, info, &family, 0,
					 info->genlhdr->cmd);

	if (!header || nla_put_u32(reply, CHIMNEY_HOST_A_POLICY_ID, id)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int policy_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chim_host_rule rule = {};
	struct sk_buff *reply;
	int err;
	u32 id;

	read_rule(info->attrs, &rule);
	err = check_rule(info, &rule);
	if (err)
		return err;
	reply = genlmsg_new(nla_total_size(sizeof(id)), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	err = chim_host_rule_add(genl_info_net(info), &rule, &id);
	if (err)
		goto free_reply;
	return reply_id(info, reply, id);

free_reply:
	nlmsg_free(reply);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "there are as many as can be");
	return err;
}

static int policy_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *attr = info->attrs[CHIMNEY_HOST_A_POLICY_ID];
	int err;

	err = chim_host_rule_del(genl_info_net(info),
				 attr ? nla_get_u32(attr) : 0);
	if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such policy");
	return err;
}

/* --- the family ----------------------------------------------------------- */

static const struct genl_ops ops[] = {
	{
		.cmd = CHIMNEY_HOST_CMD_SOCKET_GET,
		.policy = dump_policy,
		.maxattr = ARRAY_SIZE(dump_policy) - 1,
		.dumpit = socket_get_dumpit,
	},
	{
		.cmd = CHIMNEY_HOST_CMD_POLICY_GET,
		.policy = dump_policy,
		.maxattr = ARRAY_SIZE(dump_policy) - 1,
		.dumpit = policy_get_dumpit,
	},
	{
		.cmd = CHIMNEY_HOST_CMD_POLICY_ADD,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = add_policy,
		.maxattr = CHIMNEY_HOST_A_POLICY_MIN_BYTES,
		.doit = policy_add_doit,
	},
	{
		.cmd = CHIMNEY_HOST_CMD_POLICY_DEL,
		.flags = GENL_UNS_ADMIN_PERM,
		.policy = del_policy,
		.maxattr = CHIMNEY_HOST_A_POLICY_ID,
		.doit = policy_del_doit,
	},
};

static struct genl_family family __ro_after_init = {
	.name = CHIMNEY_HOST_FAMILY_NAME,
	.version = CHIMNEY_HOST_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

/**
 * chim_host_netlink_init() - let chimctl ask
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chim_host_netlink_init(void)
{
	return genl_register_family(&family);
}

/**
 * chim_host_netlink_exit() - undo chim_host_netlink_init()
 *
 * Context: process, may sleep.
 */
void chim_host_netlink_exit(void)
{
	genl_unregister_family(&family);
}
