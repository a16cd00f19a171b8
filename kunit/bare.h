/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A space of objects without an adapter, a worker or a device: what the suites
 * of the state layer work on. The test is the worker.
 */
#ifndef CHIM_KUNIT_BARE_H
#define CHIM_KUNIT_BARE_H

#include "covers.h"
#include "state/clock.h"
#include "state/conn.h"
#include "state/path.h"
#include "state/service.h"
#include "state/space.h"

#include <kunit/test.h>

#define BARE_MTU	1500
#define BARE_NOW	5000

/**
 * struct bare - a space and a client
 * @test: the test they serve
 * @space: empty, with room for anything
 * @owner: the client
 * @clock: stands still; see bare_at()
 * @frames: frames the engine sent on connections of this space
 * @frame: the last one
 * @events: events told to the client
 */
struct bare {
	struct kunit *test;
	struct chim_space space;
	struct chim_owner owner;
	struct chim_clock clock;
	int frames;
	struct chim_frame frame;
	int events;
};

int bare_init(struct kunit *test);	/* suite .init; test->priv is it */
void bare_exit(struct kunit *test);	/* suite .exit; ends what is left */
struct bare *bare_second(struct kunit *test);
void bare_destroy(struct bare *bare);
void bare_at(struct bare *bare, u32 now);	/* sets the clock, to ticks */
/* Received data that comes with a connection, which frees it. */
struct sk_buff *bare_data(struct bare *bare, u32 len);

/* Values that are good; objects made from them, NULL never. */
extern const struct chim_neigh_const bare_neigh_const;
extern const struct chim_neigh_cached bare_neigh_cached;
struct chim_path_const bare_path_const(u32 dst);	/* IPv4 */
struct chim_path_const bare_path6_const(u32 dst);
struct chim_conn_news bare_news(struct chim_path *path);

struct chim_neigh *bare_neigh(struct bare *bare);
struct chim_path *bare_path(struct bare *bare, struct chim_neigh *neigh);
struct chim_path *bare_path6(struct bare *bare, struct chim_neigh *neigh);
struct chim_conn *bare_conn(struct bare *bare,
			    const struct chim_conn_news *news);

void bare_end_conn(struct chim_conn *conn);
void bare_end_path(struct chim_path *path);
void bare_end_neigh(struct chim_neigh *neigh);
struct chim_obj *bare_find(struct bare *bare, u64 handle);

#endif /* CHIM_KUNIT_BARE_H */
