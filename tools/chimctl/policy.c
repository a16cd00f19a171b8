// SPDX-License-Identifier: GPL-2.0
/* chimctl policy: which sockets are offloaded without being named. */
#include "chimctl.h"

#include <linux/chimney_host_netlink.h>

#include <arpa/inet.h>
#include <net/if.h>

#include <string.h>

static const char usage[] =
	"Usage: chimctl policy show\n"
	"       chimctl policy add [ offload | allow ] [ dev DEV ] [ sport PORT ]\n"
	"                          [ dport PORT ] [ age SECONDS ] [ bytes N ]\n"
	"       chimctl policy del ID\n"
	"       chimctl policy flush\n";

static const char *const actions[] = {
	[CHIMNEY_HOST_ACTION_OFFLOAD] = "offload",
	[CHIMNEY_HOST_ACTION_ALLOW] = "allow",
};

/* --- show ----------------------------------------------------------------- */

static void show_number(const char *name, uint64_t value)
{
	if (json)
		js_number(name, value);
	else
		printf(" %s %llu", name, (unsigned long long)value);
}

static void show_device(uint32_t ifindex)
{
	char name[IF_NAMESIZE] = "?";

	if_indextoname(ifindex, name);
	if (json)
		js_string("dev", name);
	else
		printf(" dev %s", name);
}

static void show_values(const struct nlattr **tb)
{
	static const struct {
		const char *name;
		uint16_t attr;
	} values[] = {
		{ "age", CHIMNEY_HOST_A_POLICY_MIN_AGE },
		{ "bytes", CHIMNEY_HOST_A_POLICY_MIN_BYTES },
		{ "offloads", CHIMNEY_HOST_A_POLICY_OFFLOADS },
	};
	size_t i;

	if (tb[CHIMNEY_HOST_A_POLICY_IFINDEX])
		show_device(nl_number(tb[CHIMNEY_HOST_A_POLICY_IFINDEX]));
	if (tb[CHIMNEY_HOST_A_POLICY_LOCAL_PORT])
		show_number("sport",
			    ntohs(nl_number(tb[CHIMNEY_HOST_A_POLICY_LOCAL_PORT])));
	if (tb[CHIMNEY_HOST_A_POLICY_REMOTE_PORT])
		show_number("dport",
			    ntohs(nl_number(tb[CHIMNEY_HOST_A_POLICY_REMOTE_PORT])));
	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (tb[values[i].attr])
			show_number(values[i].name,
				    nl_number(tb[values[i].attr]));
}

static int show_policy(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_HOST_A_POLICY_MAX + 1];
	const char *action = "?";
	uint64_t id, number;

	(void)data;
	nl_parse_msg(nlh, tb, CHIMNEY_HOST_A_POLICY_MAX);
	id = nl_number(tb[CHIMNEY_HOST_A_POLICY_ID]);
	number = nl_number(tb[CHIMNEY_HOST_A_POLICY_ACTION]);
	if (number < ARRAY_SIZE(actions))
		action = actions[number];
	if (json) {
		js_item();
		js_number("id", id);
		js_string("action", action);
	} else {
		printf("policy %llu %s", (unsigned long long)id, action);
	}
	show_values(tb);
	if (json)
		js_close('}');
	else
		putchar('\n');
	return EXIT_OK;
}

static int show(void)
{
	return js_finish(nl_talk(nl_request(CHIMNEY_HOST_CMD_POLICY_GET,
					    NLM_F_DUMP), show_policy, NULL));
}

/* --- add and delete ------------------------------------------------------- */

