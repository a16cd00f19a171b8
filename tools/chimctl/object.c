// SPDX-License-Identifier: GPL-2.0
/* chimctl neighbor, path, connection, query, invalidate, terminate */
#include "chimctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBOR	CHIMNEY_LAYER_NEIGHBOR
#define PATH		CHIMNEY_LAYER_PATH
#define CONNECTION	CHIMNEY_LAYER_CONNECTION

static const char neighbor_usage[] =
	"Usage: chimctl neighbor initiate dev DEV lladdr MAC [src MAC] [vlan ID]\n"
	"                        [hrd TICKS] [nrd TICKS]\n"
	"       chimctl neighbor update dev DEV handle HANDLE [lladdr MAC] [hrd TICKS]\n";

static const char path_usage[] =
	"Usage: chimctl path initiate dev DEV neighbor HANDLE src ADDR dst ADDR mtu BYTES\n"
	"       chimctl path update dev DEV handle HANDLE mtu BYTES\n"
	"       chimctl path relink dev DEV handle HANDLE[,HANDLE...] neighbor HANDLE\n"
	"                    [mtu BYTES]\n";

static const char connection_usage[] =
	"Usage: chimctl connection initiate dev DEV path HANDLE sport PORT dport PORT\n"
	"                          [CONST...] [CACHED...] [DELEGATED...]\n"
	"       chimctl connection update dev DEV handle HANDLE [CACHED...]\n"
	"                          [ka-restart] [max-rt-restart]\n"
	"CONST := { timestamps on|off | sack on|off | wscale on|off | snd-wscale N |\n"
	"           rcv-wscale N | remote-mss BYTES | hash N }\n"
	"CACHED := { rcv-wnd-init BYTES | rcv-ind-size BYTES | keepalive on|off |\n"
	"           nagle on|off | ka-probes N | ka-timeout TICKS | ka-interval TICKS |\n"
	"           max-rt TICKS | flow-label N | ttl N | tos N | prio N }\n"
	"DELEGATED := { state STATE | rcv-nxt N | rcv-wnd BYTES | snd-una N | snd-nxt N |\n"
	"           snd-max N | snd-wnd BYTES | max-snd-wnd BYTES | snd-wl1 N | cwnd BYTES |\n"
	"           ssthresh BYTES | srtt N | rttvar N | ts-recent N |\n"
	"           ts-recent-age TICKS | ts-time TICKS | total-rt TICKS | dup-acks N |\n"
	"           wnd-probes N | ka-probe-count N | ka-left TICKS|none | rt-count N |\n"
	"           rt-left TICKS|none | dwnd BYTES }\n"
	"STATE := { established | fin-wait1 | fin-wait2 | close-wait | closing | last-ack |\n"
	"           time-wait | closed | listen | syn-sent | syn-rcvd }\n";

/* What a command about one layer has been told. */
struct told {
	int layer;
	uint8_t parts;		/* PART_* that may be given */
	uint32_t ifindex;
	const char *reference;	/* keyword of @below, or NULL */
	const char *below;
	const char *handle;
	const char *value[64];	/* by number of the field */
};

static int take_value(struct told *told, const char *word, struct words *w)
{
	const struct fields *set = &layer_fields[told->layer];
	const char *names[64];
	size_t place[64], i, count = 0;
	int found;

	for (i = 0; i < set->count; i++) {
		if (!(set->list[i].part & told->parts))
			continue;
		place[count] = i;
		names[count++] = set->list[i].name;
	}
	found = match(word, names, count, sizeof(*names), "argument");
	if (found < 0)
		return EXIT_USAGE;
	i = place[found];
	if (set->list[i].kind != KIND_COMMAND)
		return need_word(w, names[found], &told->value[i]);
	told->value[i] = word;
	return EXIT_OK;
}

static int listen_to(struct told *told, struct words *w)
{
	int rc = read_device(w, &told->ifindex);
	const char *word;

	while (rc == EXIT_OK && (word = next_word(w))) {
		if (!strcmp(word, "handle"))
			rc = need_word(w, word, &told->handle);
		else if (told->reference && !strcmp(word, told->reference))
			rc = need_word(w, word, &told->below);
		else
			rc = take_value(told, word, w);
	}
	return rc;
}

