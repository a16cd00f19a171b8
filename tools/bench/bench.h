/* SPDX-License-Identifier: GPL-2.0 */
/* What the benchmarks share: the client's side of the target, and blocks. */
#ifndef CHIM_BENCH_H
#define CHIM_BENCH_H

#include <chimney/target.h>

#include <linux/completion.h>
#include <linux/overflow.h>
#include <linux/types.h>

/* A block with what lies behind it when a neighbor or path is new. */
struct low_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[100];
	u8 src[4];
	u8 dst[4];
} __aligned(8);

struct conn_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_CONST) +
		 sizeof(TCP_OFFLOAD_STATE_CACHED) +
		 sizeof(TCP_OFFLOAD_STATE_DELEGATED)];
} __aligned(8);

struct update_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_CACHED)];
} __aligned(8);

struct end_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_DELEGATED)];
} __aligned(8);

struct ref_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
};

/* Of the client. Every completion completes @bench_done. */
extern NDIS_PROVIDER_CHIMNEY_OFFLOAD_GENERIC_CHARACTERISTICS bench_target;
extern NDIS_PROVIDER_CHIMNEY_OFFLOAD_TCP_CHARACTERISTICS bench_io;
extern struct completion bench_done;

/*
 * Where a context is kept: with @im set, chimney_over needs room in front of it for
 * two pointers more. Without it, contexts lie side by side.
 */
struct bench_place {
	PVOID room[2];
	PVOID context;
};

extern u32 bench_stride;

static inline size_t bench_contexts_size(u32 n)
{
	return array3_size(n, bench_stride, sizeof(PVOID));
}

static inline PVOID *bench_context(PVOID *contexts, u32 i)
{
	return &contexts[(size_t)i * bench_stride + bench_stride - 1];
}

/* @im: intermediate drivers in between, which are there; -1 for not even NDIS */
int bench_attach(const char *dev, int im);
void bench_detach(void);
NDIS_HANDLE bench_adapter(void);
void bench_run(W_UPDATE_OFFLOAD_HANDLER handler, void *root);

/* Blocks: a bare one, and new ones with their state. */
void bench_head(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b, u8 type, PVOID *context);
void bench_neigh(struct low_block *n, PVOID *context, u8 last);
void bench_path(struct low_block *p, PVOID *context, u32 nr);
void bench_cached(TCP_OFFLOAD_STATE_CACHED *v, u8 tos);
void bench_conn(struct conn_block *t, PVOID *context, u32 nr);

/* Results, and connections to have many of; main.c */
bool bench_all_success(PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST b);
bool bench_make_conns(PVOID *contexts, u32 first, u32 count, u32 width,
		      u64 *ns);
bool bench_end_conns(PVOID *contexts, u32 count, u32 width, u64 *ns);
u64 bench_used_bytes(void);

static inline void bench_length(u8 *at, u32 length)
{
	memcpy(at, &length, sizeof(length));
}

#endif /* CHIM_BENCH_H */
