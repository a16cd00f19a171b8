// SPDX-License-Identifier: GPL-2.0
/* chimctl adapter */
#include "chimctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: chimctl adapter add DEV [LIMIT...] [vlan ID[,ID...]] [ticks-ms on|off]\n"
	"       chimctl adapter set DEV [LIMIT...] [PARAMETER...] [SETTING...]\n"
	"       chimctl adapter del DEV\n"
	"       chimctl adapter show [DEV]\n"
	"       chimctl adapter pause DEV\n"
	"       chimctl adapter resume DEV [capacity N]\n"
	"       chimctl adapter upload-all DEV\n"
	"LIMIT := { neighbors N | paths N | connections N | vlan-ids N | hwaddrs N |\n"
	"           ipaddrs N | rcv-wnd BYTES | rcv-mem KIB }\n"
	"PARAMETER := { tps N | ack-frequency N | delayed-ack-ticks N |\n"
	"           max-retransmissions N | doubt-retransmissions N | sws-ticks N |\n"
	"           dup-ack-threshold N | push-ticks N | nce-stale-ticks N }\n"
	"SETTING := { ecn on|off | snmp on|off | up-drops PERCENT |\n"
	"           up-fragments PERCENT | up-disorder PERCENT | up-prepost PERCENT |\n"
	"           up-small-io BYTES | up-idle MS }\n";

#define FIELDS_MAX	16

/* Values of a nest that were given on the command line, by number of field. */
struct given {
	const char *value[FIELDS_MAX];
	bool any;
};

static int take_given(const struct fields *set, struct given *given,
		      const char *word, struct words *w)
{
	int i = match(word, &set->list->name, set->count, sizeof(*set->list),
		      "argument");

	if (i < 0)
		return EXIT_USAGE;
	given->any = true;
	return need_word(w, set->list[i].name, &given->value[i]);
}

static int put_given(struct nlmsghdr *nlh, uint16_t attr,
		     const struct fields *set, const struct given *given)
{
	struct nlattr *nest;
	int rc = EXIT_OK;
	size_t i;

	if (!given->any)
		return EXIT_OK;
	nest = mnl_attr_nest_start(nlh, attr);
	for (i = 0; i < set->count && rc == EXIT_OK; i++)
		if (given->value[i])
			rc = put_field(nlh, &set->list[i], given->value[i]);
	mnl_attr_nest_end(nlh, nest);
	return rc;
}

static int put_vlans(struct nlmsghdr *nlh, const char *word)
{
	char *copy = strdup(word), *rest = copy, *one;
	uint64_t vlan;
	int rc = EXIT_OK;

	while (rc == EXIT_OK && (one = strsep(&rest, ","))) {
		rc = read_number(one, "vlan", UINT16_MAX, &vlan);
		if (rc == EXIT_OK)
			rc = nl_room(nlh);
		if (rc == EXIT_OK)
			mnl_attr_put_u16(nlh, CHIMNEY_A_ADAPTER_VLAN, vlan);
	}
	free(copy);
	return rc;
}

static int put_ticks(struct nlmsghdr *nlh, const char *word)
{
	bool on;
	int rc = read_switch(word, "ticks-ms", &on);

	if (rc == EXIT_OK)
		rc = nl_room(nlh);
	if (rc == EXIT_OK)
		mnl_attr_put_u8(nlh, CHIMNEY_A_ADAPTER_TICKS_MS, on);
	return rc;
}

/* The device, and all other words through @option or into @sets. */
static int adapter_add(struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_ADAPTER_ADD, 0);
	struct given limits = {};
	const char *word, *value;
	uint32_t ifindex;
	int rc = read_device(w, &ifindex);

	if (rc == EXIT_OK)
		mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_IFINDEX, ifindex);
	while (rc == EXIT_OK && (word = next_word(w))) {
		if (!strcmp(word, "vlan")) {
			rc = need_word(w, word, &value);
			if (rc == EXIT_OK)
				rc = put_vlans(nlh, value);
		} else if (!strcmp(word, "ticks-ms")) {
			rc = need_word(w, word, &value);
			if (rc == EXIT_OK)
				rc = put_ticks(nlh, value);
		} else {
			rc = take_given(&limit_fields, &limits, word, w);
		}
	}
	if (rc == EXIT_OK)
		rc = put_given(nlh, CHIMNEY_A_ADAPTER_LIMITS, &limit_fields,
			       &limits);
	return rc == EXIT_OK ? nl_simple(nlh) : rc;
}

