/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The client of a fixture as a protocol driver of chimney_ndis: over intermediate
 * drivers, as many as the test likes, over a target of its choice. Its handlers,
 * completions and indications are used as without NDIS.
 */
#ifndef CHIM_KUNIT_NDIS_HOST_H
#define CHIM_KUNIT_NDIS_HOST_H

#include "fixture.h"

#include "../tools/testing/client/proto.h"

/**
 * struct nd - a fixture's client as a protocol driver
 * @proto: the client
 * @protocol: its handle
 * @depth: intermediate drivers below
 * @status_source: SourceHandle of the last status indication
 */
struct nd {
	struct proto proto;
	NDIS_HANDLE protocol;
	unsigned int depth;
	NDIS_HANDLE status_source;
};

/* Without an adapter yet. */
void nd_init(struct fx *fx, struct nd *nd);
/* Over @depth intermediate drivers over adapter @name; all enabled if @enable. */
void nd_over(struct fx *fx, const char *name, unsigned int depth, bool enable);
void nd_end(struct fx *fx);
/* Opens @name, for a protocol without anything else. */
NDIS_STATUS nd_open(NDIS_HANDLE protocol, NDIS_HANDLE context, const char *name,
		    NDIS_HANDLE *binding);
/* What fx.attach has, as a protocol's handlers. */
NDIS_STATUS nd_register(const char *name, bool offloads, NDIS_HANDLE *protocol);
PNDIS_OFFLOAD_HANDLE nd_handle(struct tb *tb);
/* From now on NDIS says at every tick what it waits for; and no more. */
void nd_impatient(void);
void nd_patient(void);
/* Until it has said so once more; false if it does not. */
bool nd_hear(void);

#endif /* CHIM_KUNIT_NDIS_HOST_H */
