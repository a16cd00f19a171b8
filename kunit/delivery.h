/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of the delivery algorithm share: a connection's block with
 * nothing around it, a stream whose every byte is known, and a host that looks
 * at what it is given. After every step the machine's books are checked.
 */
#ifndef CHIM_KUNIT_DELIVERY_H
#define CHIM_KUNIT_DELIVERY_H

#include "covers.h"
#include "tcp/deliver.h"
#include "tcp/flow.h"

#include <kunit/test.h>
#include <linux/list.h>

#define DL_PUSH_TICKS	100
/* Few bytes into a stream its sequence numbers pass zero. */
#define DL_START	((u32)-70)

/**
 * struct dl_req - a receive request of the host
 * @r: as the machine sees it
 * @all: in struct dl.reqs
 * @host: bytes the host put in
 * @id: counts up
 * @data: the memory behind it
 */
struct dl_req {
	struct chim_rreq r;
	struct list_head all;
	u32 host;
	u32 id;
	u8 data[];
};

/**
 * struct dl - a connection and its host
 * @test: the test it serves
 * @run: what the machine is given
 * @cfg: in it
 * @mib: in it
 * @tcb: in it
 * @flow: in @tcb
 * @c: in @run
 * @v: in it
 * @seq: sequence number of the next byte to arrive
 * @read: sequence number of the next byte the host will see
 * @wnd: window, as it is while nothing is undelivered
 * @starve: no memory for descriptions
 * @call: the call under way, or the last one
 * @busy: a call is under way
 * @reqs: all requests
 * @ids: requests made
 * @skbs: segments not freed
 * @descs: descriptions not freed
 * @described: descriptions ever made
 * @packed: skbs that were packed
 */
struct dl {
	struct kunit *test;
	struct chim_run run;
	struct chim_tcp_cfg cfg;
	struct chim_mib mib;
	struct chim_tcb tcb;
	struct chim_flow flow;
	struct chim_conn_const c;
	struct chim_conn_cached v;
	u32 seq;
	u32 read;
	u32 wnd;
	bool starve;
	struct chim_call call;
	bool busy;
	struct list_head reqs;
	u32 ids;
	int skbs;
	int descs;
	int described;
	int packed;
};

int dl_init(struct kunit *test);
void dl_exit(struct kunit *test);
void dl_reset(struct dl *dl, u32 start);

bool dl_data(struct dl *dl, u32 len, bool psh);
void dl_preload(struct dl *dl, u32 len);
struct dl_req *dl_req(struct dl *dl, u32 len, u8 flags, u32 host);
void dl_post_list(struct dl *dl, struct dl_req **reqs, int n);
void dl_expire(struct dl *dl);
void dl_start(struct dl *dl);
void dl_fin(struct dl *dl);
void dl_rst(struct dl *dl);
enum chim_call_kind dl_next(struct dl *dl);
void dl_return(struct dl *dl, u32 accepted);
void dl_abort(struct dl *dl);
struct chim_rreq *dl_stop(struct dl *dl, u32 *undelivered);
void dl_check(struct dl *dl);
bool dl_is_list(struct chim_rreq *list, struct dl_req **reqs, int n);
bool dl_timer(struct dl *dl, u32 due);

/* A push request of @len bytes. */
static inline struct dl_req *dl_push(struct dl *dl, u32 len)
{
	return dl_req(dl, len, 0, 0);
}

/* A nonpush request of @len bytes. */
static inline struct dl_req *dl_nopush(struct dl *dl, u32 len)
{
	return dl_req(dl, len, CHIM_RREQ_NOPUSH, 0);
}

#define DL_LIST(...)	((struct dl_req *[]){ __VA_ARGS__ })
#define DL_COUNT(...)	(sizeof(DL_LIST(__VA_ARGS__)) / sizeof(struct dl_req *))

/* Posts requests in one call. */
#define dl_post(dl, ...) \
	dl_post_list(dl, DL_LIST(__VA_ARGS__), DL_COUNT(__VA_ARGS__))

/* The next call is of @kind; it is under way then. */
#define DL_CALLS(dl, kind)	dl_calls(dl, kind, __LINE__)

/* No call is due. */
#define DL_QUIET(dl)		dl_calls(dl, CHIM_CALL_NONE, __LINE__)

/* A call to complete exactly these requests, in this order, is under way. */
#define DL_COMPLETING(dl, ...) \
	dl_completing(dl, DL_LIST(__VA_ARGS__), DL_COUNT(__VA_ARGS__), __LINE__)

/* The same, and it returns. */
#define DL_COMPLETES(dl, ...) \
	dl_completes(dl, DL_LIST(__VA_ARGS__), DL_COUNT(__VA_ARGS__), __LINE__)

/* An indication of @n bytes is under way. */
#define DL_INDICATING(dl, n)	dl_indicating(dl, n, __LINE__)

/* The same, and it returns with @taken of them accepted. */
#define DL_INDICATES(dl, n, taken)	dl_indicates(dl, n, taken, __LINE__)

/* An event is made. */
#define DL_EVENT(dl, kind)	dl_event(dl, kind, __LINE__)

/* How a request ended, and with how much of the stream in it. */
#define DL_ENDED(dl, req, end, n)	dl_ended(dl, req, end, n, __LINE__)

/* The push timer runs, to expire in @due ticks. */
#define DL_TIMER(dl, due)	dl_timer_runs(dl, due, __LINE__)
#define DL_NO_TIMER(dl)		dl_timer_rests(dl, __LINE__)

void dl_calls(struct dl *dl, enum chim_call_kind kind, int line);
void dl_completing(struct dl *dl, struct dl_req **reqs, int n, int line);
void dl_completes(struct dl *dl, struct dl_req **reqs, int n, int line);
void dl_indicating(struct dl *dl, u32 n, int line);
void dl_indicates(struct dl *dl, u32 n, u32 taken, int line);
void dl_event(struct dl *dl, enum chim_call_kind kind, int line);
void dl_ended(struct dl *dl, const struct dl_req *req, enum chim_end why, u32 n,
	      int line);
void dl_timer_runs(struct dl *dl, u32 due, int line);
void dl_timer_rests(struct dl *dl, int line);

#endif /* CHIM_KUNIT_DELIVERY_H */
