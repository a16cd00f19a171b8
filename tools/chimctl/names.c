// SPDX-License-Identifier: GPL-2.0
/* Attributes by name. */
#include "chimctl.h"

#include <linux/genetlink.h>

#include <arpa/inet.h>
#include <netinet/ether.h>

#include <stdio.h>
#include <string.h>

const char *const layer_names[3] = { "neighbor", "path", "connection" };

const char *const tcp_states[11] = {
	"closed", "listen", "syn-sent", "syn-rcvd", "established",
	"fin-wait1", "fin-wait2", "close-wait", "closing", "last-ack",
	"time-wait",
};

#define LIMIT(name, attr)	{ name, CHIMNEY_A_LIMITS_##attr, 4, 0, 0 }

static const struct field limits[] = {
	LIMIT("neighbors", NEIGHBORS),
	LIMIT("paths", PATHS),
	LIMIT("connections", CONNECTIONS),
	LIMIT("vlan-ids", VLAN_IDS),
	LIMIT("hwaddrs", HWADDRS),
	LIMIT("ipaddrs", IPADDRS),
	LIMIT("rcv-wnd", RCV_WND),
	LIMIT("rcv-mem", RCV_MEM),
};

const struct fields limit_fields = { limits, ARRAY_SIZE(limits) };

#define PARAM(name, attr, size)	{ name, CHIMNEY_A_PARAMS_##attr, size, 0, 0 }

static const struct field params[] = {
	PARAM("tps", TPS, 4),
	PARAM("ack-frequency", ACK_FREQUENCY, 1),
	PARAM("delayed-ack-ticks", DELAYED_ACK_TICKS, 1),
	PARAM("max-retransmissions", MAX_RETRANSMISSIONS, 1),
	PARAM("doubt-retransmissions", DOUBT_RETRANSMISSIONS, 1),
	PARAM("sws-ticks", SWS_TICKS, 4),
	PARAM("dup-ack-threshold", DUP_ACK_THRESHOLD, 4),
	PARAM("push-ticks", PUSH_TICKS, 4),
	PARAM("nce-stale-ticks", NCE_STALE_TICKS, 4),
};

const struct fields param_fields = { params, ARRAY_SIZE(params) };

