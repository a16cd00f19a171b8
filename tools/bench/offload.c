// SPDX-License-Identifier: GPL-2.0
/*
 * An end that is the target's: requests, posted again from their completions.
 * There is one such end at a time.
 */
#include "data.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct slot {
	NET_BUFFER_LIST nbl;
	NET_BUFFER nb;
	MDL mdl;
	bool receives;
};

/**
 * struct flow - the end
 * @job: what it does
 * @context: place of the target's handle
 * @lock: covers what follows
 * @unposted: bytes or transactions not asked for yet
 * @undone: bytes or transactions not completed yet
 * @got: bytes of the response under way
 * @next: send slot of the next request
 * @slots: the requests; a client sends the upper half
 * @wake: completed for a thread that posts
 */
static struct flow {
	struct bench_job *job;
	PVOID *context;
	spinlock_t lock;	/* see above */
	u64 unposted;
	u64 undone;
	u32 got;
	u32 next;
	struct slot slots[BENCH_DEPTH];
	struct completion wake;
} flow;

static void arm(struct slot *slot, u32 len)
{
	slot->nbl.Next = NULL;
	slot->nbl.Status = NDIS_STATUS_PENDING;
	memset(slot->nbl.NetBufferListInfo, 0,
	       sizeof(slot->nbl.NetBufferListInfo));
	slot->nb.MdlChain = &slot->mdl;
	slot->nb.CurrentMdl = &slot->mdl;
	slot->nb.DataOffset = 0;
	slot->nb.CurrentMdlOffset = 0;
	slot->nb.DataLength = len;
}

static void init_slot(struct slot *slot, u8 *data)
{
	memset(slot, 0, sizeof(*slot));
	slot->nbl.FirstNetBuffer = &slot->nb;
	slot->mdl.Size = sizeof(slot->mdl);
	slot->mdl.MdlFlags = MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL;
	slot->mdl.StartVa = data;
	slot->mdl.MappedSystemVa = data;
	slot->mdl.ByteCount = BENCH_SIZE;
}

static struct slot *slot_of(PNET_BUFFER_LIST nbl)
{
	return container_of(nbl, struct slot, nbl);
}

static u32 transferred(PNET_BUFFER_LIST nbl)
{
	return (ULONG_PTR)NET_BUFFER_LIST_INFO(nbl, TcpOffloadBytesTransferred);
}

static void post_send(PNET_BUFFER_LIST list)
{
	if (list)
		bench_io.TcpOffloadSendHandler(bench_adapter(), flow.context,
					       list);
}

static void post_receive(PNET_BUFFER_LIST list)
{
	if (list)
		bench_io.TcpOffloadReceiveHandler(bench_adapter(), flow.context,
						  list);
}

/* Bytes of the next request of a source or sink; 0 if there is none. */
static u32 take_bytes(void)
{
	u32 len;

	spin_lock_bh(&flow.lock);
	len = min_t(u64, flow.unposted, flow.job->size);
	flow.unposted -= len;
	spin_unlock_bh(&flow.lock);
	return len;
}

/* True if that was the last of it. */
static bool did(u32 count)
{
	bool last;

	spin_lock_bh(&flow.lock);
	last = flow.undone && flow.undone <= count;
	flow.undone -= min_t(u64, flow.undone, count);
	spin_unlock_bh(&flow.lock);
	return last;
}

static void finish(int err)
{
	flow.job->err = err;
	complete(&flow.job->done);
}

/* Send requests come back: a source posts them again. */
VOID bench_sent(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST first = NULL, *link = &first, next;
	u32 len, bytes = 0;

	for (; list; list = next) {
		next = list->Next;
		bytes += transferred(list);
		if (flow.job->role != BENCH_SOURCE)
			continue;
		if (list->Status != NDIS_STATUS_SUCCESS) {
			finish(-EIO);
			continue;
		}
		len = take_bytes();
		if (!len)
			continue;
		arm(slot_of(list), len);
		*link = list;
		link = &list->Next;
	}
	post_send(first);
	if (flow.job->role == BENCH_SOURCE && did(bytes))
		finish(0);
}

