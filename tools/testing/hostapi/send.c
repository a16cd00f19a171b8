// SPDX-License-Identifier: GPL-2.0-only
/* What programs do to send. */
#include "hostapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/* Segments with data that the peer has had. */
static unsigned int segments(struct pair *t)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(t->p, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	return info.tcpi_data_segs_in;
}

static void blocked_send(struct pair *t)
{
	struct task task = { .len = 1 << 20 };

	task_start(&task, t, task_send);
	task_blocked(&task);
	move(t);
	take(t, t->p, 1 << 20);
	task_join(&task);
	say_result(t, "send", task.ret);
}

/* A probe of the window may have made a little room again. */
static size_t until_full(struct pair *t, int flags)
{
	size_t total = 0;
	ssize_t ret;

	while ((ret = put_flags(t, t->s, 1, flags)) > 0)
		total += ret;
	say_result(t, "full", ret);
	return total;
}

static void nonblocking_send(struct pair *t)
{
	size_t total = fill_up(t, t->s);

	total += until_full(t, MSG_DONTWAIT);
	move(t);
	/* What skbs take has changed a little. */
	total += fill_up(t, t->s);
	take(t, t->p, total);
	wait_for(t->s, POLLOUT);
	say_result(t, "room", put_flags(t, t->s, 1, MSG_DONTWAIT));
	take(t, t->p, 1);
}

/* Pieces become one segment, before as after the move. */
static void held_back(struct pair *t, int flags)
{
	int i;

	for (i = 0; i < 5; i++)
		put_flags(t, t->s, 50, flags);
	move(t);
	for (i = 0; i < 5; i++)
		put_flags(t, t->s, 50, flags);
	say(t, "in the queue: %d of them unsent %d",
	    queued(t->s, SIOCOUTQ), queued(t->s, SIOCOUTQNSD));
}

static void cork(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	held_back(t, 0);
	say(t, "segments: %u", segments(t));
	set(t->s, IPPROTO_TCP, TCP_CORK, 0);
	take(t, t->p, 500);
	say(t, "segments: %u", segments(t));
	put(t, t->s, 10);
	take(t, t->p, 10);
}

static void msg_more(struct pair *t)
{
	held_back(t, MSG_MORE);
	say(t, "segments: %u", segments(t));
	put(t, t->s, 50);
	take(t, t->p, 550);
	say(t, "segments: %u", segments(t));
}

/* Nobody comes to push it: it goes all the same, some time. */
static void cork_forgotten(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	put(t, t->s, 100);
	move(t);
	take(t, t->p, 100);
	put(t, t->s, 100);
	take(t, t->p, 100);
}

static void msg_more_forgotten(struct pair *t)
{
	put_flags(t, t->s, 100, MSG_MORE);
	move(t);
	take(t, t->p, 100);
	put_flags(t, t->s, 100, MSG_MORE);
	take(t, t->p, 100);
}

/* Exactly as much as the peer takes: nothing is left to be sent. */
static void close_window(struct pair *t)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	for (;;) {
		if (getsockopt(t->s, IPPROTO_TCP, TCP_INFO, &info, &len))
			die("TCP_INFO");
		if (!info.tcpi_snd_wnd)
			return;
		put(t, t->s, info.tcpi_snd_wnd < 500 ? info.tcpi_snd_wnd : 500);
		wait_queued(t->s, SIOCOUTQ, 0);
	}
}

/* Nobody comes by when it is sent, nor later: the time runs all the same. */
static void cork_times_out(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_USER_TIMEOUT, 2000);
	close_window(t);
	move(t);
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	put(t, t->s, 100);
	wait_for(t->s, POLLERR);
	say(t, "error: %s", strerrorname_np(get(t->s, SOL_SOCKET, SO_ERROR)));
}

