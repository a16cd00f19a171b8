/* SPDX-License-Identifier: GPL-2.0-only */
/* io_uring, without its library: a ring that is used by one thread. */
#ifndef _RING_H
#define _RING_H

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

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
	void *maps[3];
	size_t sizes[3];
};

void ring_open(struct ring *ring);
void ring_close(struct ring *ring);
void ring_submit(struct ring *ring, int op, int fd, void *buf, size_t len,
		 int flags);
int ring_result(struct ring *ring);

#endif /* _RING_H */
