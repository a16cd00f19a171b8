// SPDX-License-Identifier: GPL-2.0
/* chimctl stats */
#include "chimctl.h"

#include <linux/genetlink.h>

#include <stdio.h>

static const char usage[] =
	"Usage: chimctl stats show [DEV]\n";

static const char *const verbs[] = {
	"initiate", "query", "update", "invalidate", "terminate",
};

static const struct {
	uint16_t attr;
	const char *name;
} totals[] = {
	{ CHIMNEY_A_STATS_EVENTS, "events" },
	{ CHIMNEY_A_STATS_TX_FRAMES, "tx-frames" },
	{ CHIMNEY_A_STATS_TX_DROPPED, "tx-dropped" },
	{ CHIMNEY_A_STATS_TX_NOMEM, "tx-nomem" },
	{ CHIMNEY_A_STATS_TX_STOPPED, "tx-stopped" },
	{ CHIMNEY_A_STATS_RX_VLAN, "rx-vlan" },
};

static const struct {
	uint16_t attr;
	const char *name;
} traffic[] = {
	{ CHIMNEY_A_TRAFFIC_IN_RECEIVES, "in-receives" },
	{ CHIMNEY_A_TRAFFIC_IN_OCTETS, "in-octets" },
	{ CHIMNEY_A_TRAFFIC_IN_DELIVERS, "in-delivers" },
	{ CHIMNEY_A_TRAFFIC_OUT_REQUESTS, "out-requests" },
	{ CHIMNEY_A_TRAFFIC_OUT_OCTETS, "out-octets" },
	{ CHIMNEY_A_TRAFFIC_IN_HEADER_ERRORS, "in-header-errors" },
	{ CHIMNEY_A_TRAFFIC_IN_TRUNCATED, "in-truncated" },
	{ CHIMNEY_A_TRAFFIC_IN_DISCARDS, "in-discards" },
	{ CHIMNEY_A_TRAFFIC_OUT_DISCARDS, "out-discards" },
	{ CHIMNEY_A_TRAFFIC_OUT_NO_ROUTES, "out-no-routes" },
	{ CHIMNEY_A_TRAFFIC_IN_SEGS, "in-segs" },
	{ CHIMNEY_A_TRAFFIC_OUT_SEGS, "out-segs" },
	{ CHIMNEY_A_TRAFFIC_REXMIT_SEGS, "rexmit-segs" },
	{ CHIMNEY_A_TRAFFIC_IN_ERRORS, "in-errors" },
	{ CHIMNEY_A_TRAFFIC_OUT_RESETS, "out-resets" },
	{ CHIMNEY_A_TRAFFIC_RESET_ESTAB, "reset-estab" },
	{ CHIMNEY_A_TRAFFIC_CURR_ESTAB, "curr-estab" },
};

static void show_verb(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_VERB_STATS_MAX + 1];
	uint64_t ops, blocks;
	const char *name;
	uint8_t verb;

	nl_parse(nest, tb, CHIMNEY_A_VERB_STATS_MAX);
	verb = mnl_attr_get_u8(tb[CHIMNEY_A_VERB_STATS_VERB]);
	name = verb < ARRAY_SIZE(verbs) ? verbs[verb] : "?";
	ops = mnl_attr_get_u64(tb[CHIMNEY_A_VERB_STATS_OPS]);
	blocks = mnl_attr_get_u64(tb[CHIMNEY_A_VERB_STATS_BLOCKS]);
	if (!json) {
		printf("    %-12s operations %llu blocks %llu\n", name,
		       (unsigned long long)ops, (unsigned long long)blocks);
		return;
	}
	js_open(name, '{');
	js_number("operations", ops);
	js_number("blocks", blocks);
	js_close('}');
}

static void show_total(const char *name, uint64_t value)
{
	if (json)
		js_number(name, value);
	else
		printf("    %-12s %llu\n", name, (unsigned long long)value);
}

