// SPDX-License-Identifier: GPL-2.0-only
/* How programs are told that something can be done. */
#include "hostapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- poll and select ------------------------------------------------------ */

static void say_events(struct pair *t, const char *what, unsigned int events)
{
	say(t, "%s:%s%s%s%s%s", what, events & POLLIN ? " in" : "",
	    events & POLLOUT ? " out" : "", events & POLLRDHUP ? " rdhup" : "",
	    events & POLLHUP ? " hup" : "", events & POLLERR ? " err" : "");
}

static void do_poll(struct task *task)
{
	struct pollfd pfd = {
		.fd = task->t->s,
		.events = task->flags,
	};

	task->ret = poll(&pfd, 1, -1);
	task->flags = pfd.revents;
}

static void poll_now(struct pair *t)
{
	struct pollfd pfd = {
		.fd = t->s,
		.events = POLLIN | POLLOUT | POLLRDHUP,
	};

	poll(&pfd, 1, 0);
	say_events(t, "now", pfd.revents);
}

static void poll_in(struct pair *t)
{
	struct task task = { .flags = POLLIN | POLLRDHUP };

	poll_now(t);
	task_start(&task, t, do_poll);
	task_blocked(&task);
	move(t);
	put(t, t->p, 10);
	task_join(&task);
	say_events(t, "poll", task.flags);
	poll_now(t);
	take(t, t->s, 10);
	poll_now(t);
}

static void poll_out(struct pair *t)
{
	struct task task = { .flags = POLLOUT };
	size_t total = fill_up(t, t->s);

	poll_now(t);
	task_start(&task, t, do_poll);
	task_blocked(&task);
	move(t);
	take(t, t->p, total);
	task_join(&task);
	say_events(t, "poll", task.flags);
	put(t, t->s, 10);
	take(t, t->p, 10);
}

static void poll_end(struct pair *t)
{
	struct task task = { .flags = POLLIN | POLLRDHUP };

	task_start(&task, t, do_poll);
	task_blocked(&task);
	move(t);
	shutdown(t->p, SHUT_WR);
	task_join(&task);
	say_events(t, "poll", task.flags);
	poll_now(t);
	say_result(t, "end", take_flags(t, t->s, 1, 0));
	put(t, t->s, 10);
	take(t, t->p, 10);
}

static void do_select(struct task *task)
{
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(task->t->s, &in);
	if (task->flags)
		FD_SET(task->t->s, &out);
	task->ret = select(task->t->s + 1, &in, &out, NULL, NULL);
	task->flags = (FD_ISSET(task->t->s, &in) ? POLLIN : 0) |
		      (FD_ISSET(task->t->s, &out) ? POLLOUT : 0);
}

static void select_in(struct pair *t)
{
	struct task task = {};

	task_start(&task, t, do_select);
	task_blocked(&task);
	move(t);
	put(t, t->p, 10);
	task_join(&task);
	say(t, "select: %zd %d", task.ret, task.flags);
	take(t, t->s, 10);
	task.flags = 1;
	task_start(&task, t, do_select);
	task_join(&task);
	say(t, "select: %zd %d", task.ret, task.flags);
}

/* With a full buffer, until the peer reads. */
static void select_out(struct pair *t)
{
	struct task task = { .flags = 1 };
	size_t total = fill_up(t, t->s);

	task_start(&task, t, do_select);
	task_blocked(&task);
	move(t);
	take(t, t->p, total);
	task_join(&task);
	say(t, "select: %zd %d", task.ret, task.flags);
	put(t, t->s, 1000);
	take(t, t->p, 1000);
}

/* --- epoll, edge-triggered ------------------------------------------------ */

static int watch(struct pair *t, uint32_t events)
{
	struct epoll_event event = { .events = events | EPOLLET };
	int fd = epoll_create1(0);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, t->s, &event))
		die("epoll");
	return fd;
}

static void edge(struct pair *t, const char *what, int fd, int timeout)
{
	struct epoll_event event = {};

	if (epoll_wait(fd, &event, 1, timeout) < 0)
		die("epoll_wait");
	say_events(t, what, event.events);
}

