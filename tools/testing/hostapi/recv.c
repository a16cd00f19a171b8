// SPDX-License-Identifier: GPL-2.0-only
/* What programs do to receive. */
#include "hostapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void blocked_recv(struct pair *t)
{
	struct task task = { .len = 1000 };

	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	put(t, t->p, 300);
	task_join(&task);
	say_result(t, "recv", task.ret);
}

static void nonblocking_recv(struct pair *t)
{
	say_result(t, "empty", take_flags(t, t->s, 100, MSG_DONTWAIT));
	put(t, t->p, 100);
	wait_for(t->s, POLLIN);
	say_result(t, "some", take_flags(t, t->s, 60, MSG_DONTWAIT));
	move(t);
	say_result(t, "rest", take_flags(t, t->s, 100, MSG_DONTWAIT));
	say_result(t, "empty", take_flags(t, t->s, 100, MSG_DONTWAIT));
	put(t, t->p, 100);
	wait_for(t->s, POLLIN);
	say_result(t, "some", take_flags(t, t->s, 200, MSG_DONTWAIT));
	say_result(t, "empty", take_flags(t, t->s, 100, MSG_DONTWAIT));
}

/* Half of it is there when the connection moves. */
static void wait_all(struct pair *t)
{
	struct task task = { .len = 2000, .flags = MSG_WAITALL };

	put(t, t->p, 1000);
	task_start(&task, t, task_recv);
	wait_queued(t->s, SIOCINQ, 0);
	task_blocked(&task);
	move(t);
	put(t, t->p, 600);
	put(t, t->p, 400);
	task_join(&task);
	say_result(t, "recv", task.ret);
}

static void peek(struct pair *t)
{
	put(t, t->p, 500);
	wait_queued(t->s, SIOCINQ, 500);
	say_result(t, "peek", take_flags(t, t->s, 400, MSG_PEEK));
	move(t);
	say_result(t, "peek", take_flags(t, t->s, 1000, MSG_PEEK));
	put(t, t->p, 500);
	wait_queued(t->s, SIOCINQ, 1000);
	say_result(t, "peek", take_flags(t, t->s, 2000, MSG_PEEK));
	say_result(t, "recv", take_flags(t, t->s, 2000, 0));
}

static void in_queue(struct pair *t)
{
	put(t, t->p, 1000);
	wait_queued(t->s, SIOCINQ, 1000);
	take(t, t->s, 400);
	say(t, "left: %d", queued(t->s, SIOCINQ));
	move(t);
	say(t, "left: %d", queued(t->s, SIOCINQ));
	put(t, t->p, 1000);
	wait_queued(t->s, SIOCINQ, 1600);
	take(t, t->s, 1600);
	say(t, "left: %d", queued(t->s, SIOCINQ));
	wait_queued(t->p, SIOCOUTQ, 0);
}

/* More than fits: nothing is lost, and all of it comes. */
static void full_buffer(struct pair *t)
{
	size_t total = fill_up(t, t->p);

	move(t);
	total += fill_up(t, t->p);
	take(t, t->s, total);
	put(t, t->p, 100);
	take(t, t->s, 100);
}

static void low_mark(struct pair *t)
{
	struct pollfd pfd = { .fd = t->s, .events = POLLIN };
	struct task task = { .len = 2000 };

	set(t->s, SOL_SOCKET, SO_RCVLOWAT, 500);
	put(t, t->p, 300);
	wait_queued(t->s, SIOCINQ, 300);
	say(t, "below: %d", poll(&pfd, 1, 0));
	move(t);
	say(t, "below: %d", poll(&pfd, 1, 0));
	put(t, t->p, 199);
	wait_queued(t->s, SIOCINQ, 499);
	say(t, "below: %d", poll(&pfd, 1, 0));
	put(t, t->p, 1);
	say(t, "at the mark: %d", poll(&pfd, 1, -1));
	take(t, t->s, 500);
	task_start(&task, t, task_recv);
	task_blocked(&task);
	put(t, t->p, 600);
	task_join(&task);
	say_result(t, "recv", task.ret);
	set(t->s, SOL_SOCKET, SO_RCVLOWAT, 100000);
	put(t, t->p, 100000);
	say(t, "at the mark: %d", poll(&pfd, 1, -1));
	take(t, t->s, 100000);
}

/* Until it stays so: the peer has more than the window lets go. */
static size_t fill_pieces(struct pair *t)
{
	size_t total = 0;
	ssize_t ret;

	do {
		ret = put_flags(t, t->p, 10, MSG_DONTWAIT);
		if (ret > 0)
			total += ret;
	} while (ret > 0 || !queued(t->p, SIOCOUTQNSD));
	return total;
}