#define SETTING(name, attr, size, kind) \
	{ name, CHIMNEY_A_SETTINGS_##attr, size, KIND_##kind, 0 }

static const struct field settings[] = {
	SETTING("ecn", ECN, 1, SWITCH),
	SETTING("snmp", SNMP, 1, SWITCH),
	SETTING("up-drops", UP_DROPS, 4, NUMBER),
	SETTING("up-fragments", UP_FRAGMENTS, 4, NUMBER),
	SETTING("up-disorder", UP_DISORDER, 4, NUMBER),
	SETTING("up-prepost", UP_PREPOST, 4, NUMBER),
	SETTING("up-small-io", UP_SMALL_IO, 4, NUMBER),
	SETTING("up-idle", UP_IDLE, 4, NUMBER),
};

const struct fields setting_fields = { settings, ARRAY_SIZE(settings) };

#define CLIENT(name, attr)	{ name, CHIMNEY_A_CLIENT_##attr, 4, 0, 0 }

static const struct field clients[] = {
	CLIENT("neighbors", NEIGHBORS),
	CLIENT("paths", PATHS),
	CLIENT("connections", CONNECTIONS),
};

const struct fields client_fields = { clients, ARRAY_SIZE(clients) };

#define NEIGH(name, attr, size, kind, part) \
	{ name, CHIMNEY_A_NEIGHBOR_##attr, size, KIND_##kind, PART_##part }

static const struct field neighbors[] = {
	NEIGH("lladdr", LLADDR, 6, MAC, CACHED),
	NEIGH("src", SRC, 6, MAC, CONST),
	NEIGH("vlan", VLAN, 2, NUMBER, CONST),
	NEIGH("hrd", HRD, 4, NUMBER, CACHED),
	NEIGH("nrd", NRD, 4, NUMBER, DELEG),
};

#define PATH(name, attr, size, kind, part) \
	{ name, CHIMNEY_A_PATH_##attr, size, KIND_##kind, PART_##part }

static const struct field paths[] = {
	PATH("src", SRC, 16, ADDRESS, CONST),
	PATH("dst", DST, 16, ADDRESS, CONST),
	PATH("mtu", MTU, 4, NUMBER, CACHED),
};

#define CONN(name, attr, size, kind, part) \
	{ name, CHIMNEY_A_CONNECTION_##attr, size, KIND_##kind, PART_##part }

static const struct field connections[] = {
	CONN("sport", SPORT, 2, PORT, CONST),
	CONN("dport", DPORT, 2, PORT, CONST),
	CONN("timestamps", TIMESTAMPS, 1, SWITCH, CONST),
	CONN("sack", SACK, 1, SWITCH, CONST),
	CONN("wscale", WSCALE, 1, SWITCH, CONST),
	CONN("snd-wscale", SND_WSCALE, 1, NUMBER, CONST),
	CONN("rcv-wscale", RCV_WSCALE, 1, NUMBER, CONST),
	CONN("remote-mss", REMOTE_MSS, 2, NUMBER, CONST),
	CONN("hash", HASH, 4, NUMBER, CONST),
	CONN("rcv-wnd-init", RCV_WND_INIT, 4, NUMBER, CACHED),
	CONN("rcv-ind-size", RCV_IND_SIZE, 4, NUMBER, CACHED),
	CONN("keepalive", KEEPALIVE, 1, SWITCH, CACHED),
	CONN("nagle", NAGLE, 1, SWITCH, CACHED),
	CONN("ka-probes", KA_PROBES, 1, NUMBER, CACHED),
	CONN("ka-timeout", KA_TIMEOUT, 4, TICKS, CACHED),
	CONN("ka-interval", KA_INTERVAL, 4, NUMBER, CACHED),
	CONN("max-rt", MAX_RT, 4, NUMBER, CACHED),
	CONN("flow-label", FLOW_LABEL, 4, NUMBER, CACHED),
	CONN("ttl", TTL, 1, NUMBER, CACHED),
	CONN("tos", TOS, 1, NUMBER, CACHED),
	CONN("prio", PRIO, 1, NUMBER, CACHED),
	CONN("ka-restart", KA_RESTART, 0, COMMAND, COMMAND),
	CONN("max-rt-restart", MAX_RT_RESTART, 0, COMMAND, COMMAND),
	CONN("state", STATE, 4, STATE, DELEG),
	CONN("rcv-nxt", RCV_NXT, 4, NUMBER, DELEG),
	CONN("rcv-wnd", RCV_WND, 4, NUMBER, DELEG),
	CONN("snd-una", SND_UNA, 4, NUMBER, DELEG),
	CONN("snd-nxt", SND_NXT, 4, NUMBER, DELEG),
	CONN("snd-max", SND_MAX, 4, NUMBER, DELEG),
	CONN("snd-wnd", SND_WND, 4, NUMBER, DELEG),
	CONN("max-snd-wnd", MAX_SND_WND, 4, NUMBER, DELEG),
	CONN("snd-wl1", SND_WL1, 4, NUMBER, DELEG),
	CONN("cwnd", CWND, 4, NUMBER, DELEG),
	CONN("ssthresh", SSTHRESH, 4, NUMBER, DELEG),
	CONN("srtt", SRTT, 2, NUMBER, DELEG),
	CONN("rttvar", RTTVAR, 2, NUMBER, DELEG),
	CONN("ts-recent", TS_RECENT, 4, NUMBER, DELEG),
	CONN("ts-recent-age", TS_RECENT_AGE, 4, NUMBER, DELEG),
	CONN("ts-time", TS_TIME, 4, NUMBER, DELEG),
	CONN("total-rt", TOTAL_RT, 4, NUMBER, DELEG),
	CONN("dup-acks", DUP_ACKS, 1, NUMBER, DELEG),
	CONN("wnd-probes", WND_PROBES, 1, NUMBER, DELEG),
	CONN("ka-probe-count", KA_PROBE_COUNT, 1, NUMBER, DELEG),
	CONN("ka-left", KA_LEFT, 4, TICKS, DELEG),
	CONN("rt-count", RT_COUNT, 1, NUMBER, DELEG),
	CONN("rt-left", RT_LEFT, 4, TICKS, DELEG),
	CONN("dwnd", DWND, 4, NUMBER, DELEG),
};

const struct fields layer_fields[3] = {
	{ neighbors, ARRAY_SIZE(neighbors) },
	{ paths, ARRAY_SIZE(paths) },
	{ connections, ARRAY_SIZE(connections) },
};

/* What is above the plain values, by name only. */
static const struct field adapters[] = {
	{ "dev", CHIMNEY_A_ADAPTER_IFINDEX, 4, 0, 0 },
	{ "limits", CHIMNEY_A_ADAPTER_LIMITS, 0, 0, 0 },
	{ "params", CHIMNEY_A_ADAPTER_PARAMS, 0, 0, 0 },
	{ "settings", CHIMNEY_A_ADAPTER_SETTINGS, 0, 0, 0 },
	{ "vlan", CHIMNEY_A_ADAPTER_VLAN, 2, 0, 0 },
	{ "ticks-ms", CHIMNEY_A_ADAPTER_TICKS_MS, 1, 0, 0 },
	{ "capacity", CHIMNEY_A_ADAPTER_CAPACITY, 4, 0, 0 },
};

static const struct field operations[] = {
	{ "dev", CHIMNEY_A_OPERATION_IFINDEX, 4, 0, 0 },
	{ "handle", CHIMNEY_A_OPERATION_HANDLE, 8, 0, 0 },
	{ "neighbor", CHIMNEY_A_OPERATION_NEIGHBOR, 8, 0, 0 },
	{ "object", CHIMNEY_A_OPERATION_OBJECT, 0, 0, 0 },
};

static const struct field objects[] = {
	{ "handle", CHIMNEY_A_OBJECT_HANDLE, 8, 0, 0 },
	{ "below", CHIMNEY_A_OBJECT_BELOW, 8, 0, 0 },
	{ "neighbor", CHIMNEY_A_OBJECT_NEIGHBOR, 0, 0, 0 },
	{ "path", CHIMNEY_A_OBJECT_PATH, 0, 0, 0 },
	{ "connection", CHIMNEY_A_OBJECT_CONNECTION, 0, 0, 0 },
};

static const struct fields adapter_fields = { adapters, ARRAY_SIZE(adapters) };
static const struct fields operation_fields = { operations, ARRAY_SIZE(operations) };
static const struct fields object_fields = { objects, ARRAY_SIZE(objects) };

/* The set of attributes inside a nest. */
static const struct fields *inside(const struct fields *set, int attr)
{
	if (set == &operation_fields && attr == CHIMNEY_A_OPERATION_OBJECT)
		return &object_fields;
	if (set == &adapter_fields && attr == CHIMNEY_A_ADAPTER_LIMITS)
		return &limit_fields;
	if (set == &adapter_fields && attr == CHIMNEY_A_ADAPTER_PARAMS)
		return &param_fields;
	if (set == &adapter_fields && attr == CHIMNEY_A_ADAPTER_SETTINGS)
		return &setting_fields;
	if (set == &object_fields && attr >= CHIMNEY_A_OBJECT_NEIGHBOR &&
	    attr <= CHIMNEY_A_OBJECT_CONNECTION)
		return &layer_fields[attr - CHIMNEY_A_OBJECT_NEIGHBOR];
	return NULL;
}

static const char *name_in(const struct fields *set, int attr)
{
	size_t i;

	for (i = 0; set && i < set->count; i++)
		if (set->list[i].attr == attr)
			return set->list[i].name;
	return "?";
}

/* Appends the way to what is at @target; false if it is not in here. */
static bool find(const char *from, const char *end, const char *target,
		 const struct fields *set, char *text, size_t size)
{
	while (from + sizeof(struct nlattr) <= end) {
		const struct nlattr *attr = (const struct nlattr *)from;
		int type = mnl_attr_get_type(attr);
		const char *next = from + MNL_ALIGN(mnl_attr_get_len(attr));

		if (target < next) {
			size_t used = strlen(text);

			snprintf(text + used, size - used, "%s%s",
				 used ? "." : "", name_in(set, type));
			if (target > from)
				find(mnl_attr_get_payload(attr), next, target,
				     inside(set, type), text, size);
			return true;
		}
		if (next == from)
			return false;
		from = next;
	}
	return false;
}

/**
 * name_attribute() - name what the kernel points at
 * @cmd: CHIMNEY_CMD_* of the request
 * @request: the request
 * @offset: where in it the attribute is
 * @text: set to its name, with the nests it is in
 * @size: of @text
 */
void name_attribute(uint8_t cmd, const struct nlmsghdr *request,
		    uint32_t offset, char *text, size_t size)
{
	const struct fields *set = &adapter_fields;
	const char *start = (const char *)request;

	if (cmd >= CHIMNEY_CMD_OBJECT_GET &&
	    cmd <= CHIMNEY_CMD_OBJECT_TERMINATE)
		set = &operation_fields;
	if (offset < MNL_NLMSG_HDRLEN + GENL_HDRLEN ||
	    offset >= request->nlmsg_len)
		return;
	*text = '\0';
	find(start + MNL_NLMSG_HDRLEN + GENL_HDRLEN,
	     start + request->nlmsg_len, start + offset, set, text, size);
}

static int put_number(struct nlmsghdr *nlh, const struct field *f,
		      uint64_t value)
{
	if (f->size == 1)
		mnl_attr_put_u8(nlh, f->attr, value);
	else if (f->size == 2)
		mnl_attr_put_u16(nlh, f->attr,
				 f->kind == KIND_PORT ? htons(value) : value);
	else
		mnl_attr_put_u32(nlh, f->attr, value);
	return EXIT_OK;
}

static int put_mac(struct nlmsghdr *nlh, const struct field *f,
		   const char *word)
{
	struct ether_addr mac;

	if (!ether_aton_r(word, &mac))
		return bad_usage("%s: \"%s\" is not a MAC address", f->name,
				 word);
	mnl_attr_put(nlh, f->attr, sizeof(mac), &mac);
	return EXIT_OK;
}

static int put_address(struct nlmsghdr *nlh, const struct field *f,
		       const char *word)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, word, address) == 1)
		mnl_attr_put(nlh, f->attr, 4, address);
	else if (inet_pton(AF_INET6, word, address) == 1)
		mnl_attr_put(nlh, f->attr, 16, address);
	else
		return bad_usage("%s: \"%s\" is not an IP address", f->name,
				 word);
	return EXIT_OK;
}

static int put_state(struct nlmsghdr *nlh, const struct field *f,
		     const char *word)
{
	int state = match(word, tcp_states, ARRAY_SIZE(tcp_states),
			  sizeof(*tcp_states), "state");

	return state < 0 ? EXIT_USAGE : put_number(nlh, f, state);
}

/**
 * put_field() - put a value into a request
 * @nlh: the request
 * @f: what it is
 * @word: as typed; NULL for a command
 *
 * Return: EXIT_OK or EXIT_USAGE.
 */
int put_field(struct nlmsghdr *nlh, const struct field *f, const char *word)
{
	uint64_t value, max = UINT64_MAX >> (64 - 8 * (f->size ? f->size : 8));
	bool on;
	int rc;

	switch (f->kind) {
	case KIND_MAC:
		return put_mac(nlh, f, word);
	case KIND_ADDRESS:
		return put_address(nlh, f, word);
	case KIND_STATE:
		return put_state(nlh, f, word);
	case KIND_COMMAND:
		mnl_attr_put(nlh, f->attr, 0, NULL);
		return EXIT_OK;
	case KIND_SWITCH:
		rc = read_switch(word, f->name, &on);
		return rc == EXIT_OK ? put_number(nlh, f, on) : rc;
	case KIND_TICKS:
		if (!strcmp(word, "none"))
			return put_number(nlh, f, UINT32_MAX);
		break;
	}
	rc = read_number(word, f->name, max, &value);
	return rc == EXIT_OK ? put_number(nlh, f, value) : rc;
}
