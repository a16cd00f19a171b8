/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites look at: segments on the wire, state in objects, calls of
 * the client; and a way to make the worker stand still.
 */
#ifndef CHIM_KUNIT_PROBE_H
#define CHIM_KUNIT_PROBE_H

#include "fixture.h"
#include "segment.h"

/*
 * Takes the oldest segment of our own off the wire; false, and @seg as it was,
 * if there is none.
 */
bool pr_segment(struct fx *fx, struct pr_seg *seg);
/* Sends an acknowledgment of what @conn has received; false without memory. */
bool pr_send(struct chim_conn *conn);
/* Has @conn send an acknowledgment as it is; false if it sent none. */
bool pr_ack(struct fx *fx, struct tb *conn, struct pr_seg *seg);
/* Opens the window of @conn a little; false if no segment said so. */
bool pr_nudge(struct fx *fx, struct tb *conn, struct pr_seg *seg);

/* A reference to @of with its cached Type and a copy of its cached values. */
struct tb *pr_cached(struct fx *fx, struct tb *of);
/* All state that a query of @of returns. */
struct tb *pr_query(struct fx *fx, struct tb *of);
/* Do two such blocks hold the same values? */
bool pr_same(struct tb *a, struct tb *b);
/* Objects behind blocks. */
struct chim_neigh *pr_neigh(struct fx *fx, struct tb *tb);
struct chim_path *pr_path(struct fx *fx, struct tb *tb);
struct chim_conn *pr_conn(struct fx *fx, struct tb *tb);

/* How often the client was called so, of the calls that are in the log. */
int pr_events(struct fx *fx, struct tb *conn, u32 type, u32 info);
int pr_calls(struct fx *fx, enum fx_call call);

/* The worker stands still from pr_hold() to pr_release(). */
struct pr_hold {
	struct chim_job call;
	struct completion standing;
	struct completion go;
};

void pr_hold(struct fx *fx, struct pr_hold *hold);
void pr_release(struct fx *fx, struct pr_hold *hold);

#endif /* CHIM_KUNIT_PROBE_H */