/*
 * Small pieces fill the buffer with less than the mark. When some have been read, the
 * target has more. TCP drops some of them, so that it takes its time.
 */
static void low_mark_pieces(struct pair *t)
{
	size_t total, len;

	set(t->p, IPPROTO_TCP, TCP_NODELAY, 1);
	move(t);
	total = fill_pieces(t);
	set(t->s, SOL_SOCKET, SO_RCVLOWAT, 32768);
	len = queued(t->s, SIOCINQ) * 3 / 10;
	take(t, t->s, len);
	total -= len;
	if (offloaded(t->s))
		wait_for(t->s, POLLIN);
	set(t->s, SOL_SOCKET, SO_RCVLOWAT, 1);
	take(t, t->s, total);
}

static void recv_timeout(struct pair *t)
{
	struct timeval limit = { .tv_usec = 200000 };
	struct task task = { .len = 1 };
	struct timespec then;

	setsockopt(t->s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	clock_gettime(CLOCK_MONOTONIC, &then);
	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	task_join(&task);
	say_result(t, "recv", task.ret);
	say(t, "waited: %d", ms_since(&then) >= 190);
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
	put(t, t->p, 1);
	wait_for(t->s, POLLIN);
	say_result(t, "recv", take_flags(t, t->s, 10, 0));
}

static void on_signal(int signal)
{
	(void)signal;
}

static void interrupted(struct pair *t)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct task task = { .len = 1 };

	sigaction(SIGUSR1, &action, NULL);
	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	task_blocked(&task);
	pthread_kill(task.thread, SIGUSR1);
	task_join(&task);
	say_result(t, "recv", task.ret);
	put(t, t->p, 1);
	take(t, t->s, 1);
}

static void do_splice(struct task *task)
{
	struct pair *t = task->t;
	size_t left = task->len;
	int pipe_fds[2];
	uint8_t buf[65536];
	ssize_t n;

	if (pipe(pipe_fds))
		die("pipe");
	for (; left; left -= n) {
		n = splice(t->s, NULL, pipe_fds[1], NULL,
			   left < 65536 ? left : 65536, 0);
		if (n <= 0 || read(pipe_fds[0], buf, n) != n)
			die("splice: %zd", n);
		took(t, t->s, buf, n);
	}
	task->ret = task->len;
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void splice_in(struct pair *t)
{
	struct task task = { .len = 1 << 20 };
	int i;

	task_start(&task, t, do_splice);
	for (i = 0; i < 8; i++)
		put(t, t->p, 65536);
	wait_queued(t->s, SIOCINQ, 0);
	task_blocked(&task);
	move(t);
	for (i = 0; i < 8; i++)
		put(t, t->p, 65536);
	task_join(&task);
	say_result(t, "spliced", task.ret);
}

/*
 * Whole pages, as a card that splits headers from data receives them. They are those of
 * a pipe: pages of a file or of a program are not mapped.
 */
static void put_pages(struct pair *t, size_t len)
{
	uint8_t *buf = malloc(len);
	int pipe_fds[2];
	size_t left;
	ssize_t n;

	if (pipe(pipe_fds) || fcntl(pipe_fds[1], F_SETPIPE_SZ, len) < 0)
		die("pipe");
	fill(t, t->p, buf, len);
	sent(t, t->p, buf, len);
	if (write(pipe_fds[1], buf, len) != (ssize_t)len)
		die("write");
	for (left = len; left; left -= n) {
		n = splice(pipe_fds[0], NULL, t->p, NULL, left, 0);
		if (n <= 0)
			die("splice: %zd", n);
	}
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	free(buf);
}

/* What cannot be mapped is to be read. Returns how much was mapped. */
static size_t take_mapped(struct pair *t, void *map, size_t size, size_t len)
{
	struct tcp_zerocopy_receive zc;
	size_t mapped = 0;
	socklen_t zc_len;

	while (len) {
		wait_for(t->s, POLLIN);
		memset(&zc, 0, sizeof(zc));
		zc.address = (uintptr_t)map;
		zc.length = size;
		zc_len = sizeof(zc);
		if (getsockopt(t->s, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc,
			       &zc_len))
			die("zero-copy receive");
		took(t, t->s, map, zc.length);
		mapped += zc.length;
		len -= zc.length;
		if (!zc.recv_skip_hint)
			continue;
		take(t, t->s, zc.recv_skip_hint);
		len -= zc.recv_skip_hint;
	}
	return mapped;
}

static void zerocopy_recv(struct pair *t)
{
	size_t size = 16 * sysconf(_SC_PAGESIZE), mapped = 0;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, t->s, 0);
	int i;

	if (map == MAP_FAILED)
		die("mmap");
	for (i = 0; i < 8; i++) {
		put_pages(t, size);
		mapped += take_mapped(t, map, size, size);
		if (i != 3)
			continue;
		say(t, "mapped: %d", mapped > 0);
		move(t);
		mapped = 0;
	}
	say(t, "mapped: %d", mapped > 0);
	if (!mapped && t->mode == NATIVE)
		die("nothing is mapped");
	/* The rest of these is not whole. */
	put(t, t->p, 2 * size + 100);
	take_mapped(t, map, size, 2 * size + 100);
	munmap(map, size);
}

