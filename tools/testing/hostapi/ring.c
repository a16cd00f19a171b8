// SPDX-License-Identifier: GPL-2.0-only
/* io_uring, without its library: a ring that is used by one thread. */
#include "ring.h"

#include "hostapi.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES	8

static void *map(struct ring *ring, int which, size_t size, off_t what)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring->fd, what);

	if (at == MAP_FAILED)
		die("mmap of the ring");
	ring->maps[which] = at;
	ring->sizes[which] = size;
	return at;
}

void ring_open(struct ring *ring)
{
	struct io_uring_params p = {};
	char *sq, *cq;

	ring->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (ring->fd < 0)
		die("io_uring_setup");
	sq = map(ring, 0, p.sq_off.array + p.sq_entries * sizeof(uint32_t),
		 IORING_OFF_SQ_RING);
	cq = map(ring, 1, p.cq_off.cqes +
		 p.cq_entries * sizeof(struct io_uring_cqe),
		 IORING_OFF_CQ_RING);
	ring->sqes = map(ring, 2, p.sq_entries * sizeof(struct io_uring_sqe),
			 IORING_OFF_SQES);
	ring->sq_tail = (void *)(sq + p.sq_off.tail);
	ring->sq_array = (void *)(sq + p.sq_off.array);
	ring->mask = p.sq_entries - 1;
	ring->cq_head = (void *)(cq + p.cq_off.head);
	ring->cq_tail = (void *)(cq + p.cq_off.tail);
	ring->cq_mask = p.cq_entries - 1;
	ring->cqes = (void *)(cq + p.cq_off.cqes);
}

void ring_close(struct ring *ring)
{
	int i;

	for (i = 0; i < 3; i++)
		munmap(ring->maps[i], ring->sizes[i]);
	close(ring->fd);
}

void ring_submit(struct ring *ring, int op, int fd, void *buf, size_t len,
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

/* The next one; true if there is another one to come for the same request. */
static bool completion(struct ring *ring, int *res)
{
	const struct io_uring_cqe *cqe;
	bool more;

	while (*ring->cq_head == *ring->cq_tail)
		if (syscall(__NR_io_uring_enter, ring->fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			die("io_uring_enter");
	cqe = &ring->cqes[*ring->cq_head & ring->cq_mask];
	*res = cqe->res;
	more = cqe->flags & IORING_CQE_F_MORE;
	++*ring->cq_head;
	return more;
}

/* Of a zero-copy send once its memory may be used again. */
int ring_result(struct ring *ring)
{
	int res, notified;

	if (completion(ring, &res))
		completion(ring, &notified);
	return res;
}

static void ring_recv(struct pair *t)
{
	struct ring ring;
	uint8_t buf[1000];
	int i, res;

	ring_open(&ring);
	for (i = 0; i < 2; i++) {
		ring_submit(&ring, IORING_OP_RECV, t->s, buf, sizeof(buf), 0);
		if (!i)
			move(t);
		put(t, t->p, 300);
		res = ring_result(&ring);
		say(t, "recv: %d", res);
		if (res > 0)
			took(t, t->s, buf, res);
	}
	ring_submit(&ring, IORING_OP_RECV, t->s, buf, sizeof(buf), 0);
	shutdown(t->p, SHUT_WR);
	say(t, "end: %d", ring_result(&ring));
}

/* Larger than all buffers: it waits in the middle. */
static void ring_send(struct pair *t)
{
	size_t len = 1 << 20;
	uint8_t *buf = malloc(len);
	struct ring ring;

	ring_open(&ring);
	fill(t, t->s, buf, len);
	ring_submit(&ring, IORING_OP_SEND, t->s, buf, len, MSG_WAITALL);
	wait_for(t->p, POLLIN);
	move(t);
	take(t, t->p, len);
	say(t, "send: %d", ring_result(&ring));
	sent(t, t->s, buf, len);
	free(buf);
}

static void ring_poll(struct pair *t)
{
	size_t total = fill_up(t, t->s);
	struct ring ring;

	ring_open(&ring);
	ring_submit(&ring, IORING_OP_POLL_ADD, t->s, NULL, 0, POLLIN);
	move(t);
	put(t, t->p, 10);
	say(t, "poll: %x", ring_result(&ring) & (POLLIN | POLLOUT));
	take(t, t->s, 10);
	ring_submit(&ring, IORING_OP_POLL_ADD, t->s, NULL, 0, POLLOUT);
	take(t, t->p, total);
	say(t, "poll: %x", ring_result(&ring) & (POLLIN | POLLOUT));
}

/* Pages of the program's: TCP sends them, and tells when it has no more use for them. */
static void ring_zerocopy(struct pair *t)
{
	size_t len = 50000;
	uint8_t *buf = malloc(len);
	struct ring ring;

	put(t, t->s, 1000);
	move(t);
	ring_open(&ring);
	fill(t, t->s, buf, len);
	ring_submit(&ring, IORING_OP_SEND_ZC, t->s, buf, len, MSG_WAITALL);
	take(t, t->p, 1000 + len);
	say(t, "native: %d", !offloaded(t->s));
	say(t, "send: %d", ring_result(&ring));
	sent(t, t->s, buf, len);
	memset(buf, 0, len);
	if (!offload_again(t))
		die("refused when they are free");
	put(t, t->s, 1000);
	take(t, t->p, 1000);
	free(buf);
}

const struct test ring_tests[] = {
	{ "ring_recv", ring_recv, 0 },
	{ "ring_send", ring_send, 32768 },
	{ "ring_poll", ring_poll, 32768 },
	{ "ring_zerocopy", ring_zerocopy, 0 },
	{}
};
