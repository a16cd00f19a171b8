/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: events/chimney/chim_op_enqueue, chim_block_apply,
 * chim_op_complete, chim_event, chim_status, chim_tx. Filter on verb, ifindex,
 * type, status or why by number, as in: echo 'verb == 2' > filter
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM chimney

#if !defined(CHIM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define CHIM_TRACE_H

#include "stats.h"

#include <linux/tracepoint.h>

#define chim_show_verb(verb) \
	__print_symbolic(verb, \
			 { CHIM_INITIATE, "initiate" }, \
			 { CHIM_QUERY, "query" }, \
			 { CHIM_UPDATE, "update" }, \
			 { CHIM_INVALIDATE, "invalidate" }, \
			 { CHIM_TERMINATE, "terminate" })

TRACE_EVENT(chim_op_enqueue,
	TP_PROTO(int ifindex, int verb, const void *tree),
	TP_ARGS(ifindex, verb, tree),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(int, verb)
		__field(const void *, tree)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->verb = verb;
		__entry->tree = tree;
	),
	TP_printk("ifindex=%d verb=%s tree=%p", __entry->ifindex,
		  chim_show_verb(__entry->verb), __entry->tree)
);

TRACE_EVENT(chim_block_apply,
	TP_PROTO(int ifindex, int verb, int type, u32 depth, u32 status,
		 int why),
	TP_ARGS(ifindex, verb, type, depth, status, why),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(int, verb)
		__field(int, type)
		__field(u32, depth)
		__field(u32, status)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->verb = verb;
		__entry->type = type;
		__entry->depth = depth;
		__entry->status = status;
		__entry->why = why;
	),
	TP_printk("ifindex=%d verb=%s type=%d depth=%u status=0x%08x why=%d",
		  __entry->ifindex, chim_show_verb(__entry->verb),
		  __entry->type, __entry->depth, __entry->status,
		  __entry->why)
);

TRACE_EVENT(chim_op_complete,
	TP_PROTO(int ifindex, int verb, const void *tree, u32 status),
	TP_ARGS(ifindex, verb, tree, status),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(int, verb)
		__field(const void *, tree)
		__field(u32, status)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->verb = verb;
		__entry->tree = tree;
		__entry->status = status;
	),
	TP_printk("ifindex=%d verb=%s tree=%p status=0x%08x",
		  __entry->ifindex, chim_show_verb(__entry->verb),
		  __entry->tree, __entry->status)
);

TRACE_EVENT(chim_event,
	TP_PROTO(int ifindex, u64 handle, u32 type, u32 info),
	TP_ARGS(ifindex, handle, type, info),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u64, handle)
		__field(u32, type)
		__field(u32, info)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->handle = handle;
		__entry->type = type;
		__entry->info = info;
	),
	TP_printk("ifindex=%d handle=0x%llx type=%u info=%u",
		  __entry->ifindex, __entry->handle, __entry->type,
		  __entry->info)
);

TRACE_EVENT(chim_status,
	TP_PROTO(int ifindex, u32 code),
	TP_ARGS(ifindex, code),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u32, code)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->code = code;
	),
	TP_printk("ifindex=%d code=0x%08x", __entry->ifindex, __entry->code)
);

TRACE_EVENT(chim_tx,
	TP_PROTO(int ifindex, u64 handle, u32 seq, u32 ack, u32 wnd),
	TP_ARGS(ifindex, handle, seq, ack, wnd),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(u64, handle)
		__field(u32, seq)
		__field(u32, ack)
		__field(u32, wnd)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->handle = handle;
		__entry->seq = seq;
		__entry->ack = ack;
		__entry->wnd = wnd;
	),
	TP_printk("ifindex=%d handle=0x%llx seq=%u ack=%u wnd=%u",
		  __entry->ifindex, __entry->handle, __entry->seq,
		  __entry->ack, __entry->wnd)
);

#endif /* CHIM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