/* The queue of a socket moves with data in it that nobody has read. */
static void unread(struct pair *t)
{
	put(t, t->p, 5000);
	wait_queued(t->s, SIOCINQ, 5000);
	move(t);
	put(t, t->p, 5000);
	wait_queued(t->s, SIOCINQ, 10000);
	take(t, t->s, 10000);
}

/* What a socket is charged for data that it has received. */
static unsigned int memory_of(int fd)
{
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		die("memory");
	return info[SK_MEMINFO_RMEM_ALLOC];
}

/*
 * Nobody reads while one piece after the other comes, of @min bytes and more: those
 * that came first stay as they are, and small ones do not take an skb each.
 */
static void pieces(struct pair *t, int count, size_t min, unsigned int most)
{
	size_t total = 0;
	int i;

	set(t->p, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < count; i++) {
		if (i == count / 2)
			move(t);
		put(t, t->p, min + i * 37 % 150);
		total += min + i * 37 % 150;
		wait_queued(t->s, SIOCINQ, total);
	}
	if (memory_of(t->s) > count * most)
		say(t, "%d pieces take %u bytes", count, memory_of(t->s));
	take(t, t->s, total);
	say(t, "left: %u", memory_of(t->s));
}

/* A segment is charged half a page at least; an skb without data 700 bytes. */
static void small_pieces(struct pair *t)
{
	pieces(t, 100, 10, 2048 + 256);
}

static void large_pieces(struct pair *t)
{
	pieces(t, 30, 5500, 16384);
}

/* Much, both ways at once, in small and large pieces. */
static void both_ways(struct pair *t)
{
	struct task task = { .len = 2 << 20 };
	struct task other = { .len = 2 << 20, .fd = t->p };
	struct task reader = { .len = 2 << 20, .flags = MSG_WAITALL };

	task_start(&task, t, task_send);
	task_start(&other, t, task_send);
	task_start(&reader, t, task_recv);
	take(t, t->p, 1 << 20);
	move(t);
	take(t, t->p, 1 << 20);
	task_join(&task);
	task_join(&other);
	task_join(&reader);
	say(t, "%zd %zd %zd", task.ret, other.ret, reader.ret);
}

/* When it came is told with it, if it is asked for. */
static void when(struct pair *t)
{
	char control[CMSG_SPACE(sizeof(struct timespec))], data[100];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct timespec now, at = {};
	struct cmsghdr *cmsg;
	ssize_t n;

	wait_for(t->s, POLLIN);
	n = recvmsg(t->s, &msg, 0);
	if (n > 0)
		took(t, t->s, data, n);
	clock_gettime(CLOCK_REALTIME, &now);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_type == SCM_TIMESTAMPNS)
		memcpy(&at, CMSG_DATA(cmsg), sizeof(at));
	say(t, "%zd bytes, %s", n, !cmsg ? "no time" :
	    at.tv_sec > now.tv_sec - 600 && at.tv_sec <= now.tv_sec ?
	    "a moment ago" : "another time");
}

/*
 * The kernel notes when a segment has come from a moment on after it was first asked
 * to, when a worker has run: until the first is seen on a connection beside it.
 */
static void await_times(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	char control[CMSG_SPACE(sizeof(struct timespec))], byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int from = socket(AF_INET, SOCK_STREAM, 0), to;
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&at, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&at, &len) ||
	    connect(from, (void *)&at, len))
		die("no connection beside it");
	to = accept(listener, NULL, NULL);
	set(to, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	do {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if (send(from, &byte, 1, 0) != 1 || recvmsg(to, &msg, 0) != 1)
			die("nothing comes beside it");
	} while (!CMSG_FIRSTHDR(&msg));
	close(listener);
	close(from);
	close(to);
}

