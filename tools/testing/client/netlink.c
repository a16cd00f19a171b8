// SPDX-License-Identifier: GPL-2.0
/* Generic netlink family "chimney_client": see uapi.h. */
#include "client.h"
#include "socket.h"

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

/* More than any queue of a socket. */
#define GIVE_MAX	SZ_64M

static struct genl_family family;

static const struct nla_policy policy[CHIMC_A_MAX + 1] = {
	[CHIMC_A_ID] = { .type = NLA_U32 },
	[CHIMC_A_FD] = { .type = NLA_U32 },
	[CHIMC_A_SOCKET] = NLA_POLICY_EXACT_LEN(sizeof(struct chimc_socket)),
	[CHIMC_A_QUEUE] = NLA_POLICY_MAX(NLA_U32, CHIMC_QUEUE_RECV),
	[CHIMC_A_DATA] = NLA_POLICY_RANGE(NLA_BINARY, 1, CHIMC_DATA_MAX),
	[CHIMC_A_OFFSET] = { .type = NLA_U32 },
	[CHIMC_A_VALUES] = NLA_POLICY_EXACT_LEN(sizeof(struct chimc_values)),
	[CHIMC_A_ROLE] = NLA_POLICY_EXACT_LEN(sizeof(struct chimc_role)),
	[CHIMC_A_OP] = { .type = NLA_U32 },
	[CHIMC_A_ARG] = { .type = NLA_U32 },
	[CHIMC_A_MAC] = NLA_POLICY_EXACT_LEN(ETH_ALEN),
	[CHIMC_A_MORE] = { .type = NLA_FLAG },
};

static struct chimc_conn *get_conn(struct genl_info *info)
{
	struct nlattr *id = info->attrs[CHIMC_A_ID];
	struct chimc_conn *conn = NULL;

	if (id)
		conn = chimc_conn_get(genl_info_net(info), nla_get_u32(id));
	return conn ?: ERR_PTR(-ENOENT);
}

static struct sk_buff *start(struct genl_info *info, size_t size, void **header)
{
	struct sk_buff *skb = genlmsg_new(size, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &family, 0, info->genlhdr->cmd);
	return skb;
}

/* A reply of up to two attributes, a number and a structure. */
static int reply(struct genl_info *info, int attr, u32 number, int attr2,
		 const void *data, size_t len)
{
	struct sk_buff *skb;
	void *header;

	skb = start(info, nla_total_size(len) + nla_total_size(4), &header);
	if (!skb)
		return -ENOMEM;
	if (nla_put_u32(skb, attr, number) ||
	    (data && nla_put(skb, attr2, len, data))) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int hold(struct genl_info *info, struct sock *sk)
{
	struct chimc_socket s = {};
	struct chimc_conn *conn;
	int err;

	conn = chimc_conn_new(genl_info_net(info), info->snd_portid);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	chimc_socket_tuple(sk, &conn->tuple);
	chimc_hold(conn);
	if (!info->attrs[CHIMC_A_MORE])
		synchronize_net();
	err = chimc_socket_read(sk, &conn->tuple, &s);
	if (!err)
		err = reply(info, CHIMC_A_ID, conn->id, CHIMC_A_SOCKET, &s,
			    sizeof(s));
	else
		GENL_SET_ERR_MSG(info, "next hop is not known");
	if (err)
		chimc_conn_release(conn);
	chimc_conn_put(conn);
	return err;
}

static int hold_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct socket *sock;
	int err;

	if (!info->attrs[CHIMC_A_FD])
		return -EINVAL;
	sock = sockfd_lookup(nla_get_u32(info->attrs[CHIMC_A_FD]), &err);
	if (!sock)
		return err;
	err = -EINVAL;
	if (chimc_socket_usable(sock->sk) &&
	    net_eq(sock_net(sock->sk), genl_info_net(info)))
		err = hold(info, sock->sk);
	else
		GENL_SET_ERR_MSG(info, "not a connected TCP socket from here");
	sockfd_put(sock);
	return err;
}

static int give(struct chimc_conn *conn, u32 queue, const struct nlattr *data)
{
	u32 have = conn->give_len[queue], len = nla_len(data);
	u8 *more;

	if (have + len > GIVE_MAX)
		return -E2BIG;
	more = kvmalloc(have + len, GFP_KERNEL);
	if (!more)
		return -ENOMEM;
	if (have)
		memcpy(more, conn->give[queue], have);
	memcpy(more + have, nla_data(data), len);
	kvfree(conn->give[queue]);
	conn->give[queue] = more;
	conn->give_len[queue] = have + len;
	return 0;
}

