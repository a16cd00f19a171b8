// SPDX-License-Identifier: GPL-2.0
/* An end that is a socket, driven by a thread. */
#include "data.h"

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <net/sock.h>

u8 *bench_buffers[2][BENCH_DEPTH];

/**
 * bench_buffers_get() - memory for both ends
 *
 * Of pages that belong together, as whoever sends them in place would have it.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int bench_buffers_get(void)
{
	u32 i, set;

	for (set = 0; set < 2; set++)
		for (i = 0; i < BENCH_DEPTH; i++) {
			struct page *page;

			page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO,
					   get_order(BENCH_SIZE));
			if (!page)
				return -ENOMEM;
			bench_buffers[set][i] = page_address(page);
		}
	return 0;
}

/**
 * bench_buffers_put() - give it back
 *
 * Context: process.
 */
void bench_buffers_put(void)
{
	u32 i, set;

	for (set = 0; set < 2; set++)
		for (i = 0; i < BENCH_DEPTH; i++) {
			if (bench_buffers[set][i])
				put_page(virt_to_page(bench_buffers[set][i]));
			bench_buffers[set][i] = NULL;
		}
}

static int send_copy(struct socket *sock, u8 *data, u32 len)
{
	struct kvec vec = { .iov_base = data, .iov_len = len };
	struct msghdr msg = {};

	return kernel_sendmsg(sock, &msg, &vec, 1, len);
}

static int send_page(struct socket *sock, u8 *data, u32 len)
{
	struct page *page = virt_to_page(data);
	u32 done = 0;
	int n;

	while (done < len) {
		n = kernel_sendpage(sock, page, done, len - done, 0);
		if (n < 0)
			return n;
		done += n;
	}
	return done;
}

static int source(struct bench_job *job, u8 **data)
{
	u64 left = job->total;
	u32 i = 0, len;
	int n;

	while (left) {
		len = min_t(u64, left, job->size);
		if (job->side == BENCH_PAGE)
			n = send_page(job->sock, data[i], len);
		else
			n = send_copy(job->sock, data[i], len);
		if (n <= 0)
			return n ?: -EPIPE;
		left -= n;
		i = (i + 1) % BENCH_DEPTH;
	}
	return 0;
}

static int receive(struct socket *sock, u8 *data, u32 len, int flags)
{
	struct kvec vec = { .iov_base = data, .iov_len = len };
	struct msghdr msg = {};
	int n = kernel_recvmsg(sock, &msg, &vec, 1, len, flags);

	return n ?: -ECONNRESET;
}

static int sink(struct bench_job *job, u8 **data)
{
	u64 left = job->total;
	u32 i = 0;
	int n;

	while (left) {
		n = receive(job->sock, data[i], job->size, 0);
		if (n < 0)
			return n;
		left -= min_t(u64, n, left);
		i = (i + 1) % BENCH_DEPTH;
	}
	return 0;
}

static int client(struct bench_job *job, u8 **data)
{
	u64 left;
	int n;

	for (left = job->total; left; left--) {
		n = send_copy(job->sock, data[0], job->size);
		if (n < 0)
			return n;
		n = receive(job->sock, data[1], job->size, MSG_WAITALL);
		if (n < 0)
			return n;
	}
	return 0;
}

static int server(struct bench_job *job, u8 **data)
{
	u64 left;
	int n;

	for (left = job->total; left; left--) {
		n = receive(job->sock, data[1], job->size, MSG_WAITALL);
		if (n < 0)
			return n;
		n = send_copy(job->sock, data[0], job->size);
		if (n < 0)
			return n;
	}
	return 0;
}

/**
 * bench_native_run() - do a job in this thread
 * @job: what to do
 * @set: which buffers
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_native_run(struct bench_job *job, unsigned int set)
{
	u8 **data = bench_buffers[set];

	switch (job->role) {
	case BENCH_SOURCE:
		return source(job, data);
	case BENCH_SINK:
		return sink(job, data);
	case BENCH_CLIENT:
		return client(job, data);
	default:
		return server(job, data);
	}
}

static int peer(void *arg)
{
	struct bench_job *job = arg;

	job->err = bench_native_run(job, 1);
	complete(&job->done);
	return 0;
}

/**
 * bench_native_start() - have a thread do a job
 * @job: what to do; @job->done is completed when that is done
 * @name: of the thread
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_native_start(struct bench_job *job, const char *name)
{
	init_completion(&job->done);
	return PTR_ERR_OR_ZERO(kthread_run(peer, job, "%s", name));
}
