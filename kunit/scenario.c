// SPDX-License-Identifier: GPL-2.0
/*
 * Plays scenarios, line by line.
 *
 * Before each line that does something, all that was sent and all calls to the
 * host must have been named: nothing happens unseen. Time passes only where a
 * scenario says so, and what comes of it must come at the last tick of the time
 * that is said.
 */
#include "scenario.h"

#include "tcp/close.h"

static const char * const states[] = {
	[CHIM_TCP_CLOSED] = "closed",
	[CHIM_TCP_ESTABLISHED] = "established",
	[CHIM_TCP_FIN_WAIT1] = "fin_wait1",
	[CHIM_TCP_FIN_WAIT2] = "fin_wait2",
	[CHIM_TCP_CLOSE_WAIT] = "close_wait",
	[CHIM_TCP_CLOSING] = "closing",
	[CHIM_TCP_LAST_ACK] = "last_ack",
	[CHIM_TCP_TIME_WAIT] = "time_wait",
};

static const char * const calls[] = {
	[CHIM_CALL_SENT] = "sent",
	[CHIM_CALL_COMPLETE] = "complete",
	[CHIM_CALL_INDICATE] = "indicate",
	[CHIM_CALL_ABORT] = "abort",
	[CHIM_CALL_DISCONNECT] = "disconnect",
	[CHIM_CALL_UPLOAD] = "upload",
};

static const char * const reasons[] = {
	[CHIM_UPLOAD_INVALID] = "invalid_state",
	[CHIM_UPLOAD_URGENT] = "urgent_data",
	[CHIM_UPLOAD_TIMEOUT] = "timeout_expiration",
	[CHIM_UPLOAD_REQUESTED] = "upload_requested",
};

static const char * const ends[] = {
	[CHIM_END_OK] = "success",
	[CHIM_END_UPLOAD] = "upload",
	[CHIM_END_ABORTED] = "aborted",
	[CHIM_END_STATE] = "state",
};

static void no_calls(struct sc *sc)
{
	const struct bd_call *call = bd_call(sc->bd);

	if (call)
		sc_bad(sc, "called before was %s, %u requests, %u bytes",
		       calls[call->kind], call->n, call->bytes);
}

static void nothing_unseen(struct sc *sc)
{
	sc_no_frames(sc);
	no_calls(sc);
}

/* --- what is done ---------------------------------------------------------- */

static void do_set(struct sc *sc)
{
	u32 size, base, *at = sc_variable(sc, &size, &base);

	if (at)
		sc_set(at, size, sc_number(sc) + base);
}

static void do_open(struct sc *sc)
{
	if (sc_has(sc, "in"))
		sc->bd->d.state = sc_choice(sc, states, ARRAY_SIZE(states));
	sc->opened = true;
	sc->ended = false;
	bd_open(sc->bd);
}

static void do_adopt(struct sc *sc)
{
	bd_adopt(sc->bd, sc_number(sc));
}

static void do_send(struct sc *sc)
{
	bd_send(sc->bd, sc_number(sc));
}

static void do_disconnect(struct sc *sc)
{
	bd_disconnect(sc->bd, sc_number(sc));
}

static void do_abort(struct sc *sc)
{
	bd_abort(sc->bd);
}

static void do_post(struct sc *sc)
{
	u32 len = sc_number(sc);

	bd_post(sc->bd, len, sc_has(sc, "nopush") ? CHIM_RREQ_NOPUSH : 0);
}

/* update VARIABLE VALUE... */
static void do_update(struct sc *sc)
{
	struct chim_conn_cached v, was = sc->bd->v;
	u8 commands = 0;

	while (*sc->at && !sc->failed) {
		if (sc_has(sc, "ka_restart"))
			commands |= CHIM_CONN_KA_RESTART;
		else if (sc_has(sc, "rt_restart"))
			commands |= CHIM_CONN_RT_RESTART;
		else
			do_set(sc);
	}
	v = sc->bd->v;
	sc->bd->v = was;
	bd_update(sc->bd, &v, commands);
}

static void do_pass(struct sc *sc, u32 ticks)
{
	if (!ticks)
		return;
	bd_advance(sc->bd, ticks - 1);
	nothing_unseen(sc);
	bd_advance(sc->bd, 1);
}

static void do_end(struct sc *sc)
{
	sc->ended = true;
	bd_end(sc->bd);
}

/* --- what must have come of it --------------------------------------------- */

static void see_call(struct sc *sc)
{
	int kind = sc_choice(sc, calls, ARRAY_SIZE(calls));
	const struct bd_call *call = bd_call(sc->bd);
	u32 v;

	if (!call) {
		sc_bad(sc, "no call");
		return;
	}
	if (call->kind != kind) {
		sc_bad(sc, "called was %s", calls[call->kind]);
		return;
	}
	if (kind == CHIM_CALL_UPLOAD) {
		v = sc_choice(sc, reasons, ARRAY_SIZE(reasons));
		if (call->info != v)
			sc_bad(sc, "the reason is %u", call->info);
	} else if (kind == CHIM_CALL_INDICATE) {
		v = sc_number(sc);
		if (call->bytes != v)
			sc_bad(sc, "%u bytes indicated", call->bytes);
	} else if (kind == CHIM_CALL_SENT || kind == CHIM_CALL_COMPLETE) {
		v = sc_number(sc);
		if (call->n != v)
			sc_bad(sc, "%u requests", call->n);
	}
}

static void see_state(struct sc *sc)
{
	int state = sc_choice(sc, states, ARRAY_SIZE(states));

	if (sc->bd->tcb.state != state)
		sc_bad(sc, "the state is %s", states[sc->bd->tcb.state]);
}

