// SPDX-License-Identifier: GPL-2.0
/* What came back: adapters and the Status of objects. */
#include "chimctl.h"

#include <linux/genetlink.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits come with what is used of them. */
static void text_limits(const struct nlattr *limits, const struct nlattr *used)
{
	const struct nlattr *max[CHIMNEY_A_LIMITS_MAX + 1];
	const struct nlattr *now[CHIMNEY_A_LIMITS_MAX + 1];
	size_t i;

	nl_parse(limits, max, CHIMNEY_A_LIMITS_MAX);
	nl_parse(used, now, CHIMNEY_A_LIMITS_MAX);
	for (i = 0; i < limit_fields.count; i++) {
		const struct field *f = &limit_fields.list[i];

		if (!max[f->attr])
			continue;
		printf("%s%s ", i % 4 ? " " : i ? "\n    " : "    ", f->name);
		if (now[f->attr])
			printf("%u/", mnl_attr_get_u32(now[f->attr]));
		printf("%u", mnl_attr_get_u32(max[f->attr]));
	}
	putchar('\n');
}

static void text_params(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_PARAMS_MAX + 1];

	nl_parse(nest, tb, CHIMNEY_A_PARAMS_MAX);
	text_fields(&param_fields, tb, 4);
}

static void text_settings(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_SETTINGS_MAX + 1];

	nl_parse(nest, tb, CHIMNEY_A_SETTINGS_MAX);
	text_fields(&setting_fields, tb, 4);
}

static void text_vlans(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	const char *before = "    vlan ";

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CHIMNEY_A_ADAPTER_VLAN)
			continue;
		printf("%s%u", before, mnl_attr_get_u16(attr));
		before = ",";
	}
	if (*before == ',')
		putchar('\n');
}

static void text_client(const struct nlattr *nest)
{
	const struct nlattr *tb[CHIMNEY_A_CLIENT_MAX + 1];

	nl_parse(nest, tb, CHIMNEY_A_CLIENT_MAX);
	printf("    client %s", mnl_attr_get_str(tb[CHIMNEY_A_CLIENT_NAME]));
	text_fields(&client_fields, tb, 1);
}

static void text_adapter(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	const struct nlattr *attr;

	if (tb[CHIMNEY_A_ADAPTER_IFNAME])
		printf("%s:", mnl_attr_get_str(tb[CHIMNEY_A_ADAPTER_IFNAME]));
	else
		printf("if%u:",
		       mnl_attr_get_u32(tb[CHIMNEY_A_ADAPTER_IFINDEX]));
	printf(" id %u mtu %u capacity %u ticks-ms %s%s\n",
	       mnl_attr_get_u32(tb[CHIMNEY_A_ADAPTER_ID]),
	       mnl_attr_get_u32(tb[CHIMNEY_A_ADAPTER_MTU]),
	       mnl_attr_get_u32(tb[CHIMNEY_A_ADAPTER_CAPACITY]),
	       mnl_attr_get_u8(tb[CHIMNEY_A_ADAPTER_TICKS_MS]) ? "on" : "off",
	       mnl_attr_get_u8(tb[CHIMNEY_A_ADAPTER_PAUSED]) ? " paused" : "");
	text_limits(tb[CHIMNEY_A_ADAPTER_LIMITS], tb[CHIMNEY_A_ADAPTER_USED]);
	text_params(tb[CHIMNEY_A_ADAPTER_PARAMS]);
	text_settings(tb[CHIMNEY_A_ADAPTER_SETTINGS]);
	text_vlans(nlh);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CHIMNEY_A_ADAPTER_CLIENT)
			text_client(attr);
}

static void js_nest(const char *key, const struct nlattr *nest,
		    const struct fields *set)
{
	const struct nlattr *tb[16];

	nl_parse(nest, tb, ARRAY_SIZE(tb) - 1);
	js_open(key, '{');
	js_fields(set, tb);
	js_close('}');
}

static void js_lists(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *tb[CHIMNEY_A_CLIENT_MAX + 1];

	js_open("vlans", '[');
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CHIMNEY_A_ADAPTER_VLAN)
			js_number(NULL, mnl_attr_get_u16(attr));
	js_close(']');
	js_open("clients", '[');
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CHIMNEY_A_ADAPTER_CLIENT)
			continue;
		nl_parse(attr, tb, CHIMNEY_A_CLIENT_MAX);
		js_open(NULL, '{');
		js_string("name", mnl_attr_get_str(tb[CHIMNEY_A_CLIENT_NAME]));
		js_fields(&client_fields, tb);
		js_close('}');
	}
	js_close(']');
}

