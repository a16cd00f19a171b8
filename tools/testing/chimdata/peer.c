// SPDX-License-Identifier: GPL-2.0
/* chimdata peer: the same roles on sockets that nothing happens to. */
#include "chimdata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

struct one {
	struct stream s;
	uint32_t watched;
	bool right;
	uint64_t resume_at;	/* milliseconds */
};

static const struct options *o;
static struct one *ones;
static uint32_t started, left;
static int poll_fd, listen_fd = -1;

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

static void set(int fd, int level, int name, uint32_t value)
{
	int number = value;

	if (value && setsockopt(fd, level, name, &number, sizeof(number)))
		die("set option %d:%d: %s", level, name, strerror(errno));
}

static void set_options(int fd)
{
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(fd, SOL_SOCKET, SO_RCVBUF, o->rcvbuf);
	set(fd, SOL_SOCKET, SO_SNDBUF, o->sndbuf);
	set(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, o->nodelay);
	set(fd, IPPROTO_TCP, 2 /* TCP_MAXSEG */, o->mss);
}

static void watch(struct one *p, uint32_t wants)
{
	struct epoll_event event = { .events = wants, .data.ptr = p };
	int op = wants ? p->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD :
			 EPOLL_CTL_DEL;

	if (wants == p->watched)
		return;
	if (epoll_ctl(poll_fd, op, p->s.fd, &event))
		die("epoll_ctl: %s", strerror(errno));
	p->watched = wants;
}

static void step(struct one *p)
{
	if (p->s.over)
		return;
	stream_step(&p->s, o);
	if (p->s.stalled && !p->resume_at)
		p->resume_at = now() + o->stall;
	if (!p->s.over) {
		watch(p, stream_wants(&p->s));
		return;
	}
	p->right = stream_right(&p->s) || p->s.rx_next >= o->reset;
	if (o->expect == EXPECT_RESET)
		p->right = p->s.error == ECONNRESET && p->s.bad == ALL;
	watch(p, 0);
	close(p->s.fd);
	left--;
}

/* Those that were told not to read for a while. */
static void resume(void)
{
	uint32_t i;

	if (o->stall_at == ALL)
		return;
	for (i = 0; i < started; i++)
		if (ones[i].s.stalled && now() >= ones[i].resume_at) {
			ones[i].s.stalled = false;
			ones[i].s.role.keep = 0xdead;
			step(&ones[i]);
		}
}

static void begin_one(int fd)
{
	struct one *p = &ones[started++];

	stream_start(&p->s, fd, &o->role);
	p->s.role.keep = 0;
	p->s.role.fin_data = 0;
	step(p);
}

static void accept_all(void)
{
	int fd;

	while (started < o->count) {
		fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK);
		if (fd < 0)
			break;
		begin_one(fd);
	}
}

static void listen_at(const struct sockaddr_in6 *at, socklen_t len)
{
	struct epoll_event event = { .events = EPOLLIN };

	listen_fd = socket(at->sin6_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (listen_fd < 0)
		die("socket: %s", strerror(errno));
	set_options(listen_fd);
	if (bind(listen_fd, (const struct sockaddr *)at, len) ||
	    listen(listen_fd, 4096))
		die("listen: %s", strerror(errno));
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, listen_fd, &event))
		die("epoll_ctl: %s", strerror(errno));
	printf("{\"event\": \"listening\"}\n");
	fflush(stdout);
}

static void call_all(const struct sockaddr_in6 *to, socklen_t len)
{
	uint32_t i;
	int fd;

	for (i = 0; i < o->count; i++) {
		fd = socket(to->sin6_family, SOCK_STREAM, 0);
		if (fd < 0)
			die("socket: %s", strerror(errno));
		set_options(fd);
		if (connect(fd, (const struct sockaddr *)to, len))
			die("connect: %s", strerror(errno));
		begin_one(fd);
	}
}

static int print_all(void)
{
	uint64_t tx = 0, rx = 0;
	uint32_t right = 0, i;
	int64_t bad = -1;
	int error = 0;

	for (i = 0; i < started; i++) {
		tx += ones[i].s.tx_next;
		rx += ones[i].s.rx_next;
		right += ones[i].right;
		error = error ? error : ones[i].s.error;
		if (ones[i].s.bad != ALL)
			bad = ones[i].s.bad;
	}
	printf("{\"count\": %u", started);
	member("right", right);
	member("tx", tx);
	member("rx", rx);
	member("bad", bad);
	member("late", left);
	printf(", \"error\": \"%s\"", error ? strerror(error) : "");
	if (started == 1)
		printf(", \"tx_hash\": \"%016llx\", \"rx_hash\": \"%016llx\"",
		       (unsigned long long)chimc_hash_end(&ones[0].s.tx_hash,
							  tx),
		       (unsigned long long)chimc_hash_end(&ones[0].s.rx_hash,
							  rx));
	printf("}\n");
	if (left)
		return EXIT_TIME;
	return right == o->count ? EXIT_OK : EXIT_WRONG;
}

/**
 * peer() - the whole of it
 * @at: where to listen, or whom to call
 * @len: length of the address
 * @call: call
 * @options: what is to be done
 *
 * Return: exit code.
 */
int peer(const struct sockaddr_in6 *at, socklen_t len, bool call,
	 const struct options *options)
{
	struct epoll_event events[256];
	time_t end;
	int n, i;

	o = options;
	end = time(NULL) + o->timeout;
	ones = calloc(o->count, sizeof(*ones));
	poll_fd = epoll_create1(0);
	if (!ones || poll_fd < 0)
		die("no memory");
	left = o->count;
	if (call)
		call_all(at, len);
	else
		listen_at(at, len);
	while (left && time(NULL) < end) {
		n = epoll_wait(poll_fd, events, 256,
			       o->stall_at == ALL ? 1000 : 20);
		for (i = 0; i < n; i++)
			if (events[i].data.ptr)
				step(events[i].data.ptr);
		if (listen_fd >= 0)
			accept_all();
		resume();
	}
	return print_all();
}