/* Each arrival is told once, even where the data before it is still there. */
static void epoll_in(struct pair *t)
{
	int fd = watch(t, EPOLLIN | EPOLLRDHUP);

	edge(t, "nothing", fd, 0);
	put(t, t->p, 100);
	edge(t, "arrival", fd, -1);
	edge(t, "known", fd, 0);
	take(t, t->s, 50);
	move(t);
	put(t, t->p, 100);
	edge(t, "arrival", fd, -1);
	take(t, t->s, 150);
	edge(t, "known", fd, 0);
	put(t, t->p, 100);
	edge(t, "arrival", fd, -1);
	take(t, t->s, 100);
	shutdown(t->p, SHUT_WR);
	edge(t, "end", fd, -1);
	edge(t, "known", fd, 0);
}

static void epoll_out(struct pair *t)
{
	int fd = watch(t, EPOLLOUT);
	size_t total;

	edge(t, "room", fd, -1);
	edge(t, "known", fd, 0);
	total = fill_up(t, t->s);
	move(t);
	take(t, t->p, total);
	edge(t, "room", fd, -1);
	total = fill_up(t, t->s);
	take(t, t->p, total);
	edge(t, "room", fd, -1);
}

static void do_epoll(struct task *task)
{
	struct epoll_event event = {};

	task->ret = epoll_wait(task->fd, &event, 1, -1);
	task->flags = event.events;
}

static void epoll_blocked(struct pair *t)
{
	struct task task = { .fd = watch(t, EPOLLIN) };

	task_start(&task, t, do_epoll);
	task_blocked(&task);
	move(t);
	put(t, t->p, 10);
	task_join(&task);
	say_events(t, "epoll", task.flags);
	take(t, t->s, 10);
}

/* Not told below the mark. */
static void epoll_low_mark(struct pair *t)
{
	int fd = watch(t, EPOLLIN);

	set(t->s, SOL_SOCKET, SO_RCVLOWAT, 300);
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 100);
	edge(t, "below", fd, 0);
	move(t);
	put(t, t->p, 100);
	wait_queued(t->s, SIOCINQ, 200);
	edge(t, "below", fd, 0);
	put(t, t->p, 100);
	edge(t, "at the mark", fd, -1);
	take(t, t->s, 300);
}

/* --- signals -------------------------------------------------------------- */

static void ask_for_signals(struct pair *t, sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, set, NULL);
	if (fcntl(t->s, F_SETOWN, getpid()) ||
	    fcntl(t->s, F_SETSIG, SIGRTMIN) ||
	    fcntl(t->s, F_SETFL, fcntl(t->s, F_GETFL) | O_ASYNC))
		die("fcntl");
}

static void await(struct pair *t, const sigset_t *set, int code)
{
	siginfo_t info;

	do {
		if (sigwaitinfo(set, &info) < 0)
			die("sigwaitinfo");
	} while (info.si_code != code);
	say(t, "signal: code %d, ours: %d", info.si_code, info.si_fd == t->s);
}

static void none_left(const sigset_t *set)
{
	struct timespec now = {};

	while (sigtimedwait(set, NULL, &now) > 0)
		;
}

static void sigio(struct pair *t)
{
	sigset_t set;
	size_t total;

	ask_for_signals(t, &set);
	total = fill_up(t, t->s);
	move(t);
	total += fill_up(t, t->s);
	none_left(&set);
	put(t, t->p, 10);
	await(t, &set, POLL_IN);
	take(t, t->s, 10);
	none_left(&set);
	take(t, t->p, total);
	await(t, &set, POLL_OUT);
	none_left(&set);
	shutdown(t->p, SHUT_WR);
	await(t, &set, POLL_IN);
}

const struct test ready_tests[] = {
	{ "poll_in", poll_in, 0 },
	{ "poll_out", poll_out, 32768 },
	{ "poll_end", poll_end, 0 },
	{ "select_in", select_in, 0 },
	{ "select_out", select_out, 32768 },
	{ "epoll_in", epoll_in, 0 },
	{ "epoll_out", epoll_out, 32768 },
	{ "epoll_blocked", epoll_blocked, 0 },
	{ "epoll_low_mark", epoll_low_mark, 0 },
	{ "sigio", sigio, 32768 },
	{}
};
