// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to send and to receive, one of them at random. What takes them apart from
 * plain send() and recv() is how the kernel keeps the data, and who waits where.
 */
#include "ways.h"

#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK_MAX	60000

unsigned int dice(struct way *way, unsigned int sides)
{
	return rand_r(&way->seed) % sides;
}

/* --- waiting -------------------------------------------------------------- */

static int one_selected(int fd, bool in)
{
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(fd, &fds);
	return select(fd + 1, in ? &fds : NULL, in ? NULL : &fds, NULL, NULL);
}

/*
 * An edge is told once, however long ago it was: what waits for the next one hangs if
 * that is lost.
 */
static int one_edge(struct way *way, bool in)
{
	struct epoll_event ev = { .events = (in ? EPOLLIN : EPOLLOUT) | EPOLLET };
	int n;

	if (!way->edges) {
		way->edges = epoll_create1(EPOLL_CLOEXEC);
		if (epoll_ctl(way->edges, EPOLL_CTL_ADD, way->fd, &ev))
			die("epoll");
	}
	/* What io_uring leaves to do for this thread wakes it as a signal does. */
	do
		n = epoll_wait(way->edges, &ev, 1, -1);
	while (n < 0 && errno == EINTR);
	return n;
}

/* After it would have blocked; nobody else uses this end of the stream. */
static void wait_ready(struct way *way, bool in)
{
	struct pollfd pfd = { .fd = way->fd, .events = in ? POLLIN : POLLOUT };
	int n;

	switch (dice(way, 3)) {
	case 0:
		n = poll(&pfd, 1, -1);
		break;
	case 1:
		n = one_selected(way->fd, in);
		break;
	default:
		n = one_edge(way, in);
	}
	if (n != 1)
		die("wait");
}

void way_close(struct way *way)
{
	if (way->edges)
		close(way->edges);
	way->edges = 0;
}

/* --- sending -------------------------------------------------------------- */

static bool put_piped(struct way *way, size_t len)
{
	struct pair *t = way->t;
	uint8_t buf[CHUNK_MAX];
	ssize_t n = 0, done;
	int fds[2];

	if (pipe(fds))
		die("pipe");
	fill(t, way->fd, buf, len);
	if (write(fds[1], buf, len) != (ssize_t)len)
		die("write");
	for (done = 0; done < (ssize_t)len; done += n) {
		n = splice(fds[0], NULL, way->fd, NULL, len - done, 0);
		if (n <= 0)
			break;
		sent(t, way->fd, buf + done, n);
	}
	close(fds[0]);
	close(fds[1]);
	return n > 0;
}

static bool put_file(struct way *way, size_t len)
{
	struct pair *t = way->t;
	int file = memfd_create("soak", 0);
	uint8_t buf[CHUNK_MAX];
	ssize_t n = 0;
	size_t done;

	fill(t, way->fd, buf, len);
	if (file < 0 || write(file, buf, len) != (ssize_t)len ||
	    lseek(file, 0, SEEK_SET))
		die("file");
	for (done = 0; done < len; done += n) {
		n = sendfile(way->fd, file, NULL, len - done);
		if (n <= 0)
			break;
		sent(t, way->fd, buf + done, n);
	}
	close(file);
	return n > 0;
}

