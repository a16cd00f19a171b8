// SPDX-License-Identifier: GPL-2.0
/* Netlink: requests, replies, and what the kernel has to say about them. */
#include "chimctl.h"

#include <linux/chimney_host_netlink.h>
#include <linux/genetlink.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct mnl_socket *sock;

/* Found when first asked for. */
static struct family {
	const char *name;
	const char *module;
	uint8_t version;
	uint16_t id;
} families[] = {
	[NL_CHIMNEY] = {
		CHIMNEY_FAMILY_NAME, "chimney", CHIMNEY_FAMILY_VERSION, 0,
	},
	[NL_HOST] = {
		CHIMNEY_HOST_FAMILY_NAME, "chimney_host",
		CHIMNEY_HOST_FAMILY_VERSION, 0,
	},
};

static struct family *family;
static uint32_t sequence;
static char request_buf[REQUEST_SIZE];
static char reply_buf[REQUEST_SIZE];

static int system_error(const char *what)
{
	fprintf(stderr, "Error: %s: %s\n", what, strerror(errno));
	return EXIT_SYSTEM;
}

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version,
			      uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request_buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++sequence;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/**
 * nl_request() - start a request
 * @cmd: CHIMNEY_CMD_* or CHIMNEY_HOST_CMD_*, as nl_open() was told
 * @flags: NLM_F_* besides those of every request
 *
 * Return: the request, good until the next one is started. It has room for
 * CHIMNEY_OBJECTS_MAX objects.
 */
struct nlmsghdr *nl_request(uint8_t cmd, uint16_t flags)
{
	return start(family->id, cmd, family->version, flags);
}

/**
 * nl_room() - is there room in a request?
 * @nlh: the request
 *
 * Whoever puts one attribute after another, as often as the user says so, has to ask.
 * There is some left for the nests that follow.
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int nl_room(const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_len <= REQUEST_SIZE - REQUEST_REST)
		return EXIT_OK;
	return bad_usage("too many arguments");
}

/* What comes with a verdict, behind @skip bytes. */
static const struct nlattr *ack_attr(const struct nlmsghdr *nlh, size_t skip,
				     int type)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	mnl_attr_for_each(attr, nlh, skip)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static int complain(const char *name, const char *text, int error)
{
	fprintf(stderr, "Error: %s%s", name, *name ? ": " : "");
	if (text)
		fprintf(stderr, "%s (%s)\n", text, strerror(error));
	else
		fprintf(stderr, "%s\n", strerror(error));
	return EXIT_SYSTEM;
}

/* The kernel's verdict: what is wrong, with which attribute. */
static int verdict(const struct nlmsghdr *nlh, const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *msg, *offset;
	size_t skip = sizeof(*err);
	char name[128] = "";
	const char *text;

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	msg = ack_attr(nlh, skip, NLMSGERR_ATTR_MSG);
	offset = ack_attr(nlh, skip, NLMSGERR_ATTR_OFFS);
	text = msg ? mnl_attr_get_str(msg) : NULL;
	if (!err->error) {
		if (text)
			fprintf(stderr, "Note: %s.\n", text);
		return EXIT_OK;
	}
	if (offset && request->nlmsg_type == families[NL_CHIMNEY].id)
		name_attribute(genl->cmd, request, mnl_attr_get_u32(offset),
			       name, sizeof(name));
	return complain(name, text, -err->error);
}

/* A dump that failed on its way says so at its end. */
static int done(const struct nlmsghdr *nlh)
{
	const int *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *msg;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err) || *err >= 0)
		return EXIT_OK;
	msg = ack_attr(nlh, sizeof(*err), NLMSGERR_ATTR_MSG);
	return complain("", msg ? mnl_attr_get_str(msg) : NULL, -*err);
}

/* Handles what one read brought; *rc is set when it was the last. */
static bool take(ssize_t len, const struct nlmsghdr *request, reply_t reply,
		 void *data, bool *interrupted, int *rc)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)reply_buf;
	int left = len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != request->nlmsg_seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			*rc = verdict(nlh, request);
			return true;
		}
		if (nlh->nlmsg_type == NLMSG_DONE) {
			*rc = done(nlh);
			return true;
		}
		if (!reply)
			continue;
		*rc = reply(nlh, data);
		if (*rc != EXIT_OK)
			return true;
	}
	return false;
}

