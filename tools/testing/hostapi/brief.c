// SPDX-License-Identifier: GPL-2.0-only
/* Short messages, which have a way of their own, beside what has not. */
#include "hostapi.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Around what is short. */
static const size_t sizes[] = { 1, 64, 1447, 1448, 1449, 2047, 2048, 2049, 3000 };

#define N_SIZES		(sizeof(sizes) / sizeof(sizes[0]))
#define SIZE_MAX_SENT	3000

/* Some bytes in three pieces, the one in the middle with nothing in it. */
static ssize_t in_pieces(int fd, uint8_t *buf, size_t len)
{
	struct iovec iov[] = {
		{ .iov_base = buf, .iov_len = len / 3 },
		{ .iov_base = NULL, .iov_len = 0 },
		{ .iov_base = buf + len / 3, .iov_len = len - len / 3 },
	};

	return writev(fd, iov, 3);
}

static ssize_t send_as(int way, int fd, uint8_t *buf, size_t len)
{
	switch (way % 6) {
	case 0:
		return write(fd, buf, len);
	case 1:
		return send(fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	case 2:
		return in_pieces(fd, buf, len);
	case 3:
		return send(fd, buf, len, MSG_MORE);
	case 4:
		return send(fd, buf, len, MSG_EOR);
	default:
		return send(fd, buf, len, 0);
	}
}

/* Each is read before the next, or several are on their way. */
static void some(struct pair *t, bool at_once)
{
	uint8_t buf[SIZE_MAX_SENT];
	size_t i, out = 0;
	int way;

	for (way = 0; way < 6; way++)
		for (i = 0; i < N_SIZES; i++) {
			fill(t, t->s, buf, sizes[i]);
			if (send_as(way, t->s, buf, sizes[i]) !=
			    (ssize_t)sizes[i])
				die("way %d, %zu bytes", way, sizes[i]);
			sent(t, t->s, buf, sizes[i]);
			out += sizes[i];
			/* What is held back comes with what follows. */
			if (at_once && way % 6 != 3) {
				take(t, t->p, out);
				out = 0;
			}
		}
	take(t, t->p, out);
}

static void brief(struct pair *t)
{
	some(t, true);
	some(t, false);
	set(t->s, SOL_TCP, TCP_NODELAY, 1);
	some(t, true);
	move(t);
	some(t, true);
	set(t->s, SOL_TCP, TCP_NODELAY, 0);
	some(t, false);
}

/* A message of which a part is nowhere; nothing of it may be sent. */
static void brief_nowhere(struct pair *t)
{
	uint8_t buf[64];
	struct iovec iov[] = {
		{ .iov_base = buf, .iov_len = sizeof(buf) },
		{ .iov_base = (void *)1, .iov_len = sizeof(buf) },
	};
	int round;

	for (round = 0; round < 2; round++) {
		put(t, t->s, 64);
		take(t, t->p, 64);
		say_result(t, "nowhere", send(t->s, (void *)1, 64, 0));
		say_result(t, "in part", writev(t->s, iov, 2));
		say_result(t, "nothing", send(t->s, buf, 0, 0));
		put(t, t->s, 64);
		take(t, t->p, 64);
		if (!round)
			move(t);
	}
}

/* One by one until no more is taken. */
static void brief_full(struct pair *t)
{
	size_t total = 0;
	uint8_t buf[1024];
	ssize_t ret;

	move(t);
	for (;;) {
		fill(t, t->s, buf, sizeof(buf));
		ret = send(t->s, buf, sizeof(buf), MSG_DONTWAIT);
		if (ret <= 0)
			break;
		sent(t, t->s, buf, ret);
		total += ret;
	}
	say_result(t, "full", ret);
	take(t, t->p, total);
	wait_for(t->s, POLLOUT);
	put(t, t->s, 1000);
	take(t, t->p, 1000);
}

const struct test brief_tests[] = {
	{ "brief", brief, 0 },
	{ "brief_nowhere", brief_nowhere, 0 },
	{ "brief_full", brief_full, 32768 },
	{}
};
