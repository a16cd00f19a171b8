// SPDX-License-Identifier: GPL-2.0-only
/* How connections end, and how descriptors change hands. */
#include "hostapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/chimney_host.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say_state(struct pair *t, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		die("TCP_INFO");
	say(t, "state: %d", info.tcpi_state);
}

/* --- shutting down -------------------------------------------------------- */

static void shutdown_write(struct pair *t)
{
	put(t, t->s, 1000);
	move(t);
	say_result(t, "shutdown", shutdown(t->s, SHUT_WR));
	take(t, t->p, 1000);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	put(t, t->p, 5000);
	take(t, t->s, 5000);
	shutdown(t->p, SHUT_WR);
	say_result(t, "end", take_flags(t, t->s, 1, 0));
}

/* With more on its way than the peer takes. */
static void shutdown_unsent(struct pair *t)
{
	size_t total = fill_up(t, t->s);

	move(t);
	say_result(t, "shutdown", shutdown(t->s, SHUT_WR));
	take(t, t->p, total);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
	put(t, t->p, 100);
	take(t, t->s, 100);
}

static void shutdown_read(struct pair *t)
{
	struct task task = { .len = 1 };

	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	say_result(t, "shutdown", shutdown(t->s, SHUT_RD));
	task_join(&task);
	say_result(t, "recv", task.ret);
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
	put(t, t->s, 100);
	take(t, t->p, 100);
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	say_result(t, "recv", take_flags(t, t->s, 1000, 0));
}

/* The peer need not know. */
static void shutdown_read_first(struct pair *t)
{
	say_result(t, "shutdown", shutdown(t->s, SHUT_RD));
	move(t);
	put(t, t->s, 100);
	take(t, t->p, 100);
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	say_result(t, "recv", take_flags(t, t->s, 1000, 0));
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
}

static void shutdown_both(struct pair *t)
{
	struct pollfd pfd = {
		.fd = t->s,
		.events = POLLIN | POLLOUT | POLLRDHUP,
	};

	put(t, t->s, 1000);
	move(t);
	say_result(t, "shutdown", shutdown(t->s, SHUT_RDWR));
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	take(t, t->p, 1000);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
	shutdown(t->p, SHUT_WR);
	while (poll(&pfd, 1, -1) == 1 && !(pfd.revents & POLLHUP))
		;
	say(t, "events: %x", pfd.revents);
	say_result(t, "again", shutdown(t->s, SHUT_RDWR));
}