static void receive_time(struct pair *t)
{
	put(t, t->p, 100);
	when(t);
	set(t->s, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	await_times();
	move(t);
	put(t, t->p, 100);
	when(t);
	set(t->s, SOL_SOCKET, SO_TIMESTAMPNS, 0);
	put(t, t->p, 100);
	when(t);
}

/*
 * As much as comes in a round trip: the buffer is made for more. Where the machine is
 * slow, that is not always so much.
 */
static void buffer_grows(struct pair *t)
{
	int was = get(t->s, SOL_SOCKET, SO_RCVBUF), i;

	for (i = 0; i < 40 || (i < 1000 && get(t->s, SOL_SOCKET, SO_RCVBUF) == was);
	     i++) {
		put(t, t->p, 50000);
		take(t, t->s, 50000);
	}
	say(t, "grown: %d", get(t->s, SOL_SOCKET, SO_RCVBUF) > was);
	move(t);
	put(t, t->p, 50000);
	take(t, t->s, 50000);
}

/* What is owed to the peer is not forgotten: it need not send anything again. */
static void owed_ack(struct pair *t)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	/* Before that, TCP acknowledges at once. */
	put(t, t->s, 100);
	take(t, t->p, 100);
	set(t->s, IPPROTO_TCP, TCP_QUICKACK, 0);
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	move(t);
	wait_queued(t->p, SIOCOUTQ, 0);
	if (getsockopt(t->p, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	say(t, "sent again: %u", info.tcpi_total_retrans);
	take(t, t->s, 100);
}

/* --- urgent data ---------------------------------------------------------- */

static void say_urgent(struct pair *t)
{
	struct pollfd pfd = { .fd = t->s, .events = POLLIN | POLLPRI };
	int at_mark;

	if (ioctl(t->s, SIOCATMARK, &at_mark))
		die("mark");
	poll(&pfd, 1, 0);
	say(t, "at the mark: %d, events: %x", at_mark, pfd.revents);
}

/* TCP alone knows it: reading stops before it, and it is read by itself. */
static void urgent_byte(struct pair *t, int flags)
{
	char c = 0;

	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	move(t);
	say_urgent(t);
	if (send(t->p, "u", 1, MSG_OOB) != 1)
		die("urgent");
	put(t, t->p, 50);
	wait_for(t->s, POLLPRI);
	say(t, "native: %d", !offloaded(t->s));
	say_urgent(t);
	say_result(t, "before it", take_flags(t, t->s, 200, 0));
	say_urgent(t);
	say_result(t, "urgent", recv(t->s, &c, 1, flags));
	say(t, "byte: %c", c);
	say_result(t, "again", recv(t->s, &c, 1, MSG_OOB));
	take(t, t->s, 50);
	say_urgent(t);
	if (!offload_again(t))
		die("refused when it has been read");
	put(t, t->p, 100);
	take(t, t->s, 100);
}

static void urgent_in(struct pair *t)
{
	urgent_byte(t, MSG_OOB);
}

static void urgent_inline(struct pair *t)
{
	set(t->s, SOL_SOCKET, SO_OOBINLINE, 1);
	urgent_byte(t, 0);
}

const struct test recv_tests[] = {
	{ "blocked_recv", blocked_recv, 0 },
	{ "nonblocking_recv", nonblocking_recv, 0 },
	{ "wait_all", wait_all, 0 },
	{ "peek", peek, 0 },
	{ "in_queue", in_queue, 0 },
	{ "full_buffer", full_buffer, 32768 },
	{ "low_mark", low_mark, 0 },
	{ "low_mark_pieces", low_mark_pieces, 32768 },
	{ "recv_timeout", recv_timeout, 0 },
	{ "interrupted", interrupted, 0 },
	{ "splice_in", splice_in, 0 },
	{ "zerocopy_recv", zerocopy_recv, 0 },
	{ "unread", unread, 0 },
	{ "receive_time", receive_time, 0 },
	{ "small_pieces", small_pieces, 200000 },
	{ "large_pieces", large_pieces, 200000 },
	{ "both_ways", both_ways, 0 },
	{ "buffer_grows", buffer_grows, 0 },
	{ "owed_ack", owed_ack, 0 },
	{ "urgent_in", urgent_in, 0 },
	{ "urgent_inline", urgent_inline, 0 },
	{}
};
