// SPDX-License-Identifier: GPL-2.0
/* Text and JSON. */
#include "chimctl.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#define WIDTH	80
#define DEPTH	16

bool json;

static bool filled[DEPTH];
static int depth;

static void js_name(const char *key)
{
	if (filled[depth])
		putchar(',');
	filled[depth] = true;
	if (!key)
		return;
	putchar('"');
	for (; *key; key++)
		putchar(*key == '-' ? '_' : *key);
	fputs("\":", stdout);
}

static void js_quote(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c < ' ')
			printf("\\u%04x", c);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			putchar(c);
	}
	putchar('"');
}

/**
 * js_open() - start an object or array
 * @key: its name; NULL in an array and at the top. Here as everywhere, - in a
 *	name becomes _
 * @bracket: { or [
 */
void js_open(const char *key, char bracket)
{
	js_name(key);
	putchar(bracket);
	if (depth < DEPTH - 1)
		depth++;
	filled[depth] = false;
}

/**
 * js_close() - end an object or array
 * @bracket: } or ]
 */
void js_close(char bracket)
{
	depth--;
	putchar(bracket);
}

/**
 * js_string() - a string
 * @key: its name, or NULL in an array
 * @value: any text
 */
void js_string(const char *key, const char *value)
{
	js_name(key);
	js_quote(value);
}

/**
 * js_number() - a number
 * @key: its name, or NULL in an array
 * @value: the number
 */
void js_number(const char *key, uint64_t value)
{
	js_name(key);
	printf("%llu", (unsigned long long)value);
}

/**
 * js_bool() - true or false
 * @key: its name, or NULL in an array
 * @value: which
 */
void js_bool(const char *key, bool value)
{
	js_name(key);
	fputs(value ? "true" : "false", stdout);
}

/**
 * js_handle() - a handle, as a string: JSON numbers lose bits in many readers
 * @key: its name, or NULL in an array
 * @handle: the handle
 */
void js_handle(const char *key, uint64_t handle)
{
	js_name(key);
	printf("\"0x%016llx\"", (unsigned long long)handle);
}

/*
 * What is shown is a list. It is not opened before there is something in it or
 * no doubt that there is nothing: a failed command writes no document.
 */
static bool listing;

/**
 * js_item() - start an object of the list that is the document
 */
void js_item(void)
{
	if (!listing)
		js_open(NULL, '[');
	listing = true;
	js_open(NULL, '{');
}

/**
 * js_finish() - end the document
 * @rc: exit code of what was to be shown
 *
 * Return: @rc.
 */
int js_finish(int rc)
{
	if (!json || (!listing && rc != EXIT_OK))
		return rc;
	if (!listing)
		js_open(NULL, '[');
	js_close(']');
	putchar('\n');
	listing = false;
	filled[0] = false;
	return rc;
}

static void format_mac(const struct nlattr *attr, char *text, size_t size)
{
	const uint8_t *mac = mnl_attr_get_payload(attr);

	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

/* Addresses and names as text; false for numbers. */
static bool format_text(const struct field *f, const struct nlattr *attr,
			char *text, size_t size)
{
	uint64_t value;
	int family;

	switch (f->kind) {
	case KIND_MAC:
		format_mac(attr, text, size);
		return true;
	case KIND_ADDRESS:
		family = mnl_attr_get_payload_len(attr) == 4 ? AF_INET :
							       AF_INET6;
		inet_ntop(family, mnl_attr_get_payload(attr), text, size);
		return true;
	case KIND_STATE:
		value = nl_number(attr);
		if (value >= ARRAY_SIZE(tcp_states))
			return false;
		snprintf(text, size, "%s", tcp_states[value]);
		return true;
	default:
		return false;
	}
}

static uint64_t number_of(const struct field *f, const struct nlattr *attr)
{
	uint64_t value = nl_number(attr);

	return f->kind == KIND_PORT ? ntohs(value) : value;
}

static void format(const struct field *f, const struct nlattr *attr,
		   char *text, size_t size)
{
	uint64_t value;

	if (format_text(f, attr, text, size))
		return;
	value = number_of(f, attr);
	if (f->kind == KIND_SWITCH)
		snprintf(text, size, "%s", value ? "on" : "off");
	else if (f->kind == KIND_TICKS && value == UINT32_MAX)
		snprintf(text, size, "none");
	else
		snprintf(text, size, "%llu", (unsigned long long)value);
}

/**
 * text_fields() - values as text, in lines that are not too long
 * @fields: what to show
 * @tb: attributes; those that are not there are left out
 * @indent: blanks before each line
 */
void text_fields(const struct fields *fields, const struct nlattr **tb,
		 int indent)
{
	char value[64], pair[128];
	int column = 0;
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct field *f = &fields->list[i];
		int len;

		if (!tb[f->attr] || f->kind == KIND_COMMAND)
			continue;
		format(f, tb[f->attr], value, sizeof(value));
		len = snprintf(pair, sizeof(pair), "%s %s", f->name, value);
		if (column && column + 1 + len > WIDTH) {
			putchar('\n');
			column = 0;
		}
		if (!column)
			column = printf("%*s%s", indent, "", pair);
		else
			column += printf(" %s", pair);
	}
	if (column)
		putchar('\n');
}

/**
 * js_fields() - values as members of the current object
 * @fields: what to show
 * @tb: attributes; those that are not there are left out
 */
void js_fields(const struct fields *fields, const struct nlattr **tb)
{
	char text[64];
	size_t i;

	for (i = 0; i < fields->count; i++) {
		const struct field *f = &fields->list[i];
		const struct nlattr *attr = tb[f->attr];

		if (!attr || f->kind == KIND_COMMAND)
			continue;
		if (format_text(f, attr, text, sizeof(text)))
			js_string(f->name, text);
		else if (f->kind == KIND_SWITCH)
			js_bool(f->name, number_of(f, attr));
		else
			js_number(f->name, number_of(f, attr));
	}
}
