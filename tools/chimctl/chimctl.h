/* SPDX-License-Identifier: GPL-2.0 */
/* chimctl: controls the TCP chimney offload target. */
#ifndef CHIMCTL_H
#define CHIMCTL_H

#include <linux/chimney.h>
#include <linux/netlink.h>

#include <libmnl/libmnl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit codes. The first two are also those of a command that did not fail. */
enum {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,	/* a Status was not success */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,	/* netlink said no, or could not be asked */
};

/* --- words.c: what the user typed ---------------------------------------- */

/**
 * struct words - words of a command that are still to be read
 * @count: how many
 * @list: the words
 */
struct words {
	int count;
	char **list;
};

const char *next_word(struct words *w);
bool is_help(const struct words *w);
int match(const char *word, const char *const *names, size_t count,
	  size_t stride, const char *what);

/* Complains about the command, with a format and its arguments; EXIT_USAGE. */
#define bad_usage(...) \
	(fprintf(stderr, "Error: " __VA_ARGS__), fputc('\n', stderr), \
	 EXIT_USAGE)

int need_word(struct words *w, const char *after, const char **word);
int read_number(const char *word, const char *what, uint64_t max,
		uint64_t *value);
int read_switch(const char *word, const char *what, bool *value);
int read_device(struct words *w, uint32_t *ifindex);
int read_handle(const char *word, uint64_t *handle);
int read_handles(const char *word, uint64_t **handles, size_t *count);

/* --- nl.c: netlink ------------------------------------------------------- */

typedef int (*reply_t)(const struct nlmsghdr *nlh, void *data);

#define REQUEST_SIZE	(64 * 1024)
#define REQUEST_REST	1024

enum nl_family {
	NL_CHIMNEY,	/* the target */
	NL_HOST,	/* the Linux host stack */
};

int nl_open(enum nl_family which);
void nl_close(void);
struct nlmsghdr *nl_request(uint8_t cmd, uint16_t flags);
int nl_room(const struct nlmsghdr *nlh);
int nl_talk(struct nlmsghdr *request, reply_t reply, void *data);
int nl_simple(struct nlmsghdr *request);
int nl_parse(const struct nlattr *nest, const struct nlattr **tb, int max);
int nl_parse_msg(const struct nlmsghdr *nlh, const struct nlattr **tb, int max);
uint64_t nl_number(const struct nlattr *attr);

/* What nl_talk() returns when a dump was not consistent. */
#define NL_AGAIN	(-1)
#define DUMP_TRIES	20

/* --- names.c: attributes by name ----------------------------------------- */

enum kind {
	KIND_NUMBER,	/* as wide as the attribute */
	KIND_SWITCH,	/* on or off */
	KIND_TICKS,	/* all ones: none */
	KIND_PORT,	/* network order */
	KIND_MAC,
	KIND_ADDRESS,
	KIND_STATE,	/* enum chimney_tcp_state */
	KIND_COMMAND,	/* a word without a value */
};

enum {
	PART_CONST = 1,
	PART_CACHED = 2,
	PART_DELEG = 4,
	PART_COMMAND = 8,
};

/**
 * struct field - an attribute that is a plain value
 * @name: on the command line; in JSON with _ for -
 * @attr: its type
 * @size: bytes of a number
 * @kind: what it looks like
 * @part: PART_* of an object's variable
 */
struct field {
	const char *name;
	uint16_t attr;
	uint8_t size;
	uint8_t kind;
	uint8_t part;
};

/**
 * struct fields - the plain values of a set of attributes
 * @list: the values
 * @count: how many
 */
struct fields {
	const struct field *list;
	size_t count;
};

extern const struct fields limit_fields, param_fields, setting_fields;
extern const struct fields client_fields;
extern const struct fields layer_fields[3];
extern const char *const layer_names[3];
extern const char *const tcp_states[11];

int put_field(struct nlmsghdr *nlh, const struct field *f, const char *word);
void name_attribute(uint8_t cmd, const struct nlmsghdr *request,
		    uint32_t offset, char *text, size_t size);

/* --- output.c: text and JSON --------------------------------------------- */

extern bool json;

void js_open(const char *key, char bracket);
void js_close(char bracket);
void js_string(const char *key, const char *value);
void js_number(const char *key, uint64_t value);
void js_bool(const char *key, bool value);
void js_handle(const char *key, uint64_t handle);
void js_item(void);
int js_finish(int rc);
void text_fields(const struct fields *fields, const struct nlattr **tb,
		 int indent);
void js_fields(const struct fields *fields, const struct nlattr **tb);

/* --- commands ------------------------------------------------------------ */

int cmd_adapter(struct words *w);
int cmd_neighbor(struct words *w);
int cmd_path(struct words *w);
int cmd_connection(struct words *w);
int cmd_query(struct words *w);
int cmd_invalidate(struct words *w);
int cmd_terminate(struct words *w);
int cmd_object(struct words *w);
int cmd_stats(struct words *w);
int cmd_socket(struct words *w);
int cmd_offload(struct words *w);
int cmd_upload(struct words *w);
int cmd_policy(struct words *w);
int cmd_watch(struct words *w);

int show_adapters(uint32_t ifindex);
int show_status(struct nlmsghdr *request);
int show_status_end(int rc);
int show_objects(uint32_t ifindex);

#endif /* CHIMCTL_H */