/* The peer closes first; what it is still sent arrives. */
static void peer_closes(struct pair *t)
{
	put(t, t->p, 1000);
	shutdown(t->p, SHUT_WR);
	wait_for(t->s, POLLRDHUP);
	say_state(t, t->s);
	move(t);
	say_state(t, t->s);
	take(t, t->s, 1000);
	say_result(t, "end", take_flags(t, t->s, 1, 0));
	say_result(t, "end", take_flags(t, t->s, 1, 0));
	put(t, t->s, 5000);
	take(t, t->p, 5000);
	say_result(t, "shutdown", shutdown(t->s, SHUT_WR));
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

static void peer_closes_meanwhile(struct pair *t)
{
	struct task task = { .len = 100 };

	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	shutdown(t->p, SHUT_WR);
	task_join(&task);
	say_result(t, "recv", task.ret);
	say_state(t, t->s);
	put(t, t->s, 5000);
	take(t, t->p, 5000);
	close(t->s);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

/* --- closing -------------------------------------------------------------- */

static void linger(int fd, int seconds)
{
	struct linger value = { .l_onoff = 1, .l_linger = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &value, sizeof(value)))
		die("SO_LINGER");
}

static void peer_resets(struct pair *t)
{
	struct task task = { .len = 100 };
	struct pollfd pfd = { .fd = t->s, .events = POLLIN | POLLOUT };

	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	linger(t->p, 0);
	close(t->p);
	task_join(&task);
	say_result(t, "recv", task.ret);
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	poll(&pfd, 1, -1);
	say(t, "events: %x", pfd.revents);
}

/* Nobody waits in the socket: the error is there to be fetched. */
static void peer_resets_unseen(struct pair *t)
{
	struct pollfd pfd = { .fd = t->s, .events = POLLIN | POLLOUT };

	move(t);
	linger(t->p, 0);
	close(t->p);
	/* A closed state is seen a moment before the end of what can be read. */
	while (poll(&pfd, 1, -1) == 1 &&
	       (pfd.revents & (POLLHUP | POLLIN)) != (POLLHUP | POLLIN))
		;
	say(t, "events: %x", pfd.revents);
	say(t, "error: %s",
	    strerrorname_np(get(t->s, SOL_SOCKET, SO_ERROR)));
	say(t, "error: %d", get(t->s, SOL_SOCKET, SO_ERROR));
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	say_result(t, "recv", take_flags(t, t->s, 1, 0));
}

static void close_plain(struct pair *t)
{
	put(t, t->s, 1000);
	move(t);
	say_result(t, "close", close(t->s));
	take(t, t->p, 1000);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

static void close_unsent(struct pair *t)
{
	size_t total = fill_up(t, t->s);

	move(t);
	say_result(t, "close", close(t->s));
	take(t, t->p, total);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

/* The peer is told that nobody has read it. */
static void close_unread(struct pair *t)
{
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	move(t);
	say_result(t, "close", close(t->s));
	wait_for(t->p, POLLIN);
	say_result(t, "recv", take_flags(t, t->p, 1, 0));
	say_result(t, "send", put_flags(t, t->p, 1, 0));
}

/* Likewise where it has not even got as far as the socket. */
static void close_overfull(struct pair *t)
{
	fill_up(t, t->p);
	move(t);
	say_result(t, "close", close(t->s));
	wait_for(t->p, POLLIN);
	say_result(t, "recv", take_flags(t, t->p, 1, 0));
}

static void linger_reset(struct pair *t)
{
	linger(t->s, 0);
	put(t, t->s, 100);
	take(t, t->p, 100);
	move(t);
	say_result(t, "close", close(t->s));
	wait_for(t->p, POLLIN);
	say_result(t, "recv", take_flags(t, t->p, 1, 0));
}

/* As an administrator ends it who has had enough of it. */
static void destroy(struct pair *t)
{
	say(t, "ss: %d", system(t->accepted ?
				"ss -KtnHO sport = 5100 >/dev/null" :
				"ss -KtnHO dport = 5100 >/dev/null"));
}

static void destroyed(struct pair *t)
{
	struct task task = { .len = 1000 };

	put(t, t->s, 100);
	take(t, t->p, 100);
	task_start(&task, t, task_recv);
	task_blocked(&task);
	move(t);
	destroy(t);
	say(t, "offloaded: %d", offloaded(t->s));
	task_join(&task);
	errno = task.err;
	say_result(t, "blocked", task.ret);
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	wait_for(t->p, POLLIN);
	say_result(t, "peer", take_flags(t, t->p, 1, 0));
}

static atomic_bool enough;

static void offload_on(struct task *task)
{
	const int there = 1;

	/* Refused natively, and in the end. */
	while (!atomic_load(&enough))
		setsockopt(task->fd, IPPROTO_TCP, TCP_CHIMNEY, &there,
			   sizeof(there));
}

/* While another thread has it offloaded again, with what it has sent still out. */
static void destroyed_again(struct pair *t)
{
	struct task task = {};

	fill_up(t, t->s);
	move(t);
	task_start(&task, t, offload_on);
	destroy(t);
	atomic_store(&enough, true);
	task_join(&task);
	say_result(t, "send", put_flags(t, t->s, 1, 0));
	say_result(t, "close", close(t->s));
}

static void do_close(struct task *task)
{
	task->ret = close(task->fd);
	task->err = errno;
}

/* close() waits until the peer has all of it. */
static void linger_wait(struct pair *t)
{
	struct task task = {};
	size_t total;

	linger(t->s, 100);
	total = fill_up(t, t->s);
	move(t);
	task_start(&task, t, do_close);
	task_blocked(&task);
	take(t, t->p, total);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
	task_join(&task);
	say_result(t, "close", task.ret);
}

/* But not for ever. The peer gets the rest all the same. */
static void linger_expires(struct pair *t)
{
	struct timespec then;
	size_t total;

	linger(t->s, 1);
	total = fill_up(t, t->s);
	move(t);
	clock_gettime(CLOCK_MONOTONIC, &then);
	say_result(t, "close", close(t->s));
	say(t, "waited: %d", ms_since(&then) >= 990);
	take(t, t->p, total);
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

/* --- descriptors ---------------------------------------------------------- */

/* In a child: sends and receives, and says by its exit code how it went. */
static void talk(struct pair *t, int fd)
{
	/* Counts as the socket that it is another name of. */
	if (dup2(fd, t->s) < 0)
		die("dup2");
	put(t, t->s, 1000);
	take(t, t->s, 1000);
	exit(0);
}

/* What the child did, as the parent has to know it. */
static void talked(struct pair *t)
{
	uint8_t buf[1000];

	take(t, t->p, 1000);
	fill(t, t->s, buf, sizeof(buf));
	sent(t, t->s, buf, sizeof(buf));
	fill(t, t->p, buf, sizeof(buf));
	put(t, t->p, 1000);
	took(t, t->s, buf, sizeof(buf));
}

static void forked(struct pair *t)
{
	pid_t child;

	fflush(t->log);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		talk(t, dup(t->s));
	}
	move(t);
	talked(t);
	say(t, "child: %d", wait_child(child));
	put(t, t->s, 100);
	take(t, t->p, 100);
}

static void duplicated(struct pair *t)
{
	int other = dup(t->s);

	put(t, t->s, 100);
	close(t->s);
	t->s = other;
	take(t, t->p, 100);
	move(t);
	put(t, t->p, 100);
	take(t, t->s, 100);
	other = dup(t->s);
	close(other);
	put(t, t->s, 100);
	take(t, t->p, 100);
}

void pass(int by, int fd)
{
	char buf[CMSG_SPACE(sizeof(int))] = {};
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = buf,
		.msg_controllen = sizeof(buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	if (sendmsg(by, &msg, 0) != 1)
		die("sendmsg");
}

int passed(int by)
{
	char buf[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = buf,
		.msg_controllen = sizeof(buf),
	};
	int fd;

	if (recvmsg(by, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		die("recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* The last descriptor is in a message when the connection has moved. */
static void handed_on(struct pair *t)
{
	int ends[2];
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		die("socketpair");
	fflush(t->log);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(t->s);
		talk(t, passed(ends[1]));
	}
	move(t);
	pass(ends[0], t->s);
	close(t->s);
	talked(t);
	say(t, "child: %d", wait_child(child));
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

/* A child that inherits it keeps it open. */
static void kept_open(struct pair *t)
{
	int ends[2];
	pid_t child;

	if (pipe(ends))
		die("pipe");
	fflush(t->log);
	child = fork();
	if (!child) {
		close(ends[1]);
		_exit(read(ends[0], ends, 1) != 0);
	}
	move(t);
	close(t->s);
	say_result(t, "no end", take_flags(t, t->p, 1, MSG_DONTWAIT));
	close(ends[1]);
	say(t, "child: %d", wait_child(child));
	say_result(t, "end", take_flags(t, t->p, 1, 0));
}

/*
 * Disconnected, the same descriptor can listen. What it accepts has no ULP; what it does
 * not accept is reset when it closes.
 */
static void listens(struct pair *t)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage at = { .ss_family = t->family == 4 ? AF_INET :
					AF_INET6 };
	struct sockaddr_in *in = (void *)&at;
	struct sockaddr_in6 *in6 = (void *)&at;
	int from = socket(at.ss_family, SOCK_STREAM, 0), to;
	int late = socket(at.ss_family, SOCK_STREAM, 0);
	socklen_t len = sizeof(at);
	char c = 'a';

	put(t, t->s, 1000);
	take(t, t->p, 1000);
	move(t);
	say_result(t, "disconnected", connect(t->s, &unspec, sizeof(unspec)));
	say_result(t, "peer", take_flags(t, t->p, 1, 0));
	say_result(t, "listens", listen(t->s, 1));
	if (getsockname(t->s, (void *)&at, &len))
		die("name");
	if (t->family == 4)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
	say_result(t, "connected", connect(from, (void *)&at, len));
	to = accept(t->s, NULL, NULL);
	say_result(t, "late", connect(late, (void *)&at, len));
	close(t->s);
	say_result(t, "reset", recv(late, &c, 1, 0));
	close(late);
	say(t, "accepted: %d, offloaded: %d", to >= 0, offloaded(to));
	say_result(t, "send", send(from, &c, 1, 0));
	say_result(t, "recv", recv(to, &c, 1, 0));
	say(t, "byte: %c", c);
	close(from);
	say_result(t, "end", recv(to, &c, 1, 0));
	close(to);
}

/* After some time, so that it may come in the middle. */
static void set_repair(struct task *task)
{
	usleep(task->len);
	set(task->fd, IPPROTO_TCP, TCP_REPAIR, 1);
}

/*
 * An option that only TCP itself obeys is set while a socket is offloaded for the first
 * time: who sets it may not have seen yet that there is anything to mind.
 */
static void set_meanwhile(struct pair *t)
{
	struct pair other;
	int i, moves = 0;

	move(t);
	if (t->mode == LEFT)
		drain("0");
	for (i = 0; i < 20; i++) {
		struct task task = { .len = 300 * i };

		other = (struct pair){ .family = t->family, .log = t->log };
		pair_open(&other, 0);
		task_start(&task, &other, set_repair);
		if (t->mode != NATIVE)
			moves += offload_once(other.s) == 0;
		task_join(&task);
		while (offloaded(other.s))
			poll(NULL, 0, 1);
		set(other.s, IPPROTO_TCP, TCP_REPAIR, -1);
		if (t->mode != NATIVE && !offload(other.s))
			die("refused afterwards");
		put(&other, other.s, 1000);
		take(&other, other.p, 1000);
		close(other.s);
		close(other.p);
	}
	if (t->mode != NATIVE && !moves)
		die("it always came first");
	put(t, t->s, 1000);
	take(t, t->p, 1000);
}

const struct test life_tests[] = {
	{ "shutdown_write", shutdown_write, 0 },
	{ "shutdown_unsent", shutdown_unsent, 32768 },
	{ "shutdown_read", shutdown_read, 0 },
	{ "shutdown_read_first", shutdown_read_first, 0 },
	{ "shutdown_both", shutdown_both, 0 },
	{ "peer_closes", peer_closes, 0 },
	{ "peer_closes_meanwhile", peer_closes_meanwhile, 0 },
	{ "peer_resets", peer_resets, 0 },
	{ "peer_resets_unseen", peer_resets_unseen, 0 },
	{ "close_plain", close_plain, 0 },
	{ "close_unsent", close_unsent, 32768 },
	{ "close_unread", close_unread, 0 },
	{ "close_overfull", close_overfull, 32768 },
	{ "linger_reset", linger_reset, 0 },
	{ "destroyed", destroyed, 0 },
	{ "destroyed_again", destroyed_again, 0 },
	{ "linger_wait", linger_wait, 32768 },
	{ "linger_expires", linger_expires, 32768 },
	{ "forked", forked, 0 },
	{ "duplicated", duplicated, 0 },
	{ "handed_on", handed_on, 0 },
	{ "kept_open", kept_open, 0 },
	{ "listens", listens, 0 },
	{ "set_meanwhile", set_meanwhile, 0 },
	{}
};