static void js_adapter(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	js_item();
	js_number("ifindex", nl_number(tb[CHIMNEY_A_ADAPTER_IFINDEX]));
	if (tb[CHIMNEY_A_ADAPTER_IFNAME])
		js_string("ifname",
			  mnl_attr_get_str(tb[CHIMNEY_A_ADAPTER_IFNAME]));
	js_number("id", nl_number(tb[CHIMNEY_A_ADAPTER_ID]));
	js_number("mtu", nl_number(tb[CHIMNEY_A_ADAPTER_MTU]));
	js_number("capacity", nl_number(tb[CHIMNEY_A_ADAPTER_CAPACITY]));
	js_bool("ticks-ms", nl_number(tb[CHIMNEY_A_ADAPTER_TICKS_MS]));
	js_bool("paused", nl_number(tb[CHIMNEY_A_ADAPTER_PAUSED]));
	js_nest("limits", tb[CHIMNEY_A_ADAPTER_LIMITS], &limit_fields);
	js_nest("used", tb[CHIMNEY_A_ADAPTER_USED], &limit_fields);
	js_nest("params", tb[CHIMNEY_A_ADAPTER_PARAMS], &param_fields);
	js_nest("settings", tb[CHIMNEY_A_ADAPTER_SETTINGS], &setting_fields);
	js_lists(nlh);
	js_close('}');
}

static int take_adapter(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_A_ADAPTER_MAX + 1];

	(void)data;
	nl_parse_msg(nlh, tb, CHIMNEY_A_ADAPTER_MAX);
	if (json)
		js_adapter(nlh, tb);
	else
		text_adapter(nlh, tb);
	return EXIT_OK;
}

/**
 * show_adapters() - show adapters
 * @ifindex: of one, or 0 for all
 *
 * Return: exit code.
 */
int show_adapters(uint32_t ifindex)
{
	struct nlmsghdr *nlh;
	int rc;

	nlh = nl_request(CHIMNEY_CMD_ADAPTER_GET, ifindex ? 0 : NLM_F_DUMP);
	if (ifindex)
		mnl_attr_put_u32(nlh, CHIMNEY_A_ADAPTER_IFINDEX, ifindex);
	rc = nl_talk(nlh, take_adapter, NULL);
	if (rc == NL_AGAIN) {
		fputs("Note: adapters came or went meanwhile.\n", stderr);
		rc = EXIT_OK;
	}
	return js_finish(rc);
}

static bool status_refused;	/* something was refused */

static int layer_max(int layer)
{
	return layer == CHIMNEY_LAYER_NEIGHBOR ? CHIMNEY_A_NEIGHBOR_MAX :
	       layer == CHIMNEY_LAYER_PATH ? CHIMNEY_A_PATH_MAX :
	       CHIMNEY_A_CONNECTION_MAX;
}

static void text_status(const struct nlattr **tb, int layer,
			const struct nlattr **values)
{
	if (tb[CHIMNEY_A_OBJECT_HANDLE])
		printf("handle 0x%016llx ", (unsigned long long)
		       mnl_attr_get_u64(tb[CHIMNEY_A_OBJECT_HANDLE]));
	printf("status %s\n",
	       mnl_attr_get_str(tb[CHIMNEY_A_OBJECT_STATUS_NAME]));
	if (values)
		text_fields(&layer_fields[layer], values, 4);
}

static void js_status(const struct nlattr **tb, int layer,
		      const struct nlattr **values)
{
	js_item();
	if (tb[CHIMNEY_A_OBJECT_HANDLE])
		js_handle("handle",
			  mnl_attr_get_u64(tb[CHIMNEY_A_OBJECT_HANDLE]));
	js_string("layer", layer_names[layer]);
	js_string("status",
		  mnl_attr_get_str(tb[CHIMNEY_A_OBJECT_STATUS_NAME]));
	js_number("status-code",
		  mnl_attr_get_u32(tb[CHIMNEY_A_OBJECT_STATUS]));
	if (values)
		js_fields(&layer_fields[layer], values);
	js_close('}');
}

static int take_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_A_OBJECT_MAX + 1];
	const struct nlattr *values[CHIMNEY_A_CONNECTION_MAX + 1];
	const struct nlattr *attr, *nest;
	int layer;

	(void)data;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != CHIMNEY_A_OPERATION_OBJECT)
			continue;
		nl_parse(attr, tb, CHIMNEY_A_OBJECT_MAX);
		layer = mnl_attr_get_u8(tb[CHIMNEY_A_OBJECT_LAYER]);
		nest = tb[CHIMNEY_A_OBJECT_NEIGHBOR + layer];
		if (nest)
			nl_parse(nest, values, layer_max(layer));
		if (json)
			js_status(tb, layer, nest ? values : NULL);
		else
			text_status(tb, layer, nest ? values : NULL);
		if (mnl_attr_get_u32(tb[CHIMNEY_A_OBJECT_STATUS]))
			status_refused = true;
	}
	return EXIT_OK;
}

/**
 * show_status() - carry a command about objects out and show what came back
 * @request: the command
 *
 * Return: EXIT_OK, also if something was refused, or EXIT_SYSTEM.
 */
int show_status(struct nlmsghdr *request)
{
	return nl_talk(request, take_status, NULL);
}

/**
 * show_status_end() - that was the last one
 * @rc: what show_status() returned last
 *
 * Return: @rc, or EXIT_REFUSED if that is EXIT_OK but any Status was not
 * success.
 */
int show_status_end(int rc)
{
	bool refused = status_refused;

	status_refused = false;
	js_finish(rc);
	return rc == EXIT_OK && refused ? EXIT_REFUSED : rc;
}
