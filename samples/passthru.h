/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An example intermediate driver: it hands everything through, in NDIS style
 * only. It binds to an adapter, and is an adapter itself, "im.NAME", to which
 * protocols above bind.
 */
#ifndef SAMPLES_PASSTHRU_H
#define SAMPLES_PASSTHRU_H

#include <ndis.h>
#include <ndischimney.h>

#define PT_TAG		0x75724854
#define PT_NAME_MAX	60

/* One adapter below, and the one above it that we are. */
typedef struct _PT_ADAPTER {
	NDIS_HANDLE BindingHandle;	/* as a protocol, below */
	NDIS_HANDLE MiniportHandle;	/* as a miniport, above */
	NDIS_TCP_OFFLOAD_EVENT_HANDLERS Events;
	NDIS_SPIN_LOCK Lock;		/* of the list */
	LIST_ENTRY Objects;
	WCHAR Name[PT_NAME_MAX];
} PT_ADAPTER, *PPT_ADAPTER;

/*
 * IMD-030: one for each offloaded object, for as long as it is offloaded. Upper is
 * what the driver above knows the object by, Lower what we do.
 */
typedef struct _PT_OBJECT {
	LIST_ENTRY Link;
	PPT_ADAPTER Adapter;
	NDIS_HANDLE Upper;
	PVOID *UpperContext;
	NDIS_OFFLOAD_HANDLE Lower;
} PT_OBJECT, *PPT_OBJECT;

VOID PtFreeObjects(PPT_ADAPTER Adapter);

extern NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS PtProviderGeneric;
extern NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS PtProviderTcp;
extern NDIS_CLIENT_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS PtClientGeneric;
extern NDIS_CLIENT_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS PtClientTcp;

#endif /* SAMPLES_PASSTHRU_H */
