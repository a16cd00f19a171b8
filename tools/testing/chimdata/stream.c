// SPDX-License-Identifier: GPL-2.0
/* Roles on ordinary sockets, step by step; nothing here blocks. */
#include "chimdata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CHUNK	(256 * 1024)

static uint8_t buffer[CHUNK];

/**
 * stream_start() - begin a role
 * @s: set
 * @fd: connected socket
 * @role: what to play
 */
void stream_start(struct stream *s, int fd, const struct chimc_role *role)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->role = *role;
	s->tx_next = role->tx_offset;
	s->rx_next = role->rx_offset;
	s->tx_hash = role->tx_hash;
	s->rx_hash = role->rx_hash;
	s->bad = ALL;
	s->fin_at = ALL;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static uint64_t limit(const struct stream *s)
{
	const struct chimc_role *role = &s->role;
	uint64_t credit;

	if (!role->rx_unit)
		return role->tx_total;
	credit = role->tx_ahead + s->rx_next / role->rx_unit * role->tx_unit;
	return credit < role->tx_total ? credit : role->tx_total;
}

static void fail(struct stream *s, int error)
{
	s->error = error;
	s->over = true;
}

/* True if it may go on. */
static bool went_wrong(struct stream *s, ssize_t n)
{
	if (n >= 0)
		return false;
	if (errno != EAGAIN && errno != EINTR)
		fail(s, errno);
	return true;
}

static bool write_raw(struct stream *s)
{
	ssize_t n = send(s->fd, s->raw, s->raw_len, MSG_NOSIGNAL);

	if (went_wrong(s, n))
		return false;
	s->raw_len -= n;
	memmove(s->raw, s->raw + n, s->raw_len);
	return true;
}

static bool write_some(struct stream *s)
{
	uint64_t len = limit(s) - s->tx_next;
	struct chimc_hash hash = s->tx_hash;
	ssize_t n;

	if (len > CHUNK)
		len = CHUNK;
	if (s->role.send_size && len > s->role.send_size)
		len = s->role.send_size;
	chimc_fill(buffer, len, s->tx_next, s->role.tx_seed, &hash);
	n = send(s->fd, buffer, len, MSG_NOSIGNAL);
	if (went_wrong(s, n))
		return false;
	if ((size_t)n == len)
		s->tx_hash = hash;
	else
		chimc_check(buffer, n, s->tx_next, s->role.tx_seed,
			    &s->tx_hash);
	s->tx_next += n;
	return true;
}

/* One byte that is no part of the stream. */
static void write_urgent(struct stream *s, const struct options *o)
{
	if (s->tx_next < o->urgent || s->role.fin_data == 0xdead)
		return;
	if (send(s->fd, "!", 1, MSG_OOB | MSG_NOSIGNAL) == 1)
		s->role.fin_data = 0xdead;
}

static bool read_some(struct stream *s, const struct options *o)
{
	uint64_t room = CHUNK, bad;
	ssize_t n;

	if (s->rx_next >= o->stall_at && s->role.keep != 0xdead) {
		s->stalled = true;
		return false;
	}
	if (s->role.keep != 0xdead && o->stall_at - s->rx_next < room)
		room = o->stall_at - s->rx_next;
	n = s->rx_next < s->fin_at ? recv(s->fd, buffer, room, 0) : 0;
	if (went_wrong(s, n))
		return false;
	if (!n) {
		s->fin_in = true;
		if (s->role.rx_unit)
			s->role.tx_total = limit(s);
		return false;
	}
	bad = chimc_check(buffer, n, s->rx_next, s->role.rx_seed, &s->rx_hash);
	if (bad != CHIMC_ALL_GOOD && s->bad == ALL)
		s->bad = bad;
	s->rx_next += n;
	return true;
}

static void reset(struct stream *s)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	s->over = true;
}

/* One that sends nothing closes last. */
static bool may_close(const struct stream *s)
{
	return s->role.flags & CHIMC_ROLE_CLOSE && !s->fin_out && !s->open &&
	       !s->raw_len && s->tx_next >= s->role.tx_total &&
	       (s->role.tx_total || s->fin_in ||
		s->rx_next >= s->role.rx_total);
}

/**
 * stream_step() - go as far as is possible now
 * @s: the stream
 * @o: for what a peer can be told to do besides
 */
void stream_step(struct stream *s, const struct options *o)
{
	int turns = 16;
	bool more = true;

	while (more && turns-- && !s->over) {
		more = false;
		if (!s->fin_in && !s->stalled)
			more |= read_some(s, o);
		if (s->over)
			break;
		write_urgent(s, o);
		if (s->raw_len)
			more |= write_raw(s);
		else if (s->tx_next < limit(s))
			more |= write_some(s);
	}
	if (s->over)
		return;
	if (s->rx_next >= o->reset)
		reset(s);
	else if (stream_done(s))
		s->over = true;
	else if (may_close(s))
		s->fin_out = !shutdown(s->fd, SHUT_WR);
	if (stream_done(s))
		s->over = true;
}

/**
 * stream_wants() - what it waits for
 * @s: the stream
 *
 * Return: events of epoll.
 */
uint32_t stream_wants(const struct stream *s)
{
	uint32_t events = 0;

	if (!s->fin_in && !s->stalled)
		events |= EPOLLIN;
	if (s->raw_len || s->tx_next < limit(s))
		events |= EPOLLOUT;
	return events;
}

/**
 * stream_done() - has the role been played?
 * @s: the stream
 *
 * Return: true if so.
 */
bool stream_done(const struct stream *s)
{
	const struct chimc_role *role = &s->role;

	if (s->raw_len || s->tx_next < role->tx_total)
		return false;
	if (role->flags & CHIMC_ROLE_CLOSE && !s->fin_out)
		return false;
	return s->fin_in || (!(role->flags & CHIMC_ROLE_WAIT_FIN) &&
			     s->rx_next >= role->rx_total);
}

/**
 * stream_right() - played, and nothing lost or wrong?
 * @s: the stream
 *
 * Return: true if so.
 */
bool stream_right(const struct stream *s)
{
	return stream_done(s) && s->bad == ALL && !s->error &&
	       (s->role.rx_total == ALL || s->rx_next == s->role.rx_total);
}
