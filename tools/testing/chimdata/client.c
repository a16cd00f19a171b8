// SPDX-License-Identifier: GPL-2.0
/* Talking to the module. */
#include "chimdata.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#define BUFFER	(CHIMC_DATA_MAX + 4096)

static struct mnl_socket *sock;
static uint16_t family = GENL_ID_CTRL;
static uint32_t sequence;
static event_fn_t *event_fn;
static char request_buf[BUFFER], reply_buf[BUFFER];

/* Events that came while an answer was waited for. */
static struct {
	uint32_t id;
	uint32_t events;
} backlog[65536];
static size_t backlog_len;

static struct nlmsghdr *start(uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request_buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_seq = ++sequence;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = CHIMC_VERSION;
	return nlh;
}

struct reply {
	const struct nlattr *tb[CHIMC_A_MAX + 1];
	char copy[BUFFER];
};

static void parse(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	const struct nlattr *attr;

	memset(tb, 0, sizeof(*tb) * (CHIMC_A_MAX + 1));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) <= CHIMC_A_MAX)
			tb[mnl_attr_get_type(attr)] = attr;
}

static void queue_event(const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[CHIMC_A_MAX + 1];

	parse(nlh, tb);
	if (!tb[CHIMC_A_ID] || !tb[CHIMC_A_STATUS])
		return;
	if (backlog_len == sizeof(backlog) / sizeof(backlog[0]))
		die("too many events");
	backlog[backlog_len].id = mnl_attr_get_u32(tb[CHIMC_A_ID]);
	backlog[backlog_len++].events = mnl_attr_get_u32(tb[CHIMC_A_STATUS]);
}

static bool is_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return nlh->nlmsg_type == family && !nlh->nlmsg_seq &&
	       genl->cmd == CHIMC_CMD_EVENT;
}

/* Reads what there is; the answer to @seq is copied. 0, or -errno at the end. */
static bool take(ssize_t len, uint32_t seq, struct reply *reply, int *err)
{
	const struct nlmsghdr *nlh = (struct nlmsghdr *)reply_buf;
	int left = len;
	bool end = false;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (is_event(nlh)) {
			queue_event(nlh);
		} else if (nlh->nlmsg_seq != seq) {
			continue;
		} else if (nlh->nlmsg_type == NLMSG_ERROR) {
			*err = ((struct nlmsgerr *)
				mnl_nlmsg_get_payload(nlh))->error;
			end = true;
		} else if (reply) {
			memcpy(reply->copy, nlh, nlh->nlmsg_len);
			parse((struct nlmsghdr *)reply->copy, reply->tb);
		}
	}
	return end;
}

static void talk(struct nlmsghdr *nlh, struct reply *reply, const char *what)
{
	uint32_t seq = nlh->nlmsg_seq;
	ssize_t len;
	int err = 0;

	if (reply)
		memset(reply->tb, 0, sizeof(reply->tb));
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		die("%s: cannot send: %s", what, strerror(errno));
	do {
		len = mnl_socket_recvfrom(sock, reply_buf, sizeof(reply_buf));
		if (len < 0 && errno != ENOBUFS)
			die("%s: cannot receive: %s", what, strerror(errno));
	} while (!take(len, seq, reply, &err));
	if (err)
		die("%s: %s", what, strerror(-err));
}

static uint32_t reply_number(const struct reply *reply, int attr,
			     const char *what)
{
	if (!reply->tb[attr])
		die("%s: no answer", what);
	return mnl_attr_get_u32(reply->tb[attr]);
}

static void reply_copy(const struct reply *reply, int attr, void *to,
		       size_t len, const char *what)
{
	if (!reply->tb[attr] ||
	    mnl_attr_get_payload_len(reply->tb[attr]) != len)
		die("%s: no answer", what);
	memcpy(to, mnl_attr_get_payload(reply->tb[attr]), len);
}

static void find_family(void)
{
	struct nlmsghdr *nlh = start(CTRL_CMD_GETFAMILY);
	static struct reply reply;

	/* The controller's attribute has the number of our CHIMC_A_PAD. */
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, CHIMC_FAMILY);
	talk(nlh, &reply, "the client module is not loaded");
	family = mnl_attr_get_u16(reply.tb[CTRL_ATTR_FAMILY_ID]);
}

/**
 * client_open() - get ready
 * @on_event: called from client_poll()
 *
 * Return: descriptor to wait for events on.
 */
int client_open(event_fn_t *on_event)
{
	int size = 64 << 20;

	event_fn = on_event;
	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		die("cannot open netlink: %s", strerror(errno));
	setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	find_family();
	return mnl_socket_get_fd(sock);
}

static void deliver(void)
{
	size_t i;

	/* More may come while these are dealt with. */
	for (i = 0; i < backlog_len; i++)
		event_fn(backlog[i].id, backlog[i].events);
	backlog_len = 0;
}

/**
 * client_poll() - take events that are there
 */
void client_poll(void)
{
	ssize_t len;
	int err;

	deliver();
	while ((len = recv(mnl_socket_get_fd(sock), reply_buf,
			   sizeof(reply_buf), MSG_DONTWAIT)) > 0)
		take(len, 0, NULL, &err);
	deliver();
}

/**
 * client_hold() - keep segments from a socket
 * @fd: the socket
 * @s: set
 * @more: others follow; the last one makes sure for all
 *
 * Return: number of the connection.
 */
