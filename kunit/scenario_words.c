// SPDX-License-Identifier: GPL-2.0
/* The words of scenarios: numbers, names, variables. */
#include "scenario.h"

#include <linux/ctype.h>

/**
 * sc_word() - the next word of the line
 * @sc: the scenario
 *
 * Context: test thread.
 * Return: the word, empty at the end of the line.
 */
char *sc_word(struct sc *sc)
{
	char *word;

	while (isspace(*sc->at))
		sc->at++;
	word = sc->at;
	while (*sc->at && !isspace(*sc->at))
		sc->at++;
	if (*sc->at)
		*sc->at++ = '\0';
	return word;
}

/**
 * sc_has() - is this the next word? Then it is taken
 * @sc: the scenario
 * @word: the word
 *
 * Context: test thread.
 * Return: true if so.
 */
bool sc_has(struct sc *sc, const char *word)
{
	size_t len = strlen(word);

	while (isspace(*sc->at))
		sc->at++;
	if (strncmp(sc->at, word, len) ||
	    (sc->at[len] && !isspace(sc->at[len])))
		return false;
	sc->at += len;
	return true;
}

static u32 to_number(struct sc *sc, const char *word)
{
	long long v;

	if (!strcmp(word, "none"))
		return U32_MAX;
	if (kstrtoll(word, 0, &v)) {
		sc_bad(sc, "'%s' is no number", word);
		return 0;
	}
	return v;
}

/**
 * sc_number() - the next word is a number, or 'none' for all ones
 * @sc: the scenario
 *
 * Context: test thread.
 * Return: the number; negative ones wrap.
 */
u32 sc_number(struct sc *sc)
{
	return to_number(sc, sc_word(sc));
}

/**
 * sc_range() - the next word is one number or two
 * @sc: the scenario
 * @between: what stands between them
 * @from: set to the first
 * @upto: set to the second; to the first if there is only one
 *
 * Context: test thread.
 * Return: true if there were two.
 */
bool sc_range(struct sc *sc, char between, u32 *from, u32 *upto)
{
	char *word = sc_word(sc), *second = strchr(word + !!*word, between);

	if (second)
		*second++ = '\0';
	*from = to_number(sc, word);
	*upto = second ? to_number(sc, second) : *from;
	return second;
}

/**
 * sc_choice() - the next word is one of several
 * @sc: the scenario
 * @words: the words; some may be NULL
 * @n: how many
 *
 * Context: test thread.
 * Return: which one; 0 after a complaint if it is none of them.
 */
int sc_choice(struct sc *sc, const char * const *words, int n)
{
	const char *word = sc_word(sc);
	int i;

	for (i = 0; i < n; i++)
		if (words[i] && !strcmp(words[i], word))
			return i;
	sc_bad(sc, "what is '%s'?", word);
	return 0;
}

/* Of one byte, two, four; and sequence numbers, which count from the first. */
#define V8(name, member)	{ #name, offsetof(struct bd, member), 1, 0 }
#define V16(name, member)	{ #name, offsetof(struct bd, member), 2, 0 }
#define V32(name, member)	{ #name, offsetof(struct bd, member), 4, 0 }
#define VSEQ(name, member, first) \
	{ #name, offsetof(struct bd, member), 4, first }

/* What can be set and looked at. */
static const struct {
	const char *name;
	u32 at;
	u32 size;
	u32 base;
} variables[] = {
	V8(flags, c.flags),
	V16(remote_mss, c.remote_mss),
	V32(initial_rcv_wnd, v.rcv_wnd),
	V32(rcv_ind_size, v.rcv_ind_size),
	V32(ka_probe_limit, v.ka_probes),
	V32(ka_timeout, v.ka_timeout),
	V32(ka_interval, v.ka_interval),
	V32(max_rt, v.max_rt),
	V8(settings, v.flags),
	V32(state, d.state),
	VSEQ(rcv_nxt, d.rcv_nxt, BD_RCV),
	V32(rcv_wnd, d.rcv_wnd),
	VSEQ(snd_una, d.snd_una, BD_SND),
	VSEQ(snd_nxt, d.snd_nxt, BD_SND),
	VSEQ(snd_max, d.snd_max, BD_SND),
	V32(snd_wnd, d.snd_wnd),
	V32(max_snd_wnd, d.max_snd_wnd),
	V32(cwnd, d.cwnd),
	V32(ssthresh, d.ssthresh),
	V32(ts_recent, d.ts_recent),
	V32(ts_recent_age, d.ts_recent_age),
	V32(ts_time, d.ts_time),
	V32(total_rt, d.total_rt),
	V32(ka_left, d.ka_left),
	V32(rt_left, d.rt_left),
	V16(srtt, d.srtt),
	V16(rttvar, d.rttvar),
	V8(dup_acks, d.dup_acks),
	V8(wnd_probes, d.wnd_probes),
	V8(ka_probes, d.ka_probes),
	V8(rt_count, d.rt_count),
	V32(ack_ticks, cfg.ack_ticks),
	V8(ack_segs, cfg.ack_segs),
	V32(push_ticks, cfg.push_ticks),
	V32(sws_ticks, cfg.sws_ticks),
	V32(dup_ack_threshold, cfg.dup_acks),
	V8(retransmissions, cfg.retransmissions),
	V8(doubt, cfg.doubt),
	V8(ecn, cfg.ecn),
	V32(ooo_bytes, cfg.ooo_bytes),
	V32(buffered, buffered),
	V32(mtu, mtu),
	V32(burst, burst),
	V16(win, wnd),
	V32(accept, accept),
	V8(muted, muted),
	V32(now, now),
	V32(back_bytes, rest_bytes),
	V32(back_urgent, rest_urgent),
	V8(back_abort, rest_abort),
};

/**
 * sc_variable() - the next word is a variable
 * @sc: the scenario
 * @size: set to its size
 * @base: set to what counts as 0
 *
 * Context: test thread.
 * Return: where it is in the bed, or NULL after a complaint.
 */
u32 *sc_variable(struct sc *sc, u32 *size, u32 *base)
{
	const char *word = sc_word(sc);
	int i;

	for (i = 0; i < ARRAY_SIZE(variables); i++) {
		if (strcmp(variables[i].name, word))
			continue;
		*size = variables[i].size;
		*base = variables[i].base;
		return (void *)sc->bd + variables[i].at;
	}
	sc_bad(sc, "no variable '%s'", word);
	return NULL;
}

/**
 * sc_get() - read a variable
 * @at: where
 * @size: its size
 *
 * Context: any.
 * Return: the value.
 */
u32 sc_get(const void *at, u32 size)
{
	if (size == 1)
		return *(const u8 *)at;
	return size == 2 ? *(const u16 *)at : *(const u32 *)at;
}

/**
 * sc_set() - write a variable
 * @at: where
 * @size: its size
 * @value: the value
 *
 * Context: any.
 */
void sc_set(void *at, u32 size, u32 value)
{
	if (size == 1)
		*(u8 *)at = value;
	else if (size == 2)
		*(u16 *)at = value;
	else
		*(u32 *)at = value;
}