/* Full segments do not wait for what is behind them. */
static void cork_full(struct pair *t)
{
	int mss = get(t->s, IPPROTO_TCP, TCP_MAXSEG);

	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	move(t);
	put(t, t->s, 3 * mss + 100);
	wait_queued(t->p, SIOCINQ, 3 * mss);
	wait_queued(t->s, SIOCOUTQ, 100);
	say(t, "in the queue: unsent %d", queued(t->s, SIOCOUTQNSD));
	set(t->s, IPPROTO_TCP, TCP_CORK, 0);
	take(t, t->p, 3 * mss + 100);
}

/* What is behind the full segments waits wherever they have gone from. */
static void cork_cut(struct pair *t)
{
	int mss = get(t->s, IPPROTO_TCP, TCP_MAXSEG);

	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	put(t, t->s, mss + 100);
	move(t);
	take(t, t->p, mss + 100);
	put(t, t->s, mss + 100);
	take(t, t->p, mss + 100);
}

/* TCP_NODELAY pushes what is held. */
static void cork_nodelay(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	held_back(t, 0);
	set(t->s, IPPROTO_TCP, TCP_NODELAY, 1);
	wait_queued(t->p, SIOCINQ, 500);
	say(t, "options: %d %d", get(t->s, IPPROTO_TCP, TCP_CORK),
	    get(t->s, IPPROTO_TCP, TCP_NODELAY));
	set(t->s, IPPROTO_TCP, TCP_CORK, 0);
	take(t, t->p, 500);
	say(t, "segments: %u", segments(t));
}