uint32_t client_hold(int fd, struct chimc_socket *s, bool more)
{
	struct nlmsghdr *nlh = start(CHIMC_CMD_HOLD);
	static struct reply reply;

	mnl_attr_put_u32(nlh, CHIMC_A_FD, fd);
	if (more)
		mnl_attr_put(nlh, CHIMC_A_MORE, 0, NULL);
	talk(nlh, &reply, "hold");
	reply_copy(&reply, CHIMC_A_SOCKET, s, sizeof(*s), "hold");
	return reply_number(&reply, CHIMC_A_ID, "hold");
}

/**
 * client_give() - hand data over
 * @id: connection
 * @queue: CHIMC_QUEUE_*
 * @data: bytes
 * @len: how many
 */
void client_give(uint32_t id, int queue, const uint8_t *data, uint32_t len)
{
	struct nlmsghdr *nlh;
	uint32_t piece;

	for (; len; len -= piece, data += piece) {
		piece = len > CHIMC_DATA_MAX ? CHIMC_DATA_MAX : len;
		nlh = start(CHIMC_CMD_GIVE);
		mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
		mnl_attr_put_u32(nlh, CHIMC_A_QUEUE, queue);
		mnl_attr_put(nlh, CHIMC_A_DATA, piece, data);
		talk(nlh, NULL, "give");
	}
}

/**
 * client_offload() - initiate
 * @id: connection
 * @s: where it is
 * @v: its values
 * @role: what it does
 *
 * Return: the Status.
 */
uint32_t client_offload(uint32_t id, const struct chimc_socket *s,
			const struct chimc_values *v,
			const struct chimc_role *role)
{
	struct nlmsghdr *nlh = start(CHIMC_CMD_OFFLOAD);
	static struct reply reply;

	mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
	mnl_attr_put(nlh, CHIMC_A_SOCKET, sizeof(*s), s);
	mnl_attr_put(nlh, CHIMC_A_VALUES, sizeof(*v), v);
	mnl_attr_put(nlh, CHIMC_A_ROLE, sizeof(*role), role);
	talk(nlh, &reply, "offload");
	return reply_number(&reply, CHIMC_A_STATUS, "offload");
}

/**
 * client_get() - how is it going?
 * @id: connection
 * @r: set
 */
void client_get(uint32_t id, struct chimc_result *r)
{
	struct nlmsghdr *nlh = start(CHIMC_CMD_GET);
	static struct reply reply;

	mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
	talk(nlh, &reply, "get");
	reply_copy(&reply, CHIMC_A_RESULT, r, sizeof(*r), "get");
}

/**
 * client_take() - data that came back
 * @id: connection, uploaded
 * @queue: CHIMC_QUEUE_*
 * @data: set
 * @len: bytes there are
 */
void client_take(uint32_t id, int queue, uint8_t *data, uint32_t len)
{
	static struct reply reply;
	uint32_t offset = 0, n;
	struct nlmsghdr *nlh;

	while (offset < len) {
		nlh = start(CHIMC_CMD_TAKE);
		mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
		mnl_attr_put_u32(nlh, CHIMC_A_QUEUE, queue);
		mnl_attr_put_u32(nlh, CHIMC_A_OFFSET, offset);
		talk(nlh, &reply, "take");
		if (!reply.tb[CHIMC_A_DATA])
			die("take: no answer");
		n = mnl_attr_get_payload_len(reply.tb[CHIMC_A_DATA]);
		memcpy(data + offset,
		       mnl_attr_get_payload(reply.tb[CHIMC_A_DATA]), n);
		offset += n;
	}
}

/**
 * client_control() - an operation
 * @id: connection
 * @op: CHIMC_OP_*
 * @arg: see there
 * @mac: address, or NULL
 * @v: values given for an update, and set
 *
 * Return: the Status.
 */
uint32_t client_control(uint32_t id, int op, uint32_t arg, const uint8_t *mac,
			struct chimc_values *v)
{
	struct nlmsghdr *nlh = start(CHIMC_CMD_CONTROL);
	static struct reply reply;

	mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
	mnl_attr_put_u32(nlh, CHIMC_A_OP, op);
	mnl_attr_put_u32(nlh, CHIMC_A_ARG, arg);
	if (mac)
		mnl_attr_put(nlh, CHIMC_A_MAC, 6, mac);
	if (op == CHIMC_OP_UPDATE)
		mnl_attr_put(nlh, CHIMC_A_VALUES, sizeof(*v), v);
	talk(nlh, &reply, "control");
	reply_copy(&reply, CHIMC_A_VALUES, v, sizeof(*v), "control");
	return reply_number(&reply, CHIMC_A_STATUS, "control");
}

/**
 * client_release() - done with a connection
 * @id: its number
 * @fd: socket that takes it over, or -1
 * @s: what to write into that
 */
void client_release(uint32_t id, int fd, const struct chimc_socket *s)
{
	struct nlmsghdr *nlh = start(CHIMC_CMD_RELEASE);

	mnl_attr_put_u32(nlh, CHIMC_A_ID, id);
	if (fd >= 0) {
		mnl_attr_put_u32(nlh, CHIMC_A_FD, fd);
		mnl_attr_put(nlh, CHIMC_A_SOCKET, sizeof(*s), s);
	}
	talk(nlh, NULL, "release");
}
