// SPDX-License-Identifier: GPL-2.0
/* What the engines of a duel have around them, and what they may do with it. */
#include "duel.h"
#include "packing.h"

#include "tcp/seq.h"

#include <linux/slab.h>

static struct duel_side *side_of(const struct chim_run *run)
{
	return container_of(run->tcb, struct duel_block, tcb)->side;
}

static u32 option_bytes(const struct chim_frame *f)
{
	u32 len = f->timestamps ? 12 : 0;

	if (f->n_sack)
		len += 4 + 8 * f->n_sack;
	return len;
}

/* The data of a frame is the stream's, at its number, and wholly in requests. */
static bool data_ok(struct duel_side *s, const struct chim_frame *f)
{
	const struct chim_sreq *req = f->req;
	struct duel_send *send;
	u32 there;

	if (!req || f->off >= req->len) {
		duel_bad(s, "frame of %u bytes at offset %u of no request",
			 f->len, f->off);
		return false;
	}
	send = container_of(req, struct duel_send, req);
	if (s->iss + (u32)(send->start + f->off) != f->seq) {
		duel_bad(s, "byte %llu sent as number %u", send->start + f->off,
			 f->seq - s->iss);
		return false;
	}
	there = req->len - f->off;
	while (there < f->len && (req = req->next))
		there += req->len;
	if (there < f->len)
		duel_bad(s, "%u bytes sent of %u", f->len, there);
	return there >= f->len;
}

/* Window, MSS, options: what the peer and the path can take. */
static void check_size(struct duel_side *s, const struct chim_frame *f)
{
	u32 end = f->seq + f->len, options = option_bytes(f);
	u32 most = s->mtu - 20 - 20, len = min_t(u32, f->len, f->mss);

	if (options > 40)
		duel_bad(s, "%u bytes of options", options);
	if (len && len + options > max(most, options + 8))
		duel_bad(s, "segment of %u bytes and %u of options, mtu %u",
			 len, options, s->mtu);
	if (f->mss > s->c.remote_mss)
		duel_bad(s, "mss %u, peer takes %u", f->mss, s->c.remote_mss);
	/* A probe of a closed window is one byte beyond it. */
	if (f->len > 1 && seq_after(end, s->edge))
		duel_bad(s, "%u bytes beyond the window", end - s->edge);
	if (f->len == 1 && seq_after(end, s->edge + 1))
		duel_bad(s, "probe %u beyond the window", end - s->edge);
}

/* What the other side is told goes forward only. */
static void check_promise(struct duel_side *s, const struct chim_frame *f)
{
	u8 shift = s->c.flags & CHIM_CONN_WSCALE ?
		   min_t(u8, s->c.rcv_wscale, 14) : 0;
	u32 edge = f->ack + ((u32)f->wnd << shift);
	const struct duel_side *peer = duel_peer(s);

	if (seq_before(f->ack, s->last_ack))
		duel_bad(s, "acknowledgment moved back by %u",
			 s->last_ack - f->ack);
	if (seq_after(f->ack, peer->max_sent))
		duel_bad(s, "acknowledges %u that were not sent",
			 f->ack - peer->max_sent);
	if (seq_before(edge, s->adv) && s->adv - edge >= 1U << shift)
		duel_bad(s, "window edge moved left by %u", s->adv - edge);
	if (f->timestamps && seq_before(f->tsval, s->last_ts))
		duel_bad(s, "timestamp moved back by %u", s->last_ts - f->tsval);
	if (f->timestamps != !!(s->c.flags & CHIM_CONN_TIMESTAMPS))
		duel_bad(s, "timestamps %d", f->timestamps);
	s->last_ack = f->ack;
	s->adv = seq_max(s->adv, edge);
	if (f->timestamps)
		s->last_ts = f->tsval;
}

static void check_place(struct duel_side *s, const struct chim_frame *f)
{
	bool fin = f->flags & CHIM_FIN;

	if (seq_after(f->seq, s->max_sent))
		duel_bad(s, "number %u left out", f->seq - s->max_sent);
	if (s->muted)
		duel_bad(s, "sent while muted");
	if (s->invalid && !s->dead)
		duel_bad(s, "sent while invalidated");
	if (s->dead && !(f->flags & CHIM_RST))
		duel_bad(s, "sent after the reset");
	if (f->flags & CHIM_RST && !s->dead)
		duel_bad(s, "reset that nobody asked for");
	if (fin && (!s->closing || s->posted != s->goal ||
		    f->seq + f->len != s->iss + (u32)s->goal))
		duel_bad(s, "FIN too early");
}

/* Some, if not all: whole segments. */
static u32 some_of(struct duel_side *s, const struct chim_frame *f)
{
	u32 whole = f->len / f->mss;

	if (whole < 2 || !duel_percent(s->duel, 10))
		return f->len;
	return f->mss * (1 + duel_below(s->duel, whole - 1));
}