static int give_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *queue = info->attrs[CHIMC_A_QUEUE];
	struct nlattr *data = info->attrs[CHIMC_A_DATA];
	struct chimc_conn *conn = get_conn(info);
	int err = -EINVAL;

	if (IS_ERR(conn))
		return PTR_ERR(conn);
	mutex_lock(&conn->mutex);
	if (queue && data && conn->state == CHIMC_HELD)
		err = give(conn, nla_get_u32(queue), data);
	mutex_unlock(&conn->mutex);
	chimc_conn_put(conn);
	return err;
}

static bool role_sound(const struct chimc_role *role)
{
	return role->send_size && role->recv_size && role->send_depth &&
	       role->send_size <= SZ_16M && role->recv_size <= SZ_16M &&
	       role->send_depth <= 1024 && role->recv_depth <= 1024 &&
	       role->fin_data <= SZ_16M;
}

static int offload_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *s = info->attrs[CHIMC_A_SOCKET];
	struct nlattr *values = info->attrs[CHIMC_A_VALUES];
	struct nlattr *role = info->attrs[CHIMC_A_ROLE];
	const struct chimc_socket *socket;
	struct chimc_conn *conn;
	NDIS_STATUS status;

	if (!s || !values || !role || !role_sound(nla_data(role)))
		return -EINVAL;
	socket = nla_data(s);
	conn = get_conn(info);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	mutex_lock(&conn->mutex);
	memcpy(&conn->values, nla_data(values), sizeof(conn->values));
	memcpy(&conn->role, nla_data(role), sizeof(conn->role));
	status = chimc_conn_offload(conn, socket->mac, socket->ifindex);
	mutex_unlock(&conn->mutex);
	chimc_conn_put(conn);
	return reply(info, CHIMC_A_STATUS, status, 0, NULL, 0);
}

static int get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct chimc_conn *conn = get_conn(info);
	struct chimc_result r;
	int err;

	if (IS_ERR(conn))
		return PTR_ERR(conn);
	spin_lock_bh(&conn->lock);
	r = conn->r;
	r.state = conn->state;
	r.tx_hash = chimc_hash_end(&conn->tx_hash, r.tx_next);
	r.rx_hash = chimc_hash_end(&conn->rx_hash, r.rx_next);
	spin_unlock_bh(&conn->lock);
	r.module_violations = chimc_module_violations();
	err = reply(info, CHIMC_A_ID, conn->id, CHIMC_A_RESULT, &r, sizeof(r));
	chimc_conn_put(conn);
	return err;
}

static int take(struct genl_info *info, struct chimc_conn *conn, u32 queue,
		u32 offset)
{
	u32 have = conn->give_len[queue];

	if (conn->state != CHIMC_UPLOADED || offset >= have)
		return -ERANGE;
	return reply(info, CHIMC_A_ID, conn->id, CHIMC_A_DATA,
		     conn->give[queue] + offset,
		     min_t(u32, have - offset, CHIMC_DATA_MAX));
}

static int take_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *offset = info->attrs[CHIMC_A_OFFSET];
	struct nlattr *queue = info->attrs[CHIMC_A_QUEUE];
	struct chimc_conn *conn = get_conn(info);
	int err = -EINVAL;

	if (IS_ERR(conn))
		return PTR_ERR(conn);
	mutex_lock(&conn->mutex);
	if (queue && offset)
		err = take(info, conn, nla_get_u32(queue), nla_get_u32(offset));
	mutex_unlock(&conn->mutex);
	chimc_conn_put(conn);
	return err;
}

static NDIS_STATUS path_op(struct chimc_conn *conn, u32 op, u32 arg,
			   const u8 *mac)
{
	if (!conn->path)
		return NDIS_STATUS_INVALID_STATE;
	if (op == CHIMC_OP_MTU) {
		conn->values.mtu = arg;
		return chimc_path_set_mtu(conn->bind, conn->path, arg);
	}
	if (!mac)
		return NDIS_STATUS_INVALID_PARAMETER;
	return op == CHIMC_OP_NEIGHBOR ?
	       chimc_path_set_mac(conn->bind, conn->path, mac) :
	       chimc_path_relink(conn->bind, conn->path, mac);
}

