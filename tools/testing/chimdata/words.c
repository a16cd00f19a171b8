// SPDX-License-Identifier: GPL-2.0
/* The words of the command line. */
#include "chimdata.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/**
 * die() - end with a message
 * @format: as for printf()
 */
void die(const char *format, ...)
{
	va_list args;

	fputs("chimdata: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EXIT_TROUBLE);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value;

	if (!strcmp(text, "all"))
		return ALL;
	value = strtoull(text, &end, 0);
	switch (tolower(*end)) {
	case 'k':
		value <<= 10;
		end++;
		break;
	case 'm':
		value <<= 20;
		end++;
		break;
	case 'g':
		value <<= 30;
		end++;
		break;
	}
	if (end == text || *end)
		die("not a number: %s", text);
	return value;
}

#define WIDE(word, what) { word, offsetof(struct options, what), 8, 0 }
#define FIELD(word, what) { word, offsetof(struct options, what), 4, 0 }
#define FLAG(word, flag) { word, offsetof(struct options, role.flags), 4, flag }

static const struct word {
	const char *name;
	size_t offset;
	size_t size;
	uint32_t flag;
} words[] = {
	WIDE("tx", role.tx_total), WIDE("rx", role.rx_total),
	WIDE("ahead", role.tx_ahead), WIDE("unit", role.tx_unit),
	WIDE("per", role.rx_unit), WIDE("txseed", role.tx_seed),
	WIDE("rxseed", role.rx_seed), WIDE("cycle", role.cycle),
	FIELD("send", role.send_size), FIELD("depth", role.send_depth),
	FIELD("batch", role.send_batch), FIELD("recv", role.recv_size),
	FIELD("post", role.recv_depth), FIELD("findata", role.fin_data),
	FIELD("refuse", role.refuse), FIELD("partly", role.partly),
	FIELD("keep", role.keep), FIELD("count", count), WIDE("after", after),
	WIDE("again", again), FIELD("timeout", timeout), FIELD("port", port),
	FIELD("mtu", mtu), FIELD("rcvbuf", rcvbuf), FIELD("sndbuf", sndbuf),
	FIELD("mss", mss), FIELD("nodelay", nodelay), FIELD("quiet", quiet),
	WIDE("reset", reset), WIDE("urgent", urgent),
	WIDE("stallat", stall_at), FIELD("stall", stall),
	FLAG("close", CHIMC_ROLE_CLOSE), FLAG("abort", CHIMC_ROLE_ABORT),
	FLAG("waitfin", CHIMC_ROLE_WAIT_FIN), FLAG("nopush", CHIMC_ROLE_NOPUSH),
	FLAG("raw", CHIMC_ROLE_RAW), FLAG("stay", CHIMC_ROLE_STAY),
	FLAG("cycleup", CHIMC_ROLE_AGAIN), FLAG("lead", CHIMC_ROLE_LEAD),
	FLAG("split", CHIMC_ROLE_SPLIT), FLAG("pfn", CHIMC_ROLE_PFN),
	FLAG("noforward", CHIMC_ROLE_NO_FORWARD),
};

/* A role by name: role=client:64:64:1000 and the like. */
static void role_parse(struct chimc_role *role, char *text)
{
	char *name = strtok(text, ":");
	uint64_t n[3] = { 0 };
	char *word;
	int i;

	for (i = 0; i < 3 && (word = strtok(NULL, ":")); i++)
		n[i] = number(word);
	role->tx_total = 0;
	role->rx_total = ALL;
	if (!strcmp(name, "source")) {
		role->tx_total = n[0];
	} else if (!strcmp(name, "sink")) {
		role->rx_total = i ? n[0] : ALL;
	} else if (!strcmp(name, "both")) {
		role->tx_total = n[0];
		role->rx_total = i > 1 ? n[1] : n[0];
	} else if (!strcmp(name, "echo")) {
		role->tx_total = ALL;
		role->tx_unit = 1;
		role->rx_unit = 1;
	} else if (!strcmp(name, "client")) {
		role->tx_total = n[0] * n[2];
		role->rx_total = n[1] * n[2];
		role->tx_ahead = n[0];
		role->tx_unit = n[0];
		role->rx_unit = n[1];
	} else if (!strcmp(name, "server")) {
		role->tx_total = n[2] ? n[1] * n[2] : ALL;
		role->rx_total = n[2] ? n[0] * n[2] : ALL;
		role->tx_unit = n[1];
		role->rx_unit = n[0];
	} else if (strcmp(name, "idle")) {
		die("unknown role: %s", name);
	}
}

/**
 * option_parse() - take a word NAME=VALUE, or NAME for a flag
 * @o: set
 * @word: the word
 *
 * Return: false if there is no such option.
 */
bool option_parse(struct options *o, const char *word)
{
	size_t len = strcspn(word, "="), i;
	const char *value = word[len] ? word + len + 1 : "1";
	char *at;

	if (len == 4 && !strncmp(word, "role", 4)) {
		char *copy = strdup(value);

		role_parse(&o->role, copy);
		free(copy);
		return true;
	}
	if (!strcmp(word, "expect=reset")) {
		o->expect = EXPECT_RESET;
		return true;
	}
	if (len > 4 && !strncmp(word, "set.", 4)) {
		if (o->n_values == 16)
			die("too many values");
		o->values[o->n_values++] = word + 4;
		return true;
	}
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) != len ||
		    strncmp(words[i].name, word, len))
			continue;
		at = (char *)o + words[i].offset;
		if (words[i].flag && number(value))
			*(uint32_t *)at |= words[i].flag;
		else if (words[i].flag)
			*(uint32_t *)at &= ~words[i].flag;
		else if (words[i].size == 4)
			*(uint32_t *)at = number(value);
		else
			*(uint64_t *)at = number(value);
		return true;
	}
	return false;
}