/* Cut to segments; some of them merged again, as if on the other side. */
static void cut(struct duel_side *s, const struct chim_frame *f, u32 taken,
		u64 pos)
{
	struct duel_frame out = { .to = duel_peer(s), .pos = pos };
	u32 off = 0;

	do {
		u32 segs = 1 + (duel_percent(s->duel, 20) ?
				duel_below(s->duel, 4) : 0);
		u32 len = min(taken - off, segs * f->mss);

		out.seg = (struct chim_seg) {
			.seq = f->seq + off,
			.ack = f->ack,
			.len = len,
			.tsval = f->tsval,
			.tsecr = f->tsecr,
			.wnd = f->wnd,
			.segs = max(DIV_ROUND_UP(len, f->mss), 1U),
			.flags = f->flags,
			.has_ts = f->timestamps,
			.n_sack = f->n_sack,
			.ce = f->ect && duel_percent(s->duel, 2),
		};
		memcpy(out.seg.sack, f->sack, sizeof(f->sack));
		if (off)
			out.seg.flags &= ~CHIM_CWR;
		if (off + len < f->len)
			out.seg.flags &= ~(CHIM_FIN | CHIM_PSH);
		out.pos = pos + off;
		duel_send_frame(s, &out);
		off += len;
	} while (off < taken);
}

static int emit(struct chim_run *run, const struct chim_frame *f)
{
	struct duel_side *s = side_of(run);
	u64 pos = 0;
	u32 taken, end;

	if (duel_permille(s->duel, s->duel->how->lack))
		return -ENOMEM;
	if (f->len) {
		if (!data_ok(s, f))
			return -ENOMEM;
		pos = container_of(f->req, struct duel_send, req)->start +
		      f->off;
	}
	check_place(s, f);
	check_size(s, f);
	check_promise(s, f);
	taken = some_of(s, f);
	pr_debug("%u %s > %02x %u:%u ack %u wnd %u sack %u\n", s->duel->now, s->name,
		 f->flags, f->seq - s->iss, f->len, f->ack - duel_peer(s)->iss,
		 f->wnd, f->n_sack);
	end = f->seq + taken;
	if (f->flags & CHIM_FIN && taken == f->len) {
		s->fin_out = true;
		end++;
	}
	s->max_sent = seq_max(s->max_sent, end);
	cut(s, f, taken, pos);
	return taken;
}

/* Bytes come in order, each once, whichever way they go. */
static void copy(struct chim_run *run, struct chim_rreq *req, u32 at,
		 const struct sk_buff *skb, u32 off, u32 len)
{
	struct duel_recv *recv = container_of(req, struct duel_recv, req);
	struct duel_side *s = side_of(run), *peer = duel_peer(s);
	u32 i;

	if (at != recv->preset + recv->placed || at + len > req->len)
		duel_bad(s, "placed at %u of %u", at, req->len);
	if (off + len > skb->len)
		duel_bad(s, "placed from beyond the data");
	for (i = 0; i < len && !s->duel->failed; i++)
		if (skb->data[off + i] != duel_byte(peer, s->taken + i))
			duel_bad(s, "wrong byte %llu placed", s->taken + i);
	recv->placed += len;
	s->taken += len;
	s->duel->alive_at = s->duel->now;
}

static bool describe(struct chim_run *run, struct sk_buff *skb)
{
	struct duel_side *s = side_of(run);

	if (duel_permille(s->duel, s->duel->how->lack))
		return false;
	if (chim_rx_cb(skb)->desc)
		duel_bad(s, "described twice");
	chim_rx_cb(skb)->desc = s;
	s->described++;
	return true;
}

static void forget(struct chim_run *run, struct sk_buff *skb)
{
	struct duel_side *s = side_of(run);

	if (!chim_rx_cb(skb)->desc)
		duel_bad(s, "no description to undo");
	chim_rx_cb(skb)->desc = NULL;
	s->described--;
}

static struct sk_buff *pack(struct chim_run *run, struct sk_buff *to,
			    struct sk_buff *skb)
{
	struct duel_side *s = side_of(run);
	struct sk_buff *into;

	if (duel_permille(s->duel, s->duel->how->lack))
		return NULL;
	into = pk_pack(to, skb);
	if (into && !to && chim_rx_cb(skb)->desc) {
		chim_rx_cb(into)->desc = s;
		s->described++;
	}
	return into;
}

static void *alloc_mem(struct chim_run *run, size_t size)
{
	struct duel_side *s = side_of(run);
	void *memory;

	if (duel_permille(s->duel, s->duel->how->lack))
		return NULL;
	memory = kzalloc(size, GFP_ATOMIC);
	if (memory)
		s->memory++;
	return memory;
}

static void free_mem(struct chim_run *run, void *memory, size_t size)
{
	side_of(run)->memory--;
	kfree(memory);
}

const struct chim_tcp_ops duel_ops = {
	.emit = emit,
	.copy = copy,
	.describe = describe,
	.forget = forget,
	.pack = pack,
	.alloc = alloc_mem,
	.free = free_mem,
};