static void request(void)
{
	struct slot *slot = &flow.slots[BENCH_DEPTH / 2 + flow.next];

	flow.next = (flow.next + 1) % (BENCH_DEPTH / 2);
	arm(slot, flow.job->size);
	post_send(&slot->nbl);
}

/* A response, or a part of it: the rest is asked for, or the next one. */
static void responded(PNET_BUFFER_LIST nbl, u32 bytes)
{
	bool whole;

	flow.got += bytes;
	whole = flow.got >= flow.job->size;
	if (whole)
		flow.got = 0;
	arm(slot_of(nbl), flow.job->size - flow.got);
	post_receive(nbl);
	if (!whole)
		return;
	if (flow.job->side == BENCH_WAKE)
		complete(&flow.wake);
	else if (did(1))
		finish(0);
	else
		request();
}

/* Receive requests come back: they are posted again. */
VOID bench_received(NDIS_HANDLE handle, PNET_BUFFER_LIST list)
{
	PNET_BUFFER_LIST first = NULL, *link = &first, next;
	u32 bytes = 0;

	for (; list; list = next) {
		next = list->Next;
		if (list->Status != NDIS_STATUS_SUCCESS)
			continue;
		if (flow.job->role == BENCH_CLIENT) {
			responded(list, transferred(list));
			continue;
		}
		bytes += transferred(list);
		arm(slot_of(list), flow.job->size);
		*link = list;
		link = &list->Next;
	}
	post_receive(first);
	if (flow.job->role == BENCH_SINK && did(bytes))
		finish(0);
}

/* Never needed: a sink has more requests posted than the peer has sent. */
NDIS_STATUS bench_indicate(NDIS_HANDLE handle, PNET_BUFFER_LIST list,
			   NDIS_STATUS status, PULONG consumed)
{
	*consumed = 0;
	return NDIS_STATUS_OFFLOAD_DATA_NOT_ACCEPTED;
}

static PNET_BUFFER_LIST chain(u32 count, bool sends)
{
	PNET_BUFFER_LIST first = NULL, *link = &first;
	u32 i, len;

	for (i = 0; i < count; i++) {
		len = sends ? take_bytes() : flow.job->size;
		if (!len)
			break;
		arm(&flow.slots[i], len);
		*link = &flow.slots[i].nbl;
		link = &flow.slots[i].nbl.Next;
	}
	return first;
}

/* A thread that asks, and sleeps until the answer is there. */
static void ask_and_wait(void)
{
	u64 left;

	for (left = flow.job->total; left; left--) {
		request();
		wait_for_completion(&flow.wake);
	}
	finish(0);
}

/**
 * bench_offload_run() - have the target do a job
 * @job: what to do
 * @context: place of the connection's handle
 *
 * When this returns, receive requests may still be posted; they come back when
 * the offload ends, and that must be before the next job.
 *
 * Context: process, may sleep.
 * Return: 0 or -errno.
 */
int bench_offload_run(struct bench_job *job, PVOID *context)
{
	u32 i;

	memset(&flow, 0, sizeof(flow));
	spin_lock_init(&flow.lock);
	init_completion(&flow.wake);
	init_completion(&job->done);
	flow.job = job;
	flow.context = context;
	flow.unposted = job->total;
	flow.undone = job->total;
	for (i = 0; i < BENCH_DEPTH; i++)
		init_slot(&flow.slots[i], bench_buffers[0][i]);
	switch (job->role) {
	case BENCH_SOURCE:
		post_send(chain(BENCH_DEPTH, true));
		break;
	case BENCH_SINK:
		post_receive(chain(BENCH_DEPTH, false));
		break;
	default:
		post_receive(chain(1, false));
		if (job->side == BENCH_WAKE)
			ask_and_wait();
		else
			request();
	}
	bench_wait(&job->done);
	return job->err;
}