/**
 * option_defaults() - what holds if nothing is said
 * @o: set
 * @peer: of the peer
 */
void option_defaults(struct options *o, bool peer)
{
	memset(o, 0, sizeof(*o));
	o->role.rx_total = ALL;
	o->role.tx_seed = peer ? 2 : 1;
	o->role.rx_seed = peer ? 1 : 2;
	o->role.send_size = 65536;
	o->role.send_depth = 4;
	o->role.send_batch = 1;
	o->role.recv_size = 65536;
	o->role.recv_depth = 4;
	o->role.flags = CHIMC_ROLE_CLOSE | CHIMC_ROLE_WAIT_FIN;
	o->count = 1;
	o->timeout = 120;
	o->reset = ALL;
	o->urgent = ALL;
	o->stall_at = ALL;
}

/* --- values of a connection ----------------------------------------------- */

#define VALUE(name) { #name, offsetof(struct chimc_values, name) }

static const struct value {
	const char *name;
	size_t offset;
} all_values[] = {
	VALUE(timestamps), VALUE(sack), VALUE(wscale), VALUE(snd_wscale),
	VALUE(rcv_wscale), VALUE(remote_mss), VALUE(keepalive), VALUE(nagle),
	VALUE(restart), VALUE(rcv_wnd_init), VALUE(rcv_ind_size),
	VALUE(ka_probes), VALUE(ka_timeout), VALUE(ka_interval), VALUE(max_rt),
	VALUE(flow_label), VALUE(ttl), VALUE(tos), VALUE(prio), VALUE(state),
	VALUE(rcv_nxt), VALUE(rcv_wnd), VALUE(snd_una), VALUE(snd_nxt),
	VALUE(snd_max), VALUE(snd_wnd), VALUE(max_snd_wnd), VALUE(snd_wl1),
	VALUE(cwnd), VALUE(ssthresh), VALUE(srtt), VALUE(rttvar),
	VALUE(ts_recent), VALUE(ts_recent_age), VALUE(ts_time), VALUE(total_rt),
	VALUE(dup_acks), VALUE(wnd_probes), VALUE(ka_count), VALUE(ka_left),
	VALUE(rt_count), VALUE(rt_left), VALUE(dwnd), VALUE(mtu), VALUE(vlan),
	VALUE(send_bytes), VALUE(recv_bytes),
};

/**
 * values_set() - take a word NAME=VALUE
 * @v: set
 * @word: the word
 *
 * Return: false if there is no such value.
 */
bool values_set(struct chimc_values *v, const char *word)
{
	size_t len = strcspn(word, "="), i;

	for (i = 0; word[len] && i < sizeof(all_values) / sizeof(all_values[0]);
	     i++) {
		if (strlen(all_values[i].name) != len ||
		    strncmp(all_values[i].name, word, len))
			continue;
		*(uint32_t *)((char *)v + all_values[i].offset) =
			number(word + len + 1);
		return true;
	}
	return false;
}

/**
 * values_print() - as members of a JSON object, each after a comma
 * @v: values
 */
void values_print(const struct chimc_values *v)
{
	size_t i;

	for (i = 0; i < sizeof(all_values) / sizeof(all_values[0]); i++)
		member(all_values[i].name,
		       *(uint32_t *)((char *)v + all_values[i].offset));
}

/**
 * member() - a member of a JSON object, after a comma
 * @name: its name
 * @value: its value
 */
void member(const char *name, long long value)
{
	printf(", \"%s\": %lld", name, value);
}

/**
 * result_print() - begins a JSON object with what the module says
 * @r: the result
 */
void result_print(const struct chimc_result *r)
{
	printf("{\"state\": %u", r->state);
	member("events", r->events);
	member("reason", r->reason);
	member("retrieves", r->retrieves);
	member("cycles", r->cycles);
	member("fin_status", r->fin_status);
	member("tx_done", r->tx_done);
	member("ns", r->ns);
	member("sends", r->sends);
	member("receives", r->receives);
	member("indications", r->indications);
	member("refused", r->refused);
	member("partly", r->partly);
	member("returned", r->returned);
	member("forwarded", r->forwarded);
	member("dropped", r->dropped);
	member("backlog", r->backlog);
	printf(", \"tx_hash\": \"%016llx\", \"rx_hash\": \"%016llx\"",
	       r->tx_hash, r->rx_hash);
	printf(", \"violation\": \"%s\"", r->why);
}

/**
 * address_parse() - where to
 * @host: an address
 * @port: a number
 * @to: set
 * @len: set
 */
void address_parse(const char *host, const char *port, struct sockaddr_in6 *to,
		   socklen_t *len)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	int err = getaddrinfo(host, port, &hints, &found);

	if (err)
		die("%s %s: %s", host, port, gai_strerror(err));
	memcpy(to, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
}
