/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CHIM_HOST_BLOCK_H
#define _CHIM_HOST_BLOCK_H

#include <chimney/target.h>

#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <net/tcp.h>

struct chim_host_neigh;
struct chim_host_path;

/* A block with room for what lies behind it, whatever the layer. */
struct chim_host_block {
	NDIS_MINIPORT_OFFLOAD_BLOCK_LIST b;
	u8 state[sizeof(TCP_OFFLOAD_STATE_CONST) +
		 sizeof(TCP_OFFLOAD_STATE_CACHED) +
		 sizeof(TCP_OFFLOAD_STATE_DELEGATED)];
} __aligned(8);

/* The three state structures of a connection. */
struct chim_host_values {
	TCP_OFFLOAD_STATE_CONST c;
	TCP_OFFLOAD_STATE_CACHED v;
	TCP_OFFLOAD_STATE_DELEGATED d;
};

/* Ticks are milliseconds; the largest number means never. */
static inline u32 chim_host_ticks(unsigned long delta)
{
	return min_t(u64, jiffies_to_msecs(delta), U32_MAX - 1);
}

/* A timer that does not run. */
#define CHIM_HOST_IDLE	((ULONG)-1)

/* The clock of TCP's timestamps, in ticks. */
static inline u32 chim_host_now(void)
{
	return div_u64(tcp_clock_ns(), NSEC_PER_MSEC);
}

void chim_host_block_head(struct chim_host_block *block, u8 type,
			  PVOID *context);
void chim_host_block_neigh(struct chim_host_block *block,
			   struct chim_host_neigh *neigh);
void chim_host_block_neigh_cached(struct chim_host_block *block,
				  struct chim_host_neigh *neigh, const u8 *mac,
				  u32 hrd);
void chim_host_block_path(struct chim_host_block *block,
			  struct chim_host_path *path);
void chim_host_block_path_cached(struct chim_host_block *block,
				 struct chim_host_path *path, u32 mtu);
void chim_host_block_conn(struct chim_host_block *block, PVOID *context,
			  NDIS_HANDLE handle,
			  const struct chim_host_values *values,
			  PNET_BUFFER_LIST sends);
void chim_host_block_cached(struct chim_host_block *block, PVOID *context,
			    const TCP_OFFLOAD_STATE_CACHED *v, bool window);
void chim_host_block_deleg(struct chim_host_block *block, PVOID *context);
void chim_host_block_read(const struct chim_host_block *block,
			  TCP_OFFLOAD_STATE_DELEGATED *d);

#endif /* _CHIM_HOST_BLOCK_H */