/* Called with the mutex held; @v is what was given, and what goes back. */
static NDIS_STATUS control(struct chimc_conn *conn, struct genl_info *info,
			   u32 op, struct chimc_values *v)
{
	struct nlattr *mac = info->attrs[CHIMC_A_MAC];
	struct nlattr *arg = info->attrs[CHIMC_A_ARG];
	u32 number = arg ? nla_get_u32(arg) : 0;
	NDIS_STATUS status;

	switch (op) {
	case CHIMC_OP_UPDATE:
		return chimc_conn_update(conn, v);
	case CHIMC_OP_NEIGHBOR:
	case CHIMC_OP_MTU:
	case CHIMC_OP_RELINK:
		return path_op(conn, op, number, mac ? nla_data(mac) : NULL);
	case CHIMC_OP_QUERY:
		return chimc_conn_query(conn, v);
	case CHIMC_OP_INVALIDATE:
		return chimc_conn_invalidate(conn, number);
	case CHIMC_OP_TERMINATE:
		status = chimc_conn_terminate(conn);
		break;
	case CHIMC_OP_CYCLE:
		status = chimc_conn_cycle(conn);
		break;
	case CHIMC_OP_ABORT:
		chimc_flow_abort(conn);
		return NDIS_STATUS_SUCCESS;
	default:
		return NDIS_STATUS_NOT_SUPPORTED;
	}
	*v = conn->values;
	return status;
}

static int control_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *values = info->attrs[CHIMC_A_VALUES];
	struct nlattr *op = info->attrs[CHIMC_A_OP];
	struct chimc_values v = {};
	struct chimc_conn *conn;
	NDIS_STATUS status;

	if (!op || (!values && nla_get_u32(op) == CHIMC_OP_UPDATE))
		return -EINVAL;
	conn = get_conn(info);
	if (IS_ERR(conn))
		return PTR_ERR(conn);
	if (values)
		memcpy(&v, nla_data(values), sizeof(v));
	mutex_lock(&conn->mutex);
	if (!values)
		v = conn->values;
	status = control(conn, info, nla_get_u32(op), &v);
	mutex_unlock(&conn->mutex);
	chimc_conn_put(conn);
	return reply(info, CHIMC_A_STATUS, status, CHIMC_A_VALUES, &v,
		     sizeof(v));
}

static int release_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *fd = info->attrs[CHIMC_A_FD];
	struct nlattr *s = info->attrs[CHIMC_A_SOCKET];
	struct chimc_conn *conn = get_conn(info);
	struct socket *sock = NULL;
	int err = 0;

	if (IS_ERR(conn))
		return PTR_ERR(conn);
	if (fd)
		sock = sockfd_lookup(nla_get_u32(fd), &err);
	if (!err && sock && s && chimc_socket_usable(sock->sk))
		chimc_socket_write(sock->sk, nla_data(s));
	if (!err)
		chimc_conn_release(conn);
	if (sock)
		sockfd_put(sock);
	chimc_conn_put(conn);
	return err;
}

#define COMMAND(name, function) {		\
	.cmd = (name),				\
	.flags = GENL_ADMIN_PERM,		\
	.doit = (function),			\
}

static const struct genl_ops ops[] = {
	COMMAND(CHIMC_CMD_HOLD, hold_doit),
	COMMAND(CHIMC_CMD_GIVE, give_doit),
	COMMAND(CHIMC_CMD_OFFLOAD, offload_doit),
	COMMAND(CHIMC_CMD_GET, get_doit),
	COMMAND(CHIMC_CMD_TAKE, take_doit),
	COMMAND(CHIMC_CMD_CONTROL, control_doit),
	COMMAND(CHIMC_CMD_RELEASE, release_doit),
};

static struct genl_family family = {
	.name = CHIMC_FAMILY,
	.version = CHIMC_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.maxattr = CHIMC_A_MAX,
	.policy = policy,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = CHIMC_CMD_EVENT,
};

/**
 * chimc_netlink_event() - tell the program
 * @conn: the connection
 * @events: CHIMC_EV_*, what is new
 *
 * Context: any.
 */
void chimc_netlink_event(struct chimc_conn *conn, u32 events)
{
	struct sk_buff *skb = genlmsg_new(2 * nla_total_size(4), GFP_ATOMIC);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, conn->portid, 0, &family, 0,
			     CHIMC_CMD_EVENT);
	if (!header || nla_put_u32(skb, CHIMC_A_ID, conn->id) ||
	    nla_put_u32(skb, CHIMC_A_STATUS, events)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_unicast(conn->tuple.net, skb, conn->portid);
}

static int on_netlink(struct notifier_block *nb, unsigned long event,
		      void *data)
{
	struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		chimc_conn_for_port(notify->net, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = on_netlink };

/**
 * chimc_netlink_init() - be there for programs
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int chimc_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (err)
		return err;
	netlink_register_notifier(&notifier);
	return 0;
}

/**
 * chimc_netlink_exit() - undo chimc_netlink_init()
 *
 * Context: process, may sleep.
 */
void chimc_netlink_exit(void)
{
	netlink_unregister_notifier(&notifier);
	genl_unregister_family(&family);
}
