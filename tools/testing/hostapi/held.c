// SPDX-License-Identifier: GPL-2.0-only
/* What is held back, by either end, and until when. */
#include "hostapi.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* TCP forgets MSG_MORE with the cork. */
static void more_uncorked(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	put_flags(t, t->s, 100, MSG_MORE);
	move(t);
	put_flags(t, t->s, 100, MSG_MORE);
	say(t, "held: %d", queued(t->s, SIOCOUTQNSD));
	set(t->s, IPPROTO_TCP, TCP_CORK, 0);
	say(t, "held: %d", queued(t->s, SIOCOUTQNSD));
	take(t, t->p, 200);
}

static void answered(struct pair *t)
{
	take(t, t->p, 100);
	put(t, t->p, 10);
	take(t, t->s, 10);
}

/* The peer acknowledges with an answer, since there always is one. */
static void answered_before(struct pair *t)
{
	int i;

	for (i = 0; i < 10; i++) {
		put(t, t->s, 100);
		answered(t);
	}
}

/* And when all that is out is acknowledged. */
static void more_answered(struct pair *t)
{
	move(t);
	answered_before(t);
	put(t, t->s, 100);
	put_flags(t, t->s, 50, MSG_MORE);
	say(t, "held: %d", queued(t->s, SIOCOUTQNSD));
	answered(t);
	say(t, "held: %d", queued(t->s, SIOCOUTQNSD));
	take(t, t->p, 50);
}

/* Without Nagle's algorithm, as well. */
static void more_nodelay(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_NODELAY, 1);
	more_answered(t);
}

/* Are the program's pages its own again? It is told in the error queue. */
static bool pages_free(int fd)
{
	struct sock_extended_err err = {};
	char control[512];
	struct msghdr msg = {
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_level == SOL_IP || cmsg->cmsg_level == SOL_IPV6)
			memcpy(&err, CMSG_DATA(cmsg), sizeof(err));
	return err.ee_origin == SO_EE_ORIGIN_ZEROCOPY;
}

/* What was to be sent from them never will be. */
static void zerocopy_reset(struct pair *t)
{
	struct linger linger = { .l_onoff = 1 };
	size_t len = 20000;
	uint8_t *buf = malloc(len);

	move(t);
	set(t->s, SOL_SOCKET, SO_ZEROCOPY, 1);
	fill(t, t->s, buf, len);
	say_result(t, "send", send(t->s, buf, len, MSG_ZEROCOPY));
	setsockopt(t->p, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(t->p);
	while (!pages_free(t->s))
		poll(NULL, 0, 1);
	while (!get(t->s, SOL_SOCKET, SO_ERROR))
		poll(NULL, 0, 1);
	free(buf);
}

const struct test held_tests[] = {
	{ "more_uncorked", more_uncorked, 0 },
	{ "more_answered", more_answered, 0 },
	{ "more_nodelay", more_nodelay, 0 },
	{ "zerocopy_reset", zerocopy_reset, 0 },
	{}
};
