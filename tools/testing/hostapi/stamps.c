// SPDX-License-Identifier: GPL-2.0-only
/* When data is sent and acknowledged, as TCP tells it. */
#include "hostapi.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void ask_stamps(struct pair *t)
{
	set(t->s, SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE |
	    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
}

/* Of this one, when it is sent and when it is acknowledged. */
static void put_stamped(struct pair *t, size_t len)
{
	char control[CMSG_SPACE(sizeof(uint32_t))] = {};
	uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK;
	uint8_t *data = malloc(len);
	struct iovec iov = { data, len };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SO_TIMESTAMPING;
	cmsg->cmsg_len = CMSG_LEN(sizeof(flags));
	memcpy(CMSG_DATA(cmsg), &flags, sizeof(flags));
	fill(t, t->s, data, len);
	sent(t, t->s, data, len);
	say_result(t, "send", sendmsg(t->s, &msg, 0));
	free(data);
}

static void say_stamp(struct pair *t)
{
	struct sock_extended_err err = {};
	char control[512];
	struct msghdr msg = {
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	bool when = false;

	/* That there is an error, nobody has to ask for. */
	wait_for(t->s, 0);
	if (recvmsg(t->s, &msg, MSG_ERRQUEUE) < 0)
		die("error queue");
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET)
			when |= cmsg->cmsg_type == SCM_TIMESTAMPING;
		else
			memcpy(&err, CMSG_DATA(cmsg), sizeof(err));
	say(t, "stamp: %u of byte %u%s", err.ee_info, err.ee_data,
	    when ? "" : ", no time");
}

static void stamps(struct pair *t)
{
	ask_stamps(t);
	put(t, t->s, 100);
	take(t, t->p, 100);
	move(t);
	put_stamped(t, 1000);
	take(t, t->p, 1000);
	say_stamp(t);
	say_stamp(t);
}

/* Not all of it has been acknowledged when the connection is to move. */
static void stamps_queued(struct pair *t)
{
	set(t->s, SOL_SOCKET, SO_SNDBUF, 400000);
	ask_stamps(t);
	put_stamped(t, 200000);
	if (t->mode == GOES && (!offload_once(t->s) || errno != EAGAIN))
		die("offloaded all the same");
	while (offloaded(t->s))
		poll(NULL, 0, 1);
	take(t, t->p, 200000);
	say_stamp(t);
	say_stamp(t);
	if (!offload_again(t))
		die("refused");
	put(t, t->s, 100);
	take(t, t->p, 100);
}

/* Its last piece has the stamps, and is held back at first. */
static void stamps_corked(struct pair *t)
{
	ask_stamps(t);
	move(t);
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	put_stamped(t, 3000);
	set(t->s, IPPROTO_TCP, TCP_CORK, 0);
	take(t, t->p, 3000);
	say_stamp(t);
	say_stamp(t);
}

const struct test stamps_tests[] = {
	{ "stamps", stamps, 0 },
	{ "stamps_queued", stamps_queued, 32768 },
	{ "stamps_corked", stamps_corked, 0 },
	{}
};