static void show_refusal(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_REFUSAL_MAX + 1];
	const char *name, *text;
	uint64_t count;

	nl_parse(nest, tb, CHIMNEY_A_REFUSAL_MAX);
	name = mnl_attr_get_str(tb[CHIMNEY_A_REFUSAL_NAME]);
	text = mnl_attr_get_str(tb[CHIMNEY_A_REFUSAL_TEXT]);
	count = mnl_attr_get_u64(tb[CHIMNEY_A_REFUSAL_COUNT]);
	if (!json) {
		printf("    refused %-14s %llu  %s\n", name,
		       (unsigned long long)count, text);
		return;
	}
	js_open(NULL, '{');
	js_string("name", name);
	js_number("count", count);
	js_string("text", text);
	js_close('}');
}

static void show_traffic(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_TRAFFIC_MAX + 1];
	uint8_t family;
	uint64_t value;
	char name[8];
	size_t i;

	nl_parse(nest, tb, CHIMNEY_A_TRAFFIC_MAX);
	family = mnl_attr_get_u8(tb[CHIMNEY_A_TRAFFIC_FAMILY]);
	snprintf(name, sizeof(name), "ipv%u", family);
	if (json)
		js_open(name, '{');
	for (i = 0; i < ARRAY_SIZE(traffic); i++) {
		value = mnl_attr_get_u64(tb[traffic[i].attr]);
		if (json)
			js_number(traffic[i].name, value);
		else
			printf("    %s %-16s %llu\n", name, traffic[i].name,
			       (unsigned long long)value);
	}
	if (json)
		js_close('}');
}

static void show_list(const struct nlmsghdr *nlh, int type,
		      void (*show)(const struct nlattr *nest))
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == type)
			show(attr);
}

static int take_stats(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_A_STATS_MAX + 1];
	const char *ifname = "?";
	size_t i;

	(void)data;
	nl_parse_msg(nlh, tb, CHIMNEY_A_STATS_MAX);
	if (tb[CHIMNEY_A_STATS_IFNAME])
		ifname = mnl_attr_get_str(tb[CHIMNEY_A_STATS_IFNAME]);
	if (json) {
		js_item();
		js_string("ifname", ifname);
	} else {
		printf("%s:\n", ifname);
	}
	show_list(nlh, CHIMNEY_A_STATS_VERB, show_verb);
	for (i = 0; i < ARRAY_SIZE(totals); i++)
		show_total(totals[i].name,
			   mnl_attr_get_u64(tb[totals[i].attr]));
	show_list(nlh, CHIMNEY_A_STATS_TRAFFIC, show_traffic);
	if (json)
		js_open("refused", '[');
	show_list(nlh, CHIMNEY_A_STATS_REFUSAL, show_refusal);
	if (json) {
		js_close(']');
		js_close('}');
	}
	return EXIT_OK;
}

static int show_stats(uint32_t ifindex)
{
	struct nlmsghdr *nlh;
	int rc;

	nlh = nl_request(CHIMNEY_CMD_STATS_GET, ifindex ? 0 : NLM_F_DUMP);
	if (ifindex)
		mnl_attr_put_u32(nlh, CHIMNEY_A_STATS_IFINDEX, ifindex);
	rc = nl_talk(nlh, take_stats, NULL);
	if (rc == NL_AGAIN) {
		fputs("Note: adapters came or went meanwhile.\n", stderr);
		rc = EXIT_OK;
	}
	return js_finish(rc);
}

/**
 * cmd_stats() - counters
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_stats(struct words *w)
{
	static const char *const commands[] = { "show" };
	uint32_t ifindex = 0;
	const char *word;
	int rc;

	if (is_help(w) || (w->count > 1 && is_help(&(struct words) {
			w->count - 1, w->list + 1 }))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	word = next_word(w);
	if (word && match(word, commands, 1, sizeof(*commands), "command") < 0)
		return EXIT_USAGE;
	rc = nl_open(NL_CHIMNEY);
	if (rc == EXIT_OK && w->count)
		rc = read_device(w, &ifindex);
	if (rc == EXIT_OK && w->count)
		rc = bad_usage("unknown argument \"%s\"", w->list[0]);
	return rc == EXIT_OK ? show_stats(ifindex) : rc;
}
