/* SPDX-License-Identifier: GPL-2.0 */
/* Benchmarks of the data path: a connection, and who drives its near end. */
#ifndef CHIM_BENCH_DATA_H
#define CHIM_BENCH_DATA_H

#include "bench.h"

#include <linux/completion.h>
#include <linux/net.h>

/* Buffers of a source or sink, used in turns, and bytes of each. */
#define BENCH_DEPTH	16
#define BENCH_SIZE	SZ_64K

/* Who drives an end, and how. */
enum bench_side {
	BENCH_COPY,	/* sendmsg(): the stack copies */
	BENCH_PAGE,	/* sendpage(): the stack refers to pages */
	BENCH_OFFLOAD,	/* requests, posted again from their completions */
	BENCH_WAKE,	/* requests, posted by a thread that waits */
};

enum bench_role {
	BENCH_SOURCE,
	BENCH_SINK,
	BENCH_CLIENT,
	BENCH_SERVER,
};

/**
 * struct bench_link - a connection between two namespaces
 * @near: its socket here
 * @far: its socket there
 * @neigh: the target's handle of the neighbor, if it is offloaded
 * @path: of the path
 * @conn: of the connection
 */
struct bench_link {
	struct socket *near;
	struct socket *far;
	struct bench_place neigh;
	struct bench_place path;
	struct bench_place conn;
};

/**
 * struct bench_job - what one end is to do
 * @role: what
 * @side: how
 * @total: bytes, or transactions
 * @size: bytes of a request
 * @sock: the end, unless it is offloaded
 * @done: completed when that is done
 * @err: 0 if it went well
 */
struct bench_job {
	enum bench_role role;
	enum bench_side side;
	u64 total;
	u32 size;
	struct socket *sock;
	struct completion done;
	int err;
};

/* Buffers; buffers.c */
extern u8 *bench_buffers[2][BENCH_DEPTH];
int bench_buffers_get(void);
void bench_buffers_put(void);

/* link.c */
int bench_link_open(struct bench_link *link, struct net *far_net);
void bench_link_close(struct bench_link *link);
bool bench_link_offload(struct bench_link *link, u32 window, PVOID *path);
void bench_link_upload(struct bench_link *link);

/* For long: the kernel complains about threads that sleep uninterruptibly. */
static inline void bench_wait(struct completion *done)
{
	if (wait_for_completion_interruptible(done))
		wait_for_completion(done);
}

/* native.c: an end that is a socket */
int bench_native_start(struct bench_job *job, const char *name);
int bench_native_run(struct bench_job *job, unsigned int set);

/* offload.c: an end that is the target's */
int bench_offload_run(struct bench_job *job, PVOID *context);
VOID bench_sent(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
VOID bench_received(NDIS_HANDLE handle, PNET_BUFFER_LIST list);
NDIS_STATUS bench_indicate(NDIS_HANDLE handle, PNET_BUFFER_LIST list,
			   NDIS_STATUS status, PULONG consumed);

/* data.c: @sides is a mask of enum bench_side */
struct bench_env {
	const char *tag;
	int far_fd;
	unsigned int scale;
	unsigned int sides;
	unsigned int hold;
	struct net *far_net;
};

/* What was measured; @segs_in and @segs_out are of the far end. */
struct bench_figure {
	u64 elapsed;
	u64 busy;
	u64 segs_in;
	u64 segs_out;
};

int bench_measure(const struct bench_job *want, enum bench_role peer,
		  const struct bench_env *env, struct bench_figure *f);
void bench_figure(const char *name, const struct bench_env *env,
		  const char *what, u64 count, const struct bench_figure *f);

/* crowd.c: many connections */
int bench_crowd(const struct bench_env *env);
int bench_held(const struct bench_env *env);

bool bench_data_run(const char *name, struct bench_env *env);

#endif /* CHIM_BENCH_DATA_H */
