// SPDX-License-Identifier: GPL-2.0
/* The TCP header of a received segment, options and all. */
#include "tcp/engine.h"

#include "compat.h"

#include <linux/tcp.h>
#include <net/tcp.h>

/* As most peers lay it out (RFC 7323, appendix A). */
#define ALIGNED_TIMESTAMPS	(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 | \
				 TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP)

/* @at: behind kind and length. */
static void take_timestamps(struct chim_seg *seg, const u8 *at)
{
	seg->has_ts = true;
	seg->tsval = get_unaligned_be32(at);
	seg->tsecr = get_unaligned_be32(at + 4);
}

/* As many as one header has room for, in one option or in several. */
static void take_sack(struct chim_seg *seg, const u8 *at, u32 len)
{
	struct chim_range *range;

	for (; len >= TCPOLEN_SACK_PERBLOCK; len -= TCPOLEN_SACK_PERBLOCK) {
		if (seg->n_sack == CHIM_SACK_MAX)
			return;
		range = &seg->sack[seg->n_sack++];
		range->start = get_unaligned_be32(at);
		range->end = get_unaligned_be32(at + 4);
		at += TCPOLEN_SACK_PERBLOCK;
	}
}

/*
 * An option whose kind is unknown, or whose length is not that of its kind, is
 * skipped by its length (RFC 9293, MUST-6; TCP-061). Only a length that leads
 * nowhere leaves the rest unreadable (MUST-7).
 */
static void take_option(struct chim_seg *seg, const u8 *at, u32 len)
{
	switch (at[0]) {
	case TCPOPT_TIMESTAMP:
		if (len == TCPOLEN_TIMESTAMP)
			take_timestamps(seg, at + 2);
		break;
	case TCPOPT_SACK:
		if (len % TCPOLEN_SACK_PERBLOCK == TCPOLEN_SACK_BASE)
			take_sack(seg, at + 2, len - 2);
		break;
	}
}

static void take_options(struct chim_seg *seg, const u8 *at, u32 left)
{
	u32 len;

	while (left) {
		if (at[0] == TCPOPT_EOL)
			return;
		len = 1;
		if (at[0] != TCPOPT_NOP) {
			len = left > 1 ? at[1] : 0;
			if (len < 2 || len > left) {
				seg->bad_options = true;
				return;
			}
			take_option(seg, at, len);
		}
		at += len;
		left -= len;
	}
}

/**
 * chim_tcp_parse() - read a TCP header
 * @header: bytes, aligned or not
 * @header_len: how many there are; may be more than the header has
 * @seg: what the header says is filled in: @seq, @ack, @wnd, @flags, @has_ts,
 *	@tsval, @tsecr, @bad_options, @n_sack, @sack; the rest is left alone
 *
 * Nothing is judged here but the form: whether an option may be there at all
 * is the engine's business.
 *
 * Context: any.
 * Return: false if the length in the header is impossible; then @seg is
 * unchanged.
 */
bool chim_tcp_parse(const void *header, u32 header_len, struct chim_seg *seg)
{
	const struct tcphdr *th = header;
	const u8 *bytes = header;
	const u8 *options = bytes + sizeof(*th);
	u32 len;

	if (header_len < sizeof(*th))
		return false;
	len = (bytes[12] >> 4) * 4;
	if (len < sizeof(*th) || len > header_len)
		return false;
	seg->seq = get_unaligned_be32(&th->seq);
	seg->ack = get_unaligned_be32(&th->ack_seq);
	seg->wnd = get_unaligned_be16(&th->window);
	seg->flags = bytes[13];
	seg->has_ts = false;
	seg->tsval = 0;
	seg->tsecr = 0;
	seg->bad_options = false;
	seg->n_sack = 0;
	len -= sizeof(*th);
	if (len == TCPOLEN_TSTAMP_ALIGNED &&
	    get_unaligned_be32(options) == ALIGNED_TIMESTAMPS)
		take_timestamps(seg, options + 4);
	else
		take_options(seg, options, len);
	return true;
}