/* is VARIABLE VALUE: as a query, or the termination, gives it */
static void see_value(struct sc *sc)
{
	u32 size, base, *at = sc_variable(sc, &size, &base);
	u32 is, wanted = sc_number(sc);

	if (!at)
		return;
	if (!sc->ended)
		bd_read(sc->bd, &sc->bd->d);
	is = sc_get(at, size) - base;
	if (size < 4)
		wanted &= (1U << 8 * size) - 1;
	if (is != wanted)
		sc_bad(sc, "it is %u", is);
}

static struct bd_sreq *nth_send(struct sc *sc, u32 nr)
{
	struct bd_sreq *req;

	list_for_each_entry(req, &sc->bd->sreqs, all)
		if (!--nr)
			return req;
	sc_bad(sc, "no such request");
	return NULL;
}

static struct bd_rreq *nth_post(struct sc *sc, u32 nr)
{
	struct bd_rreq *req;

	list_for_each_entry(req, &sc->bd->rreqs, all)
		if (!--nr)
			return req;
	sc_bad(sc, "no such request");
	return NULL;
}

/* request NR pending|back|STATUS [left N] */
static void see_request(struct sc *sc)
{
	struct bd_sreq *req = nth_send(sc, sc_number(sc));
	int why;

	if (!req)
		return;
	if (sc_has(sc, "pending")) {
		if (req->order || req->back)
			sc_bad(sc, "it has ended");
		return;
	}
	if (sc_has(sc, "back")) {
		if (!req->back)
			sc_bad(sc, "it was not handed back");
	} else {
		why = sc_choice(sc, ends, ARRAY_SIZE(ends));
		if (!req->order || req->r.why != why)
			sc_bad(sc, "ended %u, with %u", req->order, req->r.why);
	}
	if (sc_has(sc, "left") && req->r.left != sc_number(sc))
		sc_bad(sc, "%u are left", req->r.left);
}

/* buffer NR pending|STATUS [filled N] */
static void see_buffer(struct sc *sc)
{
	struct bd_rreq *req = nth_post(sc, sc_number(sc));
	int why;

	if (!req)
		return;
	if (sc_has(sc, "pending")) {
		if (req->order)
			sc_bad(sc, "it has ended");
		return;
	}
	why = sc_choice(sc, ends, ARRAY_SIZE(ends));
	if (!req->order || req->r.why != why)
		sc_bad(sc, "ended %u, with %u", req->order, req->r.why);
	if (sc_has(sc, "filled") && req->r.filled != sc_number(sc))
		sc_bad(sc, "%u are filled", req->r.filled);
}

/* --- lines ----------------------------------------------------------------- */

static const struct {
	const char *word;
	void (*play)(struct sc *sc);
	bool acts;
	bool open;
} verbs[] = {
	{ "set", do_set, true, false },
	{ "adopt", do_adopt, true, false },
	{ "open", do_open, true, false },
	{ "<", sc_frame_in, true, true },
	{ "send", do_send, true, true },
	{ "disconnect", do_disconnect, true, true },
	{ "abort", do_abort, true, true },
	{ "post", do_post, true, true },
	{ "update", do_update, true, true },
	{ "serve", NULL, true, true },
	{ "end", do_end, true, true },
	{ ">", sc_frame_out, false, true },
	{ "call", see_call, false, true },
	{ "state", see_state, false, true },
	{ "is", see_value, false, true },
	{ "request", see_request, false, true },
	{ "buffer", see_buffer, false, true },
};

static void play_verb(struct sc *sc)
{
	const char *word = sc_word(sc);
	int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].word, word))
			break;
	if (i == ARRAY_SIZE(verbs)) {
		sc_bad(sc, "what is '%s'?", word);
		return;
	}
	if (verbs[i].open && !sc->opened) {
		sc_bad(sc, "nothing is open");
		return;
	}
	if (verbs[i].acts && sc->opened)
		nothing_unseen(sc);
	if (sc->failed)
		return;
	if (verbs[i].play)
		verbs[i].play(sc);
	else
		bd_timer(sc->bd);
	if (!sc->failed && *sc_word(sc))
		sc_bad(sc, "the line goes on");
}

static void play_line(struct sc *sc)
{
	char *comment = strchr(sc->text, '#');

	if (comment)
		*comment = '\0';
	sc->at = sc->text;
	if (*sc->at == '+') {
		sc->at++;
		if (sc->opened)
			nothing_unseen(sc);
		do_pass(sc, sc_number(sc));
	}
	while (*sc->at == ' ' || *sc->at == '\t')
		sc->at++;
	if (*sc->at && !sc->failed)
		play_verb(sc);
}

/**
 * sc_play() - play a scenario
 * @bd: the bed, as bd_init() left it
 * @name: its name
 * @text: its lines; the first says what it covers
 *
 * Context: test thread.
 */
void sc_play(struct bd *bd, const char *name, const char *text)
{
	struct sc sc = { .bd = bd, .name = name };

	while (*text && !sc.failed) {
		const char *end = strchrnul(text, '\n');
		size_t len = end - text;

		sc.line++;
		if (len >= sizeof(sc.text)) {
			sc_bad(&sc, "it is too long");
			break;
		}
		memcpy(sc.text, text, len);
		sc.text[len] = '\0';
		text = end + !!*end;
		if (!strncmp(sc.text, "covers ", 7))
			kunit_info(bd->test, "covers: %s\n", sc.text + 7);
		else
			play_line(&sc);
	}
	sc.line++;
	if (!sc.failed)
		nothing_unseen(&sc);
	if (sc.opened && !sc.ended)
		bd_end(bd);
}