static int put_values(struct nlmsghdr *nlh, const struct told *told)
{
	const struct fields *set = &layer_fields[told->layer];
	struct nlattr *nest;
	int rc = EXIT_OK;
	size_t i;

	nest = mnl_attr_nest_start(nlh,
				   CHIMNEY_A_OBJECT_NEIGHBOR + told->layer);
	for (i = 0; i < set->count && rc == EXIT_OK; i++)
		if (told->value[i])
			rc = put_field(nlh, &set->list[i], told->value[i]);
	mnl_attr_nest_end(nlh, nest);
	return rc;
}

/* One object: what it is known by, and its values. */
static int put_object(struct nlmsghdr *nlh, const struct told *told,
		      uint16_t attr, const char *handle)
{
	struct nlattr *nest;
	uint64_t number;
	int rc = EXIT_OK;

	nest = mnl_attr_nest_start(nlh, CHIMNEY_A_OPERATION_OBJECT);
	if (handle) {
		rc = read_handle(handle, &number);
		mnl_attr_put_u64(nlh, attr, number);
	}
	if (rc == EXIT_OK)
		rc = put_values(nlh, told);
	mnl_attr_nest_end(nlh, nest);
	return rc;
}

static int finish(struct nlmsghdr *nlh)
{
	return show_status_end(show_status(nlh));
}

static int initiate(struct told *told, struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_OBJECT_INITIATE, 0);
	int rc = listen_to(told, w);

	if (rc != EXIT_OK)
		return rc;
	if (told->handle)
		return bad_usage("a new object has no handle yet");
	mnl_attr_put_u32(nlh, CHIMNEY_A_OPERATION_IFINDEX, told->ifindex);
	rc = put_object(nlh, told, CHIMNEY_A_OBJECT_BELOW, told->below);
	return rc == EXIT_OK ? finish(nlh) : rc;
}

static int update(struct told *told, struct words *w)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_OBJECT_UPDATE, 0);
	int rc = listen_to(told, w);

	if (rc != EXIT_OK)
		return rc;
	if (!told->handle)
		return bad_usage("handle is missing");
	mnl_attr_put_u32(nlh, CHIMNEY_A_OPERATION_IFINDEX, told->ifindex);
	rc = put_object(nlh, told, CHIMNEY_A_OBJECT_HANDLE, told->handle);
	return rc == EXIT_OK ? finish(nlh) : rc;
}

static int relink_some(const struct told *told, uint64_t neighbor,
		       const uint64_t *handles, size_t count)
{
	struct nlmsghdr *nlh = nl_request(CHIMNEY_CMD_PATH_RELINK, 0);
	char handle[32];
	int rc = EXIT_OK;
	size_t i;

	mnl_attr_put_u32(nlh, CHIMNEY_A_OPERATION_IFINDEX, told->ifindex);
	mnl_attr_put_u64(nlh, CHIMNEY_A_OPERATION_NEIGHBOR, neighbor);
	for (i = 0; i < count && rc == EXIT_OK; i++) {
		snprintf(handle, sizeof(handle), "%#llx",
			 (unsigned long long)handles[i]);
		rc = put_object(nlh, told, CHIMNEY_A_OBJECT_HANDLE, handle);
	}
	return rc == EXIT_OK ? show_status(nlh) : rc;
}

/* As many of the handles that are left as a request may have. */
static size_t part(size_t left)
{
	return left < CHIMNEY_OBJECTS_MAX ? left : CHIMNEY_OBJECTS_MAX;
}

static int relink(struct told *told, struct words *w)
{
	uint64_t *handles, neighbor;
	int rc = listen_to(told, w);
	size_t i, count;

	if (rc != EXIT_OK)
		return rc;
	if (!told->handle || !told->below)
		return bad_usage("%s is missing",
				 told->handle ? "neighbor" : "handle");
	rc = read_handle(told->below, &neighbor);
	if (rc != EXIT_OK)
		return rc;
	rc = read_handles(told->handle, &handles, &count);
	for (i = 0; rc == EXIT_OK && i < count; i += CHIMNEY_OBJECTS_MAX)
		rc = relink_some(told, neighbor, handles + i, part(count - i));
	free(handles);
	return show_status_end(rc);
}