/* What can be changed, and where it goes. */
static const struct {
	uint16_t attr;
	const struct fields *set;
} sets[] = {
	{ CHIMNEY_A_ADAPTER_LIMITS, &limit_fields },
	{ CHIMNEY_A_ADAPTER_PARAMS, &param_fields },
	{ CHIMNEY_A_ADAPTER_SETTINGS, &setting_fields },
};

/* Which set a word is of, perhaps by a prefix; -1 after a message. */
static int set_of(const char *word)
{
	const char *names[ARRAY_SIZE(sets) * FIELDS_MAX];
	int of[ARRAY_SIZE(names)], found;
	size_t i, j, count = 0;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		for (j = 0; j < sets[i].set->count; j++) {
			of[count] = i;
			names[count++] = sets[i].set->list[j].name;
		}
	found = match(word, names, count, sizeof(*names), "argument");
	return found < 0 ? -1 : of[found];
}

static int adapter_set(struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_ADAPTER_SET, 0);
	struct given given[ARRAY_SIZE(sets)] = {};
	uint32_t ifindex;
	const char *word;
	int rc = read_device(w, &ifindex), set;
	size_t i;

	if (rc == EXIT_OK)
		mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_IFINDEX, ifindex);
	while (rc == EXIT_OK && (word = next_word(w))) {
		set = set_of(word);
		rc = set < 0 ? EXIT_USAGE :
		     take_given(sets[set].set, &given[set], word, w);
	}
	for (i = 0; i < ARRAY_SIZE(sets) && rc == EXIT_OK; i++)
		rc = put_given(nlh, sets[i].attr, sets[i].set, &given[i]);
	return rc == EXIT_OK ? nl_simple(nlh) : rc;
}

static int no_more(struct words *w)
{
	const char *word = next_word(w);

	return word ? bad_usage("unknown argument \"%s\"", word) : EXIT_OK;
}

/* Commands that name a device and no more. */
static int named(struct words *w, uint8_t cmd)
{
	struct nlmsghdr *nlh = nl_request(cmd, 0);
	uint32_t ifindex;
	int rc = read_device(w, &ifindex);

	if (rc == EXIT_OK)
		rc = no_more(w);
	if (rc != EXIT_OK)
		return rc;
	mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_IFINDEX, ifindex);
	return nl_simple(nlh);
}

static int adapter_del(struct words *w)
{
	return named(w, CHIMNEY_CMD_ADAPTER_DEL);
}

static int adapter_pause(struct words *w)
{
	return named(w, CHIMNEY_CMD_ADAPTER_PAUSE);
}

static int adapter_upload(struct words *w)
{
	return named(w, CHIMNEY_CMD_ADAPTER_UPLOAD_ALL);
}

static int adapter_resume(struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_ADAPTER_RESUME, 0);
	uint64_t capacity;
	uint32_t ifindex;
	const char *word;
	int rc = read_device(w, &ifindex);

	if (rc != EXIT_OK)
		return rc;
	mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_IFINDEX, ifindex);
	word = next_word(w);
	if (word && !strcmp(word, "capacity")) {
		rc = need_word(w, "capacity", &word);
		if (rc == EXIT_OK)
			rc = read_number(word, "capacity", UINT32_MAX,
					 &capacity);
		if (rc != EXIT_OK)
			return rc;
		mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_CAPACITY, capacity);
		word = next_word(w);
	}
	if (word)
		return bad_usage("unknown argument \"%s\"", word);
	return nl_simple(nlh);
}

static int adapter_show(struct words *w)
{
	uint32_t ifindex = 0;
	int rc = w->count ? read_device(w, &ifindex) : EXIT_OK;

	if (rc == EXIT_OK)
		rc = no_more(w);
	return rc == EXIT_OK ? show_adapters(ifindex) : rc;
}

static const struct {
	const char *name;
	int (*run)(struct words *w);
} commands[] = {
	{ "add", adapter_add },
	{ "set", adapter_set },
	{ "del", adapter_del },
	{ "show", adapter_show },
	{ "pause", adapter_pause },
	{ "resume", adapter_resume },
	{ "upload-all", adapter_upload },
};

/**
 * cmd_adapter() - adapters
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_adapter(struct words *w)
{
	const char *word;
	int i, rc;

	if (is_help(w) || (w->count > 1 && is_help(&(struct words) {
			w->count - 1, w->list + 1 }))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	word = next_word(w);
	i = match(word ? word : "show", &commands->name, ARRAY_SIZE(commands),
		  sizeof(*commands), "command");
	if (i < 0)
		return EXIT_USAGE;
	rc = nl_open(NL_CHIMNEY);
	return rc == EXIT_OK ? commands[i].run(w) : rc;
}
