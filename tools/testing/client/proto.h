/* SPDX-License-Identifier: GPL-2.0 */
/* A client of chim_attach() as a protocol driver of chimney_ndis. */
#ifndef CHIMC_PROTO_H
#define CHIMC_PROTO_H

#include <chimney/target.h>

/**
 * struct proto - the client
 * @attach: its attachment
 * @binding: handle of its binding
 * @events: its event handlers
 * @completed: ProtocolBindingContext of the last completion
 */
struct proto {
	struct chim_attach *attach;
	NDIS_HANDLE binding;
	const NDIS_TCP_OFFLOAD_EVENT_HANDLERS *events;
	NDIS_HANDLE completed;
};

#endif /* CHIMC_PROTO_H */