static int put_argument(struct nlmsghdr *nlh, struct words *w)
{
	static const char *const names[] = {
		"offload", "allow", "dev", "sport", "dport", "age", "bytes",
	};
	const char *name = next_word(w), *word;
	uint64_t value = 0;
	uint32_t ifindex;
	int i = match(name, names, ARRAY_SIZE(names), sizeof(*names),
		      "argument"), rc;

	if (i < 0)
		return EXIT_USAGE;
	if (i < 2) {
		mnl_attr_put_u8(nlh, CHIMNEY_HOST_A_POLICY_ACTION,
				i ? CHIMNEY_HOST_ACTION_ALLOW :
				    CHIMNEY_HOST_ACTION_OFFLOAD);
		return EXIT_OK;
	}
	if (i == 2) {
		rc = read_device(w, &ifindex);
		if (rc == EXIT_OK)
			mnl_attr_put_u32(nlh, CHIMNEY_HOST_A_POLICY_IFINDEX,
					 ifindex);
		return rc;
	}
	if (need_word(w, names[i], &word) != EXIT_OK ||
	    read_number(word, names[i], i < 5 ? UINT16_MAX : i < 6 ? UINT32_MAX :
			UINT64_MAX, &value) != EXIT_OK)
		return EXIT_USAGE;
	if (i < 5)
		mnl_attr_put_u16(nlh, i == 3 ? CHIMNEY_HOST_A_POLICY_LOCAL_PORT :
				 CHIMNEY_HOST_A_POLICY_REMOTE_PORT,
				 htons(value));
	else if (i == 5)
		mnl_attr_put_u32(nlh, CHIMNEY_HOST_A_POLICY_MIN_AGE, value);
	else
		mnl_attr_put_u64(nlh, CHIMNEY_HOST_A_POLICY_MIN_BYTES, value);
	return EXIT_OK;
}

static int show_id(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_HOST_A_POLICY_MAX + 1];
	uint64_t id;

	(void)data;
	nl_parse_msg(nlh, tb, CHIMNEY_HOST_A_POLICY_MAX);
	id = nl_number(tb[CHIMNEY_HOST_A_POLICY_ID]);
	if (!json) {
		printf("policy %llu\n", (unsigned long long)id);
		return EXIT_OK;
	}
	js_item();
	js_number("id", id);
	js_close('}');
	return EXIT_OK;
}

static int add(struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_HOST_CMD_POLICY_ADD, 0);
	int rc = EXIT_OK;

	while (rc == EXIT_OK && w->count) {
		rc = nl_room(nlh);
		if (rc == EXIT_OK)
			rc = put_argument(nlh, w);
	}
	return js_finish(rc == EXIT_OK ? nl_talk(nlh, show_id, NULL) : rc);
}

static int del(struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_HOST_CMD_POLICY_DEL, 0);
	const char *word;
	uint64_t id;

	if (need_word(w, "del", &word) != EXIT_OK ||
	    read_number(word, "ID", UINT32_MAX, &id) != EXIT_OK)
		return EXIT_USAGE;
	mnl_attr_put_u32(nlh, CHIMNEY_HOST_A_POLICY_ID, id);
	return nl_simple(nlh);
}

static int flush(void)
{
	return nl_simple(nl_request(CHIMNEY_HOST_CMD_POLICY_DEL, 0));
}

/**
 * cmd_policy() - chimctl policy
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_policy(struct words *w)
{
	static const char *const commands[] = { "show", "add", "del", "flush" };
	const char *word;
	int i, rc;

	if (!w->count || is_help(w)) {
		fputs(usage, w->count ? stdout : stderr);
		return w->count ? EXIT_OK : EXIT_USAGE;
	}
	word = next_word(w);
	i = match(word, commands, ARRAY_SIZE(commands), sizeof(*commands),
		  "command");
	if (i < 0)
		return EXIT_USAGE;
	if ((i == 0 || i == 3) && w->count)
		return bad_usage("unknown argument \"%s\"", w->list[0]);
	rc = nl_open(NL_HOST);
	if (rc != EXIT_OK)
		return rc;
	switch (i) {
	case 0:
		return show();
	case 1:
		return add(w);
	case 2:
		return del(w);
	default:
		return flush();
	}
}