/**
 * nl_talk() - send a request and take the replies
 * @request: from nl_request()
 * @reply: called for each reply, or NULL
 * @data: for @reply
 *
 * Return: EXIT_OK; EXIT_SYSTEM after a message; NL_AGAIN if what @reply got
 * was not consistent; or what @reply returned, if not EXIT_OK.
 */
int nl_talk(struct nlmsghdr *request, reply_t reply, void *data)
{
	bool interrupted = false;
	int rc = EXIT_OK;
	ssize_t len;

	if (mnl_socket_sendto(sock, request, request->nlmsg_len) < 0)
		return system_error("cannot send");
	do {
		len = mnl_socket_recvfrom(sock, reply_buf, sizeof(reply_buf));
		if (len < 0)
			return system_error("cannot receive");
	} while (!take(len, request, reply, data, &interrupted, &rc));
	return rc == EXIT_OK && interrupted ? NL_AGAIN : rc;
}

/**
 * nl_simple() - send a request that has no reply
 * @request: from nl_request()
 *
 * Return: EXIT_OK, or EXIT_SYSTEM after a message.
 */
int nl_simple(struct nlmsghdr *request)
{
	return nl_talk(request, NULL, NULL);
}

static int store(const struct nlattr *attr, const struct nlattr **tb, int max)
{
	int type = mnl_attr_get_type(attr);

	if (type <= max)
		tb[type] = attr;
	return MNL_CB_OK;
}

/**
 * nl_parse() - attributes of a nest by type
 * @nest: the nest
 * @tb: set; of those that repeat, the last
 * @max: largest type in @tb
 *
 * Return: EXIT_OK.
 */
int nl_parse(const struct nlattr *nest, const struct nlattr **tb, int max)
{
	const struct nlattr *attr;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	mnl_attr_for_each_nested(attr, nest)
		store(attr, tb, max);
	return EXIT_OK;
}

/**
 * nl_parse_msg() - attributes of a message by type
 * @nlh: the message
 * @tb: set; of those that repeat, the last
 * @max: largest type in @tb
 *
 * Return: EXIT_OK.
 */
int nl_parse_msg(const struct nlmsghdr *nlh, const struct nlattr **tb, int max)
{
	const struct nlattr *attr;

	memset(tb, 0, sizeof(*tb) * (max + 1));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		store(attr, tb, max);
	return EXIT_OK;
}

/**
 * nl_number() - a number as wide as its attribute
 * @attr: the attribute
 *
 * Return: the number; ports stay in network order.
 */
uint64_t nl_number(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case 0:
		return 1;
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	default:
		return mnl_attr_get_u64(attr);
	}
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CTRL_ATTR_FAMILY_ID + 1];

	(void)data;
	nl_parse_msg(nlh, tb, CTRL_ATTR_FAMILY_ID);
	if (tb[CTRL_ATTR_FAMILY_ID])
		family->id = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	return EXIT_OK;
}

static int find_family(void)
{
	struct nlmsghdr *nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	int rc;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, family->name);
	rc = nl_talk(nlh, take_family, NULL);
	if (rc != EXIT_OK)
		fprintf(stderr, "The %s module does not seem to be loaded.\n",
			family->module);
	return rc;
}

static int open_socket(void)
{
	int on = 1;

	sock = mnl_socket_open(NETLINK_GENERIC);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return system_error("cannot open netlink");
	/* Older kernels: no reasons, no strictness; all else works. */
	mnl_socket_setsockopt(sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(sock, NETLINK_CAP_ACK, &on, sizeof(on));
	sequence = time(NULL);
	return EXIT_OK;
}

/**
 * nl_open() - get ready to talk
 * @which: to whom
 *
 * Return: EXIT_OK, or EXIT_SYSTEM after a message.
 */
int nl_open(enum nl_family which)
{
	int rc = sock ? EXIT_OK : open_socket();

	family = &families[which];
	return rc != EXIT_OK || family->id ? rc : find_family();
}

/**
 * nl_close() - done talking
 */
void nl_close(void)
{
	if (sock)
		mnl_socket_close(sock);
	sock = NULL;
}