static bool put_corked(struct way *way)
{
	struct pair *t = way->t;
	unsigned int i;
	bool ok = true;
	int on = 1;

	setsockopt(way->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	for (i = dice(way, 10); i && ok; i--)
		ok = put_flags(t, way->fd, 1 + dice(way, 3000), 0) > 0;
	on = 0;
	setsockopt(way->fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	return ok;
}

static bool put_at_once(struct way *way, size_t len)
{
	while (put_flags(way->t, way->fd, len, MSG_DONTWAIT) <= 0) {
		if (errno != EAGAIN)
			return false;
		wait_ready(way, false);
	}
	return true;
}

static bool put_ring(struct way *way, int op, size_t len)
{
	uint8_t buf[CHUNK_MAX];
	struct ring ring;
	int n;

	ring_open(&ring);
	fill(way->t, way->fd, buf, len);
	ring_submit(&ring, op, way->fd, buf, len, MSG_NOSIGNAL);
	n = ring_result(&ring);
	if (n > 0)
		sent(way->t, way->fd, buf, n);
	ring_close(&ring);
	errno = n < 0 ? -n : 0;
	return n > 0;
}

/*
 * The target does none of these: the connection comes back for them. In the moment in
 * which a ULP is asked for, no socket can do the first.
 */
static bool put_odd(struct way *way, size_t len)
{
	if (dice(way, 2))
		return put_ring(way, IORING_OP_SEND_ZC, len) ||
		       (errno == EOPNOTSUPP &&
			put_ring(way, IORING_OP_SEND_ZC, len));
	return put_flags(way->t, way->fd, 1, MSG_OOB) > 0;
}

bool put_somehow(struct way *way)
{
	size_t len = 1 + dice(way, CHUNK_MAX);

	if (way->odd && !dice(way, 200))
		return put_odd(way, len);
	switch (dice(way, 12)) {
	case 0:
		return put_corked(way);
	case 1:
		return put_flags(way->t, way->fd, len, MSG_MORE) > 0;
	case 2:
		return put_piped(way, len);
	case 3:
		return put_at_once(way, len);
	case 4:
		return put_flags(way->t, way->fd, 1 + len % 100, 0) > 0;
	case 5:
		return put_file(way, len);
	case 6:
		return put_ring(way, IORING_OP_SEND, len);
	default:
		return put_flags(way->t, way->fd, len, 0) > 0;
	}
}

/* --- receiving ------------------------------------------------------------ */

static ssize_t take_piped(struct way *way, size_t len)
{
	uint8_t buf[CHUNK_MAX];
	int fds[2];
	ssize_t n;

	if (pipe(fds))
		die("pipe");
	n = splice(way->fd, NULL, fds[1], NULL, len, 0);
	if (n > 0 && read(fds[0], buf, n) != n)
		die("read");
	if (n > 0)
		took(way->t, way->fd, buf, n);
	close(fds[0]);
	close(fds[1]);
	/* Before urgent data it ends as well. */
	return n ?: take_flags(way->t, way->fd, len, 0);
}

static ssize_t take_at_once(struct way *way, size_t len)
{
	struct pollfd pfd = { .fd = way->fd, .events = POLLIN };
	ssize_t n = take_flags(way->t, way->fd, len, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN && poll(&pfd, 1, -1) == 1)
		n = take_flags(way->t, way->fd, len, 0);
	return n;
}

static ssize_t take_ring(struct way *way, size_t len)
{
	uint8_t buf[CHUNK_MAX];
	struct ring ring;
	int n;

	ring_open(&ring);
	ring_submit(&ring, IORING_OP_RECV, way->fd, buf, len, 0);
	n = ring_result(&ring);
	if (n > 0)
		took(way->t, way->fd, buf, n);
	ring_close(&ring);
	if (n < 0)
		errno = -n;
	return n < 0 ? -1 : n;
}

/* What is not in whole pages, or is the last, is to be read. */
static ssize_t take_mapped(struct way *way, size_t len)
{
	size_t page = sysconf(_SC_PAGESIZE), size = 16 * page;
	struct tcp_zerocopy_receive zc = { .length = size };
	struct pollfd pfd = { .fd = way->fd, .events = POLLIN };
	socklen_t zc_len = sizeof(zc);
	void *map;

	if (poll(&pfd, 1, -1) != 1)
		die("poll");
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, way->fd, 0);
	if (map == MAP_FAILED)
		die("mmap");
	zc.address = (uintptr_t)map;
	if (getsockopt(way->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &zc_len))
		zc.length = 0;
	if (zc.length)
		took(way->t, way->fd, map, zc.length);
	munmap(map, size);
	return zc.length ?: take_flags(way->t, way->fd, len, 0);
}

ssize_t take_somehow(struct way *way)
{
	struct pair *t = way->t;
	size_t len = 1 + dice(way, CHUNK_MAX);

	switch (dice(way, 12)) {
	case 0:
		return take_flags(t, way->fd, len, MSG_WAITALL);
	case 1:
		take_flags(t, way->fd, len, MSG_PEEK);
		return take_flags(t, way->fd, len, 0);
	case 2:
		return take_piped(way, len);
	case 3:
		return take_at_once(way, len);
	case 4:
		/* A reader that has something else to do. */
		poll(NULL, 0, dice(way, 20));
		return take_flags(t, way->fd, len, 0);
	case 5:
		return take_ring(way, len);
	case 6:
		return take_mapped(way, len);
	default:
		return take_flags(t, way->fd, len, 0);
	}
}
