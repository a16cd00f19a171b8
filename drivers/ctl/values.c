// SPDX-License-Identifier: GPL-2.0
/* Variables of objects, to and from netlink, and from the target's objects. */
#include "ctl/values.h"

#include "state/conn.h"
#include "state/neigh.h"
#include "state/path.h"

#include <ndischimney.h>

#include <linux/etherdevice.h>
#include <linux/inetdevice.h>

#define NDIS_CONST	TCP_OFFLOAD_STATE_CONST
#define NDIS_CACHED	TCP_OFFLOAD_STATE_CACHED
#define NDIS_DELEG	TCP_OFFLOAD_STATE_DELEGATED
#define OWN_CONST	struct chim_conn_const
#define OWN_CACHED	struct chim_conn_cached
#define OWN_DELEG	struct chim_conn_deleg

/* Bits of a larger member, handled one by one. */
#define BIT_FIELD(attr, p, bytes) \
	[CHIMNEY_A_CONNECTION_##attr] = { \
		.part = CHIM_CTL_##p, .size = bytes, \
	}

const struct chim_ctl_field chim_ctl_fields[CHIMNEY_A_CONNECTION_MAX + 1] = {
#define FIELD(attr, p, n, o) \
	[CHIMNEY_A_CONNECTION_##attr].part = CHIM_CTL_##p,
#include "ctl/fields.h"
#define FIELD(attr, p, n, o) \
	[CHIMNEY_A_CONNECTION_##attr].size = sizeof_field(NDIS_##p, n),
#include "ctl/fields.h"
#define FIELD(attr, p, n, o) \
	[CHIMNEY_A_CONNECTION_##attr].ndis = offsetof(NDIS_##p, n),
#include "ctl/fields.h"
#define FIELD(attr, p, n, o) \
	[CHIMNEY_A_CONNECTION_##attr].own = offsetof(OWN_##p, o),
#include "ctl/fields.h"
#define FIELD(attr, p, n, o) \
	[CHIMNEY_A_CONNECTION_##attr].own_size = sizeof_field(OWN_##p, o),
#include "ctl/fields.h"
	BIT_FIELD(TIMESTAMPS, CONST, 1),
	BIT_FIELD(SACK, CONST, 1),
	BIT_FIELD(WSCALE, CONST, 1),
	BIT_FIELD(SND_WSCALE, CONST, 1),
	BIT_FIELD(RCV_WSCALE, CONST, 1),
	BIT_FIELD(KEEPALIVE, CACHED, 1),
	BIT_FIELD(NAGLE, CACHED, 1),
	BIT_FIELD(FLOW_LABEL, CACHED, 4),
	BIT_FIELD(PRIO, CACHED, 1),
};

static_assert(sizeof(TCP_OFFLOAD_STATE_DELEGATED) <= U8_MAX);

/**
 * chim_ctl_load() - read a number of 1, 2 or 4 bytes
 * @from: structure
 * @offset: where in it
 * @size: bytes
 *
 * Context: any.
 * Return: the number.
 */
u32 chim_ctl_load(const void *from, size_t offset, size_t size)
{
	const void *at = from + offset;

	if (size == sizeof(u8))
		return *(const u8 *)at;
	if (size == sizeof(u16))
		return *(const u16 *)at;
	return *(const u32 *)at;
}

/**
 * chim_ctl_store() - write a number of 1, 2 or 4 bytes
 * @to: structure
 * @offset: where in it
 * @size: bytes
 * @value: the number
 *
 * Context: any.
 */
void chim_ctl_store(void *to, size_t offset, size_t size, u32 value)
{
	void *at = to + offset;

	if (size == sizeof(u8))
		*(u8 *)at = value;
	else if (size == sizeof(u16))
		*(u16 *)at = value;
	else
		*(u32 *)at = value;
}

#define DEFAULT_MSS		1460
#define DEFAULT_WINDOW		65535
#define DEFAULT_CWND		(10 * DEFAULT_MSS)
#define DEFAULT_SSTHRESH	0x7fffffff
#define DEFAULT_KA_PROBES	9
#define DEFAULT_KA_TIMEOUT	7200000
#define DEFAULT_KA_INTERVAL	75000

/* What need not be given; the specification names each of these. */
static void start_conn(u32 *conn)
{
	conn[CHIMNEY_A_CONNECTION_REMOTE_MSS] = DEFAULT_MSS;
	conn[CHIMNEY_A_CONNECTION_RCV_WND_INIT] = DEFAULT_WINDOW;
	conn[CHIMNEY_A_CONNECTION_NAGLE] = 1;
	conn[CHIMNEY_A_CONNECTION_KA_PROBES] = DEFAULT_KA_PROBES;
	conn[CHIMNEY_A_CONNECTION_KA_TIMEOUT] = DEFAULT_KA_TIMEOUT;
	conn[CHIMNEY_A_CONNECTION_KA_INTERVAL] = DEFAULT_KA_INTERVAL;
	conn[CHIMNEY_A_CONNECTION_TTL] = IPDEFTTL;
	conn[CHIMNEY_A_CONNECTION_STATE] = CHIMNEY_TCP_STATE_ESTABLISHED;
	conn[CHIMNEY_A_CONNECTION_SND_WND] = DEFAULT_WINDOW;
	conn[CHIMNEY_A_CONNECTION_CWND] = DEFAULT_CWND;
	conn[CHIMNEY_A_CONNECTION_SSTHRESH] = DEFAULT_SSTHRESH;
	conn[CHIMNEY_A_CONNECTION_KA_LEFT] = CHIM_TICKS_NONE;
	conn[CHIMNEY_A_CONNECTION_RT_LEFT] = CHIM_TICKS_NONE;
}

/**
 * chim_ctl_values_start() - defaults of a new object
 * @v: set
 * @layer: of the object
 *
 * Context: any.
 */
void chim_ctl_values_start(struct chim_ctl_values *v, u8 layer)
{
	memset(v, 0, sizeof(*v));
	v->layer = layer;
	if (layer == CHIM_CONN)
		start_conn(v->conn);
}

static void parse_neigh(struct chim_ctl_values *v, struct nlattr **tb)
{
	if (tb[CHIMNEY_A_NEIGHBOR_LLADDR])
		nla_memcpy(v->lladdr, tb[CHIMNEY_A_NEIGHBOR_LLADDR], ETH_ALEN);
	if (tb[CHIMNEY_A_NEIGHBOR_SRC])
		nla_memcpy(v->src, tb[CHIMNEY_A_NEIGHBOR_SRC], ETH_ALEN);
	if (tb[CHIMNEY_A_NEIGHBOR_VLAN])
		v->vlan = nla_get_u16(tb[CHIMNEY_A_NEIGHBOR_VLAN]);
	if (tb[CHIMNEY_A_NEIGHBOR_HRD])
		v->hrd = nla_get_u32(tb[CHIMNEY_A_NEIGHBOR_HRD]);
	if (tb[CHIMNEY_A_NEIGHBOR_NRD])
		v->nrd = nla_get_u32(tb[CHIMNEY_A_NEIGHBOR_NRD]);
}

static int parse_path(struct chim_ctl_values *v, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *src = tb[CHIMNEY_A_PATH_SRC];
	const struct nlattr *dst = tb[CHIMNEY_A_PATH_DST];

	if (tb[CHIMNEY_A_PATH_MTU])
		v->mtu = nla_get_u32(tb[CHIMNEY_A_PATH_MTU]);
	if (!src || !dst)
		return 0;
	if (nla_len(src) != nla_len(dst)) {
		NL_SET_ERR_MSG_ATTR(extack, dst,
				    "dst is of another family than src");
		return -EINVAL;
	}
	v->family = nla_len(src) == sizeof(__be32) ? AF_INET : AF_INET6;
	nla_memcpy(&v->local, src, sizeof(v->local));
	nla_memcpy(&v->remote, dst, sizeof(v->remote));
	return 0;
}

/* Where nothing is given, one variable follows another. */
static void follow(u32 *conn, struct nlattr **tb, int attr, int leader)
{
	if (!tb[attr])
		conn[attr] = conn[leader];
}

static void follow_all(u32 *conn, struct nlattr **tb)
{
	follow(conn, tb, CHIMNEY_A_CONNECTION_RCV_WND,
	       CHIMNEY_A_CONNECTION_RCV_WND_INIT);
	follow(conn, tb, CHIMNEY_A_CONNECTION_SND_UNA,
	       CHIMNEY_A_CONNECTION_SND_NXT);
	follow(conn, tb, CHIMNEY_A_CONNECTION_SND_MAX,
	       CHIMNEY_A_CONNECTION_SND_NXT);
	follow(conn, tb, CHIMNEY_A_CONNECTION_MAX_SND_WND,
	       CHIMNEY_A_CONNECTION_SND_WND);
	follow(conn, tb, CHIMNEY_A_CONNECTION_SND_WL1,
	       CHIMNEY_A_CONNECTION_RCV_NXT);
	if (conn[CHIMNEY_A_CONNECTION_KEEPALIVE])
		follow(conn, tb, CHIMNEY_A_CONNECTION_KA_LEFT,
		       CHIMNEY_A_CONNECTION_KA_TIMEOUT);
}

static void parse_conn(struct chim_ctl_values *v, struct nlattr **tb)
{
	int attr;

	for (attr = 1; attr <= CHIMNEY_A_CONNECTION_MAX; attr++) {
		if (!tb[attr])
			continue;
		if (chim_ctl_fields[attr].size)
			v->conn[attr] = chim_ctl_load(nla_data(tb[attr]), 0,
						      nla_len(tb[attr]));
		else
			v->conn[attr] = nla_get_flag(tb[attr]);
	}
	v->window = tb[CHIMNEY_A_CONNECTION_RCV_WND_INIT];
	follow_all(v->conn, tb);
}

static const u8 max_attr[CHIM_LAYERS] = {
	[CHIM_NEIGH] = CHIMNEY_A_NEIGHBOR_MAX,
	[CHIM_PATH] = CHIMNEY_A_PATH_MAX,
	[CHIM_CONN] = CHIMNEY_A_CONNECTION_MAX,
};

/**
 * chim_ctl_values_parse() - take variables from netlink
 * @v: @v->layer is set; what is not given stays as it is
 * @nest: attributes of that layer, validated against @policy
 * @policy: what may be given
 * @extack: told why not
 *
 * Context: process.
 * Return: 0 or -EINVAL.
 */
int chim_ctl_values_parse(struct chim_ctl_values *v, const struct nlattr *nest,
			  const struct nla_policy *policy,
			  struct netlink_ext_ack *extack)
{
	struct nlattr *tb[CHIMNEY_A_CONNECTION_MAX + 1] = {};
	int err;

	err = nla_parse_nested(tb, max_attr[v->layer], nest, policy, extack);
	if (err)
		return err;
	if (v->layer == CHIM_PATH)
		return parse_path(v, tb, extack);
	if (v->layer == CHIM_NEIGH)
		parse_neigh(v, tb);
	else
		parse_conn(v, tb);
	return 0;
}

static int put_neigh(struct sk_buff *skb, const struct chim_ctl_values *v,
		     u8 parts)
{
	if (parts & CHIM_CTL_CONST &&
	    (nla_put(skb, CHIMNEY_A_NEIGHBOR_SRC, ETH_ALEN, v->src) ||
	     nla_put_u16(skb, CHIMNEY_A_NEIGHBOR_VLAN, v->vlan)))
		return -EMSGSIZE;
	if (parts & CHIM_CTL_CACHED &&
	    (nla_put(skb, CHIMNEY_A_NEIGHBOR_LLADDR, ETH_ALEN, v->lladdr) ||
	     nla_put_u32(skb, CHIMNEY_A_NEIGHBOR_HRD, v->hrd)))
		return -EMSGSIZE;
	if (parts & CHIM_CTL_DELEG &&
	    nla_put_u32(skb, CHIMNEY_A_NEIGHBOR_NRD, v->nrd))
		return -EMSGSIZE;
	return 0;
}

static int put_path(struct sk_buff *skb, const struct chim_ctl_values *v,
		    u8 parts)
{
	int len = v->family == AF_INET ? sizeof(__be32) :
					 sizeof(struct in6_addr);

	if (parts & CHIM_CTL_CONST &&
	    (nla_put(skb, CHIMNEY_A_PATH_SRC, len, &v->local) ||
	     nla_put(skb, CHIMNEY_A_PATH_DST, len, &v->remote)))
		return -EMSGSIZE;
	if (parts & CHIM_CTL_CACHED &&
	    nla_put_u32(skb, CHIMNEY_A_PATH_MTU, v->mtu))
		return -EMSGSIZE;
	return 0;
}

static int put_conn(struct sk_buff *skb, const struct chim_ctl_values *v,
		    u8 parts)
{
	int attr;

	for (attr = 1; attr <= CHIMNEY_A_CONNECTION_MAX; attr++) {
		const struct chim_ctl_field *f = &chim_ctl_fields[attr];
		u8 part = f->part;
		u32 data;

		if (attr == CHIMNEY_A_CONNECTION_STATE)
			part |= CHIM_CTL_STATE;
		if (!(part & parts) || !f->size)
			continue;
		chim_ctl_store(&data, 0, f->size, v->conn[attr]);
		if (nla_put(skb, attr, f->size, &data))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * chim_ctl_values_put() - give variables to netlink
 * @skb: message, inside the object's nest
 * @v: the variables
 * @parts: CHIM_CTL_* to give
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int chim_ctl_values_put(struct sk_buff *skb, const struct chim_ctl_values *v,
			u8 parts)
{
	struct nlattr *nest;
	int err;

	nest = nla_nest_start(skb, CHIMNEY_A_OBJECT_NEIGHBOR + v->layer);
	if (!nest)
		return -EMSGSIZE;
	if (v->layer == CHIM_NEIGH)
		err = put_neigh(skb, v, parts);
	else if (v->layer == CHIM_PATH)
		err = put_path(skb, v, parts);
	else
		err = put_conn(skb, v, parts);
	if (err)
		return err;
	nla_nest_end(skb, nest);
	return 0;
}

static_assert(CHIMNEY_A_OBJECT_NEIGHBOR + CHIM_PATH == CHIMNEY_A_OBJECT_PATH);
static_assert(CHIMNEY_A_OBJECT_NEIGHBOR + CHIM_CONN ==
	      CHIMNEY_A_OBJECT_CONNECTION);

static void read_neigh(struct chim_ctl_values *v, struct chim_neigh *neigh,
		       u32 now)
{
	struct chim_neigh_cached cached;
	struct chim_neigh_deleg d;

	chim_neigh_read(neigh, now, &cached, &d);
	ether_addr_copy(v->lladdr, cached.dst);
	ether_addr_copy(v->src, neigh->c.src);
	v->vlan = neigh->c.vlan;
	v->hrd = cached.hrd;
	v->nrd = d.nrd;
}

static void read_path(struct chim_ctl_values *v, const struct chim_path *path)
{
	v->family = path->c.family;
	v->local = path->c.src;
	v->remote = path->c.dst;
	v->mtu = READ_ONCE(path->mtu);
}

static void read_conn(struct chim_ctl_values *v, struct chim_conn *conn,
		      u32 now)
{
	struct chim_conn_cached cached;
	struct chim_conn_deleg d;
	int attr;

	chim_conn_read(conn, &cached, &d);
	for (attr = 1; attr <= CHIMNEY_A_CONNECTION_MAX; attr++) {
		const struct chim_ctl_field *f = &chim_ctl_fields[attr];
		const void *from = f->part == CHIM_CTL_CONST ? &conn->c :
				   f->part == CHIM_CTL_CACHED ?
				   (const void *)&cached : &d;

		if (f->own_size)
			v->conn[attr] = chim_ctl_load(from, f->own,
						      f->own_size);
	}
	v->conn[CHIMNEY_A_CONNECTION_TIMESTAMPS] =
		!!(conn->c.flags & CHIM_CONN_TIMESTAMPS);
	v->conn[CHIMNEY_A_CONNECTION_SACK] =
		!!(conn->c.flags & CHIM_CONN_SACK);
	v->conn[CHIMNEY_A_CONNECTION_WSCALE] =
		!!(conn->c.flags & CHIM_CONN_WSCALE);
	v->conn[CHIMNEY_A_CONNECTION_SND_WSCALE] = conn->c.snd_wscale;
	v->conn[CHIMNEY_A_CONNECTION_RCV_WSCALE] = conn->c.rcv_wscale;
	v->conn[CHIMNEY_A_CONNECTION_KEEPALIVE] =
		!!(cached.flags & CHIM_CONN_KEEPALIVE);
	v->conn[CHIMNEY_A_CONNECTION_NAGLE] =
		!!(cached.flags & CHIM_CONN_NAGLE);
	v->conn[CHIMNEY_A_CONNECTION_FLOW_LABEL] = cached.flow_label;
	v->conn[CHIMNEY_A_CONNECTION_PRIO] = cached.prio;
}

/**
 * chim_ctl_values_read() - current variables of an object
 * @v: set
 * @obj: the object
 * @now: current ticks of its adapter
 *
 * Context: RCU read side; takes a connection's lock.
 */
void chim_ctl_values_read(struct chim_ctl_values *v, struct chim_obj *obj,
			  u32 now)
{
	memset(v, 0, sizeof(*v));
	v->layer = obj->layer;
	if (obj->layer == CHIM_NEIGH)
		read_neigh(v, chim_neigh(obj), now);
	else if (obj->layer == CHIM_PATH)
		read_path(v, chim_path(obj));
	else
		read_conn(v, chim_conn(obj), now);
}
