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

#define VARIABLE(name, member, first) \
	{ #name, offsetof(struct bd, member), \
	  sizeof_field(struct bd, member), first }

/* What can be set and looked at. Sequence numbers count from the first byte. */
static const struct {
	const char *name;
	u32 at;
	u32 size;
	u32 base;
} variables[] = {
	VARIABLE(flags, c.flags, 0),
	VARIABLE(remote_mss, c.remote_mss, 0),
	VARIABLE(initial_rcv_wnd, v.rcv_wnd, 0),
	VARIABLE(rcv_ind_size, v.rcv_ind_size, 0),
	VARIABLE(ka_probe_limit, v.ka_probes, 0),
	VARIABLE(ka_timeout, v.ka_timeout, 0),
	VARIABLE(ka_interval, v.ka_interval, 0),
	VARIABLE(max_rt, v.max_rt, 0),
	VARIABLE(settings, v.flags, 0),
	VARIABLE(state, d.state, 0),
	VARIABLE(rcv_nxt, d.rcv_nxt, BD_RCV),
	VARIABLE(rcv_wnd, d.rcv_wnd, 0),
	VARIABLE(snd_una, d.snd_una, BD_SND),
	VARIABLE(snd_nxt, d.snd_nxt, BD_SND),
	VARIABLE(snd_max, d.snd_max, BD_SND),
	VARIABLE(snd_wnd, d.snd_wnd, 0),
	VARIABLE(max_snd_wnd, d.max_snd_wnd, 0),
	VARIABLE(cwnd, d.cwnd, 0),
	VARIABLE(ssthresh, d.ssthresh, 0),
	VARIABLE(ts_recent, d.ts_recent, 0),
	VARIABLE(ts_recent_age, d.ts_recent_age, 0),
	VARIABLE(ts_time, d.ts_time, 0),
	VARIABLE(total_rt, d.total_rt, 0),
	VARIABLE(ka_left, d.ka_left, 0),
	VARIABLE(rt_left, d.rt_left, 0),
	VARIABLE(srtt, d.srtt, 0),
	VARIABLE(rttvar, d.rttvar, 0),
	VARIABLE(dup_acks, d.dup_acks, 0),
	VARIABLE(wnd_probes, d.wnd_probes, 0),
	VARIABLE(ka_probes, d.ka_probes, 0),
	VARIABLE(rt_count, d.rt_count, 0),
	VARIABLE(ack_ticks, cfg.ack_ticks, 0),
	VARIABLE(ack_segs, cfg.ack_segs, 0),
	VARIABLE(push_ticks, cfg.push_ticks, 0),
	VARIABLE(sws_ticks, cfg.sws_ticks, 0),
	VARIABLE(dup_ack_threshold, cfg.dup_acks, 0),
	VARIABLE(retransmissions, cfg.retransmissions, 0),
	VARIABLE(doubt, cfg.doubt, 0),
	VARIABLE(ecn, cfg.ecn, 0),
	VARIABLE(ooo_bytes, cfg.ooo_bytes, 0),
	VARIABLE(buffered, buffered, 0),
	VARIABLE(mtu, mtu, 0),
	VARIABLE(burst, burst, 0),
	VARIABLE(win, wnd, 0),
	VARIABLE(accept, accept, 0),
	VARIABLE(muted, muted, 0),
	VARIABLE(now, now, 0),
	VARIABLE(back_bytes, rest_bytes, 0),
	VARIABLE(back_urgent, rest_urgent, 0),
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
