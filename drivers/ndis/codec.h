/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State structures to values and back.
 *
 * The structures lie back to back directly behind the block, so some are not
 * aligned; they are copied as a whole. A reader checks Length first (BLK-041);
 * a writer does too and leaves the header and all reserved members as they are
 * (BLK-042, CON-051).
 */
#ifndef CHIM_NDIS_CODEC_H
#define CHIM_NDIS_CODEC_H

#include "ndis/tree.h"
#include "state/values.h"
#include "stats.h"

typedef PNDIS_MINIPORT_OFFLOAD_BLOCK_LIST chim_block_t;

/**
 * struct chim_data - buffer members of TCP_OFFLOAD_STATE_DELEGATED
 * @head: first buffer list with send data
 * @tail: last one
 * @buffered: received data not yet delivered
 */
struct chim_data {
	PNET_BUFFER_LIST head;
	PNET_BUFFER_LIST tail;
	PNET_BUFFER_LIST buffered;
};

enum chim_why chim_get_neigh_const(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_neigh_const *v);
enum chim_why chim_get_neigh_cached(chim_block_t block,
				    const struct chim_type *type,
				    struct chim_neigh_cached *v);
enum chim_why chim_get_neigh_deleg(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_neigh_deleg *v);
enum chim_why chim_get_path_const(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_path_const *v);
enum chim_why chim_get_path_cached(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_path_cached *v);
enum chim_why chim_get_path_deleg(chim_block_t block,
				  const struct chim_type *type);
enum chim_why chim_get_conn_const(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_conn_const *v);
enum chim_why chim_get_conn_cached(chim_block_t block,
				   const struct chim_type *type,
				   struct chim_conn_cached *v);
enum chim_why chim_get_conn_deleg(chim_block_t block,
				  const struct chim_type *type,
				  struct chim_conn_deleg *v,
				  struct chim_data *data);

enum chim_why chim_put_neigh_const(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_neigh_const *v);
enum chim_why chim_put_neigh_cached(chim_block_t block,
				    const struct chim_type *type,
				    const struct chim_neigh_cached *v);
enum chim_why chim_put_neigh_deleg(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_neigh_deleg *v);
enum chim_why chim_put_path_const(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_path_const *v);
enum chim_why chim_put_path_cached(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_path_cached *v);
enum chim_why chim_put_conn_const(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_conn_const *v);
enum chim_why chim_put_conn_cached(chim_block_t block,
				   const struct chim_type *type,
				   const struct chim_conn_cached *v);
enum chim_why chim_put_conn_deleg(chim_block_t block,
				  const struct chim_type *type,
				  const struct chim_conn_deleg *v,
				  const struct chim_data *data);

enum chim_why chim_check_parts(chim_block_t block,
			       const struct chim_type *type);

#endif /* CHIM_NDIS_CODEC_H */
