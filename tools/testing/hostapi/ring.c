// SPDX-License-Identifier: GPL-2.0-only
/* io_uring, without its library: a ring that is used by one thread. */
#include "hostapi.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES	8

struct ring {
	int fd;
	atomic_uint *sq_tail;
	uint32_t *sq_array;
	uint32_t mask;
	struct io_uring_sqe *sqes;
	atomic_uint *cq_head;
	atomic_uint *cq_tail;
	uint32_t cq_mask;
	struct io_uring_cqe *cqes;
};

static void *map(int fd, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fd, what);

	if (at == MAP_FAILED)
		die("mmap of the ring");
	return at;
}

static void ring_open(struct ring *ring)
{
	struct io_uring_params p = {};
	char *sq, *cq;

	ring->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (ring->fd < 0)
		die("io_uring_setup");
	sq = map(ring->fd, p.sq_off.array + p.sq_entries * sizeof(uint32_t),
		 IORING_OFF_SQ_RING);
	cq = map(ring->fd, p.cq_off.cqes +
		 p.cq_entries * sizeof(struct io_uring_cqe),
		 IORING_OFF_CQ_RING);
	ring->sqes = map(ring->fd, p.sq_entries * sizeof(struct io_uring_sqe),
			 IORING_OFF_SQES);
	ring->sq_tail = (void *)(sq + p.sq_off.tail);
	ring->sq_array = (void *)(sq + p.sq_off.array);
	ring->mask = p.sq_entries - 1;
	ring->cq_head = (void *)(cq + p.cq_off.head);
	ring->cq_tail = (void *)(cq + p.cq_off.tail);
	ring->cq_mask = p.cq_entries - 1;
	ring->cqes = (void *)(cq + p.cq_off.cqes);
}

static void submit(struct ring *ring, int op, int fd, void *buf, size_t len,
		   int flags)
{
	uint32_t at = *ring->sq_tail & ring->mask;
	struct io_uring_sqe *sqe = &ring->sqes[at];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = op;
	sqe->fd = fd;
	sqe->addr = (uintptr_t)buf;
	sqe->len = len;
	sqe->msg_flags = flags;
	ring->sq_array[at] = at;
	++*ring->sq_tail;
	if (syscall(__NR_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1)
		die("io_uring_enter");
}

static int result(struct ring *ring)
{
	int res;

	while (*ring->cq_head == *ring->cq_tail)
		if (syscall(__NR_io_uring_enter, ring->fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			die("io_uring_enter");
	res = ring->cqes[*ring->cq_head & ring->cq_mask].res;
	++*ring->cq_head;
	return res;
}

static void ring_recv(struct pair *t)
{
	struct ring ring;
	uint8_t buf[1000];
	int i, res;

	ring_open(&ring);
	for (i = 0; i < 2; i++) {
		submit(&ring, IORING_OP_RECV, t->s, buf, sizeof(buf), 0);
		if (!i)
			move(t);
		put(t, t->p, 300);
		res = result(&ring);
		say(t, "recv: %d", res);
		if (res > 0)
			took(t, t->s, buf, res);
	}
	submit(&ring, IORING_OP_RECV, t->s, buf, sizeof(buf), 0);
	shutdown(t->p, SHUT_WR);
	say(t, "end: %d", result(&ring));
}

/* Larger than all buffers: it waits in the middle. */
static void ring_send(struct pair *t)
{
	size_t len = 1 << 20;
	uint8_t *buf = malloc(len);
	struct ring ring;

	ring_open(&ring);
	fill(t, t->s, buf, len);
	submit(&ring, IORING_OP_SEND, t->s, buf, len, MSG_WAITALL);
	wait_for(t->p, POLLIN);
	move(t);
	take(t, t->p, len);
	say(t, "send: %d", result(&ring));
	sent(t, t->s, buf, len);
	free(buf);
}

static void ring_poll(struct pair *t)
{
	size_t total = fill_up(t, t->s);
	struct ring ring;

	ring_open(&ring);
	submit(&ring, IORING_OP_POLL_ADD, t->s, NULL, 0, POLLIN);
	move(t);
	put(t, t->p, 10);
	say(t, "poll: %x", result(&ring) & (POLLIN | POLLOUT));
	take(t, t->s, 10);
	submit(&ring, IORING_OP_POLL_ADD, t->s, NULL, 0, POLLOUT);
	take(t, t->p, total);
	say(t, "poll: %x", result(&ring) & (POLLIN | POLLOUT));
}

const struct test ring_tests[] = {
	{ "ring_recv", ring_recv, 0 },
	{ "ring_send", ring_send, 32768 },
	{ "ring_poll", ring_poll, 32768 },
	{}
};