/* The end pushes it as well. */
static void cork_shutdown(struct pair *t)
{
	set(t->s, IPPROTO_TCP, TCP_CORK, 1);
	held_back(t, 0);
	say_result(t, "shutdown", shutdown(t->s, SHUT_WR));
	take(t, t->p, 500);
	say(t, "segments: %u", segments(t));
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

static void nodelay(struct pair *t)
{
	int i;

	set(t->s, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < 20; i++) {
		if (i == 10)
			move(t);
		put(t, t->s, 100);
		take(t, t->p, 100);
	}
	say(t, "segments: %u", segments(t));
}

/* segments_of: how many of eight small messages, none of which is waited for. */
static unsigned int segments_of(struct pair *t)
{
	unsigned int before = segments(t), i;
	struct mmsghdr msgs[8] = {};
	struct iovec iov[8];
	uint8_t buf[800];

	fill(t, t->s, buf, sizeof(buf));
	for (i = 0; i < 8; i++) {
		iov[i].iov_base = buf + 100 * i;
		iov[i].iov_len = 100;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	if (sendmmsg(t->s, msgs, 8, 0) != 8)
		die("sendmmsg");
	sent(t, t->s, buf, sizeof(buf));
	wait_queued(t->p, SIOCINQ, sizeof(buf));
	take(t, t->p, sizeof(buf));
	wait_queued(t->s, SIOCOUTQ, 0);
	return segments(t) - before;
}

/*
 * A peer that is in no hurry has the first one, and then the rest in one or two. Where
 * the machine is busy it may answer in between.
 */
static void nagle(struct pair *t)
{
	int off, tries = 20;
	bool each;

	move(t);
	for (off = 1; off >= 0; off--) {
		set(t->s, IPPROTO_TCP, TCP_NODELAY, off);
		do {
			set(t->p, IPPROTO_TCP, TCP_QUICKACK, 0);
			each = segments_of(t) > 4;
		} while (each && !off && --tries);
		say(t, "each by itself: %d", each);
	}
}

/* Requests and responses: Nagle's algorithm never makes them wait for long. */
static void turns(struct pair *t)
{
	int i;

	for (i = 0; i < 50; i++) {
		if (i == 25)
			move(t);
		put(t, t->s, 100);
		put(t, t->s, 50);
		take(t, t->p, 150);
		put(t, t->p, 150);
		take(t, t->s, 150);
	}
}

/* --- files and pipes ------------------------------------------------------ */

#define FILE_SIZE	(1024 * 1024)

static int file_to_send(struct pair *t)
{
	int fd = memfd_create("data", 0);
	void *map;

	if (fd < 0 || ftruncate(fd, FILE_SIZE))
		die("memfd");
	map = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	fill(t, t->s, map, FILE_SIZE);
	sent(t, t->s, map, FILE_SIZE);
	return fd;
}

static void do_sendfile(struct task *task)
{
	task->ret = sendfile(task->t->s, task->fd, NULL, FILE_SIZE);
	task->err = errno;
}

static void with_sendfile(struct pair *t)
{
	struct task task = { .fd = file_to_send(t) };

	task_start(&task, t, do_sendfile);
	task_blocked(&task);
	move(t);
	take(t, t->p, FILE_SIZE);
	task_join(&task);
	say_result(t, "sendfile", task.ret);
	say_result(t, "at its end", sendfile(t->s, task.fd, NULL, 1));
}

static void do_splice(struct task *task)
{
	struct pair *t = task->t;
	size_t left = FILE_SIZE;
	int pipe_fds[2];
	ssize_t n, m;

	if (pipe(pipe_fds))
		die("pipe");
	for (task->ret = 0; left; left -= n) {
		n = splice(task->fd, NULL, pipe_fds[1], NULL, left, 0);
		if (n <= 0)
			die("splice");
		for (m = 0; m < n; )
			m += splice(pipe_fds[0], NULL, t->s, NULL, n - m,
				    left > (size_t)n ? SPLICE_F_MORE : 0);
		task->ret += m;
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void splice_out(struct pair *t)
{
	struct task task = { .fd = file_to_send(t) };

	task_start(&task, t, do_splice);
	task_blocked(&task);
	move(t);
	take(t, t->p, FILE_SIZE);
	task_join(&task);
	say_result(t, "spliced", task.ret);
}

/* Many messages with one call. */
static void pieces(struct pair *t)
{
	struct mmsghdr msgs[4] = {};
	struct iovec iov[4];
	uint8_t buf[4000];
	int i, round;

	for (round = 0; round < 2; round++) {
		fill(t, t->s, buf, sizeof(buf));
		sent(t, t->s, buf, sizeof(buf));
		for (i = 0; i < 4; i++) {
			iov[i].iov_base = buf + i * 1000;
			iov[i].iov_len = 1000;
			msgs[i].msg_hdr.msg_iov = &iov[i];
			msgs[i].msg_hdr.msg_iovlen = 1;
		}
		say_result(t, "messages", sendmmsg(t->s, msgs, 4, 0));
		take(t, t->p, sizeof(buf));
		if (!round)
			move(t);
	}
}

/* --- limits --------------------------------------------------------------- */

static void send_timeout(struct pair *t)
{
	struct timeval limit = { .tv_usec = 200000 };
	struct task task = { .len = 1 };
	size_t total = fill_up(t, t->s);
	struct timespec then;

	setsockopt(t->s, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	clock_gettime(CLOCK_MONOTONIC, &then);
	task_start(&task, t, task_send);
	task_blocked(&task);
	move(t);
	task_join(&task);
	if (task.ret > 0)
		total += task.ret;
	else if (errno != EAGAIN || ms_since(&then) < 190)
		die("send after %ld ms", ms_since(&then));
	total += fill_up(t, t->s);
	total += until_full(t, 0);
	take(t, t->p, total);
}

/* Sent and not read: all of it is in one of the two queues. */
static void out_queue(struct pair *t)
{
	int total = fill_up(t, t->s);

	move(t);
	while (queued(t->s, SIOCOUTQ) + queued(t->p, SIOCINQ) != total)
		poll(NULL, 0, 1);
	take(t, t->p, total);
	wait_queued(t->s, SIOCOUTQ, 0);
	say(t, "unsent: %d", queued(t->s, SIOCOUTQNSD));
}

/* A low mark for what has not been sent: poll() waits for it. */
static void notsent_lowat(struct pair *t)
{
	struct pollfd pfd = { .fd = t->s, .events = POLLOUT };
	size_t total = 0;

	set(t->s, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 8192);
	while (poll(&pfd, 1, 0) == 1)
		total += put_flags(t, t->s, 4000, MSG_DONTWAIT);
	move(t);
	take(t, t->p, total);
	wait_for(t->s, POLLOUT);
	put(t, t->s, 1000);
	take(t, t->p, 1000);
}

static void send_buffer(struct pair *t)
{
	struct task task = { .len = 200000 };
	size_t total;

	pair_buffers(t->s, 16384);
	move(t);
	say(t, "sizes: %d %d", get(t->s, SOL_SOCKET, SO_SNDBUF),
	    get(t->s, SOL_SOCKET, SO_RCVBUF));
	pair_buffers(t->s, 30000);
	say(t, "sizes: %d %d", get(t->s, SOL_SOCKET, SO_SNDBUF),
	    get(t->s, SOL_SOCKET, SO_RCVBUF));
	/* Neither grows by itself any more. */
	total = fill_up(t, t->s);
	take(t, t->p, total);
	wait_for(t->s, POLLOUT);
	/* The peer's buffer need not hold it: how much that grows is up to time. */
	task_start(&task, t, task_send);
	task_blocked(&task);
	take(t, t->p, task.len);
	task_join(&task);
	say_result(t, "send", task.ret);
	say(t, "sizes: %d %d", get(t->s, SOL_SOCKET, SO_SNDBUF),
	    get(t->s, SOL_SOCKET, SO_RCVBUF));
}

static void urgent(struct pair *t)
{
	char c = 0;

	put(t, t->s, 100);
	move(t);
	say_result(t, "urgent", send(t->s, "u", 1, MSG_OOB));
	wait_for(t->p, POLLPRI);
	say_result(t, "urgent", recv(t->p, &c, 1, MSG_OOB));
	say(t, "byte: %c", c);
	take(t, t->p, 100);
}

/* --- IPsec ---------------------------------------------------------------- */

static void policy(struct pair *t, const char *what, const char *action)
{
	char command[200];

	snprintf(command, sizeof(command),
		 "ip xfrm policy %s dst %s proto tcp dir out %s", what,
		 t->family == 6 ? "fd08::2/128" : "10.8.0.2/32", action);
	if (system(command))
		die("%s", command);
}

/* From now on nothing may leave in clear. */
static void ipsec(struct pair *t)
{
	move(t);
	policy(t, "add", "action block");
	put(t, t->s, 1000);
	while (offloaded(t->s))
		poll(NULL, 0, 1);
	say(t, "arrived: %d", queued(t->p, SIOCINQ));
	policy(t, "delete", "");
	take(t, t->p, 1000);
}

const struct test send_tests[] = {
	{ "blocked_send", blocked_send, 32768 },
	{ "nonblocking_send", nonblocking_send, 32768 },
	{ "cork", cork, 0 },
	{ "msg_more", msg_more, 0 },
	{ "cork_cut", cork_cut, 0 },
	{ "cork_forgotten", cork_forgotten, 0 },
	{ "msg_more_forgotten", msg_more_forgotten, 0 },
	{ "cork_full", cork_full, 0 },
	{ "cork_nodelay", cork_nodelay, 0 },
	{ "cork_shutdown", cork_shutdown, 0 },
	{ "cork_times_out", cork_times_out, 8192 },
	{ "nodelay", nodelay, 0 },
	{ "nagle", nagle, 0 },
	{ "turns", turns, 0 },
	{ "sendfile", with_sendfile, 32768 },
	{ "splice_out", splice_out, 32768 },
	{ "pieces", pieces, 0 },
	{ "send_timeout", send_timeout, 32768 },
	{ "out_queue", out_queue, 32768 },
	{ "notsent_lowat", notsent_lowat, 32768 },
	{ "send_buffer", send_buffer, 0 },
	{ "urgent", urgent, 0 },
	{ "ipsec", ipsec, 0 },
	{}
};
