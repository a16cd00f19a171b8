// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of scenarios: FLAGS SEQ[:END] and what else they say.
 *
 * Numbers of both directions count from the first byte of the stream. Each
 * letter is a flag, as tcpdump has it: a dot for ACK.
 */
#include "scenario.h"

static const char letters[] = "FSRP.UEW";

static u8 take_flags(struct sc *sc)
{
	const char *word = sc_word(sc), *letter;
	u8 flags = 0;

	for (; *word; word++) {
		letter = strchr(letters, *word);
		if (!letter) {
			sc_bad(sc, "no flag '%c'", *word);
			break;
		}
		flags |= 1 << (letter - letters);
	}
	return flags;
}

static const char *show_flags(u8 flags, char *to)
{
	int i, n = 0;

	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			to[n++] = letters[i];
	to[n] = '\0';
	return to;
}

static void take_sack(struct sc *sc, struct chim_range *sack, u8 *n, u32 base)
{
	while (*sc->at == ' ' || *sc->at == '\t')
		sc->at++;
	while (*sc->at >= '0' && *sc->at <= '9' && *n < CHIM_SACK_MAX) {
		struct chim_range *r = &sack[(*n)++];

		sc_range(sc, '-', &r->start, &r->end);
		r->start += base;
		r->end += base;
		while (*sc->at == ' ')
			sc->at++;
	}
}

/* ack N, win N, ts VAL/ECR, sack A-B..., segs N, ce, bad */
static void take_rest(struct sc *sc, struct chim_seg *seg)
{
	if (sc_has(sc, "ack"))
		seg->ack = BD_SND + sc_number(sc);
	if (sc_has(sc, "win"))
		seg->wnd = sc_number(sc);
	if (sc_has(sc, "ts")) {
		seg->has_ts = true;
		sc_range(sc, '/', &seg->tsval, &seg->tsecr);
	} else if (sc_has(sc, "nots")) {
		seg->has_ts = false;
	}
	if (sc_has(sc, "sack"))
		take_sack(sc, seg->sack, &seg->n_sack, BD_SND);
	if (sc_has(sc, "segs"))
		seg->segs = sc_number(sc);
	seg->ce = sc_has(sc, "ce");
	seg->bad_options = sc_has(sc, "bad");
}

/**
 * sc_frame_in() - the peer sends a segment
 * @sc: the scenario
 *
 * What is not said is as bd_seg() has it.
 *
 * Context: test thread.
 */
void sc_frame_in(struct sc *sc)
{
	static const char * const verdicts[] = {
		[CHIM_SEG_KEPT] = "kept", [CHIM_SEG_DONE] = "done",
		[CHIM_SEG_DROPPED] = "dropped", [CHIM_SEG_HOST] = "host",
	};
	struct chim_seg seg = bd_seg(sc->bd);
	enum chim_verdict verdict, wanted = CHIM_SEG_KEPT;
	u32 end, times = 1;
	bool said = false;

	seg.flags = take_flags(sc);
	sc_range(sc, ':', &seg.seq, &end);
	seg.len = end - seg.seq;
	seg.seq += BD_RCV;
	take_rest(sc, &seg);
	if (sc_has(sc, "times"))
		times = sc_number(sc);
	if (sc_has(sc, "is")) {
		said = true;
		wanted = sc_choice(sc, verdicts, ARRAY_SIZE(verdicts));
	}
	while (times-- && !sc->failed) {
		struct chim_seg copy = seg;

		verdict = bd_input(sc->bd, &copy);
		if (said && verdict != wanted)
			sc_bad(sc, "the segment is %s", verdicts[verdict]);
	}
}

static void check_flags(struct sc *sc, const struct chim_frame *f, u8 flags)
{
	char is[9], wanted[9];

	if (f->flags != flags)
		sc_bad(sc, "flags are %s, not %s", show_flags(f->flags, is),
		       show_flags(flags, wanted));
}

static void check_sack(struct sc *sc, const struct chim_frame *f)
{
	struct chim_range sack[CHIM_SACK_MAX] = {};
	u8 n = 0, i;

	take_sack(sc, sack, &n, BD_RCV);
	if (f->n_sack != n)
		sc_bad(sc, "%u blocks, not %u", f->n_sack, n);
	for (i = 0; i < n && i < f->n_sack; i++)
		if (f->sack[i].start != sack[i].start ||
		    f->sack[i].end != sack[i].end)
			sc_bad(sc, "block %u is %u-%u", i,
			       f->sack[i].start - BD_RCV,
			       f->sack[i].end - BD_RCV);
}

static void check_times(struct sc *sc, const struct chim_frame *f)
{
	u32 val, ecr;

	if (!sc_range(sc, '/', &val, &ecr))
		ecr = f->tsecr;
	if (!f->timestamps || f->tsval != val || f->tsecr != ecr)
		sc_bad(sc, "timestamps are %u/%u", f->tsval, f->tsecr);
}

static void check_rest(struct sc *sc, const struct chim_frame *f)
{
	u32 v;

	if (sc_has(sc, "ack")) {
		v = sc_number(sc);
		if (f->ack != BD_RCV + v)
			sc_bad(sc, "acknowledges %u", f->ack - BD_RCV);
	}
	if (sc_has(sc, "win")) {
		v = sc_number(sc);
		if (f->wnd != v)
			sc_bad(sc, "window is %u", f->wnd);
	}
	if (sc_has(sc, "ts"))
		check_times(sc, f);
	if (sc_has(sc, "sack"))
		check_sack(sc, f);
	else if (f->n_sack)
		sc_bad(sc, "%u blocks, not 0", f->n_sack);
	if (sc_has(sc, "ect") != f->ect)
		sc_bad(sc, "ect is %d", f->ect);
}

/**
 * sc_frame_out() - the next segment sent is this one
 * @sc: the scenario
 *
 * Acknowledgment, window and timestamps count only if they are said.
 *
 * Context: test thread.
 */
void sc_frame_out(struct sc *sc)
{
	const struct chim_frame *f = bd_frame(sc->bd);
	u8 flags = take_flags(sc);
	u32 seq, end;

	sc_range(sc, ':', &seq, &end);
	if (!f) {
		sc_bad(sc, "nothing was sent");
		return;
	}
	if (f->seq != BD_SND + seq || f->len != end - seq) {
		sc_bad(sc, "sent was %d:%d", f->seq - BD_SND,
		       f->seq + f->len - BD_SND);
		return;
	}
	check_flags(sc, f, flags);
	check_rest(sc, f);
}

/**
 * sc_no_frames() - nothing was sent that the scenario did not say
 * @sc: the scenario
 *
 * Context: test thread.
 */
void sc_no_frames(struct sc *sc)
{
	const struct chim_frame *f = bd_frame(sc->bd);
	char flags[9];

	if (f)
		sc_bad(sc, "sent before was %s %d:%d ack %u",
		       show_flags(f->flags, flags), f->seq - BD_SND,
		       f->seq + f->len - BD_SND, f->ack - BD_RCV);
}