/* Layers stand in the upper bits; dependents first. */
static int by_layer(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a >> 60;
	uint64_t two = *(const uint64_t *)b >> 60;

	return (one < two) - (one > two);
}

static int ask_some(uint8_t cmd, uint32_t ifindex, const uint64_t *handles,
		    size_t count)
{
	struct nlmsghdr *nlh = nl_request(cmd, 0);
	size_t i;

	mnl_attr_put_u32(nlh, CHIMNEY_A_OPERATION_IFINDEX, ifindex);
	for (i = 0; i < count; i++)
		mnl_attr_put_u64(nlh, CHIMNEY_A_OPERATION_HANDLE, handles[i]);
	return show_status(nlh);
}

static int ask(struct words *w, const char *name, uint8_t cmd)
{
	const char *word = NULL;
	uint64_t *handles = NULL;
	uint32_t ifindex;
	size_t i, count = 0;
	int rc;

	if (is_help(w)) {
		printf("Usage: chimctl %s dev DEV handle HANDLE[,HANDLE...]\n",
		       name);
		return EXIT_OK;
	}
	rc = nl_open(NL_CHIMNEY);
	if (rc == EXIT_OK)
		rc = read_device(w, &ifindex);
	if (rc != EXIT_OK)
		return rc;
	word = next_word(w);
	if (!word || strcmp(word, "handle"))
		return bad_usage("handle is missing");
	rc = need_word(w, "handle", &word);
	if (rc == EXIT_OK && w->count)
		rc = bad_usage("unknown argument \"%s\"", w->list[0]);
	if (rc == EXIT_OK)
		rc = read_handles(word, &handles, &count);
	/* What does not fit into one tree must still go in the right order. */
	if (cmd == CHIMNEY_CMD_OBJECT_TERMINATE && count > CHIMNEY_OBJECTS_MAX)
		qsort(handles, count, sizeof(*handles), by_layer);
	for (i = 0; rc == EXIT_OK && i < count; i += CHIMNEY_OBJECTS_MAX)
		rc = ask_some(cmd, ifindex, handles + i, part(count - i));
	free(handles);
	return show_status_end(rc);
}

/**
 * cmd_query() - query objects
 * @w: what follows
 *
 * Return: exit code. So all functions below.
 */
int cmd_query(struct words *w)
{
	return ask(w, "query", CHIMNEY_CMD_OBJECT_QUERY);
}

/**
 * cmd_invalidate() - invalidate objects
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_invalidate(struct words *w)
{
	return ask(w, "invalidate", CHIMNEY_CMD_OBJECT_INVALIDATE);
}

/**
 * cmd_terminate() - terminate objects
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_terminate(struct words *w)
{
	return ask(w, "terminate", CHIMNEY_CMD_OBJECT_TERMINATE);
}

static const char *const verbs[] = { "initiate", "update", "relink" };

static int layer_command(struct words *w, int layer, const char *usage)
{
	struct told told = { .layer = layer };
	const char *word;
	int verb, rc;

	if (is_help(w) || w->count < 2 || is_help(&(struct words) {
			w->count - 1, w->list + 1 })) {
		fputs(usage, w->count ? stdout : stderr);
		return w->count ? EXIT_OK : EXIT_USAGE;
	}
	word = next_word(w);
	verb = match(word, verbs, layer == PATH ? 3 : 2, sizeof(*verbs),
		     "command");
	if (verb < 0)
		return EXIT_USAGE;
	rc = nl_open(NL_CHIMNEY);
	if (rc != EXIT_OK)
		return rc;
	if (verb == 0) {
		told.parts = PART_CONST | PART_CACHED | PART_DELEG;
		if (layer != NEIGHBOR)
			told.reference = layer_names[layer - 1];
		return initiate(&told, w);
	}
	told.parts = PART_CACHED | PART_COMMAND;
	if (verb == 1)
		return update(&told, w);
	told.reference = "neighbor";
	return relink(&told, w);
}

/**
 * cmd_neighbor() - neighbors
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_neighbor(struct words *w)
{
	return layer_command(w, NEIGHBOR, neighbor_usage);
}

/**
 * cmd_path() - paths
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_path(struct words *w)
{
	return layer_command(w, PATH, path_usage);
}

/**
 * cmd_connection() - connections
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_connection(struct words *w)
{
	return layer_command(w, CONNECTION, connection_usage);
}
